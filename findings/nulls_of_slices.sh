#!/usr/bin/env bash
# awkward 2.14.0 moves the nulls of a column to other rows when it takes a slice of an Arrow table.
#
# Arrow notes in one bit for each row whether it has a value. A slice of a table shares the memory of the whole and
# knows where it begins. ak.from_arrow takes the values from there, but the bits as if the slice began at a whole
# byte: what was known becomes None, and a null becomes whatever lies in memory in its place, here 0. This holds for
# numbers, texts, structs and lists alike. Nothing is said. Tables without a null, whole tables and ak.from_parquet
# are right.
#
# Why it matters: tables come in batches, and to_batches slices. Here are the scores of ten detections, two of them not
# scored, in batches of four: in the second batch a detection loses its score, and one that has none gets 0. The first
# batch is right, so that a small test passes, and so is the number of nulls, nearly.
#
# Output seen:
#     pyarrow, whole: 0.9 None 0.7 0.6 0.5 0.4 None 0.2 0.1 0.05
#     awkward, whole: 0.9 None 0.7 0.6 0.5 0.4 None 0.2 0.1 0.05
#     pyarrow, batches: 0.9 None 0.7 0.6 | 0.5 0.4 None 0.2 | 0.1 0.05
#     awkward, batches: 0.9 None 0.7 0.6 | 0.5 None 0.0 0.2 | 0.1 None
#     boxes from row 3 on, pyarrow: (1, 1) (3, 2) None (5, 5)
#     boxes from row 3 on, awkward: (1, 1) None (0, 0) (5, 5)
source "$(dirname "$0")/_setup.sh"
install awkward==2.14.0 awkward-cpp==57 pyarrow==26.0.1 numpy==2.4.6

expect <<'PROGRAM'
import awkward as ak
import pyarrow as pa


def by_awkward(array):
    return ak.to_list(ak.from_arrow(array))


def shown(values):
    return " ".join(str(value) for value in values)


scores = pa.array([0.9, None, 0.7, 0.6, 0.5, 0.4, None, 0.2, 0.1, 0.05])
table = pa.table({"score": scores})
print("pyarrow, whole:", shown(scores.to_pylist()))
print("awkward, whole:", shown(by_awkward(scores)))
batches = [batch["score"] for batch in table.to_batches(max_chunksize=4)]
print("pyarrow, batches:", " | ".join(shown(batch.to_pylist()) for batch in batches))
print("awkward, batches:", " | ".join(shown(by_awkward(batch)) for batch in batches))

corners = [(0, 0), None, (2, 2), (1, 1), (3, 2), None, (5, 5)]
boxes = pa.array([corner and {"x": corner[0], "y": corner[1]} for corner in corners]).slice(3)
for name, values in (("pyarrow", boxes.to_pylist()), ("awkward", by_awkward(boxes))):
    print(f"boxes from row 3 on, {name}:", shown(value and tuple(value.values()) for value in values))
PROGRAM
