"""Columns: `Boxes` and `Dataset` keep what they are given, frozen, and refuse what does not fit."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import reference
from boxlint import Boxes, Dataset, rank
from refusals import assert_refused, table
from strategies import ListForm, data_sets

NAN = float("nan")
BOX = [10, 10, 50, 50]
COLUMNS = ("xyxy", "class_id", "score", "offsets", "ignore")


def boxes_of(dtype: Any = np.float64) -> tuple[dict[str, Any], Boxes]:
    """Three boxes in two of three images, and the arrays that they are made of."""
    arrays: dict[str, Any] = {
        "xyxy": np.array([[1, 2, 3, 4], [5, 6, 7, 8], [1, 1, 2, 2]], dtype),
        "class_id": np.array([0, 2, 1], np.int32),
        "score": np.array([0.25, 0.5, 1], dtype),
        "offsets": np.array([0, 2, 2, 3]),
        "ignore": np.array([False, True, False]),
    }
    return arrays, Boxes(**arrays)


def assert_equal(found: Boxes, expected: Boxes) -> None:
    for name in COLUMNS:
        one, other = getattr(found, name), getattr(expected, name)
        np.testing.assert_array_equal(one, other)
        assert (one is None) == (other is None)
        assert one is None or one.dtype == other.dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_that_can_be_written_to_are_copied(dtype: Any) -> None:
    arrays, boxes = boxes_of(dtype)
    for name in COLUMNS:
        assert not np.shares_memory(getattr(boxes, name), arrays[name])
        assert getattr(boxes, name).dtype == arrays[name].dtype
        assert not getattr(boxes, name).flags.writeable


@pytest.mark.parametrize("copy", [True, False])
def test_read_only_arrays_and_those_handed_over_are_kept(copy: bool) -> None:
    arrays, _ = boxes_of()
    for array in arrays.values():
        array.flags.writeable = not copy
    boxes = Boxes(**arrays, copy=copy)
    for name in COLUMNS:
        assert np.shares_memory(getattr(boxes, name), arrays[name])
    # The kernels read what the user sees.
    assert np.shares_memory(boxes._columns.xyxy, arrays["xyxy"])


def test_what_was_copied_once_is_not_copied_again() -> None:
    _, boxes = boxes_of()
    again = Boxes(boxes.xyxy, boxes.class_id, boxes.score, boxes.offsets, boxes.ignore)
    for name in COLUMNS:
        assert np.shares_memory(getattr(again, name), getattr(boxes, name))


def test_reading_only_takes_no_more_memory_than_the_columns() -> None:
    columns: dict[str, Any] = {
        "xyxy": np.ones((100_000, 4)),
        "class_id": np.zeros(100_000, np.int32),
        "score": np.ones(100_000),
    }
    for column in columns.values():
        column.flags.writeable = False
    tracemalloc.start()
    boxes = Boxes(**columns)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(boxes.class_id) == 100_000
    assert peak < 0.1 * sum(column.nbytes for column in columns.values())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scoring_reads_the_arrays_of_the_user(dtype: Any) -> None:
    arrays, _ = boxes_of(dtype)
    predictions = Boxes(**arrays, copy=False)
    inputs = rank.make_auxiliary_inputs(predictions, predictions)
    # Float64 columns are handed on; the matrices' users compute in float64.
    assert np.shares_memory(inputs[0]["pred_bboxes"], arrays["xyxy"]) == (dtype is np.float64)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.float16, np.float32),
        (">f4", np.float32),
        (np.int8, np.float64),
        (np.uint64, np.float64),
        (">f8", np.float64),
        (np.longdouble, np.float64),
    ],
)
def test_other_numbers_become_floats(given: Any, kept: Any) -> None:
    boxes = Boxes(np.array([BOX], given), np.array([1], ">u2"), np.array([1], given))
    assert boxes.xyxy.dtype == kept
    assert boxes.xyxy.tolist() == [BOX]
    assert boxes.class_id.dtype == np.int32
    assert boxes.class_id.tolist() == [1]
    assert boxes.score is not None
    assert boxes.score.dtype == kept


@pytest.mark.parametrize("order", ["strided", "Fortran", "reversed"])
def test_other_layouts_are_laid_out_anew(order: str) -> None:
    rows = np.arange(12.0).reshape(3, 4)
    layouts = {"strided": np.repeat(rows, 2, axis=0)[::2], "Fortran": np.asfortranarray(rows), "reversed": rows[::-1]}
    boxes = Boxes(layouts[order], [0, 0, 0])
    assert boxes.xyxy.flags.c_contiguous
    np.testing.assert_array_equal(boxes.xyxy, layouts[order])


def test_boxes_are_frozen() -> None:
    _, boxes = boxes_of()
    for name in (*COLUMNS, "other"):
        assert_refused(
            lambda name=name: setattr(boxes, name, 1),  # type: ignore[misc]
            f"AttributeError: Boxes are frozen: make new ones to change {name}",
        )
    assert_refused(lambda: delattr(boxes, "xyxy"), "AttributeError: Boxes are frozen: cannot delete xyxy")


def test_columns_are_read_only_and_the_arrays_given_stay_writeable() -> None:
    arrays, boxes = boxes_of()
    for name in COLUMNS:
        assert not getattr(boxes, name).flags.writeable
        assert arrays[name].flags.writeable


def test_read_only_arrays_are_accepted() -> None:
    arrays, boxes = boxes_of()
    for array in arrays.values():
        array.flags.writeable = False
    assert_equal(Boxes(**arrays), boxes)


def test_changing_the_offsets_given_changes_nothing() -> None:
    arrays, boxes = boxes_of()
    arrays["offsets"][:] = 100
    assert boxes.offsets.tolist() == [0, 2, 2, 3]


def test_boxes_survive_pickling_and_copying() -> None:
    for dtype in (np.float32, np.float64):
        _, boxes = boxes_of(dtype)
        for again in (pickle.loads(pickle.dumps(boxes)), copy.copy(boxes), copy.deepcopy(boxes)):
            assert_equal(again, boxes)
    bare = Boxes([BOX], [3])
    assert_equal(pickle.loads(pickle.dumps(bare)), bare)


def test_without_offsets_all_boxes_are_of_one_image() -> None:
    boxes = Boxes([BOX, BOX], [0, 1])
    assert boxes.offsets.tolist() == [0, 2]
    assert (len(boxes), repr(boxes)) == (1, "Boxes(1 image, 2 boxes)")


def test_no_box_is_one_empty_image_and_no_image_is_possible() -> None:
    forms: list[Any] = [[], np.empty((0, 4)), np.empty((0, 4), np.float32)]
    for empty in forms:
        assert repr(Boxes(empty, [])) == "Boxes(1 image, 0 boxes)"
        assert repr(Boxes(empty, [], offsets=[0])) == "Boxes(0 images, 0 boxes)"
        assert repr(Boxes(empty, [], [], offsets=[0, 0, 0])) == "Boxes(2 images, 0 boxes)"


@given(data_sets())
def test_lists_become_columns_in_their_order(lists: ListForm) -> None:
    dataset = Dataset.from_lists(lists.labels, lists.predictions)
    images = reference.images(lists.labels, lists.predictions)
    assert len(dataset) == len(images)
    for index, image in enumerate(images):
        given = slice(*dataset.annotations.offsets[index : index + 2])
        predicted = slice(*dataset.predictions.offsets[index : index + 2])
        np.testing.assert_array_equal(dataset.annotations.xyxy[given], image.lab_bboxes)
        np.testing.assert_array_equal(dataset.annotations.class_id[given], image.lab_labels)
        np.testing.assert_array_equal(dataset.predictions.xyxy[predicted], image.pred_bboxes)
        np.testing.assert_array_equal(dataset.predictions.class_id[predicted], image.pred_labels)
        assert dataset.predictions.score is not None
        np.testing.assert_array_equal(dataset.predictions.score[predicted], image.pred_label_probs)
    assert_equal(Boxes.from_lists(lists.predictions), dataset.predictions)
    if lists.labels:
        assert_equal(Boxes.from_lists(lists.labels), dataset.annotations)


def test_float32_lists_stay_float32_until_a_wider_array_comes() -> None:
    single, double = np.array([[*BOX, 0.1]], np.float32), np.array([[*BOX, 0.1]])
    for arrays, dtype in (([single, single], np.float32), ([single, double], np.float64), ([double], np.float64)):
        boxes = Boxes.from_lists([arrays])
        assert boxes.score is not None
        assert {boxes.xyxy.dtype, boxes.score.dtype} == {np.dtype(dtype)}
        assert boxes.score.tolist() == [array[0, 4] for array in arrays]


def test_lists_are_read_from_any_iterable() -> None:
    label = {"bboxes": [BOX], "labels": [0]}
    labels: Any = ({**label, "image_name": name} for name in ("a.jpg", "b.jpg"))
    assert len(Boxes.from_lists(label for _ in range(3))) == 3  # type: ignore[arg-type]
    assert Dataset.from_lists(labels, [[], []]).image_names == ("a.jpg", "b.jpg")


def test_image_names_are_kept_if_all_images_have_one() -> None:
    nameless: dict[str, Any] = {"bboxes": [], "labels": []}
    named = {**nameless, "image_name": "a.jpg"}
    assert Dataset.from_lists([named], [[]]).image_names == ("a.jpg",)
    for other in (nameless, named, {**nameless, "image_name": 7}):
        assert Dataset.from_lists([named, other], [[], []]).image_names is None
    assert Dataset.from_lists([], []).image_names is None
    assert Dataset.from_lists([{**nameless, "image_name": Path("a/b.jpg")}], [[]]).image_names == ("a/b.jpg",)


ANNOTATIONS, PREDICTIONS = Boxes([BOX], [0]), Boxes([BOX, BOX], [0, 1], [0.5, 0.5])


def test_a_dataset_is_frozen_and_survives_pickling() -> None:
    dataset = Dataset(ANNOTATIONS, PREDICTIONS, image_names=["a.jpg"], annotation_ids=[7])
    with pytest.raises(FrozenInstanceError):
        dataset.annotations = ANNOTATIONS  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(dataset))
    assert_equal(again.annotations, ANNOTATIONS)
    assert_equal(again.predictions, PREDICTIONS)
    assert (again.image_names, again.annotation_ids) == (["a.jpg"], [7])
    assert repr(again) == repr(dataset)


@pytest.mark.parametrize(
    ("columns", "refusal"),
    table(
        ("xyxy is None", {"xyxy": None}, "TypeError: Boxes: xyxy: expected numbers, found dtype object"),
        ("xyxy is text", {"xyxy": [["a"] * 4]}, "TypeError: Boxes: xyxy: expected numbers, found dtype <U1"),
        ("xyxy is one box", {"xyxy": BOX}, "ValueError: Boxes: xyxy has shape (4,), expected (n, 4)"),
        ("xyxy is wide", {"xyxy": [[*BOX, 1]]}, "ValueError: Boxes: xyxy has shape (1, 5), expected (n, 4)"),
        (
            "xyxy is ragged",
            {"xyxy": [[1], [1, 2]]},
            "ValueError: Boxes: xyxy is nothing that numpy can read as an array",
        ),
        ("a corner is masked", {"xyxy": np.ma.masked_less([BOX], 11)}, "ValueError: Boxes: xyxy has masked values"),
        (
            "a coordinate is NaN",
            {"xyxy": [[1, 2, NAN, 4]]},
            "ValueError: Boxes: image 0, class 0, row 0: x2 is NaN, expected a finite number up to 1e150",
        ),
        ("a class is missing", {"class_id": []}, "ValueError: Boxes: class_id has 0 rows, expected 1 as in xyxy"),
        (
            "class ids are floats",
            {"class_id": [0.0]},
            "TypeError: Boxes: class_id: expected integers, found dtype float64",
        ),
        (
            "class ids are booleans",
            {"class_id": [True]},
            "TypeError: Boxes: class_id: expected integers, found dtype bool",
        ),
        (
            "a class id is negative",
            {"class_id": [-1]},
            "ValueError: Boxes: image 0, row 0: class id is -1, expected an integer from 0 to 2147483647",
        ),
        (
            "a class id is too large",
            {"class_id": [2**31]},
            "ValueError: Boxes: class_id[0] is 2147483648, expected an integer of 32 bits",
        ),
        (
            "class ids are a column",
            {"class_id": [[0]]},
            "ValueError: Boxes: class_id has shape (1, 1), expected one dimension",
        ),
        ("a score is missing", {"score": []}, "ValueError: Boxes: score has 0 rows, expected 1 as in xyxy"),
        (
            "a score is 1.5",
            {"score": [1.5]},
            "ValueError: Boxes: image 0, class 0, row 0: score is 1.5, expected a number from 0 to 1",
        ),
        (
            "a score is NaN in float32",
            {"score": np.array([NAN], np.float32)},
            "ValueError: Boxes: image 0, class 0, row 0: score is NaN, expected a number from 0 to 1",
        ),
        (
            "offsets go back",
            {"offsets": [0, 1, 0, 1]},
            "ValueError: Boxes: offsets[2] is 0, expected at least 1 as before it",
        ),
        (
            "offsets run past the end",
            {"offsets": [0, 2]},
            "ValueError: Boxes: offsets ends at 2, expected 1, the number of boxes",
        ),
        (
            "offsets stop short",
            {"offsets": [0, 0]},
            "ValueError: Boxes: offsets ends at 0, expected 1, the number of boxes",
        ),
        ("offsets start late", {"offsets": [1, 1]}, "ValueError: Boxes: offsets[0] is 1, expected 0"),
        ("offsets start early", {"offsets": [-1, 1]}, "ValueError: Boxes: offsets[0] is -1, expected 0"),
        (
            "offsets are empty",
            {"offsets": []},
            "ValueError: Boxes: offsets is empty, expected one entry more than there are images",
        ),
        ("offsets are one number", {"offsets": 1}, "ValueError: Boxes: offsets has shape (), expected one dimension"),
        (
            "offsets are floats",
            {"offsets": [0.0, 1.0]},
            "TypeError: Boxes: offsets: expected integers, found dtype float64",
        ),
        (
            "offsets are ragged",
            {"offsets": [[0], [0, 1]]},
            "ValueError: Boxes: offsets is nothing that numpy can read as an array",
        ),
        (
            "offsets are too large",
            {"offsets": np.array([0, 2**63], np.uint64)},
            "ValueError: Boxes: offsets[1] is 9223372036854775808, expected an integer of 64 bits",
        ),
        (
            "ignore is too long",
            {"ignore": [True, False]},
            "ValueError: Boxes: ignore has 2 rows, expected 1 as in xyxy",
        ),
        ("ignore is an integer", {"ignore": [1]}, "TypeError: Boxes: ignore: expected booleans, found dtype int64"),
    ),
)
def test_boxes_are_refused_where(columns: dict[str, Any], refusal: str) -> None:
    assert_refused(lambda: Boxes(**{"xyxy": [BOX], "class_id": [0], **columns}), refusal)


def test_the_first_fault_is_named_wherever_it_is() -> None:
    # Far enough to be found by another thread, with another fault behind it.
    rows = 100_000
    xyxy, ids = np.zeros((rows, 4)), np.zeros(rows, np.int32)
    xyxy[70_001, 1] = np.inf
    xyxy[90_000, 0] = np.nan
    assert_refused(
        lambda: Boxes(xyxy, ids, offsets=np.arange(0, rows + 1, 10)),
        "ValueError: Boxes: image 7000, class 0, row 1: y1 is inf, expected a finite number up to 1e150",
    )


@pytest.mark.parametrize(
    ("parts", "refusal"),
    table(
        ("annotations are a list", {"annotations": []}, "TypeError: Dataset: annotations: expected Boxes, found list"),
        ("predictions are text", {"predictions": "a"}, "TypeError: Dataset: predictions: expected Boxes, found str"),
        (
            "predictions have no scores",
            {"predictions": ANNOTATIONS},
            "ValueError: Dataset: predictions has no scores, expected one for each box",
        ),
        (
            "predictions have more images",
            {"predictions": Boxes([], [], [], [0, 0, 0])},
            "ValueError: Dataset: predictions has 2 images, expected 1 as in annotations",
        ),
        (
            "a name is missing",
            {"image_names": []},
            "ValueError: Dataset: image_names has 0, expected 1, as many as there are images",
        ),
        ("names are one text", {"image_names": "a"}, "TypeError: Dataset: image_names: expected a list, found str"),
        ("class names are a number", {"class_names": 3}, "TypeError: Dataset: class_names: expected a list, found int"),
        (
            "there are too many annotation ids",
            {"annotation_ids": [1, 2]},
            "ValueError: Dataset: annotation_ids has 2, expected 1, as many as there are annotations",
        ),
        (
            "there are too few prediction ids",
            {"prediction_ids": np.array([1])},
            "ValueError: Dataset: prediction_ids has 1, expected 2, as many as there are predictions",
        ),
    ),
)
def test_a_dataset_is_refused_where(parts: dict[str, Any], refusal: str) -> None:
    assert_refused(lambda: Dataset(**{"annotations": ANNOTATIONS, "predictions": PREDICTIONS, **parts}), refusal)


@pytest.mark.parametrize("given", [None, 3, "ab", {}, ANNOTATIONS])
def test_lists_are_refused_where_they_are_none(given: Any) -> None:
    found = f"expected a list with one entry an image, found {type(given).__name__}"
    assert_refused(lambda: Boxes.from_lists(given), f"TypeError: images: {found}")
    assert_refused(lambda: Dataset.from_lists(given, []), f"TypeError: labels: {found}")
