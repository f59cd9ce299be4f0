"""`boxlint.rank` equals the formulas in reference.py, and both equal the installed cleanlab."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cleanlab.object_detection import rank as cleanlab
from hypothesis import given, settings
from hypothesis import strategies as st

import reference
from boxlint import Boxes, Dataset, rank
from crowds import as_lists
from strategies import ListForm, data_sets

KINDS = ("overlooked", "badloc", "swap")
FRACTIONS = st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0])
DATA_SETS = data_sets()
# Annotations and predictions in every image: what cleanlab is sure to take.
FULL_DATA_SETS = data_sets(min_images=1, empty=False)


def assert_same(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=0, equal_nan=True)


def assert_all_same(found: Sequence[Any], expected: Sequence[Any]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other)


def assert_identical(found: Any, expected: Any) -> None:
    """Equal to the last bit."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def box_scores(module: Any, kind: str, **arguments: Any) -> Any:
    return getattr(module, f"compute_{kind}_box_scores")(**arguments)


def where_cleanlab_can(compute: Callable[[], Any]) -> Any:
    """What cleanlab returns; None where it fails on an empty image."""
    try:
        return compute()
    except (IndexError, KeyError, ValueError):
        return None


# cleanlab computes the areas of float32 labels in float32, so it is handed `plain_labels`, which are float64. It takes
# neither tuples nor lists of lists, so `plain_predictions` are object arrays of float64 arrays.


@given(FULL_DATA_SETS, st.booleans())
def test_image_scores_equal_the_formulas_and_cleanlab(data: ListForm, check: bool) -> None:
    expected = reference.image_scores(reference.images(data.labels, data.predictions), overlapping_label_check=check)
    options: dict[str, Any] = {"overlapping_label_check": check, "verbose": False}
    assert_same(rank.get_label_quality_scores(data.labels, data.predictions, **options), expected)
    assert_same(cleanlab.get_label_quality_scores(data.plain_labels, data.plain_predictions, **options), expected)


@given(DATA_SETS)
def test_image_scores_with_empty_images_equal_the_formulas(data: ListForm) -> None:
    expected = reference.image_scores(reference.images(data.labels, data.predictions))
    assert_same(rank.get_label_quality_scores(data.labels, data.predictions, verbose=False), expected)
    theirs = where_cleanlab_can(
        lambda: cleanlab.get_label_quality_scores(data.plain_labels, data.plain_predictions, verbose=False)
    )
    if theirs is not None:
        assert_same(theirs, expected)


@given(FULL_DATA_SETS, st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.3, 0.2), (0.1, 0.1, 0.8)]))
def test_weights_are_those_of_their_types(data: ListForm, parts: tuple[float, ...]) -> None:
    weights = dict(zip(KINDS, parts, strict=True))
    expected = reference.image_scores(reference.images(data.labels, data.predictions), weights)
    options: dict[str, Any] = {"aggregation_weights": weights, "verbose": False}
    assert_same(rank.get_label_quality_scores(data.labels, data.predictions, **options), expected)
    assert_same(cleanlab.get_label_quality_scores(data.plain_labels, data.plain_predictions, **options), expected)


@given(DATA_SETS, FRACTIONS, FRACTIONS, st.booleans())
def test_box_scores_equal_the_formulas_and_cleanlab(
    data: ListForm, alpha: float, threshold: float, check: bool
) -> None:
    images = reference.images(data.labels, data.predictions, alpha)
    cases: list[tuple[str, dict[str, Any], list[reference.Floats]]] = [
        ("overlooked", {"high_probability_threshold": threshold}, reference.overlooked(images, threshold)),
        ("badloc", {"low_probability_threshold": threshold}, reference.badloc(images, threshold)),
        (
            "swap",
            {"high_probability_threshold": threshold, "overlapping_label_check": check},
            reference.swap(images, threshold, check),
        ),
    ]
    for kind, options, expected in cases:
        inputs: dict[str, Any] = {"alpha": alpha, **options}
        assert_all_same(box_scores(rank, kind, labels=data.labels, predictions=data.predictions, **inputs), expected)
        plain: dict[str, Any] = {"labels": data.plain_labels, "predictions": data.plain_predictions, **inputs}
        theirs = where_cleanlab_can(partial(box_scores, cleanlab, kind, **plain))
        if theirs is not None:
            assert_all_same(theirs, expected)


@given(FULL_DATA_SETS)
def test_box_scores_without_options_equal_those_of_cleanlab(data: ListForm) -> None:
    for kind in KINDS:
        expected = getattr(reference, kind)(reference.images(data.labels, data.predictions))
        ours = box_scores(rank, kind, labels=data.labels, predictions=data.predictions)
        theirs = box_scores(cleanlab, kind, labels=data.plain_labels, predictions=data.plain_predictions)
        assert_all_same(ours, expected)
        assert_all_same(theirs, expected)


@given(FULL_DATA_SETS, FRACTIONS)
def test_auxiliary_inputs_go_into_the_scorers_of_cleanlab_and_theirs_into_ours(data: ListForm, alpha: float) -> None:
    ours = rank.make_auxiliary_inputs(data.labels, data.predictions, alpha=alpha)
    theirs = cleanlab._get_valid_inputs_for_compute_scores(alpha, data.plain_labels, data.plain_predictions)
    expected = reference.auxiliary_inputs(reference.images(data.labels, data.predictions, alpha))
    for image, reference_image, cleanlab_image in zip(ours, expected, theirs, strict=True):
        assert image.keys() == cleanlab_image.keys() == reference_image.keys()
        for key in image:
            assert_same(image[key], reference_image[key])
            assert_same(cleanlab_image[key], reference_image[key])
    for kind in KINDS:
        scores = box_scores(rank, kind, labels=data.labels, predictions=data.predictions, alpha=alpha)
        assert_all_same(box_scores(cleanlab, kind, auxiliary_inputs=ours), scores)
        assert_all_same(box_scores(rank, kind, auxiliary_inputs=theirs), scores)
        assert_all_same(box_scores(rank, kind, auxiliary_inputs=ours), scores)


@given(DATA_SETS)
def test_auxiliary_inputs_need_only_the_documented_keys(data: ListForm) -> None:
    inputs = rank.make_auxiliary_inputs(data.labels, data.predictions)
    documented = [{key: value for key, value in entry.items() if key != "iou_matrix"} for entry in inputs]
    for kind in KINDS:
        with_iou = box_scores(rank, kind, auxiliary_inputs=inputs)
        assert_identical(box_scores(rank, kind, auxiliary_inputs=documented), with_iou)
        assert_identical(with_iou, box_scores(rank, kind, labels=data.labels, predictions=data.predictions))


@given(FULL_DATA_SETS, st.integers(0, 2**32 - 1))
def test_given_similarities_are_used_as_they_stand(data: ListForm, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = reference.images(data.labels, data.predictions)
    for image in images:
        image.similarity_matrix = rng.random(image.similarity_matrix.shape)
        image.iou_matrix = rng.choice([0.0, 0.5], image.iou_matrix.shape)
    inputs = reference.auxiliary_inputs(images)
    for kind in KINDS:
        assert_all_same(box_scores(rank, kind, auxiliary_inputs=inputs), getattr(reference, kind)(images))


def test_each_image_has_the_minimum_given_for_it() -> None:
    labels = [{"bboxes": [[0, 0, 9, 9]], "labels": [0]}] * 2
    inputs = rank.make_auxiliary_inputs(labels, [[[], [[300, 300, 309, 309, 0.96]]]] * 2)
    for entry, least in zip(inputs, (0.5, 0.25), strict=True):
        entry["min_possible_similarity"] = least
    assert_all_same(rank.compute_overlooked_box_scores(auxiliary_inputs=inputs), [[0.5 * 0.04], [0.25 * 0.04]])


POOLS = st.lists(
    st.lists(st.one_of(st.sampled_from([0.0, 1.0, float("nan")]), st.floats(0, 1)), max_size=20), max_size=6
)


@pytest.mark.parametrize(("cut", "twice"), [(5.0, True), (5.1, False)])
@pytest.mark.parametrize("side", range(4))
def test_labels_that_overlap_by_95_percent_are_given_twice(side: int, cut: float, twice: bool) -> None:
    boxes = np.tile([0.0, 0, 100, 100], (2, 1))
    boxes[1, side] += cut if side < 2 else -cut
    labels = Boxes(boxes, [0, 1])
    predictions = Boxes([[0, 0, 100, 100], [0, 0, 50, 50]], [0, 1], [0.9, 0.9])
    scores = rank.compute_swap_box_scores(labels=labels, predictions=predictions)[0]
    assert (scores < 1).tolist() == [twice, twice]


@given(POOLS, st.sampled_from([None, 0, 1e-9, 1e-6, 0.01, 0.1, 1, 50.0]))
def test_pooling_equals_the_formulas_and_cleanlab(box_scores: list[list[float]], temperature: float | None) -> None:
    expected = reference.pool(box_scores, reference.TEMPERATURE if temperature is None else temperature)
    assert_same(rank.pool_box_scores_per_image(box_scores, temperature=temperature), expected)
    if box_scores:
        arrays = [np.array(scores) for scores in box_scores]
        assert_same(cleanlab.pool_box_scores_per_image(arrays, temperature=temperature), expected)


SCORES = st.lists(st.one_of(st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.floats(0, 1)), max_size=30)


@given(SCORES, FRACTIONS)
def test_issues_equal_the_formulas_and_cleanlab(scores: list[float], threshold: float) -> None:
    expected = reference.issues_from_scores(scores, threshold)
    found = rank.issues_from_scores(np.array(scores), threshold=threshold)
    assert found.tolist() == expected.tolist()
    assert rank.issues_from_scores(scores, threshold=threshold).tolist() == expected.tolist()
    theirs = cleanlab.issues_from_scores(np.array(scores), threshold=threshold)
    # There, equal scores come in the order that an unstable sort gives them.
    assert sorted(theirs) == sorted(found)
    assert np.array(scores)[theirs].tolist() == np.array(scores)[found].tolist()


@pytest.mark.parametrize("form", ["float32", "float64"])
@given(st.data())
@settings(max_examples=30)
def test_columns_and_lists_of_one_dtype_give_identical_scores(form: str, data: st.DataObject) -> None:
    lists = data.draw(data_sets(form=form))
    dataset = Dataset.from_lists(lists.labels, lists.predictions)
    assert {len(dataset.annotations), len(dataset.predictions)} == {len(lists.labels)}
    pairs: list[tuple[Any, Any]] = [
        (dataset.annotations, dataset.predictions),
        (lists.labels, dataset.predictions),
        (dataset.annotations, lists.predictions),
    ]
    for labels, predictions in pairs:
        assert_identical(
            rank.get_label_quality_scores(labels, predictions, verbose=False),
            rank.get_label_quality_scores(lists.labels, lists.predictions, verbose=False),
        )
        for kind in KINDS:
            assert_identical(
                box_scores(rank, kind, labels=labels, predictions=predictions),
                box_scores(rank, kind, labels=lists.labels, predictions=lists.predictions),
            )


@given(st.integers(0, 2**32 - 1), st.sampled_from([129, 3000, 40_000]))
@settings(max_examples=12)
def test_large_data_sets_are_scored_as_their_images_with_the_minimum_of_all(seed: int, count: int) -> None:
    # One image, anywhere, has the minimum similarity. The images that were scored before it need it, too.
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 40, (count, 2)).astype(float)
    near = np.hstack([corners, corners + 20])
    far = near.copy()
    extreme = int(rng.integers(count))
    far[extreme] += 200
    ids = rng.integers(0, 2, count)
    offsets = np.arange(count + 1)
    annotations = Boxes(near, ids, offsets=offsets)
    predictions = Boxes(far + rng.integers(0, 15, (count, 1)), 1 - ids, np.full(count, 0.99), offsets)
    found = rank.get_label_quality_scores(annotations, predictions, verbose=False)
    lists = as_lists(annotations, predictions)
    assert_identical(rank.get_label_quality_scores(*lists, verbose=False), found)
    for image in (0, count // 2, count - 1, extreme):
        # Together with the extreme image, each has the minimum of all.
        rows = [image, extreme]
        pair = offsets[:3]
        few = Boxes(near[rows], ids[rows], offsets=pair), predictions_of(predictions, rows, pair)
        assert found[image] == rank.get_label_quality_scores(*few, verbose=False)[0]


def predictions_of(boxes: Boxes, rows: list[int], offsets: Any) -> Boxes:
    assert boxes.score is not None
    return Boxes(boxes.xyxy[rows], boxes.class_id[rows], boxes.score[rows], offsets)


def test_real_detections_score_as_by_the_formulas_and_cleanlab(data_dir: Path) -> None:
    lists = voc_as_lists(data_dir / "voc2007_test", "detections_mobilenet_yolo.json")
    # Every fifth image: cleanlab scores some eighty a second.
    labels, predictions = (of_all[::5] for of_all in lists)
    assert len(labels) == 991
    images = reference.images(labels, predictions)
    expected = reference.image_scores(images)
    assert_same(rank.get_label_quality_scores(labels, predictions, verbose=False), expected)
    assert_same(cleanlab.get_label_quality_scores(labels, predictions, verbose=False), expected)
    for kind in KINDS:
        scores = getattr(reference, kind)(images)
        assert_all_same(box_scores(rank, kind, labels=labels, predictions=predictions), scores)


def voc_as_lists(folder: Path, detections: str) -> tuple[list[dict[str, Any]], list[Any]]:
    truth = json.loads((folder / "annotations.json").read_text())
    image_ids = [image["id"] for image in truth["images"]]
    class_of = {category["id"]: index for index, category in enumerate(truth["categories"])}
    bboxes: dict[Any, list[list[float]]] = {image: [] for image in image_ids}
    ids: dict[Any, list[int]] = {image: [] for image in image_ids}
    detected: dict[Any, list[list[list[float]]]] = {image: [[] for _ in class_of] for image in image_ids}
    for box in truth["annotations"]:
        if box["image_id"] in bboxes:
            bboxes[box["image_id"]].append(_corners(box["bbox"]))
            ids[box["image_id"]].append(class_of[box["category_id"]])
    for box in json.loads((folder / detections).read_text()):
        if box["image_id"] in bboxes:
            detected[box["image_id"]][class_of[box["category_id"]]].append([*_corners(box["bbox"]), box["score"]])
    labels = [
        {"bboxes": np.array(bboxes[image], float).reshape(-1, 4), "labels": np.array(ids[image], int)}
        for image in image_ids
    ]
    predictions = [[np.array(rows, float).reshape(-1, 5) for rows in detected[image]] for image in image_ids]
    return labels, predictions


def _corners(bbox: list[float]) -> list[float]:
    x, y, width, height = bbox
    return [x, y, x + width, y + height]


def test_each_function_has_the_signature_of_cleanlab() -> None:
    for name in ("get_label_quality_scores", "issues_from_scores", "pool_box_scores_per_image"):
        assert parameters(getattr(rank, name)) == parameters(getattr(cleanlab, name))
    for kind in KINDS:
        name = f"compute_{kind}_box_scores"
        assert parameters(getattr(rank, name)) == parameters(getattr(cleanlab, name))
    assert parameters(rank.make_auxiliary_inputs) == [
        ("labels", inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty),
        ("predictions", inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty),
        ("alpha", inspect.Parameter.KEYWORD_ONLY, None),
    ]


def parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    found = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in found]


@given(DATA_SETS)
@settings(max_examples=20)
def test_scores_are_float64_arrays_of_their_own_as_long_as_what_they_score(data: ListForm) -> None:
    scores = rank.get_label_quality_scores(data.labels, data.predictions, verbose=False)
    assert isinstance(scores, np.ndarray)
    assert (scores.dtype, scores.shape) == (np.dtype(float), (len(data.labels),))
    assert scores.flags.writeable
    assert scores.flags.c_contiguous
    pooled = rank.pool_box_scores_per_image([[1.0]] * len(data.labels))
    assert isinstance(pooled, np.ndarray)
    assert (pooled.dtype, pooled.shape) == (np.dtype(float), (len(data.labels),))
    annotated = [len(label["labels"]) for label in data.plain_labels]
    predicted = [sum(map(len, prediction)) for prediction in data.plain_predictions]
    for kind, lengths in zip(KINDS, (predicted, annotated, annotated), strict=True):
        found = box_scores(rank, kind, labels=data.labels, predictions=data.predictions)
        assert type(found) is list
        assert [(of_image.dtype, of_image.shape) for of_image in found] == [(np.float64, (n,)) for n in lengths]
    issues = rank.issues_from_scores(scores)
    assert (type(issues), issues.ndim, issues.dtype.kind) == (np.ndarray, 1, "i")


LABELS: list[dict[str, Any]] = [{"bboxes": [[10, 10, 50, 50]], "labels": [0]}, {"bboxes": [], "labels": []}]


def test_verbose_says_in_one_line_what_was_scored(capfd: pytest.CaptureFixture[str]) -> None:
    boxes = [[10, 10, 50, 50, 0.5], [10, 10, 50, 50, 0.95], [10, 10, 50, 50, 0.49]]
    rank.get_label_quality_scores(LABELS, [[boxes], [boxes]])
    out, err = capfd.readouterr()
    assert out == ("boxlint: scored 2 images, 1 annotation, 6 predictions (4 at or above 0.5, 2 at or above 0.95)\n")
    assert err == ""


def test_verbose_warns_when_no_prediction_is_very_confident(capfd: pytest.CaptureFixture[str]) -> None:
    rank.get_label_quality_scores(LABELS, [[[[10, 10, 50, 50, 0.9]]], []])
    out, err = capfd.readouterr()
    assert out == (
        "boxlint: scored 2 images, 1 annotation, 1 prediction (1 at or above 0.5, 0 at or above 0.95); "
        "warning: no prediction reaches 0.95, so no overlooked or swapped box can be found\n"
    )
    assert err == ""


def test_columns_are_counted_as_lists_are(capfd: pytest.CaptureFixture[str]) -> None:
    # The float32 nearest to 0.95 is below it.
    rows = np.array([[10, 10, 50, 50, 0.95], [10, 10, 50, 50, 0.5]], np.float32)
    rank.get_label_quality_scores(LABELS[:1], [[rows]])
    of_lists = capfd.readouterr().out
    rank.get_label_quality_scores(LABELS[:1], Boxes(rows[:, :4], [0, 0], rows[:, 4]))
    assert capfd.readouterr().out == of_lists
    assert "(2 at or above 0.5, 0 at or above 0.95)" in of_lists


def test_without_verbose_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    rank.get_label_quality_scores(LABELS, [[], []], verbose=False)
    assert capfd.readouterr() == ("", "")
