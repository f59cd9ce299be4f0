#!/usr/bin/env bash
# filter, take and sort_by of pyarrow 26.0.1 give objects the corners of others when the table is a slice of another one.
#
# An oriented box is four corners of two numbers: in Arrow a fixed-size list of fixed-size lists. A slice of a table shares
# the memory of the whole and knows where it begins. For this type the three functions take that beginning times four: in
# a slice from object 2 on, the corners of object 8 stand beside the id of object 2. Nothing is said, and the slice itself
# prints right. Corners in lists of any length, and upright boxes (one fixed-size list of four numbers), come out right.
#
# Why it matters: tables are cut into batches by to_batches, which slices, and each batch is filtered by score. The first
# batch is right, so that a small test passes. Every box is valid; it merely belongs to another object.
#
# Output seen:
#     ids of the slice   [2, 3]
#     corners, printed   [2, 3]
#     corners, filtered  [8, 9]
#     corners, taken     [8, 9]
#     corners, sorted    [8, 9]
#     lists, filtered    [2, 3]
#     upright, filtered  [2, 3]
source "$(dirname "$0")/_setup.sh"
install pyarrow==26.0.1

expect <<'PROGRAM'
import pyarrow as pa
import pyarrow.compute as pc

number = pa.float32()
ids = range(12)
# All numbers of an object are its id, so that any of them tells whose it is.
corners = [[[id_, id_]] * 4 for id_ in ids]
upright = [[id_] * 4 for id_ in ids]
table = pa.table(
    {
        "id": list(ids),
        "score": [0.9] * len(ids),
        "corners": pa.array(corners, pa.list_(pa.list_(number, 2), 4)),
        "lists": pa.array(corners, pa.list_(pa.list_(number))),
        "upright": pa.array(upright, pa.list_(number, 4)),
    }
)
part = table.slice(2, 2)
filtered = part.filter(pc.field("score") > 0.5)


def show(title, column):
    owners = [value[0][0] if isinstance(value[0], list) else value[0] for value in column.to_pylist()]
    print(f"{title:<18}", [int(owner) for owner in owners])


print(f"{'ids of the slice':<18}", part["id"].to_pylist())
show("corners, printed", part["corners"])
show("corners, filtered", filtered["corners"])
show("corners, taken", part.take([0, 1])["corners"])
show("corners, sorted", part.sort_by("id")["corners"])
show("lists, filtered", filtered["lists"])
show("upright, filtered", filtered["upright"])
PROGRAM
