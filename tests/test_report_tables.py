"""A report in the hands of other tools: pandas, polars, pyarrow, duckdb, and the files that they read."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import boxlint
from boxlint import Boxes, Report
from check_scenes import all_scenes, report_on_all_scenes

CORNERS = [f"{side}_{corner}" for side in ("given", "suggested") for corner in ("x1", "y1", "x2", "y2")]
INTEGERS = {
    "image_index", "image_id", "annotation_index", "annotation_id", "prediction_index", "prediction_id",
    "kept_annotation_index", "kept_annotation_id", "given_class", "given_category_id", "suggested_class",
    "suggested_category_id",
}  # fmt: skip
FLOATS = {"suspicion", "score", "iou", "detectability", *CORNERS}


@pytest.fixture(scope="module")
def report() -> Report:
    """A row of each kind, and more."""
    return report_on_all_scenes()


@pytest.fixture(scope="module")
def expected(report: Report) -> list[dict[str, Any]]:
    """The rows as dicts of plain values, a box as four of them."""
    return [issue._asdict() for issue in report]


EMPTY = boxlint.check(Boxes([], [], offsets=[0, 0]), Boxes([], [], [], [0, 0]))


def plain(frame: Any) -> list[dict[str, Any]]:
    """The rows of a pandas DataFrame with None for all that pandas takes for nothing."""
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")
    ]


class TestArrow:
    def test_a_table_holds_every_value_and_null_for_nothing(self, report: Report, expected: Any) -> None:
        for table in (report.to_arrow(), report.issues.to_arrow(), pa.table(report), pa.table(report.issues)):
            assert table.to_pylist() == expected
            table.validate(full=True)

    def test_columns_have_the_same_types_with_and_without_rows(self, report: Report) -> None:
        schema = report.to_arrow().schema
        assert EMPTY.to_arrow().schema == schema
        assert EMPTY.to_arrow().num_rows == 0
        assert {name for name in schema.names if schema.field(name).type == pa.int64()} == INTEGERS
        assert {name for name in schema.names if schema.field(name).type == pa.float64()} == FLOATS
        assert {schema.field(name).type for name in set(schema.names) - INTEGERS - FLOATS} == {pa.large_string()}

    def test_ids_that_are_texts_are_texts(self) -> None:
        dataset = all_scenes()
        ids: Any = [row if row % 2 else f"ä{row}" for row in range(len(dataset.annotations.class_id))]
        report = boxlint.check(replace(dataset, annotation_ids=ids, class_names=["人", "dög", "car"]))
        table = report.to_arrow()
        assert table["annotation_id"].to_pylist() == [
            None if issue.annotation_id is None else str(issue.annotation_id) for issue in report
        ]
        assert table["given_label"].to_pylist() == [issue.given_label for issue in report]
        assert "人" in table["given_label"].to_pylist()

    def test_pandas_is_not_imported(self) -> None:
        script = """
import sys
sys.path.insert(0, "tests")
from check_scenes import report_on_all_scenes
report_on_all_scenes().to_arrow()
report_on_all_scenes().__arrow_c_stream__()
print("pandas" in sys.modules)
"""
        assert output_of(script) == "False"

    def test_polars_takes_it(self, report: Report, expected: Any) -> None:
        pl = pytest.importorskip("polars")
        # pl.from_arrow makes a Series of structs of any stream but pyarrow's, from polars 2 on.
        frames = (pl.DataFrame(report), pl.DataFrame(report.issues), pl.Series(report).struct.unnest())
        for frame in frames:
            assert frame.to_dicts() == expected
        assert pl.DataFrame(report.top(5)).to_dicts() == expected[:5]
        assert pl.DataFrame(EMPTY).columns == list(expected[0])

    def test_duckdb_takes_it(self, report: Report, expected: Any) -> None:
        duckdb = pytest.importorskip("duckdb")
        count = "select kind, count(*) from report where suspicion >= 0.4 and given_label is null group by kind"
        assert duckdb.sql(count).fetchall() == [("missing", 1)]
        assert duckdb.sql("select * from report").fetchall() == [tuple(row.values()) for row in expected]


class TestPandas:
    def test_to_pandas_has_nullable_integers_and_nan(self, report: Report, expected: Any) -> None:
        frame = report.to_pandas()
        assert plain(frame) == expected
        assert {name for name in frame if frame[name].dtype == "Int64"} | {"image_index"} == INTEGERS
        assert {name for name in frame if frame[name].dtype == "float64"} == FLOATS
        assert list(report.issues.to_pandas()) == list(frame)

    def test_an_empty_report_has_the_same_columns_and_types(self, report: Report) -> None:
        full, empty = report.to_pandas(), EMPTY.to_pandas()
        assert list(empty) == list(full)
        assert {name for name in empty if empty[name].dtype == "Int64"} == INTEGERS - {"image_index"}

    @pytest.mark.parametrize("table", ["report", "issues"])
    def test_a_data_frame_is_made_at_once(self, report: Report, expected: Any, table: str) -> None:
        frame = pd.DataFrame(report if table == "report" else report.issues)  # type: ignore[call-overload, unused-ignore]  # any iterable of named tuples
        assert list(frame) == list(expected[0])
        assert plain(frame) == expected
        assert {name for name in frame if frame[name].dtype == "float64"} >= FLOATS

    @pytest.mark.skipif(not hasattr(pd.DataFrame, "from_arrow"), reason="pandas 3 has it")
    def test_a_data_frame_is_made_of_the_arrow_stream(self, report: Report, expected: Any) -> None:
        assert plain(pd.DataFrame.from_arrow(report)) == expected


class TestFiles:
    def test_csv_has_an_empty_cell_for_nothing(self, report: Report, expected: Any, tmp_path: Path) -> None:
        report.to_csv(tmp_path / "issues.csv")
        with (tmp_path / "issues.csv").open(newline="") as lines:
            found = list(csv.DictReader(lines))
        assert found == [{name: "" if value is None else str(value) for name, value in row.items()} for row in expected]
        assert "nan" not in (tmp_path / "issues.csv").read_text()
        assert ",-1," not in (tmp_path / "issues.csv").read_text()

    def test_json_has_null_for_nothing(self, report: Report, expected: Any, tmp_path: Path) -> None:
        report.to_json(tmp_path / "issues.json")
        assert json.loads((tmp_path / "issues.json").read_text()) == expected
        report.top(2).to_json(tmp_path / "issues.json")
        assert json.loads((tmp_path / "issues.json").read_text()) == expected[:2]
        EMPTY.to_json(tmp_path / "issues.json")
        assert json.loads((tmp_path / "issues.json").read_text()) == []

    def test_parquet_holds_the_arrow_table(self, report: Report, tmp_path: Path) -> None:
        report.to_parquet(tmp_path / "issues.parquet")
        assert pq.read_table(tmp_path / "issues.parquet").equals(report.to_arrow())

    def test_a_filtered_table_is_written_in_the_same_way(self, report: Report, tmp_path: Path) -> None:
        report.issues.where(kind="swap").to_csv(tmp_path / "swaps.csv")
        assert len((tmp_path / "swaps.csv").read_text().splitlines()) == 1 + len(report.issues.where(kind="swap"))

    def test_a_corrected_data_set_is_written_and_read(self, tmp_path: Path) -> None:
        corrected = report_on_all_scenes().apply()
        boxlint.write_coco(corrected, tmp_path / "corrected.json")
        again = boxlint.read_coco(tmp_path / "corrected.json")
        np.testing.assert_allclose(again.annotations.xyxy, corrected.annotations.xyxy)
        assert np.asarray(again.category_ids).tolist() == [1, 3, 18]


@pytest.mark.parametrize(
    ("missing", "call", "sentence"),
    [
        ("pandas", "to_pandas()", "to_pandas needs pandas: pip install pandas"),
        ("pyarrow", "to_arrow()", "an Arrow table needs pyarrow: pip install 'boxlint[arrow]'"),
        ("pyarrow", "__arrow_c_stream__()", "an Arrow table needs pyarrow: pip install 'boxlint[arrow]'"),
        ("pyarrow", "to_parquet('issues.parquet')", "writing Parquet needs pyarrow: pip install 'boxlint[arrow]'"),
    ],
)
def test_what_is_not_installed_is_asked_for_in_a_sentence(missing: str, call: str, sentence: str) -> None:
    script = f"""
import sys
sys.path.insert(0, "tests")
from check_scenes import report_on_all_scenes
report = report_on_all_scenes()
sys.modules["{missing}"] = None
try:
    report.{call}
except ImportError as error:
    print(error)
"""
    assert output_of(script) == sentence


def output_of(script: str) -> str:
    """What a Python process of its own prints."""
    root = Path(__file__).resolve().parents[1]
    return subprocess.run(
        [sys.executable, "-c", script], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
