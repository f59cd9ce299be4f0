"""Annotations to ignore take no part, and what lies mostly in them is never overlooked."""

from __future__ import annotations

import numpy as np
import pytest

from boxlint import Boxes, filter, rank

OBJECT, CROWD = [10, 10, 50, 50], [200, 200, 400, 400]
IN_CROWD, HALF_IN, LESS_IN = [250, 250, 280, 280], [390, 250, 410, 280], [391, 250, 411, 280]
FAR = [500, 10, 540, 50]


def annotated(ignore: list[bool] | None) -> Boxes:
    return Boxes(np.array([OBJECT, CROWD], np.float64), [0, 1], ignore=ignore)


def predictions(*corners: list[int]) -> Boxes:
    return Boxes(np.array(corners, np.float64), [0] * len(corners), score=[0.99] * len(corners))


def test_ignored_annotations_count_as_if_they_were_not_there() -> None:
    predicted = predictions(OBJECT, FAR)
    alone = Boxes([OBJECT], [0])
    ignored = annotated([False, True])
    for score in (rank.compute_badloc_box_scores, rank.compute_swap_box_scores):
        expected = [*score(labels=alone, predictions=predicted)[0], np.nan]
        np.testing.assert_array_equal(score(labels=ignored, predictions=predicted)[0], expected)
    np.testing.assert_array_equal(
        rank.get_label_quality_scores(ignored, predicted, verbose=False),
        rank.get_label_quality_scores(alone, predicted, verbose=False),
    )
    assert filter.class_thresholds(ignored, predicted).annotations.tolist() == [1]
    np.testing.assert_array_equal(
        filter.find_label_issues(ignored, predicted), filter.find_label_issues(alone, predicted)
    )


@pytest.mark.parametrize(
    ("corners", "spared"), [(IN_CROWD, True), (HALF_IN, True), (LESS_IN, False), (FAR, False)], ids=str
)
def test_predictions_with_half_their_area_in_a_region_are_never_overlooked(corners: list[int], spared: bool) -> None:
    predicted = predictions(OBJECT, corners)
    scores = rank.compute_overlooked_box_scores(labels=annotated([False, True]), predictions=predicted)[0]
    assert np.isnan(scores[1]) == spared
    image_score = rank.get_label_quality_scores(annotated([False, True]), predicted, verbose=False)[0]
    assert (image_score > 0.9) == spared
    flags = filter.find_box_issues(annotated([False, True]), predicted, thresholds={"overlooked": 0.5})
    assert flags["overlooked"][0][1] == (not spared)


def test_boxes_without_the_flag_are_all_judged() -> None:
    predicted = predictions(OBJECT, IN_CROWD)
    plain = rank.compute_swap_box_scores(labels=annotated(None), predictions=predicted)[0]
    nothing_ignored = rank.compute_swap_box_scores(labels=annotated([False, False]), predictions=predicted)[0]
    np.testing.assert_array_equal(plain, nothing_ignored)
    assert not np.isnan(plain).any()


def test_auxiliary_inputs_leave_out_ignored_annotations() -> None:
    inputs = rank.make_auxiliary_inputs(annotated([False, True]), predictions(OBJECT))
    np.testing.assert_array_equal(inputs[0]["lab_bboxes"], [OBJECT])
