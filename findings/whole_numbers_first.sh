#!/usr/bin/env bash
# polars 2.1.0 and duckdb 2.0.1 lose the decimals of boxes and scores, without an error or a warning, when the records
# at the start of the data hold whole numbers only.
#
# Both choose the type of each column from the first records: polars from 100, duckdb from 20,480. If these all read
# "bbox": [10, 20, 30, 40] and "score": 1, the columns become integers. A later record with decimals does not widen them
# and is not refused: polars cuts its numbers, duckdb rounds them. This holds for polars.DataFrame(list of records),
# too, where the numbers are already Python floats. read_ndjson of polars refuses the same records with an error.
#
# Why it matters: a data set joined from several sources easily begins so, with boxes in whole pixels (from VOC, say)
# before boxes with decimals. Edges then move by up to a pixel, boxes given as fractions of the image become empty, and
# a score below 1 becomes 0 or 1. infer_schema_length=None and sample_size=-1 mend it.
#
# Output seen:
#     polars.DataFrame              [10, 20, 30, 0] score 0
#     polars.read_json              [10, 20, 30, 0] score 0
#     polars.read_ndjson            ComputeError
#     duckdb read_json              [10, 20, 31, 0] score 0
#     polars, all records sampled   [10.5, 20.25, 30.75, 0.4] score 0.37
#     duckdb, all records sampled   [10.5, 20.25, 30.75, 0.4] score 0.37
source "$(dirname "$0")/_setup.sh"
install polars==2.1.0 duckdb==2.0.1

expect <<'PROGRAM'
import json

import duckdb
import polars


def detections(whole):
    """So many detections in whole numbers, then one with decimals."""
    first = [{"image_id": i, "bbox": [10, 20, 30, 40], "score": 1} for i in range(whole)]
    return [*first, {"image_id": whole, "bbox": [10.5, 20.25, 30.75, 0.4], "score": 0.37}]


def show(how, read):
    try:
        bbox, score = read()
        print(f"{how:<29} {list(bbox)} score {score}")
    except Exception as error:
        print(f"{how:<29} {type(error).__name__}")


def last(frame):
    return frame["bbox"][-1], frame["score"][-1]


def query(options=""):
    return duckdb.sql(f"SELECT bbox, score FROM read_json('many.json'{options}) WHERE image_id = 20480").fetchall()[0]


few, many = detections(100), detections(20480)
with open("few.json", "w") as file:
    json.dump(few, file)
with open("few.ndjson", "w") as file:
    file.writelines(json.dumps(record) + "\n" for record in few)
with open("many.json", "w") as file:
    json.dump(many, file)

show("polars.DataFrame", lambda: last(polars.DataFrame(few)))
show("polars.read_json", lambda: last(polars.read_json("few.json")))
show("polars.read_ndjson", lambda: last(polars.read_ndjson("few.ndjson")))
show("duckdb read_json", query)
show("polars, all records sampled", lambda: last(polars.read_json("few.json", infer_schema_length=None)))
show("duckdb, all records sampled", lambda: query(", sample_size=-1"))
PROGRAM
