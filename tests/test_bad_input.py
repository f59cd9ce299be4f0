"""Bad labels and predictions are refused in one sentence: where, what was found, and what is expected."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxlint import Boxes, rank
from refusals import assert_refused, table

NAN, INF = float("nan"), float("inf")
BOX = [10, 10, 50, 50]
LABEL: Any = {"bboxes": [BOX], "labels": [0]}
PREDICTION: Any = [[[*BOX, 0.9]]]
ONE = Boxes([BOX], [0])

EXPECTED_DICT = "expected a dict with bboxes and labels"
EXPECTED_BBOXES = "labels: image 0, bboxes: expected an array of shape (L, 4)"
EXPECTED_IDS = "labels: image 0, labels: expected an array of shape (L,) of integers"
EXPECTED_CLASSES = "predictions: image 0: expected a list of K arrays of shape (M, 5), one a class"
EXPECTED_BOXES = "predictions: image 0, class 1: expected an array of shape (M, 5)"
EXPECTED_IMAGES = "expected a list with one entry an image, or Boxes"
EXPECTED = "expected an array of shape (M, 5)"
RANGE = "expected a number from 0 to 1"
FINITE = "expected a finite number up to 1e150"
CLASS_RANGE = "expected an integer from 0 to 2147483647"


def every_function(labels: Any, predictions: Any) -> list[Callable[[], object]]:
    """The functions that take labels and predictions."""
    both = {"labels": labels, "predictions": predictions}
    return [
        lambda: rank.get_label_quality_scores(labels, predictions, verbose=False),
        lambda: rank.get_label_quality_scores(labels, predictions, verbose=True),
        lambda: rank.compute_overlooked_box_scores(**both),
        lambda: rank.compute_badloc_box_scores(**both),
        lambda: rank.compute_swap_box_scores(**both),
        lambda: rank.make_auxiliary_inputs(labels, predictions),
    ]


def label(bboxes: Any, labels: Any) -> list[Any]:
    return [{"bboxes": bboxes, "labels": labels}]


def coordinate(value: Any) -> list[Any]:
    return [LABEL, {"bboxes": [BOX, [1, 2, 3, value]], "labels": [0, 7]}]


@pytest.mark.parametrize(
    ("labels", "refusal"),
    table(
        ("labels is a number", 3, f"TypeError: labels: {EXPECTED_IMAGES}, found int"),
        ("labels is text", "labels", f"TypeError: labels: {EXPECTED_IMAGES}, found str"),
        ("labels is one dict", LABEL, f"TypeError: labels: {EXPECTED_IMAGES}, found dict"),
        ("labels is a number in an array", np.array(1), f"TypeError: labels: {EXPECTED_IMAGES}, found ndarray"),
        ("a list stands where a dict belongs", [[BOX]], f"TypeError: labels: image 0: {EXPECTED_DICT}, found list"),
        ("an image is None", [LABEL, None], f"TypeError: labels: image 1: {EXPECTED_DICT}, found NoneType"),
        (
            "dicts of a framework",
            [{"boxes": [], "labels": []}],
            f"ValueError: labels: image 0: no key 'bboxes', {EXPECTED_DICT}; boxlint.from_torchvision, "
            "from_torchmetrics and from_transformers read dicts with boxes",
        ),
        ("bboxes is missing", [{"labels": []}], f"ValueError: labels: image 0: no key 'bboxes', {EXPECTED_DICT}"),
        ("labels is missing", [{"bboxes": []}], f"ValueError: labels: image 0: no key 'labels', {EXPECTED_DICT}"),
        (
            "there are more class ids than boxes",
            label([BOX], [0, 1]),
            "ValueError: labels: image 0: bboxes has 1 rows and labels has 2, expected as many",
        ),
        (
            "class ids have rows without columns",
            label([BOX] * 3, np.empty((3, 0))),
            "ValueError: labels: image 0: bboxes has 3 rows and labels has 0, expected as many",
        ),
        (
            "a corner is masked",
            label(np.ma.masked_less([[10.0, 11, 50, 50]], 11), [0]),
            "ValueError: labels: image 0, bboxes: has masked values",
        ),
        (
            "a corner of a row is masked",
            label([np.ma.masked_less([10, 11, 50, 50], 11)], [0]),
            "ValueError: labels: image 0, bboxes: has masked values",
        ),
        (
            "a corner of a row in a tuple is masked",
            label((np.ma.masked_less([10, 11, 50, 50], 11),), [0]),
            "ValueError: labels: image 0, bboxes: has masked values",
        ),
        (
            "a class id is masked",
            label([BOX], np.ma.masked_less([0], 1)),
            "ValueError: labels: image 0, labels: has masked values",
        ),
        ("bboxes is None", label(None, []), f"TypeError: {EXPECTED_BBOXES}, found NoneType"),
        ("bboxes is a dict", label({}, []), f"TypeError: {EXPECTED_BBOXES}, found dict"),
        ("bboxes is one box", label(BOX, [0]), f"ValueError: {EXPECTED_BBOXES}, found an array of shape (4,)"),
        (
            "boxes have five columns",
            label(np.zeros((2, 5)), [0, 0]),
            f"ValueError: {EXPECTED_BBOXES}, found an array of shape (2, 5)",
        ),
        (
            "boxes are ragged",
            label([BOX, [1]], [0, 0]),
            f"ValueError: {EXPECTED_BBOXES}, found what numpy cannot read as one",
        ),
        ("coordinates are text", label([["1", "2", "3", "4"]], [0]), f"TypeError: {EXPECTED_BBOXES}, found dtype <U1"),
        (
            "coordinates are text among objects",
            label(np.array([[1, 2, 3, "4"]], object), [0]),
            f"TypeError: {EXPECTED_BBOXES}, found dtype <U21",
        ),
        ("a coordinate is None", label([[1, 2, 3, None]], [0]), f"TypeError: {EXPECTED_BBOXES}, found dtype object"),
        (
            "a coordinate is too long",
            label([[1, 2, 3, 10**400]], [0]),
            f"TypeError: {EXPECTED_BBOXES}, found dtype object",
        ),
        (
            "coordinates are booleans",
            label(np.ones((1, 4), bool), [0]),
            f"TypeError: {EXPECTED_BBOXES}, found dtype bool",
        ),
        (
            "coordinates are complex",
            label([[1, 2, 3, 4j]], [0]),
            f"TypeError: {EXPECTED_BBOXES}, found dtype complex128",
        ),
        (
            "coordinates are times",
            label(np.ones((1, 4), "M8[s]"), [0]),
            f"TypeError: {EXPECTED_BBOXES}, found dtype datetime64[s]",
        ),
        (
            "boxes are records",
            label(np.zeros((1, 4), "f4,f4"), [0]),
            f"TypeError: {EXPECTED_BBOXES}, found dtype [('f0', '<f4'), ('f1', '<f4')]",
        ),
        (
            "a coordinate is NaN",
            coordinate(NAN),
            "ValueError: labels: image 1, class 7, row 1: y2 is NaN, expected a finite number up to 1e150",
        ),
        (
            "a coordinate is infinite",
            coordinate(-INF),
            "ValueError: labels: image 1, class 7, row 1: y2 is -inf, expected a finite number up to 1e150",
        ),
        (
            "a coordinate is too large to square",
            coordinate(1e200),
            "ValueError: labels: image 1, class 7, row 1: y2 is 1e200, expected a finite number up to 1e150",
        ),
        ("class ids are None", label([BOX], None), f"TypeError: {EXPECTED_IDS}, found NoneType"),
        ("class ids are one number", label([BOX], 0), f"TypeError: {EXPECTED_IDS}, found int"),
        (
            "class ids are in columns",
            label([BOX], [[0]]),
            f"ValueError: {EXPECTED_IDS}, found an array of shape (1, 1)",
        ),
        ("class ids are text", label([BOX], ["cat"]), f"TypeError: {EXPECTED_IDS}, found dtype <U3"),
        ("class ids are booleans", label([BOX], [True]), f"TypeError: {EXPECTED_IDS}, found dtype bool"),
        (
            "class ids are an array of booleans",
            label([BOX], np.array([True])),
            f"TypeError: {EXPECTED_IDS}, found dtype bool",
        ),
        ("a class id is enormous", label([BOX], [10**400]), f"TypeError: {EXPECTED_IDS}, found dtype object"),
        (
            "a class id is a half",
            label([BOX], [0.5]),
            f"ValueError: labels: image 0, row 0: class id is 0.5, {CLASS_RANGE}",
        ),
        (
            "a class id is NaN",
            label([BOX], [NAN]),
            f"ValueError: labels: image 0, row 0: class id is NaN, {CLASS_RANGE}",
        ),
        (
            "a class id is negative",
            label([BOX] * 2, [0, -1]),
            f"ValueError: labels: image 0, row 1: class id is -1, {CLASS_RANGE}",
        ),
        (
            "a class id has more than 31 bits",
            label([BOX], np.array([2**31], ">u8")),
            f"ValueError: labels: image 0, row 0: class id is 2147483648, {CLASS_RANGE}",
        ),
    ),
)
def test_labels_are_refused_where(labels: Any, refusal: str) -> None:
    predictions = [PREDICTION] * (len(labels) if isinstance(labels, list) else 1)
    for call in every_function(labels, predictions):
        assert_refused(call, refusal)


def probability(value: Any) -> list[Any]:
    rows = [[*BOX, 0.5], [*BOX, value]]
    return [[[], rows, rows[:1]]]


@pytest.mark.parametrize(
    ("predictions", "refusal"),
    table(
        ("predictions is a dict", {}, f"TypeError: predictions: {EXPECTED_IMAGES}, found dict"),
        ("predictions is bytes", b"abc", f"TypeError: predictions: {EXPECTED_IMAGES}, found bytes"),
        ("an image is None", [None], f"TypeError: {EXPECTED_CLASSES}, found NoneType"),
        ("an image is a dict", [{}], f"TypeError: {EXPECTED_CLASSES}, found dict"),
        ("an image is a number", [3], f"TypeError: {EXPECTED_CLASSES}, found int"),
        ("an image is text", ["cat"], f"TypeError: {EXPECTED_CLASSES}, found str"),
        (
            "boxes stand where a list of classes belongs",
            [np.zeros((3, 5))],
            f"ValueError: {EXPECTED_CLASSES}, found an array of shape (3, 5)",
        ),
        (
            "an image has too many dimensions",
            [np.zeros((1, 2, 3, 5))],
            f"ValueError: {EXPECTED_CLASSES}, found an array of shape (1, 2, 3, 5)",
        ),
        (
            "an image has four columns",
            [np.zeros((1, 2, 4))],
            f"ValueError: {EXPECTED_CLASSES}, found an array of shape (1, 2, 4)",
        ),
        (
            "lists of numbers stand where classes belong",
            [[[], [1, 2, 3, 4, 0.5]]],
            f"ValueError: {EXPECTED_BOXES}, found an array of shape (5,)",
        ),
        ("a class has four columns", [[[], [BOX]]], f"ValueError: {EXPECTED_BOXES}, found an array of shape (1, 4)"),
        ("a class is None", [[[], None]], f"TypeError: {EXPECTED_BOXES}, found NoneType"),
        ("a class is text", [[[], "cat"]], f"TypeError: {EXPECTED_BOXES}, found str"),
        ("a class is a set", [[[], {1}]], f"TypeError: {EXPECTED_BOXES}, found set"),
        ("a class is a number", [[[], 0.5]], f"TypeError: {EXPECTED_BOXES}, found float"),
        (
            "a class is ragged",
            [[[], [[1], [1, 2]]]],
            f"ValueError: {EXPECTED_BOXES}, found what numpy cannot read as one",
        ),
        ("a class holds objects", [[[], [[*BOX, object()]]]], f"TypeError: {EXPECTED_BOXES}, found dtype object"),
        (
            "a probability is 1.5",
            probability(1.5),
            "ValueError: predictions: image 0, class 1, row 1: score is 1.5, expected a number from 0 to 1",
        ),
        (
            "a probability is -0.1",
            probability(-0.1),
            "ValueError: predictions: image 0, class 1, row 1: score is -0.1, expected a number from 0 to 1",
        ),
        (
            "a probability is NaN",
            probability(NAN),
            "ValueError: predictions: image 0, class 1, row 1: score is NaN, expected a number from 0 to 1",
        ),
        (
            "a coordinate is infinite",
            [[[], [[*BOX, 0.5], [INF, 2, 3, 4, 0.5]]]],
            "ValueError: predictions: image 0, class 1, row 1: x1 is inf, expected a finite number up to 1e150",
        ),
        (
            "there is one image too many",
            [PREDICTION] * 2,
            "ValueError: labels has 1 images and predictions has 2, expected as many",
        ),
        ("there is no image", [], "ValueError: labels has 1 images and predictions has 0, expected as many"),
        ("columns have no scores", ONE, "ValueError: predictions has no scores, expected one for each box"),
        (
            "columns have an image too many",
            Boxes([BOX], [0], [0.5], [0, 1, 1]),
            "ValueError: labels has 1 images and predictions has 2, expected as many",
        ),
    ),
)
def test_predictions_are_refused_where(predictions: Any, refusal: str) -> None:
    for call in every_function([LABEL], predictions):
        assert_refused(call, refusal)


@pytest.mark.parametrize("argument", ["labels", "predictions"])
def test_none_is_refused(argument: str) -> None:
    given: dict[str, Any] = {"labels": [LABEL], "predictions": [PREDICTION], argument: None}
    refusal = f"TypeError: {argument}: {EXPECTED_IMAGES}, found NoneType"
    assert_refused(lambda: rank.get_label_quality_scores(**given), refusal)
    assert_refused(lambda: rank.make_auxiliary_inputs(**given), refusal)


@pytest.mark.parametrize("verbose", [True, False])
def test_a_fault_in_the_last_of_many_images_is_found_before_anything_is_said_to_be_scored(
    verbose: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    images = 5_000
    labels, predictions = [LABEL] * images, [PREDICTION] * images
    last = f"image {images - 1}"
    for bad_labels, bad_predictions, refusal in (
        (
            labels,
            [*predictions[1:], probability(1.5)[0]],
            f"predictions: {last}, class 1, row 1: score is 1.5, {RANGE}",
        ),
        (
            labels,
            [*predictions[1:], [[BOX]]],
            f"predictions: {last}, class 0: {EXPECTED}, found an array of shape (1, 4)",
        ),
        ([*labels[1:], *label([BOX], [-1])], predictions, f"labels: {last}, row 0: class id is -1, {CLASS_RANGE}"),
        ([*labels[1:], coordinate(NAN)[1]], predictions, f"labels: {last}, class 7, row 1: y2 is NaN, {FINITE}"),
    ):
        assert_refused(
            lambda given=(bad_labels, bad_predictions): rank.get_label_quality_scores(*given, verbose=verbose),  # type: ignore[misc]
            f"ValueError: {refusal}",
        )
    assert capfd.readouterr() == ("", "")


def test_any_iterable_of_images_is_read_once_but_in_full() -> None:
    expected = rank.get_label_quality_scores([LABEL] * 3, [PREDICTION] * 3, verbose=False)
    for verbose in (True, False):
        labels: Any = (LABEL for _ in range(3))
        found = rank.get_label_quality_scores(labels, iter([PREDICTION] * 3), verbose=verbose)  # type: ignore[arg-type]
        assert found.tolist() == expected.tolist()


class Shrinking:
    """Empties the list that it stands in while that is read."""

    def __init__(self, images: list[Any]) -> None:
        self.images = images

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        self.images.clear()
        return np.empty((0, 5))


def test_a_list_that_shrinks_while_it_is_read_is_refused() -> None:
    for index in range(len(every_function([], []))):
        predictions: list[Any] = [PREDICTION] * 6
        predictions[2] = [Shrinking(predictions)]
        assert_refused(
            every_function([LABEL] * 6, predictions)[index],
            "ValueError: predictions: image 3 went missing while the list was read",
        )


def test_a_list_within_itself_is_refused() -> None:
    predictions: list[Any] = []
    predictions.append(predictions)
    refusal = "expected an array of shape (M, 5), found what numpy cannot read as one"
    assert_refused(
        lambda: rank.get_label_quality_scores([LABEL], predictions, verbose=False),
        f"ValueError: predictions: image 0, class 0: {refusal}",
    )


JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=2),
        st.binary(max_size=2),
        st.sampled_from(
            [np.empty((0, 5)), np.empty((3, 0)), np.zeros((2, 5)), np.zeros((1, 2, 5)), np.array(1), np.zeros((0, 4))]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(inner, inner),
        st.fixed_dictionaries({"bboxes": inner, "labels": inner}),
    ),
    max_leaves=12,
)


@given(JUNK, JUNK)
@settings(max_examples=300)
def test_junk_is_scored_or_refused_but_never_breaks(labels: Any, predictions: Any) -> None:
    for call in every_function(labels, predictions):
        with contextlib.suppress(ValueError, TypeError):
            call()
