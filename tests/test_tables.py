"""Tables as files: what is read back is what the columns hold, in blocks as at once."""

from __future__ import annotations

import csv
import json
import math
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
from boxlint import Boxes, Dataset, Issue
from boxlint._files import write_table
from boxlint._kinds import KINDS
from boxlint._table import BLOCK, Taken, objects, texts
from boxlint.benchmark import plant
from boxlint.synthetic import make_scenes

# With annotations of every kind of error, also doubled ones.
SCENES, _ = plant(make_scenes(40).dataset, rate=0.5, kinds=KINDS)
HOSTILE = [
    "a,b",
    'say "cheese"',
    "two\nlines",
    "return\rhere",
    "",
    " ",
    "人/ö.jpg",
    "😀",
    "\x00\x1f\x7f",
    "back\\slash",
    "=1",
]

any_text = st.one_of(st.sampled_from(HOSTILE), st.text())
integers = st.integers(-(2**63), 2**63 - 1)


def columns_of(rows: int) -> st.SearchStrategy[dict[str, Any]]:
    """Columns of every kind; a list is one of texts, None and integers, as ids can be."""

    def many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(values, min_size=rows, max_size=rows)

    masks = many(st.booleans())
    numbers = many(integers).map(lambda values: np.array(values, np.int64))
    floats = many(st.floats(allow_nan=False, allow_infinity=False)).map(np.array)
    column = st.one_of(
        numbers,
        floats,
        st.builds(np.ma.MaskedArray, numbers, masks),
        st.builds(np.ma.MaskedArray, floats, masks),
        many(st.one_of(any_text, st.none(), integers)),
        many(st.integers(-1, 2)).map(lambda taken: Taken(np.array(taken, np.int64), texts(HOSTILE[:3]))),
        many(any_text).map(texts),
    )
    return st.dictionaries(any_text, column, min_size=1, max_size=4)


def plain(column: Any) -> list[Any]:
    """The values of a column, None for none."""
    if isinstance(column, Taken):
        return [None if row < 0 else HOSTILE[row] for row in column.rows.tolist()]
    return (
        column if isinstance(column, list) else (column if isinstance(column, np.ndarray) else objects(column)).tolist()
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "table"


class TestFiles:
    @given(table=st.integers(1, 5).flatmap(columns_of))
    def test_csv_is_read_back_as_it_was(self, path: Path, table: dict[str, Any]) -> None:
        write_table([table], path, "csv", raw_csv=True)
        with path.open(newline="", encoding="utf-8") as lines:
            head, *rows = csv.reader(lines)
        assert head == list(table)
        expected = zip(*map(plain, table.values()), strict=True)
        assert rows == [["" if value is None else str(value) for value in row] for row in expected]

    @given(table=st.integers(0, 5).flatmap(columns_of))
    def test_json_is_what_python_writes_an_object_a_line(self, path: Path, table: dict[str, Any]) -> None:
        write_table([table], path, "json")
        rows = [dict(zip(table, row, strict=True)) for row in zip(*map(plain, table.values()), strict=True)]
        lines = ",".join("\n" + json.dumps(row) for row in rows)
        assert path.read_text(encoding="ascii") == f"[{lines}\n]\n"

    def test_numbers_are_written_as_python_writes_them(self, path: Path) -> None:
        numbers = [0.1, -0.0, 1e-5, 1e16, 5e-324, 1.7976931348623157e308, 0.0001, 123456789.0, float(np.float32(0.1))]
        write_table([{"number": np.array(numbers)}], path, "csv")
        assert path.read_text().splitlines()[1:] == [repr(number) for number in numbers]

    def test_csv_has_nan_and_json_refuses_it_and_leaves_the_old_file(self, tmp_path: Path) -> None:
        table = {"score": np.array([0.5, math.nan, -math.inf])}
        write_table([table], tmp_path / "scores.csv")
        assert (tmp_path / "scores.csv").read_text().splitlines() == ["score", "0.5", "nan", "-inf"]
        (tmp_path / "scores.json").write_text("old")
        with pytest.raises(ValueError, match="score: row 1 is nan, which JSON cannot hold"):
            write_table([table], tmp_path / "scores.json")
        assert (tmp_path / "scores.json").read_text() == "old"
        assert len(list(tmp_path.iterdir())) == 2

    def test_a_name_that_is_no_text_in_utf8_is_written_as_python_shows_it(self, path: Path) -> None:
        write_table([{"image": ["caf\udce9.jpg"]}], path, "csv")
        assert path.read_text(encoding="utf-8") == "image\ncaf\\udce9.jpg\n"

    def test_a_table_of_a_single_column_has_no_empty_line(self, path: Path) -> None:
        write_table([{"name": ["a", None, ""]}], path, "csv")
        assert path.read_text() == 'name\na\n""\n""\n'


def repeated(times: int) -> Dataset:
    """The scenes several times, each image with a name of its own."""
    annotations, predictions = (
        Boxes(
            np.tile(boxes.xyxy, (times, 1)),
            np.tile(boxes.class_id, times),
            None if boxes.score is None else np.tile(boxes.score, times),
            np.append(
                (np.arange(times)[:, None] * boxes.offsets[-1] + boxes.offsets[:-1]).ravel(), times * boxes.offsets[-1]
            ),
        )
        for boxes in (SCENES.annotations, SCENES.predictions)
    )
    names = [f"{image:06}.jpg" for image in range(times * len(SCENES))]
    return Dataset(annotations, predictions, image_names=names, class_names=SCENES.class_names)


class TestBlocks:
    def test_a_table_of_several_blocks_has_every_row_once_and_tells_how_far_it_is(self, tmp_path: Path) -> None:
        issues = boxlint.check(repeated(150), min_suspicion=0).issues
        assert len(issues) > BLOCK
        done: list[int] = []
        issues.to_csv(tmp_path / "issues.csv", progress=done.append)
        issues.to_json(tmp_path / "issues.json", progress=done.append)
        issues.to_parquet(tmp_path / "issues.parquet", progress=done.append)
        assert sum(done) == 3 * len(issues)
        assert len(done) == 3 * math.ceil(len(issues) / BLOCK)
        ids = issues["issue_id"].tolist()
        with (tmp_path / "issues.csv").open(newline="") as lines:
            assert [row["issue_id"] for row in csv.DictReader(lines)] == ids
        assert [row["issue_id"] for row in json.loads((tmp_path / "issues.json").read_text())] == ids
        assert pq.read_table(tmp_path / "issues.parquet").equals(issues.to_arrow())
        assert issues.to_arrow()["reason"].to_pylist() == issues["reason"].tolist()

    def test_reasons_are_left_out_on_request(self, tmp_path: Path) -> None:
        report = boxlint.check(SCENES)
        rest = report.to_arrow().drop_columns("reason")
        assert report.to_arrow(reasons=False).equals(rest)
        assert report.issues.to_arrow(reasons=False).equals(rest)
        for ending in ("csv", "json", "parquet"):
            getattr(report, f"to_{ending}")(tmp_path / f"issues.{ending}", reasons=False)
        with (tmp_path / "issues.csv").open(newline="") as lines:
            assert next(csv.reader(lines)) == rest.schema.names
        assert json.loads((tmp_path / "issues.json").read_text()) == rest.to_pylist()
        assert pq.read_table(tmp_path / "issues.parquet").equals(rest)

    def test_an_interrupted_table_leaves_the_old_file(self, tmp_path: Path) -> None:
        def stop(rows: int) -> None:
            raise KeyboardInterrupt

        (tmp_path / "issues.csv").write_text("old")
        with pytest.raises(KeyboardInterrupt):
            boxlint.check(SCENES).to_csv(tmp_path / "issues.csv", progress=stop)
        assert (tmp_path / "issues.csv").read_text() == "old"
        assert len(list(tmp_path.iterdir())) == 1


def with_texts_among_ids(dataset: Dataset) -> Dataset:
    """Some ids are texts, and names are hostile."""

    def ids(count: int) -> list[int | str]:
        return [row if row % 2 else f'{row},"' for row in range(count)]

    return replace(
        dataset,
        image_names=[HOSTILE[image % len(HOSTILE)] + str(image) for image in range(len(dataset))],
        image_ids=ids(len(dataset)),
        annotation_ids=ids(len(dataset.annotations.class_id)),
        prediction_ids=ids(len(dataset.predictions.class_id)),
        class_names=[f"{HOSTILE[number]}{number}" for number in range(len(dataset.class_names or ()))],
        category_ids=ids(len(dataset.class_names or ())),
    )


WITHOUT_NAMES = Dataset(SCENES.annotations, SCENES.predictions)
DATASETS = {"scenes": SCENES, "texts": with_texts_among_ids(SCENES), "without names": WITHOUT_NAMES}
FORMS: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda issues: issues,
    "pickled": lambda issues: pickle.loads(pickle.dumps(issues)),
    "in part": lambda issues: issues[::-3],
    "in part, pickled": lambda issues: pickle.loads(pickle.dumps(issues[::-3])),
    "read before": lambda issues: list(issues) and issues,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DATASETS)
class TestIssues:
    def test_files_hold_what_rows_hold(self, name: str, form: str, tmp_path: Path) -> None:
        issues = FORMS[form](boxlint.check(DATASETS[name], min_suspicion=0).issues)
        issues.to_json(tmp_path / "issues.json")
        assert json.loads((tmp_path / "issues.json").read_text()) == [row._asdict() for row in issues]
        issues.to_csv(tmp_path / "issues.csv", raw=True)
        with (tmp_path / "issues.csv").open(newline="", encoding="utf-8") as lines:
            found = list(csv.reader(lines))[1:]
        assert found == [["" if value is None else str(value) for value in row] for row in issues]

    def test_a_reason_is_the_sentence_of_its_kind(self, name: str, form: str) -> None:
        issues = FORMS[form](boxlint.check(DATASETS[name], min_suspicion=0).issues)
        annotations = DATASETS[name].annotations
        kept = [
            None if row.kept_annotation_index is None
            else annotations.class_id[annotations.offsets[row.image_index] + row.kept_annotation_index]
            for row in issues
        ]  # fmt: skip
        names = DATASETS[name].class_names
        assert [row.reason for row in issues] == [
            sentence(row, one, names, alike)
            for row, one, alike in zip(issues, kept, issues._columns.rows.alike, strict=True)
        ]
        assert len(Counter(row.kind for row in issues)) == 5


def sentence(row: Issue, kept_class: int | None, names: Any, alike: int) -> str:
    """The sentence of a row, as Python formats numbers."""

    def class_name(number: int | None) -> str:
        return f"class {number}" if names is None or number is None else str(names[number])

    given, suggested = class_name(row.given_class), class_name(row.suggested_class)
    if row.kind == "missing":
        overlap = "is there" if row.iou is None else f"overlaps it by more than IoU {row.iou:.2f}"
        return f"detected as {suggested} with score {row.score:.2f}, and no annotation {overlap}"
    if row.kind == "swap":
        return f"annotated as {given}, but detected as {suggested} with score {row.score:.2f} at IoU {row.iou:.2f}"
    if row.kind == "badloc":
        return f"annotated as {given}, and detected so with score {row.score:.2f}, in a box of IoU {row.iou:.2f} only"
    if row.kind == "spurious":
        joined = "; only" if float(f"{row.detectability:.0%}"[:-1]) < 50 else ", although"
        found = f"{row.detectability:.0%} of such boxes are (of {alike})"
        return f"annotated as {given}, but hardly detected{joined} {found}"
    kept = row.kept_annotation_index if row.kept_annotation_id is None else row.kept_annotation_id
    return f"annotated as {given}, and overlaps annotation {kept}, {class_name(kept_class)}, by IoU {row.iou:.2f}"
