#!/usr/bin/env bash
# pyspark 4.3.0 puts scores beside other boxes when one score is null.
#
# A table with a row for each box becomes one with a row for each image by GROUP BY and an aggregate that makes lists:
# collect_list of boxes, collect_list of scores. Spark leaves nulls out, so that the list of scores is shorter than that
# of boxes and all scores behind the null move up by one; array_agg is the same function. arrays_zip, which joins the
# two lists again, fills the end with a null. list of duckdb 2.0.1, agg of polars 2.1.0 and the "list" of pyarrow 26.0.1
# keep the null in its place. Nothing is said.
#
# Why it matters: a null score is what an outer join leaves at an annotation that no detector found, or a label that
# nobody scored. Every row is valid, and the last box has none. collect_list of a struct of both keeps them together.
# It needs Java 17 or newer, and 900 MB of room.
#
# Output seen:
#     rows:               a 0.9, b None, c 0.7
#     duckdb list:        a 0.9, b None, c 0.7
#     polars agg:         a 0.9, b None, c 0.7
#     pyarrow list:       a 0.9, b None, c 0.7
#     Spark collect_list: a 0.9, b 0.7, c None
#     Spark array_agg:    a 0.9, b 0.7, c None
#     Spark struct:       a 0.9, b None, c 0.7
source "$(dirname "$0")/_setup.sh"
command -v java >/dev/null || { echo "$name: could not be tried, there is no Java"; exit 2; }
install pyspark==4.3.0 duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1

expect <<'PROGRAM'
import itertools

import duckdb
import polars
import pyarrow
from pyspark.sql import SparkSession

rows = [(1, "a", 0.9), (1, "b", None), (1, "c", 0.7)]
boxes_of_images = pyarrow.table(dict(zip(("image_id", "box", "score"), map(list, zip(*rows)))))


def show(name, pairs):
    print(f"{name:<19}", ", ".join(f"{box} {score}" for box, score in pairs))


show("rows:", [row[1:] for row in rows])
boxes, scores = duckdb.sql("SELECT list(box), list(score) FROM boxes_of_images GROUP BY image_id").fetchall()[0]
show("duckdb list:", itertools.zip_longest(boxes, scores))
grouped = polars.from_arrow(boxes_of_images).group_by("image_id").agg("box", "score").row(0, named=True)
show("polars agg:", itertools.zip_longest(grouped["box"], grouped["score"]))
lists = [("box", "list"), ("score", "list")]
grouped = boxes_of_images.group_by("image_id", use_threads=False).aggregate(lists).to_pylist()[0]
show("pyarrow list:", itertools.zip_longest(grouped["box_list"], grouped["score_list"]))

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
spark.createDataFrame(rows, "image_id INT, box STRING, score DOUBLE").coalesce(1).createOrReplaceTempView("boxes")
for name, pairs in {
    "collect_list:": "arrays_zip(collect_list(box), collect_list(score))",
    "array_agg:": "arrays_zip(array_agg(box), array_agg(score))",
    "struct:": "collect_list(struct(box, score))",
}.items():
    show(f"Spark {name}", spark.sql(f"SELECT {pairs} FROM boxes GROUP BY image_id").collect()[0][0])
PROGRAM
