"""`boxlint.filter` equals its formulas, and cleanlab where cleanlab is exact."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cleanlab.object_detection import filter as cleanlab
from hypothesis import given
from hypothesis import strategies as st

import reference
from boxlint import Boxes, Dataset, filter
from boxlint import filter as typed_filter
from refusals import assert_refused, table
from strategies import ListForm, data_sets

TYPES = ("overlooked", "badloc", "swap")
IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
DATA_SETS = data_sets()
FULL_DATA_SETS = data_sets(min_images=1, empty=False)


class Serial:
    """Stands in for the pools of processes that cleanlab starts, eight hundred for one data set."""

    def __init__(self, processes: int) -> None:
        assert processes >= 1

    def starmap(self, function: Any, arguments: Any) -> list[Any]:
        return list(itertools.starmap(function, arguments))

    def close(self) -> None:
        pass


@pytest.fixture(scope="module", autouse=True)
def _cleanlab_runs() -> Iterator[None]:
    """Lets cleanlab run here: without processes, and its ranking with numpy 2.4, which has no in1d."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleanlab, "Pool", Serial)
        patch.setattr(np, "in1d", np.isin, raising=False)
        yield


@contextmanager
def precision_known(precision: Any) -> Iterator[None]:
    """Lets cleanlab take the average precision that it found for a data set before, which takes most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleanlab, "_get_per_class_ap", lambda labels, predictions: precision)
        yield


def average_precision(images: Sequence[reference.Image], class_id: int) -> float:
    """The mean over the IoU thresholds of the area under the precision of a class."""
    return float(np.mean([_area(images, class_id, threshold) for threshold in IOU_THRESHOLDS]))


def _area(images: Sequence[reference.Image], class_id: int, threshold: float) -> float:
    entries = [entry for image in images for entry in _matched(image, class_id, threshold)]
    found = np.array([is_match for _, is_match in sorted(entries, key=lambda entry: -entry[0])], bool)
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    greatest = np.maximum.accumulate(precision[::-1])[::-1]
    annotations = sum(int((image.lab_labels == class_id).sum()) for image in images)
    return float(greatest[found].sum() / max(annotations, 1))


def _matched(image: reference.Image, class_id: int, threshold: float) -> list[tuple[float, bool]]:
    """The score of each prediction of a class, and whether it matches an annotation."""
    rows, annotated = np.flatnonzero(image.pred_labels == class_id), np.flatnonzero(image.lab_labels == class_id)
    scores = image.pred_label_probs
    matched: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: -scores[row]):
        overlap = image.iou_matrix[annotated, row]
        if overlap.size and overlap.max() >= threshold:
            matched.setdefault(int(annotated[overlap.argmax()]), int(row))
    return [(float(scores[row]), int(row) in matched.values()) for row in rows]


def precision_of_all(images: Sequence[reference.Image]) -> reference.Floats:
    """The average precision of each class that occurs."""
    ids = [id_ for image in images for id_ in (*image.lab_labels, *image.pred_labels)]
    return np.array([average_precision(images, class_id) for class_id in range(max(ids, default=-1) + 1)])


def flags(images: Sequence[reference.Image], precision: reference.Floats, check: bool) -> dict[str, list[Any]]:
    """Which boxes are issues; None for those so close to their threshold that rounding decides."""
    scores = {
        "overlooked": reference.overlooked(images),
        "badloc": reference.badloc(images),
        "swap": reference.swap(images, overlapping_label_check=check),
    }
    return {
        kind: [
            [_flag(score, precision[class_id] * 0.25 * 0.8) for score, class_id in zip(of_image, ids, strict=True)]
            for of_image, ids in zip(
                of_kind,
                [image.pred_labels if kind == "overlooked" else image.lab_labels for image in images],
                strict=True,
            )
        ]
        for kind, of_kind in scores.items()
    }


def _flag(score: float, threshold: float) -> bool | None:
    score = 1.0 if np.isnan(score) else score
    return None if 0 < abs(score - threshold) <= 1e-6 * threshold else bool(score <= threshold)


def in_images(flagged: dict[str, list[Any]]) -> list[bool | None]:
    """Whether any box of each image is an issue; None where rounding decides."""
    boxes = [[*of_a, *of_b, *of_c] for of_a, of_b, of_c in zip(*flagged.values(), strict=True)]
    return [True if True in of_image else None if None in of_image else False for of_image in boxes]


def assert_flagged(found: Any, expected: Sequence[bool | None]) -> None:
    assert len(found) == len(expected)
    assert all(one == other for one, other in zip(found, expected, strict=True) if other is not None)


def without_ties(data: ListForm) -> tuple[list[dict[str, Any]], list[Any]]:
    """A data set of arrays in which no two predictions have the same score, whose order cleanlab leaves open."""
    count = itertools.count()
    predictions = [_copied(prediction) for prediction in data.plain_predictions]
    for rows in itertools.chain(*predictions):
        for row in rows:
            row[4] += 1e-7 * next(count) * (1 if row[4] < 0.9999 else -1)
    return data.plain_labels, predictions


def _copied(prediction: Any) -> Any:
    copied = np.empty(len(prediction), object)
    for class_id, rows in enumerate(prediction):
        copied[class_id] = rows.copy()
    return copied


@given(DATA_SETS)
def test_average_precision_is_that_of_its_formula(data: ListForm) -> None:
    found = filter.class_thresholds(data.labels, data.predictions)
    images = reference.images(data.labels, data.predictions)
    np.testing.assert_allclose(found.average_precision, precision_of_all(images), rtol=1e-12, atol=1e-15)
    for kind in TYPES:
        np.testing.assert_allclose(found.thresholds[kind], found.average_precision * 0.2, rtol=1e-15)
    classes = np.arange(len(found.average_precision))
    given = np.concatenate([*(image.lab_labels for image in images), []])
    predicted = np.concatenate([*(image.pred_labels for image in images), []])
    assert found.annotations.tolist() == [(given == class_id).sum() for class_id in classes]
    assert found.predictions.tolist() == [(predicted == class_id).sum() for class_id in classes]


@given(FULL_DATA_SETS)
def test_average_precision_is_that_of_cleanlab_but_for_its_single_precision(data: ListForm) -> None:
    labels, predictions = without_ties(data)
    theirs = cleanlab._get_per_class_ap(labels, predictions)
    ours = filter.class_thresholds(labels, predictions).average_precision
    expected = [float(theirs[class_id]) / 0.25 for class_id in range(len(ours))]
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-12)


@given(DATA_SETS, st.booleans())
def test_boxes_are_flagged_at_or_below_the_threshold_of_their_class(data: ListForm, check: bool) -> None:
    images = reference.images(data.labels, data.predictions)
    expected = flags(images, precision_of_all(images), check)
    found = filter.find_box_issues(data.labels, data.predictions, overlapping_label_check=check)
    assert list(found) == list(TYPES)
    for kind in TYPES:
        for one, other in zip(found[kind], expected[kind], strict=True):
            assert_flagged(one, other)
    mask: Any = filter.find_label_issues(data.labels, data.predictions, overlapping_label_check=check)
    assert mask.dtype == bool
    assert_flagged(mask, in_images(expected))


@given(DATA_SETS, st.booleans())
def test_images_with_issues_are_ranked_by_their_score(data: ListForm, check: bool) -> None:
    mask = filter.find_label_issues(data.labels, data.predictions, overlapping_label_check=check)
    scores = reference.image_scores(reference.images(data.labels, data.predictions), overlapping_label_check=check)
    ranked = filter.find_label_issues(
        data.labels, data.predictions, return_indices_ranked_by_score=True, overlapping_label_check=check
    )
    assert sorted(ranked) == np.flatnonzero(mask).tolist()
    assert (np.diff(scores[ranked]) >= -1e-12).all()


@given(FULL_DATA_SETS)
def test_mask_and_ranking_equal_those_of_cleanlab(data: ListForm) -> None:
    labels, predictions = without_ties(data)
    images = reference.images(labels, predictions)
    with precision_known(cleanlab._get_per_class_ap(labels, predictions)):
        expected = cleanlab.find_label_issues(labels, predictions)
        theirs = cleanlab.find_label_issues(labels, predictions, return_indices_ranked_by_score=True)
    exact = [flag is not None for flag in in_images(flags(images, precision_of_all(images), True))]
    found = filter.find_label_issues(labels, predictions)
    assert found[exact].tolist() == expected[exact].tolist()
    ranked = filter.find_label_issues(labels, predictions, return_indices_ranked_by_score=True)
    scores = reference.image_scores(images)
    if all(exact) and len(np.unique(scores.round(12))) == len(scores):
        assert ranked.tolist() == theirs.tolist()


@given(DATA_SETS)
def test_lists_and_boxes_have_the_same_issues(data: ListForm) -> None:
    boxes = Boxes.from_lists(data.plain_labels), Boxes.from_lists(data.plain_predictions)
    if not data.labels:
        return  # from_lists cannot tell labels from predictions where there is no image
    np.testing.assert_array_equal(
        filter.find_label_issues(*boxes), filter.find_label_issues(data.labels, data.predictions)
    )


def voc(folder: Path, images: int) -> tuple[list[dict[str, Any]], list[Any]]:
    """The first images of PASCAL VOC 2007 test with the detections of MobileNet-YOLO, in list form."""
    annotated = json.loads((folder / "annotations.json").read_text())
    ids = {image["id"]: index for index, image in enumerate(annotated["images"][:images])}
    classes = {category["id"]: index for index, category in enumerate(annotated["categories"])}
    rows: list[list[list[Any]]] = [[] for _ in ids]
    detections: list[list[list[Any]]] = [[[] for _ in classes] for _ in ids]
    for entry in annotated["annotations"]:
        if entry["image_id"] in ids:
            rows[ids[entry["image_id"]]].append([*_corners(entry), classes[entry["category_id"]]])
    # Equal scores, whose order cleanlab leaves open, made unequal.
    for number, entry in enumerate(json.loads((folder / "detections_mobilenet_yolo.json").read_text())):
        if entry["image_id"] in ids:
            row = [*_corners(entry), entry["score"] * (1 - 1e-9 * number)]
            detections[ids[entry["image_id"]]][classes[entry["category_id"]]].append(row)
    labels = [
        {
            "bboxes": np.array([row[:4] for row in of_image], float).reshape(-1, 4),
            "labels": np.array([r[4] for r in of_image], int),
        }
        for of_image in rows
    ]
    return labels, [_copied([np.array(of_class, float).reshape(-1, 5) for of_class in image]) for image in detections]


def _corners(entry: dict[str, Any]) -> list[float]:
    x, y, width, height = entry["bbox"]
    return [x, y, x + width, y + height]


def test_issues_in_real_data_are_those_of_cleanlab(data_dir: Path) -> None:
    labels, predictions = voc(data_dir / "voc2007_test", 400)
    theirs = cleanlab._get_per_class_ap(labels, predictions)
    found = filter.class_thresholds(labels, predictions)
    np.testing.assert_allclose(found.average_precision, [4 * float(theirs[k]) for k in range(20)], rtol=1e-6)
    mask = filter.find_label_issues(labels, predictions)
    assert 0 < mask.sum() < len(mask)
    with precision_known(theirs):
        np.testing.assert_array_equal(mask, cleanlab.find_label_issues(labels, predictions))
        np.testing.assert_array_equal(
            filter.find_label_issues(labels, predictions, return_indices_ranked_by_score=True),
            cleanlab.find_label_issues(labels, predictions, return_indices_ranked_by_score=True),
        )


BOX, FAR = [10, 10, 50, 50], [400, 400, 440, 440]
EMPTY: Any = {"bboxes": [], "labels": []}
GIVEN: Any = {"bboxes": [BOX], "labels": [0]}
# Half as wide: an IoU of a half, and a location score of 0.4868.
HALF: Any = [[[10, 10, 30, 50, 0.99]]]


@pytest.mark.parametrize(
    ("thresholds", "flagged"),
    [
        ({}, [[False], [True]]),  # from an average precision of 1/10
        ({"badloc": 0.5}, [[True], [True]]),
        ({"badloc": 0.4}, [[False], [True]]),
        ({"badloc": [0.5, 0.0]}, [[True], [False]]),
        ({"badloc": np.array([0, 1, 1])}, [[False], [True]]),
        ({"swap": 1.0}, [[False], [True]]),
    ],
)
def test_given_thresholds_replace_those_of_the_data(thresholds: Any, flagged: list[list[bool]]) -> None:
    distant = {"bboxes": [[30, 30, 70, 70]], "labels": [1]}
    labels, predictions = [GIVEN, distant], [HALF, [[], [[10, 10, 31, 31, 0.99], [30, 30, 70, 70, 0.1]]]]
    found = filter.find_box_issues(labels, predictions, thresholds=thresholds)
    assert [mask.tolist() for mask in found["badloc"]] == flagged
    if "swap" in thresholds:
        assert all(mask.all() for mask in found["swap"])


def test_the_check_for_overlapping_labels_counts_in_mask_and_ranking() -> None:
    twice: Any = {"bboxes": [BOX, BOX], "labels": [0, 1]}
    labels, predictions = [GIVEN, twice], [[[[*BOX, 0.9], [150, 150, 190, 190, 0.1]], [[*BOX, 0.8]]]] * 2
    assert filter.find_label_issues(labels, predictions).tolist() == [False, True]
    assert filter.find_label_issues(labels, predictions, overlapping_label_check=False).tolist() == [False, False]
    ranked = filter.find_label_issues(
        labels, predictions, return_indices_ranked_by_score=True, overlapping_label_check=False
    )
    assert ranked.tolist() == []


@pytest.mark.parametrize(
    ("labels", "predictions", "mask"),
    [
        ([], [], []),
        ([EMPTY], [[]], [False]),
        ([EMPTY], [np.empty((3, 0, 5))], [False]),
        ([EMPTY, GIVEN], [[np.array([])], [[], []]], [False, False]),
        ([GIVEN], [[]], [False]),
        ([EMPTY], [[[[*FAR, 0.9]]]], [False]),
        # A class without average precision has the threshold 0, and a certain prediction the score 0.
        ([EMPTY], [[[[*FAR, 1.0]]]], [True]),
        # A class id without a prediction array.
        ([{"bboxes": [BOX], "labels": [7]}], [[[[*BOX, 0.9]]]], [False]),
        ([{"bboxes": [BOX], "labels": [7]}], [[[[*BOX, 0.99]]]], [False]),
    ],
)
def test_whatever_is_empty_or_missing_has_no_issue_of_its_own(labels: Any, predictions: Any, mask: list[bool]) -> None:
    assert filter.find_label_issues(labels, predictions).tolist() == mask
    ranked = filter.find_label_issues(labels, predictions, return_indices_ranked_by_score=True)
    assert ranked.tolist() == np.flatnonzero(mask).tolist()


def test_columns_with_classes_in_any_order_have_the_thresholds_of_lists() -> None:
    lists = filter.class_thresholds([GIVEN], [[[[*BOX, 0.9], [*FAR, 0.3]], [[*FAR, 0.8]]]])
    data = Dataset(Boxes([BOX], [0]), Boxes([FAR, BOX, FAR], [1, 0, 0], [0.8, 0.9, 0.3]))
    columns = filter.class_thresholds(data.annotations, data.predictions)
    assert columns.average_precision.tolist() == lists.average_precision.tolist() == [1.0, 0.0]


loose: Any = typed_filter  # most of what follows, the type checker would refuse as well


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
            "labels are a number",
            {"labels": 3},
            "TypeError: labels: expected a list with one entry an image, or Boxes, found int",
        ),
        (
            "a score above 1",
            {"predictions": [[[[*BOX, 1.5]]]]},
            "ValueError: predictions: image 0, class 0, row 0: score is 1.5, expected a number from 0 to 1",
        ),
    ),
)
@pytest.mark.parametrize("name", ["find_label_issues", "find_box_issues", "class_thresholds"])
def test_bad_input_is_refused_where(name: str, arguments: dict[str, Any], refusal: str) -> None:
    inputs = {"labels": [GIVEN], "predictions": [HALF], **arguments}
    assert_refused(lambda: getattr(loose, name)(**inputs), refusal)


@pytest.mark.parametrize("name", ["find_label_issues", "find_box_issues"])
def test_a_flag_that_is_text_is_refused(name: str) -> None:
    refusal = "TypeError: overlapping_label_check is 'no', expected True or False"
    assert_refused(lambda: getattr(loose, name)([GIVEN], [HALF], overlapping_label_check="no"), refusal)


PER_CLASS = "expected a number or one for each"


@pytest.mark.parametrize(
    ("thresholds", "refusal"),
    table(
        ("text", {"swap": "low"}, f"TypeError: thresholds: swap is 'low', {PER_CLASS} class"),
        ("a matrix", {"swap": [[0.1]]}, f"ValueError: thresholds: swap has shape (1, 1), {PER_CLASS} of 1"),
        ("too few", {"badloc": np.ones(0)}, f"ValueError: thresholds: badloc has shape (0,), {PER_CLASS} of 1"),
        (
            "an unknown type",
            {"bad": 1},
            "ValueError: thresholds: unknown type 'bad', expected overlooked, badloc or swap",
        ),
        ("above 1", {"badloc": 1.5}, "ValueError: thresholds: badloc is 1.5, expected numbers from 0 to 1"),
        ("NaN", {"badloc": float("nan")}, "ValueError: thresholds: badloc is nan, expected numbers from 0 to 1"),
    ),
)
def test_thresholds_are_refused_where_they_are(thresholds: Any, refusal: str) -> None:
    assert_refused(lambda: filter.find_box_issues([GIVEN], [HALF], thresholds=thresholds), refusal)


@pytest.mark.parametrize("of", [filter.find_label_issues, filter.class_thresholds], ids=["issues", "thresholds"])
def test_class_ids_too_large_for_tables_are_refused(of: Callable[[Boxes, Boxes], object]) -> None:
    huge = Boxes([[1, 1, 9, 9]], [2**31 - 1])
    with pytest.raises(ValueError, match=r"^there are class ids up to 2147483647, expected at most 1048575$"):
        of(huge, Boxes([[1, 1, 9, 9]], [0], [0.9]))
