"""`write_parquet`: `from_arrow` makes the same data set of the file, and the file is laid out to be read fast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from arrow_tables import assert_same
from hypothesis import given
from hypothesis import strategies as st

import boxlint
from boxlint.synthetic import make_scenes

SCENES = make_scenes(12, seed=5).dataset


def _boxes(boxes: boxlint.Boxes, dtype: Any, ignore: bool) -> boxlint.Boxes:
    score = None if boxes.score is None else boxes.score.astype(dtype)
    flags = np.arange(len(boxes.class_id)) % 3 == 0 if ignore else None
    return boxlint.Boxes(boxes.xyxy.astype(dtype), boxes.class_id, score, boxes.offsets, flags)


@st.composite
def _datasets(draw: st.DrawFn) -> boxlint.Dataset:
    """Data sets of every combination of columns."""

    def has() -> bool:
        return draw(st.booleans())

    scenes = SCENES[: draw(st.sampled_from([0, 1, 12]))]
    images, dtype = len(scenes), draw(st.sampled_from([np.float32, np.float64]))
    annotations = _boxes(scenes.annotations, dtype, has())
    predictions = _boxes(scenes.predictions, dtype, False)
    names = scenes.class_names or ()
    return boxlint.Dataset(
        annotations,
        predictions,
        image_names=[f"{image}.jpg" for image in range(images)] if has() else None,
        class_names=names if has() else None,
        category_ids=np.arange(len(names)) * 2 if has() else None,
        annotation_ids=np.arange(len(annotations.class_id)) + 7 if has() else None,
        prediction_ids=[f"p{number}" for number in range(len(predictions.class_id))] if has() else None,
        image_sizes=np.where(np.arange(2 * images) % 5, 640.0, np.nan).reshape(-1, 2) if has() else None,
        image_ids=draw(st.sampled_from([None, list(range(images)), [f"image {number}" for number in range(images)]])),
        verified_classes=[[1, 0][: image % 3] for image in range(images)] if has() else None,
    )


@given(_datasets(), st.booleans(), st.booleans())
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, dataset: boxlint.Dataset, several: bool, absent: bool
) -> None:
    if absent and len(dataset):
        nothing = np.zeros(len(dataset) + 1, np.int64)
        empty = boxlint.Boxes(dataset.predictions.xyxy[:0], [], dataset.predictions.xyxy[:0, 0], nothing)
        not_run = np.arange(len(dataset)) % 2 == 0
        dataset = replace(dataset, predictions=empty, prediction_ids=None, not_run=not_run)
    if several:
        dataset = boxlint.Dataset.of_detectors({"a": dataset, "b.c": replace(dataset, prediction_ids=None)})
    path = tmp_path_factory.mktemp("parquet") / "data.parquet"
    boxlint.write_parquet(dataset, path)
    if dataset.image_ids is not None and not len(dataset):
        # Of no ids there is no saying whether they are texts.
        dataset = replace(dataset, image_ids=np.empty(0, np.int64))
    assert_same(boxlint.from_arrow(pq.read_table(path)), dataset)
    in_batches = pa.RecordBatchReader.from_batches(pq.read_schema(path), pq.ParquetFile(path).iter_batches(5))
    assert_same(boxlint.from_arrow(in_batches), dataset)


def _nullable(kind: pa.DataType, at: str = "") -> list[str]:
    """The paths of the fields within a type that can be null."""
    fields = [kind.field(position) for position in range(kind.num_fields)]
    here = [f"{at}.{field.name}" for field in fields if field.nullable]
    return here + [path for field in fields for path in _nullable(field.type, f"{at}.{field.name}")]


def test_no_field_can_be_null_that_does_not_have_to(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    dataset = replace(SCENES, image_ids=range(len(SCENES)), image_sizes=np.full((len(SCENES), 2), 64))
    boxlint.write_parquet(dataset, path)
    assert _nullable(pa.struct(list(pq.read_schema(path)))) == []
    boxlint.write_parquet(replace(dataset, image_sizes=np.full((len(SCENES), 2), np.nan)), path)
    assert _nullable(pa.struct(list(pq.read_schema(path)))) == [".width", ".height"]


def test_row_groups_are_of_5000_images(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    nothing = np.zeros(12_001, np.int64)
    none = np.empty((0, 4), np.float32)
    dataset = boxlint.Dataset(boxlint.Boxes(none, [], offsets=nothing), boxlint.Boxes(none, [], [], nothing))
    boxlint.write_parquet(dataset, path)
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)] == [5000, 5000, 2000]
    assert_same(boxlint.from_arrow(pq.read_table(path)), dataset)


def test_only_class_ids_are_stored_as_references(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    boxlint.write_parquet(boxlint.Dataset.of_detectors({"a": SCENES, "b": SCENES}), path)
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    by_reference = {column.path_in_schema for column in columns if column.dictionary_page_offset}
    assert by_reference == {
        "annotations.list.element.class_id",
        "predictions.a.list.element.class_id",
        "predictions.b.list.element.class_id",
    }
    assert {column.compression for column in columns} == {"UNCOMPRESSED"}


def test_ids_that_no_column_holds_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    mixed: list[Any] = [1, "b"]
    for ids, expected in ((mixed, ["1", "b"]), ([1, 2**64], ["1", str(2**64)])):
        boxlint.write_parquet(replace(SCENES[:2], image_ids=ids), path)
        assert boxlint.from_arrow(pq.read_table(path)).image_ids == expected


def test_ids_that_some_have_and_others_lack_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    lacking: list[Any] = ["a", None]
    ids: list[Any] = [None, *range(1, len(SCENES.annotations.class_id))]
    for dataset, place in (
        (replace(SCENES[:2], image_ids=lacking), r"image_ids\[1\]"),
        (replace(SCENES, annotation_ids=ids), r"annotation_ids\[0\]"),
    ):
        with pytest.raises(ValueError, match=rf"^write_parquet: {place} is None, expected an integer or a text$"):
            boxlint.write_parquet(dataset, path)
    assert not path.exists()


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    boxlint.write_parquet(SCENES, path)
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        boxlint.write_parquet(SCENES[:1], path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["data.parquet"]
    with pytest.raises(OSError, match="nowhere"):
        boxlint.write_parquet(SCENES, tmp_path / "nowhere" / "data.parquet")


def test_names_given_count_before_those_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    boxlint.write_parquet(SCENES, path)
    table = pq.read_table(path)
    names = [f"class {class_id}" for class_id in range(len(SCENES.class_names or ()))]
    assert boxlint.from_arrow(table).class_names == list(SCENES.class_names or ())
    assert boxlint.from_arrow(table, class_names=names).class_names == names


def test_category_ids_stay_with_the_names_that_are_given(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    names = list(SCENES.class_names or ())
    ids = [7, 3, 90, 12, 5, 6]
    boxlint.write_parquet(replace(SCENES, category_ids=ids), path)
    table = pq.read_table(path)
    for chosen, kept in (
        (names, ids),
        (names[::-1], ids[::-1]),
        (dict(enumerate(names)), ids),
        ([*names[:5], "x"], None),
    ):
        read = boxlint.from_arrow(table, class_names=chosen)
        assert (read.category_ids, len(read.class_names or ())) == (kept, 6)


def test_equal_names_that_are_given_have_the_category_ids_that_they_were_written_with(tmp_path: Path) -> None:
    names, ids, path = ["a", "b", "a", "c", "d", "e"], [7, 9, 8, 3, 4, 5], tmp_path / "scenes.parquet"
    boxlint.write_parquet(replace(SCENES, class_names=names, category_ids=ids), path)
    table = pq.read_table(path)
    assert boxlint.from_arrow(table, class_names=names).category_ids == ids
    assert boxlint.from_arrow(table, class_names=sorted(names)).category_ids is None
    wrong: tuple[Any, ...] = ("abacde", iter(names))
    for refused in wrong:
        with pytest.raises(TypeError, match="class_names: expected a list"):
            boxlint.from_arrow(table, class_names=refused)


def test_classes_in_the_file_that_cannot_be_read_are_not_needed_where_names_are_given(tmp_path: Path) -> None:
    boxlint.write_parquet(SCENES, tmp_path / "scenes.parquet")
    table = pq.read_table(tmp_path / "scenes.parquet").replace_schema_metadata({"boxlint": "{}"})
    assert boxlint.from_arrow(table, class_names=SCENES.class_names).class_names == SCENES.class_names
    with pytest.raises(TypeError, match="class_names"):
        boxlint.from_arrow(table, class_names="disc")
