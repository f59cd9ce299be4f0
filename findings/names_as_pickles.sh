#!/usr/bin/env bash
# daft 0.7.26 writes the names of classes to Parquet as pickled Python objects if they came as categories.
#
# Names of classes repeat, so that Arrow keeps them as a dictionary, polars as Categorical or Enum and pandas as a
# category. from_arrow and from_pandas of daft take such a column for one of Python objects. It prints like text and
# filters like text, and nothing is said. write_parquet pickles each name: what another tool reads is bytes. Names that
# came as plain texts are written as such, and so are those of a Parquet file that daft reads itself.
#
# Why it matters: the class is the column by which boxes are counted and joined. In the next tool it has no name that
# anyone knows, and boxes and scores are right.
#
# Output seen:
#     texts              daft shows cat, dog; in Parquet: cat, dog
#     Arrow dictionary   daft shows cat, dog; in Parquet: a pickle of cat, a pickle of dog
#     polars Categorical daft shows cat, dog; in Parquet: a pickle of cat, a pickle of dog
#     pandas category    daft shows cat, dog; in Parquet: a pickle of cat, a pickle of dog
#     polars reads       b'\x80\x05\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8c\x03cat\x94.'
source "$(dirname "$0")/_setup.sh"
install daft==0.7.26 pyarrow==25.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6

expect <<'PROGRAM'
import pathlib
import pickle

import daft
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import parquet

NAMES = ["cat", "dog"]


def shown(value):
    return value if isinstance(value, str) else f"a pickle of {pickle.loads(value)}"


def show(name, frame):
    folder = name.replace(" ", "_")
    frame.write_parquet(folder)
    (written,) = pathlib.Path(folder).glob("*.parquet")
    seen = parquet.read_table(written)["class"].to_pylist()
    print(f"{name:18} daft shows {', '.join(frame.to_pydict()['class'])}; in Parquet: {', '.join(map(shown, seen))}")
    return written


show("texts", daft.from_arrow(pa.table({"class": NAMES})))
show("Arrow dictionary", daft.from_arrow(pa.table({"class": pa.array(NAMES).dictionary_encode()})))
categorical = pl.DataFrame({"class": pl.Series(NAMES, dtype=pl.Categorical)})
show("polars Categorical", daft.from_arrow(categorical.to_arrow()))
written = show("pandas category", daft.from_pandas(pd.DataFrame({"class": pd.Categorical(NAMES)})))
print("polars reads      ", pl.read_parquet(written)["class"][0])
PROGRAM
