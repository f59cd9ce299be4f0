"""Ignored annotations take no part, and predictions that lie mostly in one are never overlooked."""

from __future__ import annotations

import numpy as np
import pytest

from boxlint import Boxes, filter, rank, summary

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
    ("corners", "hidden"), [(IN_CROWD, True), (HALF_IN, True), (LESS_IN, False), (FAR, False)], ids=str
)
def test_predictions_with_half_their_area_in_an_ignored_annotation_are_never_overlooked(
    corners: list[int], hidden: bool
) -> None:
    predicted = predictions(OBJECT, corners)
    scores = rank.compute_overlooked_box_scores(labels=annotated([False, True]), predictions=predicted)[0]
    assert np.isnan(scores[1]) == hidden
    image_score = rank.get_label_quality_scores(annotated([False, True]), predicted, verbose=False)[0]
    assert (image_score > 0.9) == hidden
    flags = filter.find_box_issues(annotated([False, True]), predicted, thresholds={"overlooked": 0.5})
    assert flags["overlooked"][0][1] == (not hidden)


def test_ignored_annotations_are_no_issues_whatever_the_thresholds() -> None:
    flags = filter.find_box_issues(
        annotated([False, True]), predictions(OBJECT), thresholds={"overlooked": 1, "badloc": 1, "swap": 1}
    )
    assert flags["badloc"][0].tolist() == flags["swap"][0].tolist() == [True, False]


def test_without_flags_no_annotation_is_ignored() -> None:
    predicted = predictions(OBJECT, IN_CROWD)
    plain = rank.compute_swap_box_scores(labels=annotated(None), predictions=predicted)[0]
    nothing_ignored = rank.compute_swap_box_scores(labels=annotated([False, False]), predictions=predicted)[0]
    np.testing.assert_array_equal(plain, nothing_ignored)
    assert not np.isnan(plain).any()


def test_flags_of_predictions_mean_nothing() -> None:
    flagged = Boxes([OBJECT, FAR], [0, 0], score=[0.99, 0.99], ignore=[True, True])
    for compute in (rank.get_label_quality_scores, summary.object_counts_per_image, summary.class_label_distribution):
        np.testing.assert_equal(compute(annotated(None), flagged), compute(annotated(None), predictions(OBJECT, FAR)))


def test_the_class_of_an_ignored_annotation_may_be_beyond_any_table() -> None:
    annotations = Boxes([OBJECT, CROWD], [0, 2**31 - 1], ignore=[False, True])
    assert filter.class_thresholds(annotations, predictions(OBJECT)).average_precision.tolist() == [1.0]


def test_auxiliary_inputs_leave_out_ignored_annotations() -> None:
    inputs = rank.make_auxiliary_inputs(annotated([False, True]), predictions(OBJECT))
    np.testing.assert_array_equal(inputs[0]["lab_bboxes"], [OBJECT])
