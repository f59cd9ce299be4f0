"""Lists are measured as promised, and ObjectLab's scores become lists."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]

import boxlint
from boxlint import Boxes, Dataset, rank
from boxlint.benchmark import KINDS, Truth, averaged, evaluate, matched, objectlab_ranking, plant
from boxlint.benchmark.objectlab import ObjectLabRanking
from boxlint.synthetic import make_scenes

seeds = st.integers(0, 2**32)
CLEAN = make_scenes(60, error_rate=0, seed=1).dataset
COUNT = len(CLEAN.annotations.class_id)


def listing(truth: Truth, **changes: Any) -> ObjectLabRanking:
    """The list that names every error, in order, and suggests what is right."""
    columns: dict[str, Any] = {
        "kind": truth.kind,
        "suspicion": np.linspace(0.9, 0.5, len(truth)),
        "image_index": truth.image_index,
        "annotation_index": truth.annotation_index,
        "suggested_class": truth.class_id,
        "suggested_box": truth.box,
    }
    scores = np.where(np.isin(np.arange(len(truth.annotations)), truth.image_index), 0.0, 1.0)
    return ObjectLabRanking(columns | changes, scores, np.argsort(scores, kind="stable"))


class TestEvaluate:
    def test_a_perfect_list_scores_1(self) -> None:
        _, truth = plant(CLEAN, 0.2, KINDS)
        measures = evaluate(listing(truth), truth)
        assert list(measures) == ["image", *KINDS]
        for kind, of_kind in measures.items():
            assert of_kind.average_precision == of_kind.recall == 1, kind
            assert of_kind.precision_at_100 == 1 or of_kind.truths < 100, kind
            assert of_kind.right_suggestions == 1 or kind == "image"
            assert of_kind.auroc == 1 or kind == "missing"

    def test_a_row_that_suggests_no_class_is_not_right(self) -> None:
        """Also where classes of equal names are one, and the last class is the right one."""
        for names in (CLEAN.class_names, ["a", "b", "c", "d", "e", "e"]):
            _, truth = plant(replace(CLEAN, class_names=names), 0.2, ["swap"])
            last = truth.class_id >= 4
            assert last.any()
            columns = {name: column[last] for name, column in listing(truth).issues.items()}
            columns["suggested_class"] = np.full(last.sum(), -1)
            assert evaluate(listing(truth, **columns), truth)["swap"].right_suggestions == 0

    def test_an_empty_list_finds_nothing(self) -> None:
        _, truth = plant(CLEAN, 0.2)
        nothing = {name: column[:0] for name, column in listing(truth).issues.items()}
        swap = evaluate(listing(truth, **nothing), truth)["swap"]
        assert (swap.listed, swap.average_precision, swap.recall, swap.auroc) == (0, 0, 0, 0.5)
        assert np.isnan(swap.precision_at_100)
        assert np.isnan(swap.right_suggestions)

    def test_order_matters(self) -> None:
        _, truth = plant(CLEAN, 2 / COUNT, ["swap"])
        rows = np.array([0, 0, 1])
        columns = {name: column[rows] for name, column in listing(truth).issues.items()}
        columns["image_index"] = np.array([*truth.image_index[:1], 59, *truth.image_index[1:]])
        columns["annotation_index"] = np.array([truth.annotation_index[0], 99, truth.annotation_index[1]])
        found = []
        for suspicion in ([0.9, 0.8, 0.7], [0.8, 0.9, 0.7], [0.7, 0.9, 0.8]):
            ranking = listing(truth, **columns | {"suspicion": np.array(suspicion)})
            found.append(evaluate(ranking, truth)["swap"].average_precision)
        assert found == pytest.approx([(1 / 1 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2])

    def test_rows_of_equal_suspicion_count_as_one_step(self) -> None:
        _, truth = plant(CLEAN, 0.2)
        assert evaluate(np.full(60, 0.5), truth)["image"].average_precision == pytest.approx(
            len(set(truth.image_index.tolist())) / 60
        )

    @given(seed=seeds)
    def test_the_order_of_the_rows_in_the_table_does_not_matter(self, seed: int) -> None:
        corrupted, truth = plant(CLEAN, 0.2, seed=seed)
        ranking = objectlab_ranking(corrupted)
        order = np.random.default_rng(seed).permutation(len(ranking.issues["kind"]))
        distinct = {**ranking.issues, "suspicion": ranking.issues["suspicion"] + np.linspace(0, 1e-9, len(order))}
        shuffled = {name: column[order] for name, column in distinct.items()}
        np.testing.assert_array_equal(matched(shuffled, truth), matched(distinct, truth)[order])
        for kind, measures in evaluate(listing(truth, **shuffled), truth).items():
            same = evaluate(listing(truth, **distinct), truth)[kind]
            assert measures.average_precision == pytest.approx(same.average_precision)

    @pytest.mark.parametrize("kind", ["missing", "swap", "duplicate"])
    def test_an_error_is_hit_once(self, kind: str) -> None:
        _, truth = plant(CLEAN, 5 / COUNT, [kind])
        twice = {name: np.repeat(column, 2, axis=0) for name, column in listing(truth).issues.items()}
        assert (matched(twice, truth).reshape(-1, 2) >= 0).tolist() == [[True, False]] * 5

    def test_a_duplicate_may_be_named_by_either_of_the_two(self) -> None:
        _, truth = plant(CLEAN, 0.1, ["duplicate"])
        other = evaluate(listing(truth, annotation_index=truth.partner_index), truth)["duplicate"]
        assert (other.average_precision, other.right_suggestions) == (1, 0)

    def test_a_box_that_shows_too_little_of_a_missing_object_is_no_hit(self) -> None:
        _, truth = plant(CLEAN, 0.1, ["missing"])
        half, less = truth.box.copy(), truth.box.copy()
        half[:, 2] = (half[:, 0] + half[:, 2]) / 2
        less[:, 2] = 0.6 * less[:, 0] + 0.4 * less[:, 2]
        assert evaluate(listing(truth, suggested_box=half), truth)["missing"].recall > 0.3
        assert evaluate(listing(truth, suggested_box=less), truth)["missing"].recall == 0

    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ("missing", {"suggested_class": -1}),
            ("swap", {"suggested_class": -1}),
            ("badloc", {"suggested_box": np.nan}),
        ],
    )
    def test_a_wrong_suggestion_is_still_a_hit(self, kind: str, change: dict[str, Any]) -> None:
        _, truth = plant(CLEAN, 0.1, [kind])
        columns = listing(truth).issues
        wrong = {name: np.full_like(columns[name], value) for name, value in change.items()}
        measures = evaluate(listing(truth, **wrong), truth)[kind]
        assert (measures.average_precision, measures.right_suggestions) == (1, 0)

    @given(seed=seeds, levels=st.integers(1, 40))
    def test_images_are_measured_as_by_scikit_learn(self, seed: int, levels: int) -> None:
        _, truth = plant(CLEAN, 0.1, seed=seed)
        wrong = np.isin(np.arange(60), truth.image_index)
        scores = np.random.default_rng(seed).integers(0, levels, 60) / levels
        image = evaluate(scores, truth)["image"]
        assert image.average_precision == pytest.approx(average_precision_score(wrong, -scores))
        assert image.auroc == pytest.approx(roc_auc_score(wrong, -scores))

    def test_images_with_equal_scores_are_ranked_by_the_order_of_the_report(self) -> None:
        _, truth = plant(CLEAN, 0.05)
        order = listing(truth).image_order
        saturated = [ObjectLabRanking(listing(truth).issues, np.zeros(60), given) for given in (order, order[::-1])]
        best, worst = (evaluate(ranking, truth)["image"].average_precision for ranking in saturated)
        assert best == 1 > worst

    def test_the_reliability_table_holds_every_row_once(self) -> None:
        corrupted, truth = plant(CLEAN, 0.2)
        ranking = objectlab_ranking(corrupted)
        for kind, measures in evaluate(ranking, truth).items():
            assert sum(step.listed for step in measures.reliability) == measures.listed
            hits = sum(step.rate * step.listed for step in measures.reliability if step.listed)
            assert hits == pytest.approx(measures.recall * measures.truths), kind
            assert all(step.low <= step.suspicion <= step.high for step in measures.reliability if step.listed)

    def test_results_of_several_seeds_are_averaged(self) -> None:
        results = []
        for seed in (1, 2):
            corrupted, truth = plant(CLEAN, 0.2, seed=seed)
            results.append(evaluate(objectlab_ranking(corrupted), truth))
        mean = averaged(results)["swap"]
        both = [result["swap"] for result in results]
        assert mean.average_precision == pytest.approx((both[0].average_precision + both[1].average_precision) / 2)
        for step, (first, second) in zip(
            mean.reliability, zip(*(one.reliability for one in both), strict=True), strict=True
        ):
            assert step.listed == first.listed + second.listed

    def test_a_report_of_other_images_is_refused(self) -> None:
        _, truth = plant(CLEAN)
        with pytest.raises(ValueError, match=re.escape("scores of shape (59,), expected (60,) as in truth")):
            evaluate(np.zeros(59), truth)


class TestClassesOfEqualNames:
    """Every other box has the second class of its name."""

    @staticmethod
    def twice_named(dataset: Dataset) -> Dataset:
        sides = [
            Boxes(boxes.xyxy, boxes.class_id + 6 * (np.arange(len(boxes.class_id)) % 2), boxes.score, boxes.offsets)
            for boxes in (dataset.annotations, dataset.predictions)
        ]
        return Dataset(sides[0], sides[1], class_names=[*(dataset.class_names or ())] * 2)

    @staticmethod
    def first_named(boxes: Boxes) -> Boxes:
        return Boxes(boxes.xyxy, boxes.class_id % 6, boxes.score, boxes.offsets)

    def test_suggestions_of_either_are_right(self) -> None:
        corrupted, truth = plant(self.twice_named(CLEAN), 0.2, ["missing", "swap"])
        report = boxlint.check(corrupted, min_suspicion=0)
        first = Dataset(
            self.first_named(corrupted.annotations),
            self.first_named(corrupted.predictions),
            class_names=[*(CLEAN.class_names or ()), *"uvwxyz"],
        )
        of_first = replace(truth, class_id=truth.class_id % 6, class_names=first.class_names)
        same = evaluate(boxlint.check(first, min_suspicion=0), of_first)
        for kind, measures in evaluate(report, truth).items():
            assert str(measures) == str(same[kind]), kind

    def test_objectlab_has_the_scores_of_one_class(self) -> None:
        ranking, twice = objectlab_ranking(CLEAN), objectlab_ranking(self.twice_named(CLEAN))
        np.testing.assert_array_equal(twice.image_scores, ranking.image_scores)
        for name, column in ranking.issues.items():
            np.testing.assert_array_equal(twice.issues[name], column)


class TestObjectLab:
    def test_predictions_of_classes_that_were_not_looked_for_are_not_listed(self) -> None:
        boxes = Boxes([[0, 0, 9, 9]], [0])
        predictions = Boxes([[0, 0, 9, 9], [50, 50, 90, 90]], [0, 1], [0.99, 0.99])
        assert "missing" in objectlab_ranking(Dataset(boxes, predictions)).issues["kind"]
        searched = Dataset(boxes, predictions, verified_classes=[[0]])
        assert "missing" not in objectlab_ranking(searched).issues["kind"]

    def test_lists_stand_in_the_order_of_the_box_scores(self) -> None:
        corrupted, _ = plant(CLEAN, 0.2)
        issues = objectlab_ranking(corrupted).issues
        scores = np.concatenate(
            rank.compute_swap_box_scores(labels=corrupted.annotations, predictions=corrupted.predictions)
        )
        swap = issues["kind"] == "swap"
        rows = corrupted.annotations.offsets[issues["image_index"][swap]] + issues["annotation_index"][swap]
        assert set(rows.tolist()) == set(np.flatnonzero(scores < 1).tolist())
        np.testing.assert_array_equal(scores[rows], np.sort(scores[rows]))
        np.testing.assert_array_equal(np.diff(issues["suspicion"][swap]) < 0, np.diff(scores[rows]) > 0)

    def test_images_have_the_scores_of_rank(self) -> None:
        scores = rank.get_label_quality_scores(CLEAN.annotations, CLEAN.predictions, verbose=False)
        np.testing.assert_array_equal(objectlab_ranking(CLEAN).image_scores, scores)

    def test_annotations_to_ignore_are_not_listed_and_rows_are_those_of_the_source(self) -> None:
        boxes = Boxes([[0, 0, 9, 9], [50, 50, 90, 90]], [1, 1], ignore=[True, False])
        dataset = Dataset(boxes, Boxes([[0, 0, 9, 9], [52, 50, 90, 90]], [0, 0], [0.99, 0.99]))
        issues = objectlab_ranking(dataset).issues
        assert issues["annotation_index"][issues["kind"] == "swap"].tolist() == [1]

    def test_check_lists_more_of_what_is_planted(self) -> None:
        corrupted, truth = plant(make_scenes(300, error_rate=0, seed=5).dataset, 0.1, seed=5)
        ours = evaluate(boxlint.check(corrupted, min_suspicion=0), truth)
        theirs = evaluate(objectlab_ranking(corrupted), truth)
        for kind in ("image", "swap", "badloc", "spurious"):
            assert ours[kind].average_precision > theirs[kind].average_precision, kind
