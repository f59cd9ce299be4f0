#!/usr/bin/env bash
# pyarrow 26.0.1 holds a whole Parquet file in memory while it is read a thousand boxes at a time.
#
# iter_batches is the way to read a file that is larger than the memory. Before it decodes anything it reads ahead, and what
# it has read stays until the last batch: at the end all of the file is there, whatever the size of batches and row groups.
# ParquetFile(path, pre_buffer=False) holds one row group at most.
#
# Why it matters: files of boxes and scores of floats hardly compress, so that the file is as large as the data. A job that
# was given batches in order to stay small needs as much memory as one that reads all, and more of them run out of it.
#
# Output seen:
#     as it comes:      more than nine tenths of the file in memory
#     pre_buffer=True:  more than nine tenths of the file in memory
#     pre_buffer=False: less than a tenth of the file in memory
source "$(dirname "$0")/_setup.sh"
install pyarrow==26.0.1 numpy==2.4.6

expect <<'PROGRAM'
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet

boxes = np.random.default_rng(0).random(4 * 200_000, np.float32)
table = pa.table({"box": pa.FixedSizeListArray.from_arrays(boxes, 4)})
with pa.parquet.ParquetWriter("boxes.parquet", table.schema, compression="none", use_dictionary=False) as writer:
    for _ in range(20):
        writer.write_table(table)  # a row group each
size = os.path.getsize("boxes.parquet")


def held(**options):
    """How much of the file is in memory at the worst moment."""
    before = pa.total_allocated_bytes()
    file = pa.parquet.ParquetFile("boxes.parquet", **options)
    share = max(pa.total_allocated_bytes() - before for _ in file.iter_batches(batch_size=1000)) / size
    return "more than nine tenths" if share > 0.9 else "less than a tenth" if share < 0.1 else f"{share:.0%}"


print(f"as it comes:      {held()} of the file in memory")
for pre_buffer in (True, False):
    print(f"{f'pre_buffer={pre_buffer}:':<17} {held(pre_buffer=pre_buffer)} of the file in memory")
PROGRAM
