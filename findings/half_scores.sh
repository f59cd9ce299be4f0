#!/usr/bin/env bash
# nanoarrow 0.9.0 gives every batch of detections the scores of the first batch if scores are float16.
#
# A batch of an Arrow table shares the memory of the whole and knows where it begins. to_pylist and the iterators of
# nanoarrow heed that for all other columns, and for scores in float32. Numbers of 16 bits, and decimals, they read from
# the beginning of the memory, and as many more as the batch begins later: a column by itself becomes too long. Nothing
# is said.
#
# Why it matters: detectors compute in float16, and a score needs no more. Ids and boxes of each row are right, and the
# scores are valid ones, of the best detections of all where these come first. The first batch is right.
#
# Output seen:
#     given:   0.9 0.8 | 0.7 0.6 | 0.5 0.4
#     float32: 0.9 0.8 | 0.7 0.6 | 0.5 0.4
#     float16: 0.9 0.8 | 0.9 0.8 | 0.9 0.8
#     decimal: 0.9 0.8 | 0.9 0.8 | 0.9 0.8
#     the last batch as a column: float32 0.5 0.4, float16 0.9 0.8 0.7 0.6 0.5 0.4
source "$(dirname "$0")/_setup.sh"
install nanoarrow==0.9.0 pyarrow==26.0.1 numpy==2.4.6

expect <<'PROGRAM'
import nanoarrow as na
import pyarrow as pa


def shown(scores):
    return " ".join(f"{float(score):.1f}" for score in scores)


scores = pa.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
types = {"float32": pa.float32(), "float16": pa.float16(), "decimal": pa.decimal128(4, 2)}
last = []
for position, (name, kind) in enumerate(types.items()):
    batches = pa.table({"id": range(6), "score": scores.cast(kind)}).to_batches(max_chunksize=2)
    if position == 0:
        print("given:  ", " | ".join(shown(batch["score"].to_pylist()) for batch in batches))
    read = [[score for _, score in na.Array(batch).iter_tuples()] for batch in batches]
    print(f"{name}:", " | ".join(shown(batch) for batch in read))
    last.append(f"{name} {shown(na.Array(batches[-1]['score']).to_pylist())}")
print("the last batch as a column:", ", ".join(last[:2]))
PROGRAM
