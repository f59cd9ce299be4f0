"""The ids of a source, whatever lists or arrays they are in."""

from __future__ import annotations

import copy
import json
import pickle
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow.parquet
import pytest

import boxlint
from boxlint import Boxes, Dataset
from commands import run
from source_files import SCENES, make_sources, results_of, write_results

# An object that is annotated in all images but the last one.
BOX = [10, 10, 90, 90]
IMAGES = 31
ANNOTATIONS = Boxes([BOX] * (IMAGES - 1), [0] * (IMAGES - 1), offsets=[*range(IMAGES), IMAGES - 1])
PREDICTIONS = Boxes([BOX] * IMAGES, [0] * IMAGES, [0.9] * IMAGES, range(IMAGES + 1))
DATASET = Dataset(ANNOTATIONS, PREDICTIONS, class_names=["cat"], category_ids=[7])
LARGE = 2**63


@pytest.mark.parametrize(
    ("ids", "last"),
    [
        (np.arange(IMAGES, dtype=np.uint8), 30),
        (list(np.arange(IMAGES)), 30),
        ([*range(IMAGES - 1), "x"], "x"),
        ([*np.arange(IMAGES - 1), "x"], "x"),
        ([0, "a", *np.arange(2, IMAGES)], 30),
        (["x", *np.arange(IMAGES - 1)][::-1], "x"),
        (np.array([f"a{image}" for image in range(IMAGES)]), "a30"),
        (np.array([f"a{image}" for image in range(IMAGES)], object), "a30"),
        (np.arange(IMAGES, dtype=np.uint64) + np.uint64(LARGE), LARGE + 30),
        ([LARGE + image for image in range(IMAGES)], LARGE + 30),
        ([10 * LARGE + image for image in range(IMAGES)], 10 * LARGE + 30),
    ],
    ids=[
        "small integers", "numpy's integers", "integers and texts", "numpy's integers and texts",
        "numpy's integers behind others", "the other way round", "texts", "objects", "unsigned integers",
        "large integers", "larger integers",
    ],
)  # fmt: skip
def test_rows_and_decisions_name_the_ids_that_were_given(ids: Any, last: Any, tmp_path: Path) -> None:
    dataset = replace(DATASET, image_ids=ids, prediction_ids=ids, annotation_ids=ids[: IMAGES - 1])
    report = boxlint.check(dataset, min_suspicion=0.1)
    (issue,) = report
    assert (issue.image_id, issue.prediction_id) == (last, last)
    assert type(issue.image_id) is type(last)
    (decision,) = report.decide({issue.issue_id: "accept"})
    assert decision.image_id == last
    report.to_json(tmp_path / "issues.json")


def test_whole_floats_are_integers_as_in_files(tmp_path: Path) -> None:
    floats = np.arange(IMAGES, dtype=np.float64)
    listed: list[Any] = [floats, list(floats), floats.tolist(), pandas.Series(floats, index=floats + 5)]
    for ids in listed:
        boxlint.write_coco(replace(DATASET, image_ids=ids), tmp_path / "coco.json")
        written = boxlint.read_coco(tmp_path / "coco.json").image_ids
        assert written is not None
        assert list(written) == list(range(IMAGES))


@pytest.mark.parametrize("kind", ["float64", "Int64", object, "string", "category"])
def test_empty_cells_of_pandas_are_none(kind: Any) -> None:
    ids = [*range(IMAGES - 1), None]
    column = pandas.Series(ids, index=range(7, IMAGES + 7)).astype(kind)
    found = replace(DATASET, prediction_ids=column).prediction_ids
    assert found == ([*map(str, column[:-1]), None] if kind == "string" else ids)


@pytest.mark.parametrize(
    "no_id",
    [1.5, np.nan, np.float32("inf"), True, b"7", (7,), [7], Path("7")],
    ids=["half", "nan", "inf", "true", "bytes", "tuple", "list", "path"],
)
def test_what_is_no_id_is_refused(no_id: Any) -> None:
    ids = [0, no_id, *range(2, IMAGES)]
    with pytest.raises(TypeError, match=re.escape(f"image_ids[1] is {no_id!r}, expected an integer or a text")):
        replace(DATASET, image_ids=ids)
    with pytest.raises(TypeError, match=r"more_prediction_ids\[1\] is "):
        replace(DATASET, more_predictions=[PREDICTIONS], more_prediction_ids=[ids])


@pytest.mark.parametrize("no_id", [None, LARGE, -LARGE - 1], ids=["none", "large", "small"])
@pytest.mark.parametrize("field", ["image_ids", "annotation_ids", "category_ids", "prediction_ids"])
def test_ids_that_coco_cannot_hold_are_refused_before_anything_is_written(
    field: str, no_id: Any, tmp_path: Path
) -> None:
    others = {"image_ids": IMAGES, "annotation_ids": IMAGES - 1, "category_ids": 1, "prediction_ids": IMAGES}
    ids: dict[str, Any] = {field: [no_id, *range(others[field] - 1)]}
    dataset = replace(DATASET, **ids)
    refusal = re.escape(f"write_coco: {field}[0] is {no_id}, expected an integer of 64 bits or a text")
    boxlint.write_coco(DATASET, tmp_path / "kept.json")
    for options in ({}, {"keep": tmp_path / "kept.json"}):
        with pytest.raises(ValueError, match=refusal):
            boxlint.write_coco(dataset, tmp_path / "coco.json", tmp_path / "detections.json", **options)
        assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]


def test_an_array_of_one_number_is_no_list_of_ids() -> None:
    with pytest.raises(TypeError, match="image_ids: expected a list, found ndarray"):
        replace(DATASET, image_ids=np.array(7))


def test_ids_of_predictions_that_are_not_written_may_be_any(tmp_path: Path) -> None:
    ids: list[Any] = [None, LARGE, *range(2, IMAGES)]
    boxlint.write_coco(replace(DATASET, prediction_ids=ids), tmp_path / "coco.json")
    assert boxlint.read_coco(tmp_path / "coco.json").annotations.xyxy.tolist() == [BOX] * (IMAGES - 1)


def test_tuples_of_integers_are_columns_of_integers() -> None:
    ids = tuple(range(IMAGES))
    dataset = replace(DATASET, image_ids=ids, prediction_ids=ids, annotation_ids=ids[1:], category_ids=(7,))
    table = boxlint.check(dataset).to_arrow()
    for name in ("image_id", "annotation_id", "prediction_id", "suggested_category_id"):
        assert str(table.schema.field(name).type) == "int64"


@pytest.mark.parametrize("integers", [list, np.array], ids=["lists", "arrays"])
def test_ids_of_numpy_can_be_written(integers: Any, tmp_path: Path) -> None:
    ids = np.arange(IMAGES)
    numbered = replace(
        DATASET, image_ids=integers(ids), annotation_ids=integers(ids[1:]), category_ids=integers(np.array([7]))
    )
    boxlint.write_coco(numbered, tmp_path / "coco.json")
    moved = replace(numbered, annotations=Boxes([[1, 2, 3, 4]] * 30, [0] * 30, offsets=ANNOTATIONS.offsets))
    boxlint.write_coco(moved, tmp_path / "moved.json", keep=tmp_path / "coco.json")
    kept = boxlint.read_coco(tmp_path / "moved.json").category_ids
    assert kept is not None
    assert list(kept) == [7]
    boxlint.write_parquet(numbered, tmp_path / "data.parquet")
    again = boxlint.from_arrow(pyarrow.parquet.read_table(tmp_path / "data.parquet"))
    assert again.image_ids is not None
    assert (list(again.image_ids), again.category_ids) == (ids.tolist(), [7])


def test_a_data_set_keeps_its_arrays_whatever_becomes_of_those_that_were_given() -> None:
    ids, sizes, not_run = np.arange(IMAGES), np.full((IMAGES, 2), 95.0), np.arange(IMAGES) == 3
    offsets, class_ids = np.arange(IMAGES + 1), np.zeros(IMAGES, np.int32)
    dataset = Dataset(
        ANNOTATIONS,
        PREDICTIONS.keep(np.arange(IMAGES) != 3),
        image_ids=ids,
        annotation_ids=ids[:-1],
        prediction_ids=ids[:-1],
        category_ids=ids[:1],
        image_sizes=sizes,
        verified_classes=(offsets, class_ids),
        not_run=not_run,
    )
    report = boxlint.check(dataset, kinds="missing")
    for array in (ids, sizes, offsets, class_ids):
        array += 1000
    assert (report[0].image_id, report[0].prediction_id, report[0].suggested_category_id) == (30, 29, 0)
    for some in (dataset, dataset[2:5], pickle.loads(pickle.dumps(dataset))):
        verified = some.verified_classes
        assert verified is not None
        for array in (
            some.image_ids,
            some.annotation_ids,
            some.prediction_ids,
            some.image_sizes,
            some.not_run,
            *verified,
        ):
            assert isinstance(array, np.ndarray)
            assert not array.flags.writeable


@pytest.mark.parametrize("copied", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy], ids=["pickle", "copy"])
def test_ids_of_the_predictions_of_a_second_detector_cannot_be_written_to_in_copies(copied: Any) -> None:
    alone = Dataset(ANNOTATIONS, PREDICTIONS, prediction_ids=np.arange(len(PREDICTIONS.class_id)))
    both = Dataset.of_detectors({"a": alone, "b": alone})
    (ids,) = copied(both).more_prediction_ids
    assert ids.tolist() == np.arange(len(ids)).tolist()
    assert not ids.flags.writeable


def test_a_class_beyond_the_ids_of_categories_has_none() -> None:
    other = Boxes(PREDICTIONS.xyxy, [0] * (IMAGES - 1) + [1], PREDICTIONS.score, PREDICTIONS.offsets)
    for ids in (["a"], [7]):
        row = boxlint.check(Dataset(ANNOTATIONS, other, category_ids=ids), kinds="missing")[0]
        assert (row.image_index, row.suggested_class, row.suggested_category_id) == (30, 1, None)


# A quarter of all hashes of 64 bits with a sign are below -2^62, and NaN as an integer is -2^63.
LOW = (-LARGE, -LARGE + 1, -(2**62) - 1)


@pytest.mark.parametrize("more", [[], [str(LOW[0]), "x", -LARGE + 2]], ids=["integers", "and the same as a text"])
def test_the_lowest_integers_of_64_bits_are_integers_in_files(more: list[Any], tmp_path: Path) -> None:
    ids = [*LOW, *more]
    boxes = Boxes([BOX] * len(ids), [0] * len(ids), offsets=range(len(ids) + 1))
    seen = Boxes(boxes.xyxy[::-1], boxes.class_id, [0.9] * len(ids), boxes.offsets)
    dataset = Dataset(boxes, seen, class_names=["cat"], image_ids=ids, annotation_ids=ids)
    boxlint.write_coco(dataset, tmp_path / "coco.json", tmp_path / "detections.json")
    assert f'"image_id":{LOW[1]},' in (tmp_path / "detections.json").read_text().replace(" ", "")
    again = boxlint.read_coco(tmp_path / "coco.json", tmp_path / "detections.json")
    for found in (again.image_ids, again.annotation_ids):
        assert found is not None
        assert np.asarray(found, object).tolist() == ids
    assert again.predictions.offsets.tolist() == boxes.offsets.tolist()


def test_those_of_predictions_of_another_format_stay_what_they_are(tmp_path: Path) -> None:
    at = make_sources(tmp_path)
    records = results_of(SCENES.dataset, 1)
    for number, record in enumerate(records):
        record["id"] = f"p{number}" if number % 2 else number
    path = write_results(tmp_path / "r.json", records)
    run("check", at.yolo, path, "-o", tmp_path / "rows.json")
    found = {row["prediction_id"] for row in json.loads((tmp_path / "rows.json").read_text())} - {None}
    assert {type(one) for one in found} == {int, str}
    assert found <= {record["id"] for record in records}
