"""`from_arrow` on what polars, duckdb, pandas and the datasets library really hand over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from arrow_tables import Layout, Row, assert_same, plain

import boxlint
from boxlint.formats.parquet_files import read_parquet_files
from boxlint.synthetic import make_scenes

ANNOTATIONS: list[list[Row] | None] = [[([1.0, 1.0, 9.0, 9.0], 0, 0.0)], [], None, [([2.5, 1.0, 9.0, 8.0], 4, 0.0)] * 3]
PREDICTIONS: list[list[Row] | None] = [
    [([1.0, 2.0, 9.0, 9.0], 0, 0.5)] * 2,
    None,
    [],
    [([2.5, 1.0, 9.0, 8.5], 1, 0.25)],
]


def _table(**layout: Any) -> pa.Table:
    return Layout(number=pa.float64(), **layout).table(ANNOTATIONS, PREDICTIONS)


def _expected() -> boxlint.Dataset:
    return plain(ANNOTATIONS, PREDICTIONS, "float64")


@pytest.mark.parametrize("form", ["structs", "parallel lists", "struct of lists", "flat numbers"])
@pytest.mark.parametrize("boxes", ["fixed", "list"])
def test_polars(form: str, boxes: str) -> None:
    frame = pl.from_arrow(_table(form=form, boxes=boxes))
    assert isinstance(frame, pl.DataFrame)
    assert_same(boxlint.from_arrow(frame), _expected())
    assert_same(boxlint.from_arrow(frame[1:]), _expected()[1:])
    halves = pl.concat([frame[:2], frame[2:]], rechunk=False)
    assert_same(boxlint.from_arrow(halves), _expected())


def test_a_lazy_frame_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected what has __arrow_c_stream__, .*, found LazyFrame"):
        boxlint.from_arrow(pl.LazyFrame({"image_id": [1]}))


@pytest.mark.parametrize("form", ["structs", "parallel lists", "struct of lists", "flat numbers"])
def test_duckdb(form: str, tmp_path: Path) -> None:
    boxes = _table(form=form)
    connection = duckdb.connect()
    # duckdb finds the table by the name of the variable.
    assert_same(boxlint.from_arrow(connection.sql("select * from boxes")), _expected())
    pq.write_table(boxes, tmp_path / "boxes.parquet")
    from_file = connection.sql(f"select * from '{tmp_path / 'boxes.parquet'}' order by image_id")
    assert_same(boxlint.from_arrow(from_file), _expected())


def test_duckdb_computes_boxes_as_decimals() -> None:
    relation = duckdb.sql(
        "select 'a' as image_id, [{'xyxy': [0.5, 1.25, 9.0, 8.0], 'class_id': 2}] as annotations, "
        "[{'xyxy': [0.5, 1.25, 9.0, 8.0], 'class_id': 2, 'score': 0.75}] as predictions"
    )
    dataset = boxlint.from_arrow(relation)
    assert dataset.annotations.xyxy.tolist() == dataset.predictions.xyxy.tolist() == [[0.5, 1.25, 9, 8]]
    assert dataset.predictions.score is not None
    assert dataset.predictions.score.tolist() == [0.75]


def test_a_file_of_duckdb_with_a_null_box_is_refused_and_said_why(tmp_path: Path) -> None:
    # pyarrow cannot read it, and does not say that a box is null.
    for name, box in (("null", "NULL"), ("whole", "[2, 2, 8, 9]")):
        boxes = f"[{{'xyxy': {box}::FLOAT[4], 'class_id': 0}}, {{'xyxy': [1, 1, 4, 4]::FLOAT[4], 'class_id': 0}}]"
        of_images = (
            f"SELECT 'a' AS image_id, {boxes} AS annotations, [] :: STRUCT(xyxy FLOAT[4], class_id INT, score FLOAT)[]"
        )
        duckdb.sql(f"COPY ({of_images} AS predictions) TO '{tmp_path / name}.parquet'")
    assert read_parquet_files([tmp_path / "whole.parquet"], None, None).annotations.xyxy[0].tolist() == [2, 2, 8, 9]
    for read in (
        lambda path: read_parquet_files([path], None, None),
        lambda path: boxlint.check_parquet(path, tmp_path / "out", verbose=False),
    ):
        why = r"null\.parquet(, row groups 0 to 0:)? cannot be read as Parquet: .*boxes of which one is null"
        with pytest.raises(ValueError, match=why):
            read(tmp_path / "null.parquet")


def test_pandas() -> None:
    frame = pd.DataFrame({"image_id": ["a"], "annotations": [[{"xyxy": [1.0, 1, 9, 9], "class_id": 3}]]})
    dataset = boxlint.from_arrow(frame, columns={"predictions": None})
    assert (dataset.image_ids, dataset.annotations.class_id.tolist()) == (["a"], [3])


@pytest.mark.parametrize("form", ["structs", "struct of lists"])
def test_datasets(form: str) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    given = datasets.Dataset(_table(form=form))
    assert_same(boxlint.from_arrow(given), _expected())
    # What is selected is a list of rows of the same table.
    assert_same(boxlint.from_arrow(given.select([3, 0])), _expected()[[3, 0]])
    assert_same(boxlint.from_arrow(given.with_format("numpy")), _expected())
    assert len(boxlint.from_arrow(given.select([]))) == 0
    assert_same(boxlint.from_arrow(given.with_format("arrow")[1:]), _expected()[1:])


@pytest.mark.parametrize("form", ["structs", "parallel lists"])
def test_daft(form: str) -> None:
    daft = pytest.importorskip("daft", reason="Daft is not installed")
    assert_same(boxlint.from_arrow(daft.from_arrow(_table(form=form))), _expected())


def test_a_report_of_a_table_is_that_of_the_data_set(tmp_path: Path) -> None:
    dataset = make_scenes(60, seed=2).dataset
    boxlint.write_parquet(dataset, tmp_path / "data.parquet")
    read = boxlint.from_arrow(pl.read_parquet(tmp_path / "data.parquet"), class_names=dataset.class_names)
    assert boxlint.check(read).to_arrow().equals(boxlint.check(dataset).to_arrow())
