#!/usr/bin/env bash
# The ORC writer of pyarrow 26.0.1 writes other boxes than it is given when the table is a slice and a box is null.
#
# A box in four named fields (x, y, width, height) is a struct in Arrow, and so is an object with its box, class and
# score. A slice of a table shares the memory of the whole and knows where it begins. orc.write_table heeds that, except
# for structs of which one is null: for those it begins at the start of the table. The slice from object 2 on is written
# with its ids and the boxes of the objects 0 and 1. In a table of several pieces each piece begins anew. Nothing is
# said. Parquet and Feather are right, and so is ORC without a null, or after the slice was copied.
#
# Why it matters: a null box is an object that nobody has drawn yet, or an image without one. Tables are cut for
# training and test by slices, and each row of the file is a real box, beside the id of another object.
#
# Output seen:
#     table              ids [0, 1, 2, 3, 4, 5], left edges [0, None, 20, 30, 40, None]
#     slice, Parquet     ids [2, 3, 4, 5], left edges [20, 30, 40, None]
#     slice, Feather     ids [2, 3, 4, 5], left edges [20, 30, 40, None]
#     slice, ORC         ids [2, 3, 4, 5], left edges [0, None, 20, 30]
#     copied, ORC        ids [2, 3, 4, 5], left edges [20, 30, 40, None]
#     two pieces, ORC    ids [0, 1, 2, 3, 4, 5], left edges [0, None, 20, 0, None, 20]
#     no null, ORC       ids [2, 3, 4, 5], left edges [20, 30, 40, 50]
source "$(dirname "$0")/_setup.sh"
install pyarrow==26.0.1

expect <<'PROGRAM'
import pyarrow as pa
from pyarrow import feather, orc, parquet


def objects(not_drawn):
    boxes = [{"x": 10 * number, "y": 5, "width": 8, "height": 8} for number in range(6)]
    return pa.table({"id": range(6), "box": [None if k in not_drawn else box for k, box in enumerate(boxes)]})


def show(name, seen):
    edges = [box and box["x"] for box in seen["box"].to_pylist()]
    print(f"{name:18} ids {seen['id'].to_pylist()}, left edges {edges}")


def by_orc(name, table):
    orc.write_table(table, "objects.orc")
    show(name, orc.read_table("objects.orc"))


table = objects(not_drawn=(1, 5))
part = table.slice(2)
show("table", table)
parquet.write_table(part, "objects.parquet")
show("slice, Parquet", parquet.read_table("objects.parquet"))
feather.write_feather(part, "objects.feather")
show("slice, Feather", feather.read_table("objects.feather"))
by_orc("slice, ORC", part)
by_orc("copied, ORC", part.take([0, 1, 2, 3]))
by_orc("two pieces, ORC", pa.concat_tables([table.slice(0, 3), table.slice(3)]))
by_orc("no null, ORC", objects(not_drawn=()).slice(2))
PROGRAM
