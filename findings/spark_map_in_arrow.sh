#!/usr/bin/env bash
# pyspark 4.3.0 has mapInArrow refuse to work where pandas is not installed, though no pandas object is ever made.
#
# The function that mapInArrow is given takes and returns record batches of pyarrow. Making a DataFrame of a table of Arrow,
# and a table of a DataFrame, needs pyarrow alone. mapInArrow of the same data asks for pandas 2.2.
#
# Why it matters: whoever hands boxes to Spark by Arrow, to keep pandas out, must ship pandas all the same.
# It needs Java 17 or newer.
#
# Output seen:
#     table to DataFrame:  1 row
#     DataFrame to table:  1 row
#     mapInArrow:          [PACKAGE_NOT_INSTALLED] Pandas >= 2.2.0 must be installed; however, it was not found.
source "$(dirname "$0")/_setup.sh"
command -v java >/dev/null || { echo "$name: could not be tried, there is no Java"; exit 2; }
install pyspark==4.3.0 pyarrow==26.0.1 numpy==2.4.6

expect <<'PROGRAM'
import pyarrow
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
boxes = spark.sql("SELECT 1 AS image_id, array(1.0D, 1.0D, 9.0D, 9.0D) AS xyxy")


def tried(name, call):
    try:
        print(f"{name:<20}", call(), "row")
    except Exception as error:
        print(f"{name:<20}", error)


tried("table to DataFrame:", lambda: spark.createDataFrame(pyarrow.table({"image_id": [1]})).count())
tried("DataFrame to table:", lambda: boxes.toArrow().num_rows)
tried("mapInArrow:", lambda: boxes.mapInArrow(lambda batches: batches, boxes.schema).count())
PROGRAM
