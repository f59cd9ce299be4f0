"""A data set corrected by a report, and a report that is pickled, copied, and given its data set back."""

from __future__ import annotations

import copy
import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset, Issue
from boxlint.report.corrections import Change, Changes, corrected
from check_scenes import CAR, ORDINARY, RIGHT, SCENES, UNANNOTATED, Box, Scene, all_scenes, report_on_all_scenes, street


class TestCorrections:
    def test_every_annotation_is_changed_once_at_most_by_its_most_suspicious_row(self) -> None:
        report = report_on_all_scenes(min_suspicion=0)
        changes = report.changes(0.0)
        places = [
            (issue.image_index, issue.annotation_index) for issue in changes if issue.annotation_index is not None
        ]
        assert len(places) == len(set(places))
        first: dict[Any, Issue] = {}
        for issue in report:
            first.setdefault((issue.image_index, issue.annotation_index), issue)
        assert {first[place] for place in places} <= set(changes)
        assert len(changes) < len(report)

    def test_all_that_is_accepted_is_carried_out(self) -> None:
        dataset = all_scenes()
        report = boxlint.check(dataset)
        corrected, changes = report.apply(0.01), report.changes(0.01)
        before = annotations_by_id(dataset)
        expected: Any = dict(before)
        added = []
        for issue in changes:
            if issue.kind in ("spurious", "duplicate"):
                del expected[issue.annotation_id]
            elif issue.kind == "missing":
                added.append((issue.image_index, issue.suggested_class, issue.suggested_box))
            else:
                expected[issue.annotation_id] = (issue.image_index, issue.suggested_class, issue.suggested_box)
        after = annotations_by_id(corrected)
        assert {one: after[one] for one in after if one in before} == expected
        assert sorted(value for one, value in after.items() if one not in before) == sorted(added)
        assert {issue.kind for issue in changes} == set(SCENES)
        assert min(one for one in after if one not in before) == max(before) + 1
        assert annotations_by_id(dataset) == before

    @pytest.mark.parametrize(
        ("ids", "new"), [([5, 9], 10), ([-1, -2], 1), (["a", "b"], 1), (["7", "b"], 8), ([7, "b"], 8)]
    )
    def test_new_annotations_get_ids_above_all_others_and_above_0(self, ids: list[Any], new: int) -> None:
        dataset = street(UNANNOTATED)
        count = len(dataset.annotations.class_id)
        listed = [ids[row] if row < 2 else ids[0] for row in range(count)]
        corrected = boxlint.check(replace(dataset, annotation_ids=listed), kinds="missing").apply(0.0)
        added = [one for one in np.asarray(corrected.annotation_ids, object).tolist() if one not in ids]
        assert added
        assert sorted(added) == list(range(new, new + len(added)))

    def test_new_annotations_stand_behind_the_others_in_the_order_of_their_boxes(self) -> None:
        dataset = street(UNANNOTATED)[:2]
        boxes: list[tuple[float, float, float, float]] = [
            (5.0, 1.0, 9.0, 9.0),
            (1.0, 7.0, 9.0, 9.0),
            (1.0, 5.0, 9.0, 9.0),
        ]
        made = Changes.to_make(dataset, [Change(0, None, False, "dog", box) for box in boxes])
        found = corrected(dataset, made)[0].annotations.xyxy
        before = len(dataset[0].annotations.class_id)
        assert found[:before].tolist() == dataset[0].annotations.xyxy.tolist()
        assert list(map(tuple, found[before:].tolist())) == sorted(boxes)

    def test_crowds_stay_what_they_are(self) -> None:
        crowd = UNANNOTATED._replace(ignored=[Box(CAR, RIGHT)])
        corrected = boxlint.check(street(crowd)).apply()
        assert corrected.annotations.ignore is not None
        assert corrected.annotations[ORDINARY].ignore.tolist() == [False, False, True, False]  # type: ignore[union-attr]  # there are crowds

    def test_single_precision_stays(self) -> None:
        dataset = all_scenes()
        single = replace(
            dataset,
            annotations=in_single_precision(dataset.annotations),
            predictions=in_single_precision(dataset.predictions),
        )
        assert boxlint.check(single).apply().annotations.xyxy.dtype == np.float32

    def test_rows_are_believed_by_suspicion_mask_indices_or_function(self) -> None:
        report = report_on_all_scenes()
        by_suspicion = list(report.changes(0.5))
        assert list(report.changes(report.issues["suspicion"] >= 0.5)) == by_suspicion
        assert list(report.changes(np.flatnonzero(report.issues["suspicion"] >= 0.5))) == by_suspicion
        assert list(report.changes(lambda issues: issues["suspicion"] >= 0.5)) == by_suspicion
        assert len(report.changes([])) == 0

    def test_a_row_that_is_believed_twice_is_carried_out_once(self) -> None:
        report = report_on_all_scenes()
        missing = int(np.flatnonzero(report["kind"] == "missing")[0])
        assert len(report.changes([missing, missing])) == 1

    def test_a_mask_made_of_a_column_believes_no_row_where_there_is_nothing(self) -> None:
        report = report_on_all_scenes(min_suspicion=0)
        believed = report.changes(lambda issues: issues["score"] <= 1)
        assert {issue.kind for issue in believed} == {"missing", "swap", "badloc"}

    @pytest.mark.parametrize("accept", [-1, 2, float("nan"), "x", None, True])
    def test_a_suspicion_outside_0_to_1_is_refused(self, accept: Any) -> None:
        with pytest.raises((TypeError, ValueError), match=r"accept(:| is)"):
            report_on_all_scenes().apply(accept)

    @pytest.mark.parametrize("accept", [[-1], [10_000], [True], [0.5], [[0]]])
    def test_rows_that_there_are_not_are_refused(self, accept: Any) -> None:
        with pytest.raises(ValueError, match="accept: expected a suspicion, or a mask or indices of the"):
            report_on_all_scenes().apply(accept)


def annotations_by_id(dataset: Dataset) -> dict[Any, Any]:
    """Id -> image, class and corners."""
    boxes = dataset.annotations
    image = np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets))
    rows = zip(image.tolist(), boxes.class_id.tolist(), map(tuple, boxes.xyxy.tolist()), strict=True)
    return dict(zip(np.asarray(dataset.annotation_ids).tolist(), rows, strict=True))


def in_single_precision(boxes: Boxes) -> Boxes:
    return Boxes(boxes.xyxy.astype(np.float32), boxes.class_id, boxes.score, boxes.offsets, boxes.ignore)


class TestPickle:
    def test_all_but_the_data_set_survives(self) -> None:
        report = report_on_all_scenes()
        again = pickle.loads(pickle.dumps(report))
        assert again.dataset is None
        assert list(again) == list(report)
        assert str(again) == str(report)
        assert str(again.summary()) == str(report.summary())
        assert (again.kinds, again.min_suspicion) == (report.kinds, report.min_suspicion)
        np.testing.assert_array_equal(again.image_scores, report.image_scores)
        assert list(again.changes()) == list(report.changes())
        assert list(again.issues.where(kind="swap")[:1]) == list(report.top(1, "swap"))
        assert list(pickle.loads(pickle.dumps(report.top(3)))) == list(report)[:3]

    def test_it_is_as_large_as_its_rows_and_not_as_the_data_set(self) -> None:
        large = street(*SCENES.values(), *[Scene([], [Box(CAR, RIGHT, 0.1)] * 2000)] * 20)
        few = boxlint.check(large, min_suspicion=0.3)
        assert len(pickle.dumps(large)) > 2_000_000
        assert len(pickle.dumps(few)) < 10_000
        assert len(pickle.dumps(few.issues)) < 10_000

    def test_a_correction_asks_for_the_data_set_which_can_be_given_back(self) -> None:
        dataset = all_scenes()
        again = pickle.loads(pickle.dumps(boxlint.check(dataset)))
        with pytest.raises(ValueError, match=re.escape("without its data set: give it back with report.with_dataset")):
            again.apply()
        assert annotations_by_id(again.with_dataset(dataset).apply()) == annotations_by_id(
            boxlint.check(dataset).apply()
        )
        assert again.dataset is None

    @pytest.mark.parametrize(
        "other",
        [
            all_scenes()[:-1],
            all_scenes()[::-1],
            street(*SCENES.values(), Scene([], [])),
            street(*SCENES.values(), UNANNOTATED)[[*range(ORDINARY + 4), ORDINARY + 5]],
            replace(all_scenes(), class_names=["a", "b", "c"]),
            replace(all_scenes(), annotation_ids=None),
        ],
        ids=["fewer images", "another order", "more images", "another image", "names", "no ids"],
    )
    def test_another_data_set_is_refused(self, other: Dataset) -> None:
        again = pickle.loads(pickle.dumps(report_on_all_scenes()))
        with pytest.raises(ValueError, match="this is not the data set that was checked"):
            again.with_dataset(other)

    def test_a_copy_keeps_the_data_set(self) -> None:
        report = report_on_all_scenes()
        assert copy.copy(report).dataset is copy.deepcopy(report).dataset is report.dataset
