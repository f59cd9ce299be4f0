#!/usr/bin/env bash
# fastparquet 2026.9.0 reads the boxes of every image as None, and the classes beside them as they are.
#
# A row for each image holds its boxes, a list of lists of four numbers, or a list of objects. fastparquet reads lists
# of one level, which it states on a page about details. It meets deeper ones without an error or a warning: the column
# is there, has as many rows as the file, and holds None in each. Lists of one level in the same file, such as classes
# and scores, are right, and so is a single box a row. pyarrow 26.0.1 reads all of it.
#
# Why it matters: None is how an image without a box, or one that is not labelled yet, is told. A data set seems to be
# unlabelled, or a detector blind, while the number of images and the classes are right. A file with one box a row, with
# which the reader was tried, is right.
#
# Output seen:
#     pyarrow      box      [[10.0, 20.0, 30.0, 40.0], [5.0, 5.0, 9.0, 9.0]]
#     fastparquet  box      [[10.0, 20.0, 30.0, 40.0], [5.0, 5.0, 9.0, 9.0]]
#     pyarrow      boxes    [[[10.0, 20.0, 30.0, 40.0], [5.0, 5.0, 9.0, 9.0]], []]
#     fastparquet  boxes    [None, None]
#     pyarrow      classes  [[0, 1], []]
#     fastparquet  classes  [[0, 1], []]
#     pyarrow      objects  [[{'bbox': [10.0, 20.0, 30.0, 40.0], 'class': 0}], []]
#     fastparquet  objects  [None, None]
source "$(dirname "$0")/_setup.sh"
install fastparquet==2026.9.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6

expect <<'PROGRAM'
import warnings

import fastparquet
import numpy as np
import pyarrow as pa
from pyarrow import parquet

first, second = [10.0, 20.0, 30.0, 40.0], [5.0, 5.0, 9.0, 9.0]
table = pa.table(
    {
        "box": [first, second],
        "boxes": [[first, second], []],
        "classes": [[0, 1], []],
        "objects": [[{"bbox": first, "class": 0}], []],
    }
)
parquet.write_table(table, "images.parquet")

by_pyarrow = parquet.read_table("images.parquet").to_pydict()
warnings.simplefilter("error")  # a warning ends the program
frame = fastparquet.ParquetFile("images.parquet").to_pandas()
for name in table.column_names:
    print(f"{'pyarrow':12} {name:8} {by_pyarrow[name]}")
    seen = [value if value is None else np.array(value).tolist() for value in frame[name]]
    print(f"{'fastparquet':12} {name:8} {seen}")
PROGRAM
