"""What `boxlint.check` finds, as sentences over the scenes of check_scenes.py; the formulas are in another module."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset, Issue, Kind
from boxlint._core import KINDS as ENGINE_KINDS
from boxlint._kinds import KINDS
from check_scenes import (
    ANNOTATED_TWICE,
    BAD_BOX,
    CAR,
    CLASSES,
    DOG,
    FALSE_DETECTIONS,
    LEFT,
    MIDDLE,
    NOTHING_THERE,
    ORDINARY,
    PERSON,
    RIGHT,
    SCENES,
    UNANNOTATED,
    WRONG_CLASS,
    Box,
    Scene,
    all_scenes,
    shifted,
    street,
)


def found_in(scene: Scene, **options: Any) -> list[Issue]:
    """The rows of the scene at the end of the street, most suspicious first."""
    report = boxlint.check(street(scene), **options)
    return [issue for issue in report if issue.image_index == ORDINARY]


def suspicion_of(kind: Kind, scene: Scene) -> float:
    """The suspicion of the most suspicious row of a kind; 0 for none."""
    return max((issue.suspicion for issue in found_in(scene, min_suspicion=0) if issue.kind == kind), default=0.0)


def annotated_after_correction(scene: Scene) -> list[tuple[str, list[float]]]:
    """Class and corners of what is annotated in the scene once its most suspicious row is carried out."""
    corrected = boxlint.check(street(scene)).apply(accept=[0])
    annotations = corrected.annotations[ORDINARY]
    names = [CLASSES[class_id] for class_id in annotations.class_id]
    return list(zip(names, annotations.xyxy.tolist(), strict=True))


def test_nothing_in_the_ordinary_pictures_is_worth_a_look() -> None:
    assert boxlint.check(street()).issues["suspicion"].max() < FALSE_DETECTIONS


@pytest.mark.parametrize("kind", KINDS)
def test_the_error_of_a_scene_leads_the_list_and_no_other_row_is_worth_a_look(kind: Kind) -> None:
    report = boxlint.check(street(SCENES[kind]))
    assert (report[0].kind, report[0].image_index) == (kind, ORDINARY)
    assert report[0].suspicion > 0.4
    assert all(issue.suspicion < FALSE_DETECTIONS for issue in report[1:])
    assert report.image_order[0] == ORDINARY


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_whose_error_is_corrected_has_nothing_suspicious_left(kind: Kind) -> None:
    corrected = boxlint.check(street(SCENES[kind])).apply(accept=0.4)
    assert boxlint.check(corrected).issues["suspicion"].max() < FALSE_DETECTIONS


class TestMissing:
    def test_a_box_that_nobody_annotated_is_listed_as_missing(self) -> None:
        issue = found_in(UNANNOTATED)[0]
        assert issue.kind == "missing"
        assert (issue.annotation_index, issue.given_label, issue.given_box) == (None, None, None)
        assert (issue.prediction_index, issue.score) == (1, 0.95)
        assert (issue.suggested_label, issue.suggested_box) == ("dog", MIDDLE)
        assert issue.reason == "detected as dog with score 0.95, and no annotation is there"

    def test_correcting_it_adds_the_box_after_the_others(self) -> None:
        assert annotated_after_correction(UNANNOTATED) == [
            ("person", list(LEFT)),
            ("car", list(RIGHT)),
            ("dog", list(MIDDLE)),
        ]

    def test_a_box_that_an_annotation_overlaps_a_little_is_missing_and_the_reason_says_so(self) -> None:
        beside = shifted(LEFT, 60)
        issue = found_in(Scene([Box(PERSON, LEFT)], [Box(PERSON, LEFT, 0.9), Box(DOG, beside, 0.95)]))[0]
        assert issue.kind == "missing"
        assert issue.iou == pytest.approx(0.25, abs=1e-6)
        assert issue.reason.endswith("no annotation overlaps it by more than IoU 0.25")

    def test_a_box_is_not_missing_where_annotations_are_ignored(self) -> None:
        crowd = UNANNOTATED._replace(ignored=[Box(DOG, MIDDLE)])
        assert suspicion_of("missing", crowd) == 0

    def test_a_box_that_the_detector_hardly_sees_is_not_missing(self) -> None:
        person, _, car = UNANNOTATED.predicted
        hardly = UNANNOTATED._replace(predicted=[person, Box(DOG, MIDDLE, 0.1), car])
        assert suspicion_of("missing", hardly) < FALSE_DETECTIONS

    def test_a_part_of_an_annotated_object_is_believed_half(self) -> None:
        x1, y1, x2, y2 = RIGHT
        part = Box(CAR, (x1, y1, x2 - 120, y2), 0.95)
        person, car = UNANNOTATED.annotated
        dog, whole = Box(DOG, (x1, y1, x2 - 120, y2), 0.95), Box(CAR, RIGHT, 0.9)
        of_its_class = suspicion_of("missing", Scene([person, car], [whole, part]))
        of_another = suspicion_of("missing", Scene([person, car], [whole, dog]))
        assert 0 < of_its_class < of_another

    def test_an_annotation_of_another_class_hides_no_object_if_the_detector_sees_it_in_its_place(self) -> None:
        rider = Box(PERSON, shifted(MIDDLE, 60), 0.95)
        unseen = Scene([Box(DOG, MIDDLE)], [rider])
        seen = unseen._replace(predicted=[rider, Box(DOG, MIDDLE, 0.9)])
        assert suspicion_of("missing", seen) > 0.5
        assert suspicion_of("missing", unseen) < 0.05

    def test_an_object_beside_one_of_its_class_is_missing_unless_that_has_no_better_prediction(self) -> None:
        beside = Box(PERSON, shifted(MIDDLE, 80), 0.9)
        alone = Scene([Box(PERSON, MIDDLE)], [beside])
        both_seen = alone._replace(predicted=[beside, Box(PERSON, MIDDLE, 0.9)])
        assert suspicion_of("missing", both_seen) > 0.3
        assert suspicion_of("missing", alone) < 0.2 < suspicion_of("badloc", alone)

    def test_an_image_counts_what_no_annotation_accounts_for_whether_missing_or_a_better_box(self) -> None:
        report = boxlint.check(street(BAD_BOX))
        (row,) = [issue for issue in found_in(BAD_BOX) if issue.suspicion > FALSE_DETECTIONS]
        assert row.kind == "badloc"
        assert 1 - report.image_scores[ORDINARY] > row.suspicion + 0.1

    def test_no_object_is_missing_on_an_annotation_of_another_class(self) -> None:
        """Not even where the detector sees both classes there, each in a box of its own."""
        person, dog = Box(PERSON, shifted(MIDDLE, 40), 0.95), Box(DOG, shifted(MIDDLE, -40), 0.9)
        scene = Scene([Box(DOG, MIDDLE)], [person, dog])
        assert suspicion_of("missing", scene) < 0.05


class TestSwap:
    def test_an_annotation_of_the_wrong_class_is_listed_as_swap_with_both_classes(self) -> None:
        issue = found_in(WRONG_CLASS)[0]
        assert issue.kind == "swap"
        assert (issue.given_class, issue.given_category_id, issue.given_label) == (PERSON, 1, "person")
        assert (issue.suggested_class, issue.suggested_category_id, issue.suggested_label) == (DOG, 18, "dog")
        assert issue.reason == "annotated as person, but detected as dog with score 0.95 at IoU 1.00"

    def test_its_row_carries_the_box_that_it_is_about_and_suggests_to_keep_it(self) -> None:
        person, _, car = WRONG_CLASS.predicted
        moved = WRONG_CLASS._replace(predicted=[person, Box(DOG, shifted(MIDDLE, 8), 0.95), car])
        issue = found_in(moved)[0]
        assert (issue.kind, issue.given_box, issue.suggested_box) == ("swap", MIDDLE, MIDDLE)

    def test_correcting_it_changes_the_class_and_nothing_else(self) -> None:
        assert annotated_after_correction(WRONG_CLASS) == [
            ("person", list(LEFT)),
            ("dog", list(MIDDLE)),
            ("car", list(RIGHT)),
        ]

    def test_what_another_annotation_accounts_for_is_no_swap(self) -> None:
        both = WRONG_CLASS._replace(
            annotated=[*WRONG_CLASS.annotated, Box(DOG, MIDDLE)],
            predicted=[*WRONG_CLASS.predicted, Box(PERSON, MIDDLE, 0.9)],
        )
        assert suspicion_of("swap", both) == 0


class TestBadloc:
    def test_a_badly_placed_box_is_listed_as_badloc_with_the_better_place(self) -> None:
        issue = found_in(BAD_BOX)[0]
        assert issue.kind == "badloc"
        assert (issue.given_box, issue.suggested_box) == ((160, 260, 320, 420), MIDDLE)
        assert (issue.given_label, issue.suggested_label) == ("dog", "dog")
        assert issue.iou == pytest.approx(100 / 220, abs=1e-6)
        assert issue.reason == "annotated as dog, and detected so with score 0.95, in a box of IoU 0.45 only"

    def test_correcting_it_moves_the_box_and_keeps_the_class(self) -> None:
        assert annotated_after_correction(BAD_BOX)[1] == ("dog", list(MIDDLE))

    def test_the_better_place_is_not_listed_as_missing_too(self) -> None:
        assert suspicion_of("missing", BAD_BOX) == 0

    def test_a_box_that_fits_well_excuses_one_that_does_not(self) -> None:
        fits = BAD_BOX._replace(predicted=[*BAD_BOX.predicted, Box(DOG, (160, 260, 320, 420), 0.9)])
        assert suspicion_of("badloc", fits) < suspicion_of("badloc", BAD_BOX) / 4

    def test_it_is_not_worth_a_look_where_many_objects_lack_an_annotation(self) -> None:
        report = boxlint.check(street(*[UNANNOTATED] * ORDINARY, BAD_BOX))
        rows = [row for row in report.issues.where(kind="badloc") if row.image_index == 2 * ORDINARY]
        assert 0 < rows[0].suspicion < FALSE_DETECTIONS

    def test_it_is_believed_less_where_the_detector_does_not_see_the_image_s_other_annotations(self) -> None:
        others_unseen = BAD_BOX._replace(predicted=[Box(DOG, MIDDLE, 0.95)])
        assert suspicion_of("badloc", others_unseen) < suspicion_of("badloc", BAD_BOX) / 1.1


class TestSpurious:
    def test_an_annotation_where_nothing_is_is_listed_as_spurious(self) -> None:
        issue = found_in(NOTHING_THERE)[0]
        assert issue.kind == "spurious"
        assert (issue.annotation_index, issue.given_label, issue.given_box) == (1, "dog", MIDDLE)
        assert (issue.prediction_index, issue.score, issue.iou) == (None, None, None)
        assert issue.detectability is not None
        assert issue.detectability > 0.9
        assert issue.reason == "annotated as dog, but hardly detected, although 96% of such boxes are (of 61)"

    def test_a_box_without_area_is_spurious_whatever_the_detector_sees(self) -> None:
        point = boxlint.Dataset(boxlint.Boxes([[5, 5, 5, 5]], [0]), boxlint.Boxes([[4, 4, 6, 6]], [0], [0.9]))
        issue = boxlint.check(point, kinds="spurious")[0]
        assert issue.suspicion > 0.9
        assert issue.detectability is None
        assert issue.reason == "annotated as class 0 in a box without area"

    def test_it_suggests_no_class_and_no_box_and_correcting_it_deletes_the_annotation(self) -> None:
        issue = found_in(NOTHING_THERE)[0]
        assert (issue.suggested_class, issue.suggested_label, issue.suggested_box) == (None, None, None)
        assert annotated_after_correction(NOTHING_THERE) == [("person", list(LEFT)), ("car", list(RIGHT))]

    def test_what_is_seen_as_another_class_is_not_spurious(self) -> None:
        seen = NOTHING_THERE._replace(predicted=[*NOTHING_THERE.predicted, Box(CAR, MIDDLE, 0.9)])
        assert suspicion_of("spurious", seen) < FALSE_DETECTIONS < suspicion_of("swap", seen)

    def test_it_is_believed_less_where_the_detector_does_not_see_the_image_s_other_annotations(self) -> None:
        others_unseen = NOTHING_THERE._replace(predicted=[])
        assert suspicion_of("spurious", others_unseen) < suspicion_of("spurious", NOTHING_THERE) / 1.1


class TestDuplicate:
    def test_a_second_annotation_of_an_object_is_listed_as_duplicate_of_the_one_that_stays(self) -> None:
        issue = found_in(ANNOTATED_TWICE)[0]
        assert issue.kind == "duplicate"
        assert (issue.annotation_index, issue.annotation_id) == (2, 1182)
        assert (issue.kept_annotation_index, issue.kept_annotation_id) == (1, 1181)
        assert issue.iou == pytest.approx(156 / 164, abs=1e-6)
        assert (issue.prediction_index, issue.suggested_class, issue.suggested_box) == (None, None, None)
        assert issue.reason == "annotated as dog, and overlaps annotation 1181, dog, by IoU 0.95"

    def test_correcting_it_deletes_the_one_that_the_detector_supports_less(self) -> None:
        assert annotated_after_correction(ANNOTATED_TWICE) == [
            ("person", list(LEFT)),
            ("dog", list(MIDDLE)),
            ("car", list(RIGHT)),
        ]

    def test_two_objects_that_the_detector_sees_each_in_its_place_are_no_duplicate(self) -> None:
        crowd = ANNOTATED_TWICE._replace(predicted=[*ANNOTATED_TWICE.predicted, Box(DOG, shifted(MIDDLE, 4), 0.95)])
        assert suspicion_of("duplicate", crowd) < suspicion_of("duplicate", ANNOTATED_TWICE) / 2


def test_more_rows_of_nearly_equal_suspicion_than_are_sorted_at_once_are_in_order() -> None:
    images = 300_000
    # In each image a prediction of nearly the same score on the object and beside it; some, on objects, are surer.
    scores = np.random.default_rng(0).uniform(0.52, 0.5201, 2 * images)
    scores[:2000:2] = 0.9
    offsets = np.arange(images + 1)
    objects = np.tile([10, 10, 90, 90], (images, 1))
    seen = np.tile([[10, 10, 90, 90], [200, 10, 290, 80]], (images, 1))
    annotations = Boxes(objects, np.zeros(images, int), offsets=offsets)
    dataset = Dataset(annotations, Boxes(seen, np.zeros(2 * images, int), scores, 2 * offsets))
    report = boxlint.check(dataset, kinds=["missing"], max_rows=images)
    suspicion, image = report["suspicion"], report["image_index"]
    assert 0 < np.ptp(suspicion) < 1e-4
    assert len(np.unique(image)) == images
    falls, equal = np.diff(suspicion) < 0, np.diff(suspicion) == 0
    assert (falls | (equal & (np.diff(image) > 0))).all()


def test_one_row_more_than_asked_for_is_left_out() -> None:
    every = boxlint.check(all_scenes(), kinds="spurious")
    fewer = boxlint.check(all_scenes(), kinds="spurious", max_rows=len(every) - 1)
    assert len(every) > 2
    assert fewer["issue_id"].tolist() == every["issue_id"][:-1].tolist()
    assert fewer.left_out == {"spurious": 1}


class TestOptions:
    @pytest.mark.parametrize("kind", KINDS)
    def test_only_the_kinds_asked_for_are_listed_and_count_for_the_image(self, kind: Kind) -> None:
        every = [SCENES[one] for one in KINDS]
        report = boxlint.check(street(*every), kinds=[kind])
        assert report.kinds == (kind,)
        assert set(report.issues["kind"]) == {kind}
        of_all = boxlint.check(street(*every)).issues.where(kind=kind)
        np.testing.assert_array_equal(report.issues["suspicion"], of_all["suspicion"])
        other = ORDINARY + (KINDS.index(kind) + 1) % len(KINDS)
        assert report.image_scores[other] > boxlint.check(street(*every)).image_scores[other]

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_kind_that_cannot_occur_beforehand_is_never_found(self, kind: Kind) -> None:
        assert len(boxlint.check(street(SCENES[kind]), priors={kind: 0}).issues.where(kind=kind)) == 0

    def test_rows_below_the_least_suspicion_are_left_out(self) -> None:
        report = boxlint.check(street(UNANNOTATED), min_suspicion=0.1)
        assert (len(report), report.min_suspicion) == (1, 0.1)

    def test_a_row_of_the_least_suspicion_is_listed(self) -> None:
        suspicion = boxlint.check(street(UNANNOTATED), min_suspicion=0.1)[0].suspicion
        assert len(boxlint.check(street(UNANNOTATED), min_suspicion=suspicion)) == 1
        assert len(boxlint.check(street(UNANNOTATED), min_suspicion=np.nextafter(suspicion, 1))) == 0

    def test_the_names_of_the_kinds_are_those_of_the_engine(self) -> None:
        assert list(KINDS) == ENGINE_KINDS

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"kinds": ["swapped"]}, "kinds: unknown kind 'swapped', expected some of missing, swap, badloc"),
            ({"priors": {"swapped": 1}}, "priors: unknown kind 'swapped'"),
            ({"priors": {"swap": -1}}, "priors: swap is -1, expected odds from 0 to 1,000,000"),
            ({"min_suspicion": 2}, "min_suspicion is 2, expected a number from 0 to 1"),
        ],
    )
    def test_other_options_are_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            boxlint.check(street(), **options)

    def test_class_ids_too_large_for_tables_are_refused(self) -> None:
        with pytest.raises(ValueError, match="class ids up to"):
            boxlint.check(Dataset(Boxes([[0, 0, 1, 1]], [2**31 - 1]), Boxes([[0, 0, 1, 1]], [0], [0.5])))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_score_of_minus_zero_is_zero(dtype: type[Any]) -> None:
    def found(first: float, second: float) -> tuple[list[Issue], Any, Any]:
        """An object is predicted twice in each image, of the right class first, and not annotated in the last one."""
        annotations = Boxes([[10, 10, 90, 90]] * 40, [0] * 40, offsets=[*range(41), 40])
        boxes = [[10, 10, 90, 90], [12, 10, 90, 90], [10, 10, 90, 90]] * 41
        scores = np.array([first, second, second] * 41, dtype)
        predictions = Boxes(boxes, [0, 0, 1] * 41, scores, range(0, 126, 3))
        dataset = Dataset(annotations, predictions)
        precision = boxlint.filter.class_thresholds(annotations, predictions).average_precision
        findings = [(one.kind, one.count) for one in boxlint.inspect(dataset)]
        return list(boxlint.check(dataset)), precision.tolist(), findings

    assert found(-0.0, 0.0) == found(0.0, -0.0) == found(0.0, 0.0)


def test_of_more_than_300_predictions_of_equal_score_the_first_300_of_an_image_take_part() -> None:
    def counted(classes: list[int]) -> Any:
        boxes = [[10.0 * at, 0, 10.0 * at + 8, 8] for at in range(len(classes))]
        predictions = Boxes(boxes, classes, [0.5] * len(classes))
        return boxlint.collect(Dataset(Boxes([[0, 0, 8, 8]], [0]), predictions, class_names=["a", "b"]))._counts

    assert counted([0] * 300) != counted([0] * 299)
    assert counted([0] * 300 + [1] * 5) == counted([0] * 300)
    assert counted([1] + [0] * 300) != counted([0] * 300)


def test_a_better_box_keeps_the_class_that_is_given_even_if_it_is_seen_as_another_of_its_name() -> None:
    here, beside = [0.0, 0, 40, 40], [15.0, 0, 55, 40]
    annotations = Boxes([here] * 40, [0] * 40, offsets=range(41))
    predictions = Boxes([*[here] * 39, beside], [*[0] * 39, 2], [0.9] * 40, range(41))
    dataset = Dataset(annotations, predictions, class_names=["cat", "dog", "cat"])
    row = boxlint.check(dataset, kinds="badloc")[0]
    assert (row.image_index, row.given_class, row.suggested_class) == (39, 0, 0)


@pytest.mark.parametrize(("iou", "measured"), [(0.0499995, False), (0.050001, True)])
def test_an_overlap_of_up_to_a_twentieth_is_not_measured(iou: float, measured: bool) -> None:
    by = (1 - iou) / (1 + iou) * 1000
    here, beside = [0.0, 0, 1000, 1000], [by, 0, 1000 + by, 1000]
    annotations = Boxes([here] * 40, [0] * 40, offsets=range(41))
    predictions = Boxes([*[here] * 40, beside], [0] * 41, [0.9] * 41, [*range(40), 41])
    row = boxlint.check(annotations, predictions, kinds="missing")[0]
    assert (row.iou is not None) == measured
    assert row.reason.endswith("by more than IoU 0.05" if measured else "no annotation is there")


def test_images_of_lists_have_the_names_that_all_dicts_give() -> None:
    box, found = [10, 10, 90, 90], [[[10, 10, 90, 90, 0.9]]]
    labels: Any = [{"bboxes": [box], "labels": [0], "image_name": f"{image}.jpg"} for image in range(30)]
    nothing = {"bboxes": [], "labels": [], "image_name": "empty.jpg"}
    first = boxlint.check([*labels, nothing], [found] * 31)[0]
    assert (first.kind, first.image_name) == ("missing", "empty.jpg")
    placeholders = [{**label, "image_name": ""} for label in [*labels, nothing]]
    issue_ids = boxlint.check(placeholders, [found] * 31)["issue_id"].tolist()
    assert len(set(issue_ids)) == len(issue_ids) > 30
    del labels[3]["image_name"]
    assert boxlint.check([*labels, nothing], [found] * 31)[0].image_name is None
