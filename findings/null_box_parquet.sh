#!/usr/bin/env bash
# pyarrow 26.0.1 cannot read a Parquet file of boxes that duckdb 2.0.1 has written, if one box is null.
#
# A box of four numbers is FLOAT[4] in duckdb, and what a fixed-size list of Arrow becomes there. Parquet has no lists of a
# fixed size: duckdb writes an ordinary list, but leaves room for four numbers where the box is null. pyarrow finds more
# numbers counted than there are and refuses the file. duckdb and polars read it. The same boxes as FLOAT[], or without the
# null, can be read by all three.
#
# Why it matters: a null box is how tables keep images without an object, or objects that nobody has drawn yet (an outer join
# makes them by itself). The file is written without a word, and looks whole to the tool that wrote it.
#
# Output seen:
#     FLOAT[4], a null  duckdb 3 rows, polars 3 rows, pyarrow ArrowInvalid
#     FLOAT[], a null   duckdb 3 rows, polars 3 rows, pyarrow 3 rows
#     FLOAT[4], no null duckdb 3 rows, polars 3 rows, pyarrow 3 rows
source "$(dirname "$0")/_setup.sh"
install duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1

expect <<'PROGRAM'
import duckdb
import polars
import pyarrow.parquet

readers = {
    "duckdb": lambda: duckdb.sql("FROM 'boxes.parquet'").fetchall(),
    "polars": lambda: polars.read_parquet("boxes.parquet"),
    "pyarrow": lambda: pyarrow.parquet.read_table("boxes.parquet"),
}


def rows(read):
    try:
        return f"{len(read())} rows"
    except Exception as error:
        return type(error).__name__


for sql_type, second in (("FLOAT[4]", "NULL"), ("FLOAT[]", "NULL"), ("FLOAT[4]", "[5, 5, 9, 9]")):
    boxes = f"VALUES (1, [1, 1, 4, 4]::{sql_type}), (2, {second}), (3, [2, 2, 8, 8])"
    duckdb.sql(f"COPY (SELECT id, box::{sql_type} AS box FROM ({boxes}) AS t(id, box)) TO 'boxes.parquet'")
    title = f"{sql_type}, {'a null' if second == 'NULL' else 'no null'}"
    print(f"{title:<17}", ", ".join(f"{name} {rows(read)}" for name, read in readers.items()))
PROGRAM
