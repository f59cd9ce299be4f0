#!/usr/bin/env bash
# polars 2.1.0 refuses the first two rows of an Arrow table of boxes that it takes whole, if a box is null.
#
# A slice of an Arrow table shares the memory of the whole. Where boxes are a fixed-size list of four numbers and one of them
# in the slice is null, from_arrow of polars stops over the lengths of a mask and of values. Slices without a null, the whole
# table, the same rows as a copy, and boxes as lists of any length are taken. duckdb takes all of them.
#
# Why it matters: the first rows, a part for each worker, or the batches of to_batches are slices. A null box stands for an
# image without an object. So the error comes up in some parts of a data set and names neither column nor row; a copy
# (combine_chunks does not make one, take does) mends it.
#
# Output seen:
#     the whole table            polars 4, duckdb 4
#     the first two rows         polars ComputeError, duckdb 2
#     the last two, no null      polars 2, duckdb 2
#     the first two, copied      polars 2, duckdb 2
#     the first two, as lists    polars 2, duckdb 2
#     polars says: validity mask length must be equal to the number of values divided by size
source "$(dirname "$0")/_setup.sh"
install polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1

expect <<'PROGRAM'
import duckdb
import polars
import pyarrow as pa

boxes = [[1, 1, 4, 4], None, [2, 2, 8, 8], [3, 3, 9, 9]]
table = pa.table({"box": pa.array(boxes, pa.list_(pa.float32(), 4))})
lists = pa.table({"box": pa.array(boxes, pa.list_(pa.float32()))})
messages = set()


def rows(read):
    try:
        return len(read())
    except Exception as error:
        messages.add(str(error))
        return type(error).__name__


for title, part in {
    "the whole table": table,
    "the first two rows": table.slice(0, 2),
    "the last two, no null": table.slice(2, 2),
    "the first two, copied": table.take([0, 1]),
    "the first two, as lists": lists.slice(0, 2),
}.items():
    polars_rows = rows(lambda: polars.from_arrow(part))
    duckdb_rows = rows(lambda: duckdb.sql("FROM part").fetchall())
    print(f"{title:<26} polars {polars_rows}, duckdb {duckdb_rows}")
print("polars says:", *messages)
PROGRAM
