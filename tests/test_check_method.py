"""`boxlint.check` equals the formulas in method_reference.py, however the data is split, moved or ordered."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
import method_reference as reference
from boxlint import Boxes, Dataset, Report
from boxlint._check import report_on
from boxlint._kinds import KINDS

EXACT = (
    "image_index", "kind", "annotation_index", "prediction_index", "kept_annotation_index", "given_class",
    "suggested_class",
)  # fmt: skip
NEARLY = ("suspicion", "score", "iou", "given_box", "suggested_box")
Array = np.ndarray[Any, Any]


def made(seed: int, images: int = 6, classes: int = 4, boxes: int = 8, ignore: bool = False) -> Dataset:
    """Boxes on a coarse grid, so that ties, touching boxes and exact copies are common, and predictions near them."""
    rng = np.random.default_rng(seed)
    counts, more = rng.integers(0, boxes + 1, (2, images))
    corner, size = rng.integers(0, 12, (counts.sum(), 2)), rng.integers(0, 8, (counts.sum(), 2))
    xyxy = np.hstack([corner, corner + size]) * 8.0
    class_id = rng.integers(0, classes, len(xyxy))
    flags = rng.random(len(xyxy)) < 0.2 if ignore else None
    annotations = Boxes(xyxy, class_id, offsets=offsets(counts), ignore=flags)
    image = np.repeat(np.arange(images), counts)
    # Some predictions on each annotation, some anywhere.
    on = rng.integers(0, len(xyxy), 2 * len(xyxy)) if len(xyxy) else np.empty(0, int)
    stray = np.repeat(np.arange(images), more)
    corner, size = rng.integers(0, 12, (len(stray), 2)), rng.integers(0, 8, (len(stray), 2))
    near = np.vstack([xyxy[on] + rng.integers(-1, 2, (len(on), 4)) * 4, np.hstack([corner, corner + size]) * 8.0])
    seen = np.where(
        rng.random(len(near)) < 0.2, rng.integers(0, classes, len(near)), np.r_[class_id[on], stray % classes]
    )
    score = rng.choice([0, 0.05, 0.2, 0.5, 0.8, 0.9, 0.99, 1], len(near))
    owner = np.r_[image[on], stray]
    order = np.argsort(owner, kind="stable")
    found = np.bincount(owner, minlength=images)
    predictions = Boxes(near[order], seen[order], score[order], offsets(found))
    return Dataset(annotations, predictions, class_names=[f"c{k}" for k in range(classes)])


def offsets(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts)])


def subset(dataset: Dataset, images: Array) -> Dataset:
    def of(boxes: Boxes) -> Boxes:
        ends = boxes.offsets
        rows = np.concatenate([np.empty(0, int), *(np.arange(ends[i], ends[i + 1]) for i in images)])
        chosen = (None if column is None else column[rows] for column in (boxes.score, boxes.ignore))
        score, ignore = chosen
        return Boxes(boxes.xyxy[rows], boxes.class_id[rows], score, offsets(np.diff(ends)[images]), ignore)

    return Dataset(of(dataset.annotations), of(dataset.predictions), class_names=dataset.class_names)


def with_boxes(dataset: Dataset, change: Any) -> Dataset:
    def of(boxes: Boxes) -> Boxes:
        xyxy, class_id = change(boxes.xyxy, boxes.class_id)
        return Boxes(xyxy, class_id, boxes.score, boxes.offsets, boxes.ignore)

    return replace(dataset, annotations=of(dataset.annotations), predictions=of(dataset.predictions))


def assert_same(found: Report, expected: Any) -> None:
    np.testing.assert_allclose(found.image_scores, expected.image_scores, rtol=0, atol=1e-9)
    # Rows whose suspicions differ in the last bit alone can stand in another order.
    ours, theirs = by_box(found.issues), by_box(expected.issues)
    for column in EXACT:
        np.testing.assert_array_equal(plain(found, column)[ours], expected.issues[column][theirs], column)
    for column in NEARLY:
        one, other = plain(found, column)[ours], expected.issues[column][theirs]
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9, err_msg=column)
    one, other = plain(found, "detectability")[ours], expected.issues["detectability"][theirs]
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found.issues._columns.rows.alike[ours], expected.issues["alike"][theirs])


def plain(report: Any, column: str) -> Array:
    """A column with -1 and NaN where there is nothing, as those of the reference are."""
    return np.asarray(np.ma.filled(report.issues[column]))


def by_box(issues: Any) -> Array:
    columns = ("prediction_index", "annotation_index", "kind", "image_index")
    return np.lexsort([np.ma.filled(issues[name]) for name in columns])


def assert_identical(found: Report, expected: Report) -> None:
    """To the last bit."""
    np.testing.assert_array_equal(found.image_scores, expected.image_scores)
    for column in (*EXACT, *NEARLY, "detectability"):
        np.testing.assert_array_equal(plain(found, column), plain(expected, column), column)


@given(st.integers(0, 2**32 - 1), st.integers(0, 8), st.integers(1, 5), st.sampled_from([2, 8, 40]), st.booleans())
def test_rows_and_image_scores_equal_the_formulas(
    seed: int, images: int, classes: int, boxes: int, ignore: bool
) -> None:
    dataset = made(seed, images, classes, boxes, ignore)
    assert_same(boxlint.check(dataset, min_suspicion=0), reference.check(dataset))
    partly = replace(dataset, verified_classes=some_classes(seed, images, classes))
    assert_same(boxlint.check(partly, min_suspicion=0), reference.check(partly))


def some_classes(seed: int, images: int, classes: int) -> list[list[int]]:
    """Those looked for in each image, some of the others."""
    looked_for = np.random.default_rng(seed).random((images, classes)) < 0.6
    return [np.flatnonzero(row).tolist() for row in looked_for]


@given(st.integers(0, 2**32 - 1))
def test_without_badloc_an_image_is_as_suspicious_as_its_missing_rows(seed: int) -> None:
    dataset = made(seed)
    report = boxlint.check(dataset, kinds="missing", min_suspicion=0)
    clean = np.log(1 - report["suspicion"])
    log = np.bincount(report["image_index"], clean, len(dataset)) - np.log(1.05) * np.diff(dataset.annotations.offsets)
    np.testing.assert_allclose(report.image_scores, np.exp(log), rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_better_box_for_two_annotations_is_not_missing_whichever_of_them_comes_first(order: list[int]) -> None:
    """The left one has a prediction that fits it; that in the middle is the better box of the right one."""
    left, right, middle = [0.0, 0, 40, 40], [40.0, 0, 80, 40], [20.0, 0, 60, 40]
    alone = [[left]] * 40
    annotations = as_boxes([*alone, [[left, right][at] for at in order]])
    predictions = as_boxes([*alone, [middle, left]], [[0.95]] * 40 + [[0.95, 0.9]])
    dataset = Dataset(annotations, predictions)
    report = boxlint.check(dataset, min_suspicion=0)
    assert "missing" not in report["kind"].tolist()
    assert_same(report, reference.check(dataset))


def test_a_prediction_without_area_is_never_missing() -> None:
    """Two equal ones, which do not suppress each other, were two rows of one issue id."""
    nothing = [[5, 5, 5, 9], [5, 5, 5, 9], [9, 7, 5, 9]]
    predictions = Boxes([[10, 10, 90, 90]] * 31 + nothing, [0] * 34, [0.9] * 34, [*range(31), 34])
    annotations = Boxes([[10, 10, 90, 90]] * 30, [0] * 30, offsets=[*range(31), 30])
    report = boxlint.check(Dataset(annotations, predictions), kinds="missing")
    assert report["prediction_index"].tolist() == [0]
    assert report.image_scores[30] == 1 - report["suspicion"][0]


def test_of_three_copies_the_first_one_stays() -> None:
    box = [0.0, 0, 40, 40]
    dataset = Dataset(as_boxes([[box]] * 40 + [[box] * 3]), as_boxes([[box]] * 40 + [[]], [[0.9]] * 40))
    report = boxlint.check(dataset, min_suspicion=0)
    rows = report.issues.where(kind="duplicate")
    assert rows["annotation_index"].tolist() == [1, 2]
    assert rows["kept_annotation_index"].tolist() == [0, 0]
    assert_same(report, reference.check(dataset))


def as_boxes(boxes: list[list[list[float]]], scores: list[list[float]] | None = None) -> Boxes:
    """Those of each image, all of one class."""
    count = sum(map(len, boxes))
    flat = None if scores is None else [score for of_image in scores for score in of_image]
    xyxy = [box for of_image in boxes for box in of_image]
    return Boxes(xyxy, [0] * count, flat, offsets(np.array([len(of_image) for of_image in boxes])))


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_all_classes_verified_everywhere_changes_no_bit(seed: int, ignore: bool) -> None:
    dataset = made(seed, ignore=ignore)
    everywhere = replace(dataset, verified_classes=[[3, 1, 2, 0]] * 6)
    assert boxlint.collect(everywhere) == boxlint.collect(dataset)
    assert_identical(boxlint.check(everywhere, min_suspicion=0), boxlint.check(dataset, min_suspicion=0))


@given(st.integers(0, 2**32 - 1))
def test_a_class_that_was_not_looked_for_is_never_missing_and_counts_nowhere(seed: int) -> None:
    dataset = replace(made(seed), verified_classes=some_classes(seed, 6, 4))
    for issue in boxlint.check(dataset, kinds="missing", min_suspicion=0):
        assert issue.suggested_class in some_classes(seed, 6, 4)[issue.image_index]
    predictions = dataset.predictions
    image = np.repeat(np.arange(6), np.diff(predictions.offsets))
    kept = [k in some_classes(seed, 6, 4)[i] for k, i in zip(predictions.class_id.tolist(), image, strict=True)]
    fewer = replace(dataset, predictions=predictions.keep(kept), verified_classes=None)
    # Without the predictions that count nowhere, the annotations' best scores differ, and nothing else.
    counts = (boxlint.collect(data)._counts.entries() for data in (dataset, fewer))
    scores, bests, pairs, *_ = zip(*counts, strict=True)
    np.testing.assert_array_equal(*scores)
    np.testing.assert_array_equal(*pairs)
    assert bests[0][:, 3].sum() == bests[1][:, 3].sum()


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_classes_of_equal_names_are_one(seed: int, partly: bool) -> None:
    verified = some_classes(seed, 6, 4) if partly else None
    twice = replace(made(seed), class_names=["cat", "dog", "cat", "bird"], verified_classes=verified)
    one = with_boxes(twice, lambda xyxy, ids: (xyxy, np.array([0, 1, 0, 3])[ids]))
    if verified is not None:
        one = replace(one, verified_classes=[[*ids, *([0] if 2 in ids else [])] for ids in verified])
    found, expected = boxlint.check(twice, min_suspicion=0), boxlint.check(one, min_suspicion=0)
    np.testing.assert_array_equal(found.image_scores, expected.image_scores)
    np.testing.assert_array_equal(found.issues["suspicion"], expected.issues["suspicion"])
    assert all(issue.given_label != issue.suggested_label for issue in found if issue.kind == "swap")


@pytest.mark.parametrize("detector", ["mobilenet_yolo", "yolov2"])
def test_rows_and_image_scores_equal_the_formulas_on_voc(data_dir: Path, detector: str) -> None:
    folder = data_dir / "voc2007_test"
    # Difficult objects are ignored, so that every path is taken.
    dataset = boxlint.read_coco(
        folder / "annotations.json", folder / f"detections_{detector}.json", ignore=("iscrowd", "difficult")
    )
    # The formulas do not cut boxes to images, and take their time.
    uncut = replace(dataset, image_sizes=None)[::4]
    assert_same(boxlint.check(uncut, max_rows=1_000_000), reference.check(uncut))


def test_the_300_highest_scored_predictions_of_an_image_take_part() -> None:
    dataset = made(5, images=3, boxes=400)
    assert np.diff(dataset.predictions.offsets).max() > 300
    assert_same(boxlint.check(dataset, max_rows=1_000_000), reference.check(dataset))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_statistics_of_parts_merge_in_any_order_to_those_of_the_whole(seed: int, parts: int) -> None:
    dataset = made(seed, images=12)
    rng = np.random.default_rng(seed)
    split = [subset(dataset, images) for images in np.array_split(rng.permutation(12), parts)]
    statistics = [boxlint.collect(part) for part in split]
    total = statistics[0]
    for more in statistics[1:]:
        total = more + total
    assert total == boxlint.collect(dataset)
    assert_identical(boxlint.check(dataset, statistics=total), boxlint.check(dataset))
    whole = boxlint.check(dataset).image_scores
    scores = np.concatenate([boxlint.check(part, statistics=total).image_scores for part in split])
    np.testing.assert_array_equal(np.sort(scores), np.sort(whole))


def test_statistics_survive_a_file_and_pickling_and_other_files_are_refused(tmp_path: Path) -> None:
    statistics = boxlint.collect(made(1))
    statistics.save(tmp_path / "statistics.json")
    assert boxlint.Statistics.load(tmp_path / "statistics.json") == statistics
    assert pickle.loads(pickle.dumps(statistics)) == statistics
    older = [f'{{"boxlint_statistics": {version}}}' for version in range(1, 7)]
    for content in ("", "[]", "{}", *older, '{"boxlint_statistics": 7, "classes": -1}'):
        (tmp_path / "other.json").write_text(content)
        why = "it is of version ., expected 7" if content in older else ""
        with pytest.raises(ValueError, match=f"expected statistics as .*: {why}"):
            boxlint.Statistics.load(tmp_path / "other.json")


@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_a_detector_without_suppression_says_what_it_says_once(seed: int, times: int) -> None:
    """Predictions that stand in the data several times, as those of several runs: of objects that do not overlap."""
    rng = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(8), np.arange(5)), 2).reshape(-1, 2) * 50.0
    boxes = np.hstack([corner, corner + rng.integers(20, 45, (40, 2))])
    class_id, annotated, predicted = rng.integers(0, 3, 40), rng.random(40) < 0.7, rng.random(40) < 0.8
    seen = np.where(rng.random(40) < 0.9, class_id, 0)[predicted]
    near, score = (boxes + rng.integers(-4, 5, (40, 4)))[predicted], rng.choice([0.02, 0.3, 0.7, 0.9], predicted.sum())
    annotations = Boxes(boxes[annotated], class_id[annotated])
    predictions = (Boxes(np.tile(near, (n, 1)), np.tile(seen, n), np.tile(score, n)) for n in (1, times))
    once, often = (boxlint.check(annotations, boxes) for boxes in predictions)
    np.testing.assert_allclose(once.image_scores, often.image_scores, rtol=0, atol=1e-9)
    kinds, suspicions = (plain(often, name)[by_box(often.issues)] for name in ("kind", "suspicion"))
    np.testing.assert_array_equal(plain(once, "kind")[by_box(once.issues)], kinds)
    np.testing.assert_allclose(plain(once, "suspicion")[by_box(once.issues)], suspicions, rtol=0, atol=1e-9)


DIGEST_OF_A_REPORT = "import test_check_method; print(test_check_method.digest())"


def digest() -> str:
    report = boxlint.check(made(3, images=700))
    return " ".join(array.tobytes().hex() for array in (report.image_scores, report.issues["suspicion"]))


def test_progress_counts_every_image_in_both_passes() -> None:
    data = Dataset(*many_images(20_000))
    done: list[int] = []
    report = report_on(data, kinds=KINDS, min_suspicion=0.5, progress=done.append)
    assert len(done) > 2
    assert sum(done) == 2 * len(data)
    assert len(report) == len(boxlint.check(data, min_suspicion=0.5))


def many_images(images: int) -> tuple[Boxes, Boxes]:
    """Images of one box each, found."""
    boxes, classes, offsets = np.tile([1.0, 1, 9, 9], (images, 1)), np.zeros(images, np.int32), np.arange(images + 1)
    return Boxes(boxes, classes, offsets=offsets), Boxes(boxes, classes, np.full(images, 0.9), offsets)


def test_the_number_of_threads_changes_no_bit() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", DIGEST_OF_A_REPORT],
            env={**os.environ, "RAYON_NUM_THREADS": threads},
            cwd=Path(__file__).parent,
            check=True,
            capture_output=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_suspicion_is_a_probability_and_falls(seed: int, ignore: bool) -> None:
    report = boxlint.check(made(seed, ignore=ignore), min_suspicion=0)
    suspicion = report.issues["suspicion"]
    assert ((suspicion > 0) & (suspicion <= 1)).all()
    assert (np.diff(suspicion) <= 0).all()
    assert ((report.image_scores >= 0) & (report.image_scores <= 1)).all()


@given(st.integers(0, 2**32 - 1))
def test_nothing_is_likely_wrong_where_the_detector_agrees_with_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, (200, 2)) * 100.0
    _, first = np.unique(np.c_[np.arange(200) // 4, corner], axis=0, return_index=True)
    image = np.sort(first) // 4
    boxes, classes = np.hstack([corner, corner + 80])[np.sort(first)], rng.integers(0, 3, len(first))
    ends = np.searchsorted(image, np.arange(51))
    dataset = Dataset(Boxes(boxes, classes, offsets=ends), Boxes(boxes, classes, np.ones(len(boxes)), ends))
    assert boxlint.check(dataset).issues["suspicion"].max(initial=0) <= 0.5


@given(st.integers(0, 2**32 - 1), st.floats(-1e4, 1e4), st.sampled_from([1 / 500, 1 / 333, 7.0]))
def test_moving_and_scaling_all_boxes_changes_nothing(seed: int, by: float, factor: float) -> None:
    dataset, before = made(seed), boxlint.check(made(seed))
    moved = boxlint.check(with_boxes(dataset, lambda xyxy, ids: (xyxy + round(by), ids)))
    scaled = boxlint.check(with_boxes(dataset, lambda xyxy, ids: (xyxy * factor, ids)))
    # Single precision holds a boundary case only where scaling is exact: there, boxes of few pixels round too coarsely.
    single = boxlint.check(with_boxes(dataset, lambda xyxy, ids: ((xyxy / 512).astype(np.float32), ids)))
    for after in (moved, scaled, single):
        # An IoU can round to the next multiple of 2^-20.
        np.testing.assert_allclose(after.image_scores, before.image_scores, rtol=0, atol=1e-4)
        ours, theirs = by_box(after.issues), by_box(before.issues)
        for column in EXACT:
            np.testing.assert_array_equal(plain(after, column)[ours], plain(before, column)[theirs])


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_images_and_classes_changes_nothing(seed: int) -> None:
    dataset, rng = made(seed), np.random.default_rng(seed)
    before, order, names = boxlint.check(dataset), rng.permutation(6), rng.permutation(4)
    permuted = boxlint.check(subset(dataset, order))
    np.testing.assert_array_equal(permuted.image_scores, before.image_scores[order])
    np.testing.assert_array_equal(permuted.issues["suspicion"], before.issues["suspicion"])
    renamed = boxlint.check(with_boxes(dataset, lambda xyxy, ids: (xyxy, names[ids].astype(np.int32))))
    np.testing.assert_allclose(renamed.image_scores, before.image_scores, rtol=0, atol=1e-12)
    np.testing.assert_allclose(renamed.issues["suspicion"], before.issues["suspicion"], rtol=0, atol=1e-12)


def with_scores(boxes: Boxes, score: float) -> Boxes:
    return Boxes(boxes.xyxy, boxes.class_id, np.full(len(boxes.class_id), score), boxes.offsets)


NO_ANNOTATIONS = Boxes(np.empty((0, 4)), [], offsets=np.zeros(7, int))
NO_PREDICTIONS = Boxes(np.empty((0, 4)), [], [], np.zeros(7, int))


@pytest.mark.parametrize(
    "dataset",
    [
        subset(made(2), np.array([0])),
        subset(made(2), np.array([], int)),
        replace(made(2), annotations=NO_ANNOTATIONS),
        replace(made(2), predictions=NO_PREDICTIONS),
        Dataset(NO_ANNOTATIONS, NO_PREDICTIONS, class_names=["cat"]),
        made(2, classes=1),
        replace(made(2), predictions=with_scores(made(2).predictions, 0.5)),
    ],
    ids=["one image", "no image", "no annotations", "no predictions", "neither", "one class", "equal scores"],
)
def test_small_and_empty_data_sets_are_checked(dataset: Dataset) -> None:
    report = boxlint.check(dataset, min_suspicion=0)
    assert_same(report, reference.check(dataset))
    assert str(report.summary())
    assert len(report.issues["reason"]) == len(report)


def test_collect_takes_what_check_takes() -> None:
    labels, predictions = many_images(3)
    assert boxlint.collect(labels, predictions) == boxlint.collect(Dataset(labels, predictions))
    with pytest.raises(TypeError, match="expected a Dataset, or labels and predictions"):
        boxlint.collect(labels)
