"""`boxlint.summary` equals cleanlab where cleanlab works, and counts by hand elsewhere."""

from __future__ import annotations

import inspect
import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cleanlab.object_detection import summary as cleanlab
from hypothesis import assume, given
from hypothesis import strategies as st

from boxlint import Boxes, rank, summary
from boxlint import summary as typed_summary
from refusals import assert_refused, table
from strategies import ListForm, data_sets
from test_filter import Serial, without_ties

DATA_SETS = data_sets()
FULL_DATA_SETS = data_sets(min_images=1, empty=False)
BOX, FAR = [10, 10, 50, 50], [400, 400, 440, 420]
EMPTY: Any = {"bboxes": [], "labels": []}
GIVEN: Any = {"bboxes": [BOX, FAR, BOX], "labels": [1, 0, 1]}
PREDICTED: Any = [[[*FAR, 0.9]], [[*BOX, 0.8], [*BOX, 0.7]]]
NAMES = {"0": "cat", "1": "dog", "2": "cow", "3": "owl", "4": "ant"}
STATISTICS = (
    "object_counts_per_image",
    "bounding_box_size_distribution",
    "class_label_distribution",
    "get_sorted_bbox_count_idxs",
    "get_average_per_class_confusion_matrix",
    "calculate_per_class_metrics",
)
WITH_AUXILIARY_INPUTS = STATISTICS[:3]
names = st.sampled_from([None, NAMES, NAMES | {"1": "cat"}])


@pytest.fixture(scope="module", autouse=True)
def _cleanlab_runs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleanlab, "Pool", Serial)
        yield


def boxes(data: ListForm) -> tuple[Boxes, Boxes]:
    assume(data.labels)
    return Boxes.from_lists(data.plain_labels), Boxes.from_lists(data.plain_predictions)


@given(FULL_DATA_SETS)
def test_counts_of_images_equal_those_of_cleanlab(data: ListForm) -> None:
    expected = cleanlab.object_counts_per_image(data.plain_labels, data.plain_predictions)
    assert summary.object_counts_per_image(data.labels, data.predictions) == expected
    assert summary.object_counts_per_image(*boxes(data)) == expected
    expected = cleanlab.get_sorted_bbox_count_idxs(data.plain_labels, data.plain_predictions)
    assert summary.get_sorted_bbox_count_idxs(data.labels, data.predictions) == expected
    assert summary.get_sorted_bbox_count_idxs(*boxes(data)) == expected


@given(DATA_SETS)
def test_counts_of_images_are_their_numbers_of_boxes(data: ListForm) -> None:
    annotated = [len(label["labels"]) for label in data.plain_labels]
    predicted = [sum(map(len, prediction)) for prediction in data.plain_predictions]
    assert summary.object_counts_per_image(data.labels, data.predictions) == (annotated, predicted)


@given(FULL_DATA_SETS, names, st.booleans())
def test_sizes_equal_those_of_cleanlab_in_the_same_order(data: ListForm, class_names: Any, sort: bool) -> None:
    expected = cleanlab.bounding_box_size_distribution(
        data.plain_labels, data.plain_predictions, class_names=class_names, sort=sort
    )
    found = summary.bounding_box_size_distribution(data.labels, data.predictions, class_names=class_names, sort=sort)
    of_boxes = summary.bounding_box_size_distribution(*boxes(data), class_names=class_names, sort=sort)
    for ours, columns, theirs in zip(found, of_boxes, expected, strict=True):
        assert ours == theirs
        assert list(ours) == list(theirs) == list(columns)
        assert all(type(sizes) is list for sizes in ours.values())
        for name, sizes in columns.items():
            assert isinstance(sizes, np.ndarray)
            assert sizes.tolist() == ours[name]


@given(FULL_DATA_SETS, names)
def test_shares_of_classes_equal_those_of_cleanlab_in_the_same_order(data: ListForm, class_names: Any) -> None:
    expected = cleanlab.class_label_distribution(data.plain_labels, data.plain_predictions, class_names=class_names)
    found = summary.class_label_distribution(data.labels, data.predictions, class_names=class_names)
    assert found == expected == summary.class_label_distribution(*boxes(data), class_names=class_names)
    assert [list(side) for side in found] == [list(side) for side in expected]


@given(FULL_DATA_SETS)
def test_confusion_and_metrics_equal_those_of_cleanlab_but_for_its_single_precision(data: ListForm) -> None:
    labels, predictions = without_ties(data)
    class_names = dict(itertools.islice(NAMES.items(), len(predictions[0])))
    for function in ("get_average_per_class_confusion_matrix", "calculate_per_class_metrics"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it divides 0 by 0
            expected = getattr(cleanlab, function)(labels, predictions, 1, class_names)
        found = getattr(summary, function)(labels, predictions, 1, class_names)
        assert list(found) == list(expected)
        for name, values in found.items():
            assert list(values) == list(expected[name])
            # Where it divides 0 by 0 cleanlab has NaN, or 0 where the numbers are not single precision.
            theirs = np.nan_to_num([float(value) for value in expected[name].values()])
            np.testing.assert_allclose(list(values.values()), theirs, rtol=1e-5)


@given(DATA_SETS)
def test_lists_and_boxes_have_the_same_confusion(data: ListForm) -> None:
    # All class ids have a class array here, so that K is the same.
    predictions = [[*prediction, *[[]] * (5 - len(prediction))] for prediction in data.plain_predictions]
    lists = summary.get_average_per_class_confusion_matrix(data.labels, predictions, class_names=NAMES)
    columns = summary.get_average_per_class_confusion_matrix(*boxes(data), class_names=NAMES)
    assert lists == columns


@given(DATA_SETS)
def test_statistics_of_auxiliary_inputs_are_those_of_the_boxes(data: ListForm) -> None:
    inputs = rank.make_auxiliary_inputs(data.labels, data.predictions)
    for function in WITH_AUXILIARY_INPUTS:
        compute = getattr(summary, function)
        assert compute(auxiliary_inputs=inputs) == compute(data.labels, data.predictions)


def test_confusion_is_that_counted_by_hand() -> None:
    # Of class 1, three thresholds of ten (0.5, 0.55, 0.6) accept an IoU of 0.625; the second prediction is too much.
    labels = [{"bboxes": [BOX], "labels": [1]}, EMPTY]
    predictions: Any = [[[], [[10, 10, 35, 50, 0.9], [*FAR, 0.8]]], [[[*FAR, 0.1]], []]]
    assert summary.get_average_per_class_confusion_matrix(labels, predictions) == {
        0: {"TP": 0.0, "FP": 0.5, "FN": 0.0},
        1: {"TP": 3 / 20, "FP": 17 / 20, "FN": 7 / 20},
    }
    assert summary.calculate_per_class_metrics(labels, predictions)[1] == pytest.approx(
        {"average precision": 0.15, "average recall": 0.3, "average f1": 0.2}
    )


def test_annotations_of_a_class_without_array_do_not_count_in_the_confusion_of_lists() -> None:
    labels: Any = [{"bboxes": [BOX, FAR], "labels": [0, 7]}]
    assert list(summary.get_average_per_class_confusion_matrix(labels, [[[[*BOX, 0.9]]]])) == [0]
    assert list(summary.get_average_per_class_confusion_matrix(Boxes([BOX], [7]), [[]])) == []
    of_boxes = summary.get_average_per_class_confusion_matrix(Boxes.from_lists(labels), Boxes([BOX], [0], [0.9]))
    assert list(of_boxes) == list(range(8))
    assert of_boxes[7] == {"TP": 0.0, "FP": 0.0, "FN": 1 / 8}


def test_classes_without_boxes_need_no_name_and_names_without_boxes_are_zero() -> None:
    found = summary.get_average_per_class_confusion_matrix(
        [GIVEN], [[*PREDICTED, []]], class_names={0: "cat", 1: "dog"}
    )
    assert list(found) == ["cat", "dog"]
    found = summary.get_average_per_class_confusion_matrix([EMPTY], [[[], []]], class_names=["cat", "dog", "cow"])
    assert found == {name: {"TP": 0.0, "FP": 0.0, "FN": 0.0} for name in ("cat", "dog", "cow")}


@pytest.mark.parametrize("class_names", [NAMES, {0: "cat", 1: "dog"}, ["cat", "dog"], {np.int64(1): "dog", "0": "cat"}])
def test_class_names_are_given_by_number_by_text_or_as_a_list(class_names: Any) -> None:
    annotated, predicted = summary.bounding_box_size_distribution([GIVEN], [PREDICTED], class_names=class_names)
    assert annotated == predicted | {"dog": [1600.0, 1600.0]} == {"dog": [1600.0, 1600.0], "cat": [800.0]}


def test_sizes_of_classes_without_a_name_are_left_out() -> None:
    found = summary.bounding_box_size_distribution([GIVEN], [PREDICTED], class_names={"0": "cat"})
    assert found == ({"cat": [800.0]}, {"cat": [800.0]})


def test_keys_and_values_are_plain_numbers() -> None:
    for side in summary.class_label_distribution([GIVEN], [PREDICTED]):
        assert {type(key) for key in side} == {int}
        assert {type(value) for value in side.values()} == {float}
    counts = summary.object_counts_per_image([GIVEN], [PREDICTED])
    assert {type(count) for side in counts for count in side} == {int}


def test_annotations_to_ignore_do_not_count() -> None:
    ignored = Boxes([BOX, FAR], [0, 1], ignore=[False, True])
    predicted = Boxes([BOX], [0], [0.9])
    assert summary.object_counts_per_image(ignored, predicted) == ([1], [1])
    assert summary.class_label_distribution(ignored, predicted) == ({0: 1.0}, {0: 1.0})
    assert list(summary.get_average_per_class_confusion_matrix(ignored, predicted)) == [0]


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [([], []), ([EMPTY], [[]]), ([EMPTY, EMPTY], [np.empty((2, 0, 5)), [np.array([]), []]])],
)
def test_statistics_of_nothing_are_empty_or_zero(labels: Any, predictions: Any) -> None:
    images = len(labels)
    assert summary.object_counts_per_image(labels, predictions) == ([0] * images, [0] * images)
    assert summary.bounding_box_size_distribution(labels, predictions, sort=True) == ({}, {})
    assert summary.class_label_distribution(labels, predictions) == ({}, {})
    assert summary.get_sorted_bbox_count_idxs(labels, predictions)[0] == [(image, 0) for image in range(images)]
    metrics = summary.calculate_per_class_metrics(labels, predictions)
    assert all(value == 0.0 for of_class in metrics.values() for value in of_class.values())


def test_a_class_id_beyond_any_table_counts() -> None:
    greatest = 2**31 - 1
    found = summary.class_label_distribution(Boxes([BOX, BOX], [greatest, 0]), Boxes([BOX], [5000], [0.9]))
    assert found == ({greatest: 0.5, 0: 0.5}, {5000: 1.0})
    sizes, _ = summary.bounding_box_size_distribution(Boxes([BOX, FAR], [greatest, 0]), Boxes([], [], []))
    assert {class_id: list(areas) for class_id, areas in sizes.items()} == {greatest: [1600.0], 0: [800.0]}


@pytest.mark.parametrize("name", summary.__all__)
def test_arguments_are_those_of_cleanlab(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (summary, cleanlab))
    assert list(ours) == list(theirs)
    for argument, of_theirs in theirs.items():
        assert (ours[argument].kind, ours[argument].default) == (of_theirs.kind, of_theirs.default)


loose: Any = typed_summary  # most of what follows, the type checker would refuse as well


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    table(
        (
            "unequal numbers of images",
            {"predictions": []},
            "ValueError: labels has 1 images and predictions has 0, expected as many",
        ),
        (
            "predictions without scores",
            {"predictions": Boxes([BOX], [0])},
            "ValueError: predictions has no scores, expected one for each box",
        ),
        (
            "predictions are text",
            {"predictions": "none"},
            "TypeError: predictions: expected a list with one entry an image, or Boxes, found str",
        ),
        (
            "a coordinate is NaN",
            {"labels": [{"bboxes": [[0, 0, np.nan, 1]], "labels": [0]}]},
            "ValueError: labels: image 0, class 0, row 0: x2 is NaN, expected a finite number up to 1e150",
        ),
    ),
)
@pytest.mark.parametrize("name", [*STATISTICS, "plot_class_distribution", "plot_class_size_distributions"])
def test_bad_input_is_refused_where(name: str, arguments: dict[str, Any], refusal: str) -> None:
    inputs = {"labels": [GIVEN], "predictions": [PREDICTED], **arguments}
    assert_refused(lambda: getattr(loose, name)(**inputs), refusal)


@pytest.mark.parametrize(
    ("class_names", "refusal"),
    table(
        (
            "text",
            "cat",
            "TypeError: class_names: expected a dict from class ids to names or a list of names, found str",
        ),
        (
            "a number",
            3,
            "TypeError: class_names: expected a dict from class ids to names or a list of names, found int",
        ),
        ("turned around", {"cat": 0}, "ValueError: class_names has the key 'cat', expected class ids"),
    ),
)
@pytest.mark.parametrize(
    "name", ["class_label_distribution", "bounding_box_size_distribution", "calculate_per_class_metrics"]
)
def test_class_names_are_refused_where_they_are(name: str, class_names: Any, refusal: str) -> None:
    assert_refused(lambda: getattr(loose, name)([GIVEN], [PREDICTED], class_names=class_names), refusal)


@pytest.mark.parametrize("name", ["class_label_distribution", "calculate_per_class_metrics", "plot_class_distribution"])
def test_a_class_that_occurs_without_a_name_is_refused(name: str) -> None:
    refusal = "ValueError: class_names has no name for class 1"
    assert_refused(lambda: getattr(loose, name)([GIVEN], [PREDICTED], class_names={"0": "cat"}), refusal)


@pytest.mark.parametrize("name", WITH_AUXILIARY_INPUTS)
def test_missing_inputs_are_refused(name: str) -> None:
    refusal = "ValueError: expected labels and predictions, or auxiliary_inputs"
    assert_refused(lambda: getattr(loose, name)([GIVEN]), refusal)


def test_a_flag_that_is_text_is_refused() -> None:
    refusal = "TypeError: sort is 'no', expected True or False"
    assert_refused(lambda: loose.bounding_box_size_distribution([GIVEN], [PREDICTED], sort="no"), refusal)
