"""What several detectors say together, where they are alike, and which of them stands for a row."""

from __future__ import annotations

from itertools import permutations

import numpy as np

import boxlint
from boxlint import Report

Box = list[float]
IMAGES = 40


def shifted(by: float) -> Box:
    return [10 + by, 10, 50 + by, 50]


def checked(**seen: Box) -> Report:
    """A report about an object in each of many images, which detectors see in these boxes, in this order."""
    labels = [{"bboxes": [shifted(0)], "labels": [0]}] * IMAGES
    return boxlint.check(labels, {name: [[[[*box, 0.9]]]] * IMAGES for name, box in seen.items()})


def test_the_order_of_detectors_of_equal_counts_changes_no_bit() -> None:
    # That in the middle is one object with either of the others, but these two are not one with each other: which of
    # them joins it is told by what they see, for their counts are the same.
    boxes = {"left": shifted(-10), "middle": shifted(0), "right": shifted(10)}
    expected = checked(**boxes)
    for order in permutations(boxes):
        report = checked(**{name: boxes[name] for name in order})
        assert report["reason"].tolist() == expected["reason"].tolist()
        np.testing.assert_array_equal(report["suggested_box"].filled(), expected["suggested_box"].filled())
        np.testing.assert_array_equal(report.image_scores, expected.image_scores)


def test_of_equal_counts_the_order_is_told_by_classes_where_boxes_are_the_same() -> None:
    labels = [{"bboxes": [shifted(0)], "labels": [0]}] * IMAGES + [{"bboxes": [], "labels": []}] * 2
    seen = [[[[*shifted(0), 0.9]]]] * IMAGES
    one, other = [[], [[*shifted(0), 0.9]], []], [[], [], [[*shifted(0), 0.9]]]
    both = {"a": [*seen, one, other], "b": [*seen, other, one]}
    found, expected = (boxlint.check(labels, {name: both[name] for name in order}) for order in ("ab", "ba"))
    assert found["suggested_class"].tolist() == expected["suggested_class"].tolist()
    assert found["suggested_class"].count() == 2


def test_of_equal_confidence_the_predictions_of_the_detector_that_finds_more_come_first() -> None:
    # Both are as sure as can be. That which misses a tenth, but no stray object in the last image, has fewer counts.
    corner = np.stack(np.meshgrid(np.arange(24), np.arange(10)), 2).reshape(-1, 2) * 50.0
    boxes = np.hstack([corner, corner + 40])
    labels = [{"bboxes": boxes, "labels": [0] * 240}] * 8
    seen = {name: np.c_[boxes, np.ones(240)] for name in ("more", "fewer")}
    seen["fewer"] = seen["fewer"][np.arange(240) % 10 > 0]
    stray = {"more": [9000.0, 0, 9040, 40], "fewer": [9000.0, 90, 9040, 130]}
    both = {name: [[found]] * 7 + [[np.vstack([found, [*stray[name], 1]])]] for name, found in seen.items()}
    for order in permutations(both):
        report = boxlint.check(labels, {name: both[name] for name in order}, kinds="missing")
        assert report._ensemble is not None
        fused = report._ensemble.fusion.dataset.predictions.xyxy.tolist()
        assert fused.index(stray["more"]) < fused.index(stray["fewer"])


def test_detectors_that_differ_in_one_part_alone_are_no_copies() -> None:
    labels = [{"bboxes": [shifted(0)], "labels": [0]}] * 8
    one = [[[[*shifted(0), 0.9]]]] * 8
    other = [*one[:7], [[[*shifted(5), 0.8]]]]
    dataset = boxlint.Dataset.of_detectors(
        {name: boxlint.Dataset.from_lists(labels, seen) for name, seen in (("one", one), ("other", other))}
    )
    parts = dataset[:4], dataset[4:]
    assert boxlint.collect(parts[0]) + boxlint.collect(parts[1]) == boxlint.collect(dataset)


def test_a_detector_that_was_not_run_is_no_copy_of_one_that_saw_nothing() -> None:
    labels = [{"bboxes": [shifted(0)], "labels": [0]}] * IMAGES
    seen = [[[[*shifted(0), 0.9]]]] * (IMAGES - 1)
    row = boxlint.check(labels, {"absent": [*seen, None], "silent": [*seen, [[]]]}, kinds="spurious")[0]
    assert (row.image_index, row.support) == (IMAGES - 1, {"absent": None, "silent": 0.0})


def test_the_detector_of_a_row_is_the_one_that_counts_most() -> None:
    # "often" finds every object; of its scores of .5, some are wrong. "seldom" is always right, and misses one in four.
    here, stray = shifted(0), [300.0, 300, 340, 340]
    labels = [{"bboxes": [here], "labels": [0]}] * 100 + [{"bboxes": [], "labels": []}]
    often = [[[[*here, 0.9], *([[*stray, 0.5]] if image < 14 else [])]] for image in range(80)]
    often += [[[[*here, 0.5]]]] * 21
    seldom = [[[[*here, 0.9]] if image % 4 else []] for image in range(100)] + [[[[*here, 0.9]]]]
    row = boxlint.check(labels, {"seldom": seldom, "often": often}, kinds="missing").top(1)[0]
    assert row.image_index == 100
    assert row.support is not None
    assert (row.support["seldom"] or 0) > (row.support["often"] or 0) > 0
    assert (row.detector, row.score) == ("often", 0.5)
