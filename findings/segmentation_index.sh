#!/usr/bin/env bash
# In duckdb 2.0.1 one crowd annotation in a COCO file changes what segmentation[1] means for all other annotations.
#
# In a file whose annotations all have polygons, read_json makes segmentation a list (here BIGINT[][]). SQL lists count
# from 1, so that segmentation[1] is the first polygon. As soon as one annotation has a run-length mask (an object, as
# COCO has it for every crowd), polygons and masks share no type and the column becomes JSON, which counts from 0. The
# same query then gives the second polygon, or NULL for the many objects with only one. Neither is an error.
#
# Why it matters: a query tried on a part of COCO without crowds gives other outlines, or none, on the whole of it.
# len(segmentation) changes as well: it counts polygons before, characters of the text after.
#
# Output seen:
#     without a crowd: BIGINT[][], segmentation[1] = [1, 1, 9, 1, 9, 9], len = 2
#     with a crowd:    JSON, segmentation[1] = [2,2,8,2,8,8], len = 29
source "$(dirname "$0")/_setup.sh"
install duckdb==2.0.1

expect <<'PROGRAM'
import json

import duckdb

polygons = {"id": 1, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9], [2, 2, 8, 2, 8, 8]]}
crowd = {"id": 2, "iscrowd": 1, "segmentation": {"size": [10, 10], "counts": [50, 50]}}
for title, annotations in (("without a crowd:", [polygons]), ("with a crowd:", [polygons, crowd])):
    with open("coco.json", "w") as file:
        json.dump({"annotations": annotations}, file)
    kind, first, length = duckdb.sql(
        "SELECT typeof(a.segmentation), a.segmentation[1], len(a.segmentation) "
        "FROM (SELECT unnest(annotations) AS a FROM read_json('coco.json')) WHERE a.id = 1"
    ).fetchall()[0]
    print(f"{title:<16} {kind}, segmentation[1] = {first}, len = {length}")
PROGRAM
