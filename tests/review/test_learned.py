"""Choosing rows to review, and what a report learns from the answers."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import boxlint
from boxlint import Boxes, Dataset, Decisions, Report
from boxlint._kinds import KINDS
from boxlint.benchmark import matched, plant
from boxlint.report.learned import Estimate, Learned, OfClass
from boxlint.report.learning import fit, learned, logit
from boxlint.report.reviewed import Reviewed
from boxlint.synthetic import make_scenes

PLANTED, TRUTH = plant(make_scenes(400, error_rate=0, seed=5).dataset, 0.2, seed=1)
REPORT = boxlint.check(PLANTED)
SMALL = boxlint.check(PLANTED[:80])  # for properties, which are tried on many samples
KIND = dict(zip(REPORT["issue_id"].tolist(), REPORT["kind"].tolist(), strict=True))
RIGHT, RIGHT_IN_SMALL = (
    dict(zip(report["issue_id"].tolist(), (matched(report.issues, TRUTH) >= 0).tolist(), strict=True))
    for report in (REPORT, SMALL)
)
# Kinds whose rows do not exclude each other.
FREE = ("missing", "duplicate")
COLUMNS = [name for name in REPORT.issues.columns if name != "suspicion"]

seeds = st.integers(0, 2**32)


def answered(sample: Report, reviewer: str | None = None, right: dict[str, bool] = RIGHT) -> Decisions:
    """True answers about the rows of a sample."""
    sides = {one: "accept" if right[one] else "reject" for one in sample["issue_id"].tolist()}
    return sample.decide(sides, reviewer=reviewer)


def by_id(report: Report, column: str = "suspicion") -> dict[str, Any]:
    return dict(zip(report["issue_id"].tolist(), report[column].tolist(), strict=True))


def table(report: Report) -> list[Any]:
    return [report[name].tolist() for name in report.issues.columns]


def evidence_of_rows(report: Report, kinds: tuple[str, ...] = tuple(KINDS)) -> NDArray[np.float64]:
    """-ln of the chance that nothing is wrong with an image, by the rows of some kinds alone."""
    found = np.zeros(len(report.image_scores))
    together: dict[tuple[int, int], float] = {}
    for issue in report:
        if issue.kind not in kinds:
            continue
        if issue.kind in FREE:
            found[issue.image_index] -= np.log(1 - issue.suspicion)
        else:
            place = issue.image_index, issue.annotation_index or 0
            together[place] = together.get(place, 0) + issue.suspicion
    for (image, _), suspicion in together.items():
        found[image] -= np.log(max(1 - suspicion, 1e-6))
    return found


class TestSample:
    def test_it_holds_so_many_rows_of_each_kind_as_they_are_listed(self) -> None:
        sample = REPORT.sample(30)
        for kind in REPORT.kinds:
            of_kind = sample.issues.where(kind=kind)
            assert len(of_kind) == min(30, len(REPORT.issues.where(kind=kind)))
        whole = {issue.issue_id: issue for issue in REPORT}
        assert [whole[issue.issue_id] for issue in sample] == list(sample)
        order = list(whole)
        places = [order.index(issue_id) for issue_id in sample["issue_id"]]
        assert places == sorted(places)

    def test_one_kind_alone_is_what_it_is_beside_the_others(self) -> None:
        together = REPORT.sample(20, seed=3).issues.where(kind="badloc")["issue_id"].tolist()
        assert REPORT.sample(20, "badloc", seed=3)["issue_id"].tolist() == together

    def test_equal_seeds_choose_equal_rows_and_others_others(self) -> None:
        first, same, other = (REPORT.sample(20, seed=seed)["issue_id"].tolist() for seed in (1, 1, 2))
        assert first == same != other

    def test_rows_that_are_decided_are_not_chosen_again(self) -> None:
        decided = answered(REPORT.sample(30))
        second = REPORT.without(decided).sample(30)
        assert not set(decided.verdicts) & set(second["issue_id"].tolist())

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ((-1,), "n is -1, expected at least 0"),
            ((1, None, -2), "seed is -2, expected at least 0"),
            ((1, "wrong"), "kind: unknown kind 'wrong', expected some of missing, swap, badloc, spurious, duplicate"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, arguments: Any, sentence: str) -> None:
        with pytest.raises(ValueError, match=f"^{sentence}$"):
            REPORT.sample(*arguments)
        with pytest.raises(TypeError):
            REPORT.sample(1.5)  # type: ignore[arg-type]


def test_a_class_with_errors_has_some_in_its_percentage() -> None:
    by_class = {"cat": OfClass(3.0, 10_000.0), "dog": OfClass(60.0, 10_000.0)}
    estimate = Estimate("swap", 63, 0, 63.0, 60.0, 70.0, 0.0, 1.0, {}, by_class)
    found = Learned({"swap": estimate}, [], Reviewed([]), 0, 0)
    assert " ".join(found.classes()).replace("\N{NO-BREAK SPACE}", " ") == (
        "annotations that are swap, by class: cat below 0.1 %, dog 0.6 %"
    )


class TestLearn:
    def test_no_answer_at_all_is_the_same_report(self) -> None:
        for decisions in (REPORT.decide({}), REPORT.decide(dict.fromkeys(REPORT["issue_id"][:9], "unsure"))):
            same = REPORT.learn(decisions)
            assert table(same) == table(REPORT)
            np.testing.assert_array_equal(same.image_scores, REPORT.image_scores)
            np.testing.assert_array_equal(same.image_order, REPORT.image_order)
            assert same.summary().by_suspicion == REPORT.summary().by_suspicion
            assert "No answer counts: suspicion is a score, not a chance." in " ".join(str(same.summary()).split())

    def test_the_logit_of_a_suspicion_is_a_line_of_what_it_was(self) -> None:
        decisions = answered(REPORT.sample(60))  # too few for weights
        before, after = by_id(REPORT), by_id(REPORT.learn(decisions))
        for kind in ("missing", "swap", "badloc", "spurious"):
            decided = [one for one in decisions if one.kind == kind]
            line = fit(
                logit(np.array([before[one.issue_id] for one in decided])),
                np.array([one.decision == "accept" for one in decided]),
            )
            ids = REPORT.issues.where(kind=kind)["issue_id"].tolist()
            expected = learned(logit(np.array([before[one] for one in ids])), line)
            np.testing.assert_allclose([after[one] for one in ids], expected)

    def test_rows_stay_what_they_are_and_stand_in_the_order_of_their_new_suspicion(self) -> None:
        after = REPORT.learn(answered(REPORT.sample(60)))
        assert (np.diff(after["suspicion"]) <= 0).all()
        for column in COLUMNS:
            assert by_id(after, column) == by_id(REPORT, column)

    @given(seed=seeds)
    def test_all_answers_no_lower_every_suspicion_of_their_kinds(self, seed: int) -> None:
        sample = SMALL.sample(25, seed=seed)
        after = by_id(SMALL.learn(sample.decide(dict.fromkeys(sample["issue_id"], "reject"))))
        assert all(after[issue_id] < before for issue_id, before in by_id(SMALL).items())

    @given(seed=seeds)
    def test_kinds_without_answers_stay_as_they_are(self, seed: int) -> None:
        sample = SMALL.sample(25, "swap", seed)
        after = SMALL.learn(answered(sample, right=RIGHT_IN_SMALL))
        new, old = by_id(after), by_id(SMALL)
        assert new != old
        others = [issue.issue_id for issue in SMALL if issue.kind != "swap"]
        assert [new[one] for one in others] == [old[one] for one in others]
        assert after.learned is not None
        assert set(after.learned.estimates) == {"swap"}

    def test_answers_make_suspicion_closer_to_the_rate(self) -> None:
        hits = np.array(list(RIGHT.values()))
        after = by_id(REPORT.learn(answered(REPORT.sample(100))))
        loss = {}
        for name, suspicion in (("score", by_id(REPORT)), ("probability", after)):
            p = np.clip(np.array([suspicion[one] for one in RIGHT]), 1e-9, 1 - 1e-9)
            loss[name] = -np.where(hits, np.log(p), np.log(1 - p)).mean()
        assert loss["probability"] < loss["score"]

    def test_the_majority_counts_and_ties_and_unsure_do_not(self) -> None:
        sample = REPORT.sample(40)
        true = answered(sample, "anna")
        one, other = list(true.verdicts)[:2]
        opposite = {"accept": "reject", "reject": "accept"}
        votes = [
            *true,
            *sample.decide({one: opposite[true.verdicts[one]]}, reviewer="ben"),
            *sample.decide({one: true.verdicts[one]}, reviewer="carl"),
            *sample.decide({other: opposite[true.verdicts[other]]}, reviewer="ben"),
        ]
        without_other = [decision for decision in true if decision.issue_id != other]
        both = Decisions(votes, *REPORT.fingerprint)
        after = REPORT.learn(both)
        assert table(after) == table(REPORT.learn(Decisions(without_other, *REPORT.fingerprint)))
        assert after.learned is not None
        assert (after.learned.answers, after.learned.undecided) == (len(true) - 1, 1)
        assert "1 row that reviewers are unsure or split about" in " ".join(str(after.summary()).split())

    def test_issues_that_are_not_listed_are_counted_and_told(self) -> None:
        decisions = answered(REPORT.sample(20))
        other = boxlint.check(PLANTED, kinds=["swap", "missing"])
        after = other.learn(decisions)
        gone = sum(one.kind not in ("swap", "missing") for one in decisions)
        assert after.learned is not None
        assert after.learned.not_listed == gone > 0
        assert f"{gone} decided issues not listed here, not counted." in " ".join(str(after.summary()).split())

    def test_it_learns_from_what_was_left_out_as_well(self) -> None:
        decisions = answered(REPORT.sample(40))
        first, second = REPORT.learn(decisions).without(decisions), REPORT.without(decisions).learn(decisions)
        assert table(first) == table(second)
        np.testing.assert_allclose(first.image_scores, second.image_scores, rtol=1e-12)
        assert str(first.summary()) == str(second.summary())

    def test_learning_again_begins_anew(self) -> None:
        first, second = (answered(REPORT.sample(40, seed=seed)) for seed in (1, 2))
        again = REPORT.learn(first).learn(second)
        assert by_id(again) == by_id(REPORT.learn(second))
        assert by_id(again.learn(REPORT.decide({}))) == by_id(REPORT)

    def test_decisions_hold_where_images_moved(self) -> None:
        decisions = answered(REPORT.sample(40))
        moved = boxlint.check(PLANTED[::-1])
        after = moved.learn(decisions)
        assert after.learned is not None
        assert after.learned.not_listed == 0
        assert by_id(after) == pytest.approx(by_id(REPORT.learn(decisions)))

    def test_it_survives_pickling_before_and_after(self) -> None:
        decisions = answered(REPORT.sample(40))
        after = REPORT.learn(decisions)
        for copy in (pickle.loads(pickle.dumps(REPORT)).learn(decisions), pickle.loads(pickle.dumps(after))):
            assert table(copy) == table(after)
            assert str(copy.summary()) == str(after.summary())
            assert by_id(copy.with_dataset(PLANTED).learn(REPORT.decide({}))) == by_id(REPORT)

    @pytest.mark.parametrize("all_wrong", [False, True])
    def test_images_are_as_suspicious_as_their_rows_and_half_of_what_they_had_beyond(self, all_wrong: bool) -> None:
        sample = REPORT.sample(60)
        after = REPORT.learn(answered(sample, right=dict.fromkeys(RIGHT, False) if all_wrong else RIGHT))
        assert (self.fallen(REPORT, after) < 1) == all_wrong
        self.assert_images_follow(REPORT, after)

    def test_a_duplicate_is_an_error_beside_what_else_is_wrong_with_the_annotation(self) -> None:
        twice, _ = plant(make_scenes(60, error_rate=0).dataset, 0.2, ["swap", "duplicate"])
        before = boxlint.check(twice)
        after = before.learn(before.decide({before.top(1, "swap")[0].issue_id: "reject"}))
        assert (after["kind"] == "duplicate").any()
        self.assert_images_follow(before, after)

    def fallen(self, before: Report, after: Report) -> float:
        return float(evidence_of_rows(after, FREE).sum() / evidence_of_rows(before, FREE).sum())

    def assert_images_follow(self, before: Report, after: Report) -> None:
        beyond = np.maximum(-np.log(before.image_scores) - evidence_of_rows(before), 0)
        assert beyond.max() > 0
        expected = evidence_of_rows(after) + 0.5 * min(self.fallen(before, after), 1) * beyond
        np.testing.assert_allclose(after.image_scores, np.exp(-expected))
        np.testing.assert_array_equal(after.image_order, np.argsort(-expected, kind="stable"))

    def test_images_whose_rows_are_cut_off_are_still_told_apart(self) -> None:
        short = boxlint.check(PLANTED, max_rows=20)
        after = short.learn(short.decide(dict.fromkeys(short["issue_id"], "accept")))
        without_rows = np.setdiff1d(np.arange(len(PLANTED)), short["image_index"])
        before, now = (report.image_scores[without_rows] for report in (short, after))
        np.testing.assert_array_equal(np.argsort(before), np.argsort(now))

    @given(seed=seeds)
    def test_all_answers_no_lower_the_suspicion_of_every_image(self, seed: int) -> None:
        sample = SMALL.sample(25, seed=seed)
        after = SMALL.learn(sample.decide(dict.fromkeys(sample["issue_id"], "reject")))
        assert (after.image_scores > SMALL.image_scores).all()

    def test_what_acts_on_suspicion_acts_on_probabilities(self) -> None:
        sample = REPORT.sample(60)
        after = REPORT.learn(sample.decide(dict.fromkeys(sample["issue_id"], "reject")))
        assert len(REPORT.changes()) > 0
        assert len(after.changes()) == 0


class TestEstimates:
    def estimates(self) -> Any:
        report = REPORT.learn(answered(REPORT.sample(100)))
        assert report.learned is not None
        return report, report.learned.estimates

    def test_the_errors_are_those_accepted_and_the_suspicions_of_the_others(self) -> None:
        report, estimates = self.estimates()
        decided, suspicion = answered(REPORT.sample(100)).verdicts, by_id(report)
        for kind, one in estimates.items():
            ids = report.issues.where(kind=kind)["issue_id"].tolist()
            right = sum(decided.get(issue_id) == "accept" for issue_id in ids)
            rest = sum(suspicion[issue_id] for issue_id in ids if issue_id not in decided)
            assert (one.right, one.answers) == (right, sum(issue_id in decided for issue_id in ids))
            assert one.errors == pytest.approx(right + rest)
            assert right <= one.low <= one.errors <= one.high

    def test_where_every_row_is_answered_there_is_nothing_to_estimate(self) -> None:
        everything = Decisions(
            REPORT.decide({one: "accept" if right else "reject" for one, right in RIGHT.items()}), *REPORT.fingerprint
        )
        report = REPORT.learn(everything)
        assert report.learned is not None
        for kind, one in report.learned.estimates.items():
            right = sum(RIGHT[issue.issue_id] for issue in REPORT.issues.where(kind=kind))
            assert one.errors == one.low == one.high == right

    def test_classes_add_up_and_have_the_numbers_of_their_annotations(self) -> None:
        _, estimates = self.estimates()
        annotations = np.bincount(PLANTED.annotations.class_id)
        for kind, one in estimates.items():
            total = sum(of_class.errors for of_class in one.by_class.values())
            assert total == pytest.approx(one.errors, rel=0.2)
            for name, of_class in one.by_class.items():
                objects = annotations[(PLANTED.class_names or ()).index(name)]
                assert of_class.out_of == pytest.approx(objects + (of_class.errors if kind == "missing" else 0))
                assert of_class.fraction == of_class.errors / of_class.out_of

    def test_classes_of_one_name_are_one_and_those_with_most_errors_come_first(self) -> None:
        names = ["a", "b", "c", "c", "c", "c"]
        report = boxlint.check(replace(PLANTED[:80], class_names=names))
        sides = dict.fromkeys(report.sample(10)["issue_id"].tolist(), "accept")
        learned_report = report.learn(report.decide(sides)).learned
        assert learned_report is not None
        for one in learned_report.estimates.values():
            errors = [of_class.errors for of_class in one.by_class.values()]
            assert set(one.by_class) <= {"a", "b", "c"}
            assert errors == sorted(errors, reverse=True)

    def test_the_summary_says_on_how_many_answers_it_stands_and_how_many_errors_there_are(self) -> None:
        report, estimates = self.estimates()
        text = " ".join(str(report.summary()).split())
        counts = ", ".join(f"{kind} {one.answers}" for kind, one in estimates.items())
        assert f"Suspicion is a probability here, and stands on {report.learned.answers} answers: {counts}." in text
        words = {"missing": "missing objects", "swap": "wrong classes", "badloc": "badly placed boxes"}
        for kind, what in words.items():
            one = estimates[kind]
            assert f"about {one.errors:,.0f} {what}, {one.low:,.0f} to {one.high:,.0f}" in text
        assert f"annotations that are swap, by class: {next(iter(estimates['swap'].by_class))} " in text
        assert "a score" not in text

    def test_what_no_answer_stands_behind_is_called_a_score(self) -> None:
        report = REPORT.learn(answered(REPORT.sample(20, "swap")))
        text = " ".join(str(report.summary()).split())
        assert "For missing, badloc, spurious it is a score, not a chance: no answer is about these." in text

    def test_answers_are_counted_by_the_suspicion_that_was_learned(self) -> None:
        report, _ = self.estimates()
        suspicion, verdicts = by_id(report), answered(REPORT.sample(100)).verdicts
        for band in report.learned.reviewed.bands:
            inside = [
                suspicion[one]
                for one, side in verdicts.items()
                if side != "unsure"
                and band.low <= suspicion[one] < (band.high if band.high < 1 else 2)
                and band.kind in (None, KIND[one])
            ]
            assert band.right + band.wrong == len(inside)
            assert band.suspicion == pytest.approx(np.mean(inside))


def test_ignored_annotations_are_out_of_the_fraction() -> None:
    boxes: NDArray[np.float64] = np.array([[10, 10, 50, 50], [60, 10, 90, 50]], np.float64)
    annotations = Boxes(boxes, [0, 0], offsets=[0, 2], ignore=[False, True])
    dataset = Dataset(annotations, Boxes(boxes[:1], [0], [0.9], offsets=[0, 1]))
    report = boxlint.check(dataset)
    spurious = report.sample(5, "spurious")
    learned_report = report.learn(spurious.decide(dict.fromkeys(spurious["issue_id"], "reject")))
    assert learned_report.learned is not None
    assert learned_report.learned.estimates["spurious"].by_class["class 0"].out_of == 1
