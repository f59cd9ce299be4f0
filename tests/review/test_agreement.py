"""What is carried out of the decisions of one reviewer or several."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
from boxlint import Boxes, Dataset, Decision
from boxlint.synthetic import make_scenes
from deciding import BY_KIND, REPORT, decision, decisions, on_annotation_of
from refusals import assert_refused

assert REPORT.dataset is not None
DATASET = REPORT.dataset
SCENES = boxlint.check(make_scenes(30, seed=3).dataset, min_suspicion=0)
DOG, CAR = 1, 2
BOX = (10.0, 20.0, 30.0, 40.0)


def outcome(*given: Decision, kind: str = "swap") -> Any:
    """What becomes of the annotation of a kind: its class and box, or None if it is deleted."""
    place = BY_KIND[kind]
    applied = decisions(*given).apply(DATASET)
    ids = np.asarray(applied.annotation_ids).tolist()
    if place.annotation_id not in ids:
        return None
    row = ids.index(place.annotation_id)
    return int(applied.annotations.class_id[row]), tuple(applied.annotations.xyxy[row].tolist())


def unchanged(kind: str) -> tuple[Any, Any]:
    return BY_KIND[kind].given_class, BY_KIND[kind].given_box


class TestOneReviewer:
    @given(st.integers(0, 2**32 - 1))
    def test_accepted_changes_are_those_of_the_report(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        chosen = np.flatnonzero(rng.random(len(SCENES)) < rng.random())
        verdicts = {issue.issue_id: "accept" for issue in SCENES.changes(chosen)}
        rejected = {issue_id: "reject" for issue_id in SCENES["issue_id"] if issue_id not in verdicts}
        expected, found = SCENES.apply(chosen), SCENES.apply(SCENES.decide(verdicts | rejected))
        for name in ("xyxy", "class_id", "offsets"):
            np.testing.assert_array_equal(getattr(found.annotations, name), getattr(expected.annotations, name))
        assert list(found.annotation_ids or ()) == list(expected.annotation_ids or ())

    @pytest.mark.parametrize("side", ["reject", "unsure"])
    def test_what_is_not_accepted_is_not_carried_out(self, side: str) -> None:
        applied = decisions(*(decision(kind, side) for kind in BY_KIND)).apply(DATASET)
        np.testing.assert_array_equal(applied.annotations.xyxy, DATASET.annotations.xyxy)

    def test_each_kind_is_carried_out(self) -> None:
        assert outcome(decision("swap")) == (DOG, BY_KIND["swap"].given_box)
        assert outcome(decision("badloc"), kind="badloc") == (DOG, BY_KIND["badloc"].suggested_box)
        assert outcome(decision("spurious"), kind="spurious") is None
        assert outcome(decision("duplicate"), kind="duplicate") is None
        assert new_annotations(decision("missing")) == [(DOG, BY_KIND["missing"].suggested_box)]

    def test_a_corrected_class_and_box_go_before_what_is_suggested(self) -> None:
        for kind in ("swap", "badloc"):
            assert outcome(decision(kind, label="car"), kind=kind)[0] == CAR
            assert outcome(decision(kind, box=BOX), kind=kind)[1] == BOX
        assert outcome(decision("swap", box=BOX)) == (DOG, BOX)
        assert outcome(decision("badloc", label="car"), kind="badloc") == (CAR, BY_KIND["badloc"].suggested_box)
        assert new_annotations(decision("missing", label="car", box=BOX)) == [(CAR, BOX)]

    @pytest.mark.parametrize("kind", ["spurious", "duplicate"])
    def test_a_corrected_annotation_is_not_deleted(self, kind: str) -> None:
        class_id, box = unchanged(kind)
        assert outcome(decision(kind, label="car"), kind=kind) == (CAR, box)
        assert outcome(decision(kind, box=BOX), kind=kind) == (class_id, BOX)


def new_annotations(*given: Decision) -> list[tuple[int, Any]]:
    image = BY_KIND["missing"].image_index
    before, after = DATASET.annotations[image], decisions(*given).apply(DATASET).annotations[image]
    rows = slice(len(before.class_id), None)
    return list(zip(after.class_id[rows].tolist(), map(tuple, after.xyxy[rows].tolist()), strict=True))


class TestMajority:
    @given(st.lists(st.sampled_from(["accept", "reject", "unsure"]), min_size=1, max_size=7))
    def test_more_accepts_than_rejects_are_carried_out(self, sides: list[str]) -> None:
        given = decisions(*(decision(side=side, reviewer=str(number)) for number, side in enumerate(sides)))
        accepts, rejects = (Counter(sides)[side] for side in ("accept", "reject"))
        expected = "accept" if accepts > rejects else "reject" if rejects > accepts else "unsure"
        assert given.verdicts == {BY_KIND["swap"].issue_id: expected}
        assert given.corrections == (accepts > rejects)
        assert (outcome(*given)[0] == DOG) == (accepts > rejects)
        assert len(given.disagreements) == (accepts > 0 and rejects > 0)
        assert all(one.carried_out == (accepts > rejects) for one in given.disagreements)

    def test_a_disagreement_says_who_thinks_what(self) -> None:
        given = decisions(decision(), decision(reviewer="carl"), decision(side="reject", reviewer="ben"))
        annotation = BY_KIND["swap"].annotation_id
        assert list(map(str, given.disagreements)) == [
            f"street_61.jpg: annotation {annotation}: swap person -> dog: accepted by anna, carl, rejected by ben: "
            "carried out"
        ]
        tie = decisions(decision("missing"), decision("missing", "reject", reviewer=None))
        assert list(map(str, tie.disagreements)) == [
            "street_60.jpg: missing dog: accepted by anna, rejected by a reviewer without a name: not carried out"
        ]


class TestCorrections:
    def test_the_class_with_the_most_votes_is_taken(self) -> None:
        given = [decision(label=label, reviewer=label) for label in ("car", "person")]
        most = [*given, decision(label="car", reviewer="carl")]
        assert outcome(*most)[0] == CAR
        assert [one.carried_out for one in decisions(*most).disagreements] == [True]
        plain = [decision(label="car"), decision(reviewer="ben"), decision(reviewer="carl")]
        assert outcome(*plain)[0] == DOG

    def test_a_correction_goes_before_the_suggestion_where_votes_are_equal(self) -> None:
        assert outcome(decision(label="car"), decision(reviewer="ben"))[0] == CAR
        assert outcome(decision("spurious", label="car"), decision("spurious", reviewer="b"), kind="spurious") == (
            CAR,
            unchanged("spurious")[1],
        )

    def test_the_suggested_class_in_words_is_the_suggestion(self) -> None:
        given = [decision(label="dog"), decision(reviewer="ben"), decision(label="car", reviewer="carl")]
        assert outcome(*given)[0] == DOG

    def test_classes_with_equal_votes_are_not_carried_out(self) -> None:
        given = [decision(label=label, reviewer=label) for label in ("car", "person")]
        assert outcome(*given) == unchanged("swap")
        (disagreement,) = decisions(*given).disagreements
        assert (disagreement.why, disagreement.carried_out) == ("corrected to car and to person", False)

    def test_most_delete_although_one_corrects(self) -> None:
        given = [decision("spurious", label="car"), *(decision("spurious", reviewer=name) for name in ("ben", "carl"))]
        assert outcome(*given, kind="spurious") is None
        assert [one.why for one in decisions(*given).disagreements] == ["corrected by a minority"]

    def test_the_box_is_the_middle_of_the_corrected_ones(self) -> None:
        boxes = [(0, 0, 10, 10), (1, 2, 11, 12), (100, 100, 200, 200)]
        given = [decision("badloc", box=box, reviewer=str(box)) for box in boxes]
        assert outcome(*given, kind="badloc")[1] == (1, 2, 11, 12)
        assert outcome(*given[:2], kind="badloc")[1] == (0.5, 1, 10.5, 11)
        assert outcome(given[0], decision("badloc"), kind="badloc")[1] == boxes[0]
        assert outcome(given[0], decision("badloc"), decision("badloc", reviewer="b"), kind="badloc")[1] == (
            BY_KIND["badloc"].suggested_box
        )
        assert [one.why for one in decisions(*given).disagreements] == ["corrected differently"]


class TestOneAnnotation:
    """Several accepted issues of one annotation."""

    def test_the_class_of_one_and_the_box_of_the_other_are_taken(self) -> None:
        moved = on_annotation_of("badloc", as_of="swap")
        assert outcome(decision("swap"), moved) == (DOG, BY_KIND["badloc"].suggested_box)
        assert decisions(decision("swap"), moved).corrections == 1

    @pytest.mark.parametrize("other", ["swap", "badloc", "spurious"])
    def test_a_duplicate_is_deleted_whatever_else_is_wrong(self, other: str) -> None:
        given = decision("duplicate"), on_annotation_of(other, as_of="duplicate")
        assert outcome(*given, kind="duplicate") is None
        assert decisions(*given).disagreements == ()

    @pytest.mark.parametrize("other", ["swap", "badloc"])
    def test_what_is_deleted_and_corrected_at_once_stays_and_is_told(self, other: str) -> None:
        given = decision("spurious"), on_annotation_of(other, as_of="spurious")
        assert outcome(*given, kind="spurious") == unchanged("spurious")
        (disagreement,) = decisions(*given).disagreements
        assert str(disagreement).endswith(
            ": accepted together, though one deletes what another corrects: not carried out"
        )

    def test_two_classes_or_two_boxes_stay_and_are_told(self) -> None:
        for changes, why in (
            ({"label": "car"}, "accepted together, with the classes car and dog"),
            ({"label": "dog", "box": BOX}, None),
        ):
            other = on_annotation_of("badloc", as_of="swap", **changes)
            told = [one.why for one in decisions(decision("swap"), other).disagreements]
            assert told == ([] if why is None else [why])
        boxes = on_annotation_of("swap", as_of="badloc", box=BOX)
        assert outcome(decision("badloc"), boxes, kind="badloc") == unchanged("badloc")
        (disagreement,) = decisions(decision("badloc"), boxes).disagreements
        assert disagreement.why == "accepted together, with different boxes"


class TestAnotherDataSet:
    def test_it_is_refused(self) -> None:
        given = decisions(decision())
        other = make_scenes(30).dataset
        with pytest.raises(ValueError, match="the annotations are not those that were decided on: their fingerprint"):
            given.apply(other)
        with pytest.raises(ValueError, match="the annotations are not those that were decided on"):
            boxlint.check(other).apply(given)

    def test_the_predictions_do_not_matter(self) -> None:
        empty = Boxes(np.empty((0, 4)), [], [], np.zeros(len(DATASET) + 1, int))
        bare = Dataset(
            DATASET.annotations, empty, image_names=DATASET.image_names, class_names=DATASET.class_names,
            annotation_ids=DATASET.annotation_ids, image_ids=DATASET.image_ids, category_ids=DATASET.category_ids,
        )  # fmt: skip
        given = decisions(*(decision(kind) for kind in BY_KIND))
        np.testing.assert_array_equal(given.apply(bare).annotations.xyxy, REPORT.apply(given).annotations.xyxy)

    def test_an_image_an_annotation_or_a_class_that_there_is_not_is_refused(self) -> None:
        names = DATASET.image_names or ()
        for changes, refusal in (
            ({"image_index": 65}, "there is no image 65, expected one of 65"),
            ({"annotation_index": 3}, "there is no annotation 3 in image 61"),
            ({"label": "zebra"}, f"image {names[61]!r}: there is no class 'zebra', expected one of person, dog, car"),
        ):
            given = decisions(decision(**changes))
            assert_refused(lambda given=given: given.apply(DATASET), f"ValueError: {refusal}")  # type: ignore[misc]

    def test_of_classes_of_one_name_the_first_is_taken(self) -> None:
        report = boxlint.check(replace(DATASET, class_names=["car", "dog", "car"]))
        badloc = report.top(1, "badloc")[0]
        after = report.apply(report.decide({badloc.issue_id: {"decision": "accept", "label": "car"}}))
        assert after.annotations[badloc.image_index].class_id[1] == 0

    def test_classes_without_names_are_called_by_their_numbers(self) -> None:
        report = boxlint.check(Dataset(DATASET.annotations, DATASET.predictions))
        swap, badloc = (report.top(1, kind)[0] for kind in ("swap", "badloc"))
        corrected = {"decision": "accept", "label": "class 2"}
        after = report.apply(report.decide({swap.issue_id: "accept", badloc.issue_id: corrected}))
        assert [after.annotations[one.image_index].class_id[1] for one in (swap, badloc)] == [DOG, CAR]
