"""Errors are planted as promised, and lists measured as promised."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]

import boxlint
from boxlint import Boxes, Dataset, rank, read_coco
from boxlint.benchmark import KINDS, Truth, averaged, evaluate, matched, objectlab_ranking, plant, withhold
from boxlint.benchmark.objectlab import ObjectLabRanking
from boxlint.benchmark.truth import pairwise_iou
from boxlint.synthetic import make_scenes

seeds = st.integers(0, 2**32)
CLEAN = make_scenes(60, error_rate=0, seed=1).dataset
COUNT = len(CLEAN.annotations.class_id)


def with_ids(dataset: Dataset, **changes: Any) -> Dataset:
    return Dataset(
        changes.get("annotations", dataset.annotations),
        dataset.predictions,
        class_names=dataset.class_names,
        annotation_ids=changes.get("annotation_ids", np.arange(COUNT)),
        image_sizes=changes.get("image_sizes", dataset.image_sizes),
    )


def image_of(boxes: Boxes) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets))


def rows_of(truth: Truth, kind: str) -> NDArray[np.int64]:
    """Rows in the corrupted annotations."""
    errors = truth.kind == kind
    rows: NDArray[np.int64] = truth.annotations.offsets[truth.image_index[errors]] + truth.annotation_index[errors]
    return rows


def iou_of_pairs(boxes: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float64]:
    return np.array([pairwise_iou(a[None], b[None])[0, 0] for a, b in zip(boxes, others, strict=True)])


def clutter(seed: int, images: int = 60) -> Boxes:
    """Predictions of a bad detector of CLEAN."""
    generator = np.random.default_rng(seed)
    boxes, image = CLEAN.annotations, image_of(CLEAN.annotations)
    seen = generator.random(COUNT) < 0.7
    xyxy = boxes.xyxy + generator.normal(0, 18, boxes.xyxy.shape)
    class_id = np.where(generator.random(COUNT) < 0.3, (boxes.class_id + 1) % 6, boxes.class_id)
    strays = generator.uniform(0, 400, (COUNT, 2))
    all_images = np.concatenate([image[seen], image])
    order = np.argsort(all_images, kind="stable")
    return Boxes(
        np.vstack([xyxy[seen], np.hstack([strays, strays + 40])])[order],
        np.concatenate([class_id[seen], boxes.class_id])[order],
        generator.random(len(order)),
        np.searchsorted(all_images[order], np.arange(images + 1)),
    )


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


class TestPlant:
    @given(seed=seeds, rate=st.floats(0, 1), kinds=st.sets(st.sampled_from(KINDS), min_size=1))
    def test_each_annotation_suffers_at_most_one_error(self, seed: int, rate: float, kinds: set[str]) -> None:
        corrupted, truth = plant(with_ids(CLEAN), rate, sorted(kinds), seed)
        left = np.asarray(corrupted.annotation_ids)
        struck = [*np.setdiff1d(np.arange(COUNT), left)]
        for kind in ("swap", "badloc"):
            struck += left[rows_of(truth, kind)].tolist()
        doubles = truth.kind == "duplicate"
        struck += left[truth.annotations.offsets[truth.image_index[doubles]] + truth.partner_index[doubles]].tolist()
        assert len(struck) == len(set(struck)) == np.count_nonzero(truth.kind != "spurious")

    @given(seed=seeds, careless=st.booleans())
    def test_nothing_else_is_changed(self, seed: int, careless: bool) -> None:
        clean = with_ids(CLEAN)
        corrupted, truth = plant(clean, 0.2, KINDS, seed, clutter(seed) if careless else None)
        ids = np.asarray(corrupted.annotation_ids)
        changed = np.concatenate([rows_of(truth, kind) for kind in ("swap", "badloc", "spurious", "duplicate")])
        same = np.setdiff1d(np.arange(len(ids)), changed)
        before, after = clean.annotations, corrupted.annotations
        np.testing.assert_array_equal(after.xyxy[same], before.xyxy[ids[same]])
        np.testing.assert_array_equal(after.class_id[same], before.class_id[ids[same]])
        np.testing.assert_array_equal(image_of(after)[same], image_of(before)[ids[same]])
        assert len(set(ids.tolist())) == len(ids)
        assert corrupted.predictions is clean.predictions
        assert truth.annotations is after

    @given(seed=seeds)
    def test_swapped_annotations_keep_their_box_and_moved_ones_their_class(self, seed: int) -> None:
        corrupted, truth = plant(CLEAN, 0.3, seed=seed)
        boxes, swapped, moved = corrupted.annotations, rows_of(truth, "swap"), rows_of(truth, "badloc")
        assert (boxes.class_id[swapped] != truth.class_id[truth.kind == "swap"]).all()
        np.testing.assert_array_equal(boxes.xyxy[swapped], truth.box[truth.kind == "swap"])
        np.testing.assert_array_equal(boxes.class_id[moved], truth.class_id[truth.kind == "badloc"])

    @given(seed=seeds)
    def test_boxes_overlap_as_promised(self, seed: int) -> None:
        corrupted, truth = plant(CLEAN, 0.3, KINDS, seed)
        boxes = corrupted.annotations
        moved = iou_of_pairs(boxes.xyxy[rows_of(truth, "badloc")], truth.box[truth.kind == "badloc"])
        assert ((moved >= 0.3) & (moved <= 0.7)).all()
        copies = iou_of_pairs(boxes.xyxy[rows_of(truth, "duplicate")], truth.box[truth.kind == "duplicate"])
        assert (copies >= 0.75).all()

    @given(seed=seeds)
    def test_boxes_are_added_where_nothing_is(self, seed: int) -> None:
        corrupted, truth = plant(CLEAN, 0.3, ["spurious"], seed)
        boxes = corrupted.annotations
        for row in rows_of(truth, "spurious").tolist():
            start, end = CLEAN.annotations.offsets[image_of(boxes)[row] :][:2]
            low, high = boxes.xyxy[row, :2], boxes.xyxy[row, 2:]
            for other in CLEAN.annotations.xyxy[start:end]:
                shared = np.clip(np.minimum(high, other[2:]) - np.maximum(low, other[:2]), 0, None)
                assert shared.prod() < 0.2 * (high - low).prod()

    def test_moved_boxes_stay_in_their_image_at_every_overlap_alike(self) -> None:
        corrupted, truth = plant(CLEAN, 1.0, ["badloc"])
        boxes = corrupted.annotations.xyxy[rows_of(truth, "badloc")]
        assert (boxes >= 0).all()
        assert (boxes <= [640, 480, 640, 480]).all()
        steps, _ = np.histogram(iou_of_pairs(boxes, truth.box), 4, (0.3, 0.7))
        assert steps.min() > 0.7 * steps.mean()

    def test_a_box_without_area_is_neither_moved_nor_doubled(self) -> None:
        boxes = Boxes([[5, 5, 5, 5]], [0])
        corrupted, truth = plant(Dataset(boxes, Boxes([[0, 0, 9, 9]], [0], [0.9])), 1.0, ["badloc", "duplicate"])
        np.testing.assert_array_equal(corrupted.annotations.xyxy, boxes.xyxy)
        assert truth.kind.tolist() == []

    def test_every_other_double_has_another_class(self) -> None:
        corrupted, truth = plant(CLEAN, 0.2, ["duplicate"], seed=4)
        other = corrupted.annotations.class_id[rows_of(truth, "duplicate")] != truth.class_id
        assert len(truth) == round(0.2 * COUNT)
        assert other.sum() == len(truth) // 2

    @pytest.mark.parametrize("rate", [0.0, 0.05, 0.4])
    def test_kinds_come_in_equal_number(self, rate: float) -> None:
        _, truth = plant(CLEAN, rate, KINDS)
        assert {kind: np.count_nonzero(truth.kind == kind) for kind in KINDS} == dict.fromkeys(
            KINDS, round(rate * COUNT / 5)
        )

    def test_equal_seeds_plant_equal_errors_and_others_do_not(self) -> None:
        (first, truth), (again, same), (_, other) = (plant(CLEAN, kinds=KINDS, seed=seed) for seed in (7, 7, 8))
        np.testing.assert_array_equal(first.annotations.xyxy, again.annotations.xyxy)
        np.testing.assert_array_equal(truth.box, same.box)
        assert not np.array_equal(truth.image_index, other.image_index)

    def test_annotations_to_ignore_are_never_struck(self) -> None:
        ignore = np.arange(COUNT) % 2 == 0
        boxes = CLEAN.annotations
        flagged = Boxes(boxes.xyxy, boxes.class_id, offsets=boxes.offsets, ignore=ignore)
        corrupted, _ = plant(with_ids(CLEAN, annotations=flagged), 1.0, ["missing", "swap", "badloc"])
        after = corrupted.annotations
        assert after.ignore is not None
        np.testing.assert_array_equal(np.asarray(corrupted.annotation_ids)[after.ignore], np.flatnonzero(ignore))
        np.testing.assert_array_equal(after.xyxy[after.ignore], boxes.xyxy[ignore])

    def test_the_mistakes_of_an_annotator_are_its_own(self) -> None:
        annotator = clutter(3)
        corrupted, truth = plant(CLEAN, 0.4, seed=3, annotator=annotator)
        boxes = corrupted.annotations
        assert all(np.count_nonzero(truth.kind == kind) for kind in truth.kinds)
        for error, kind in enumerate(truth.kind.tolist()):
            start, end = annotator.offsets[truth.image_index[error] :][:2]
            its_boxes, its_classes = annotator.xyxy[start:end], annotator.class_id[start:end]
            row = boxes.offsets[truth.image_index[error]] + truth.annotation_index[error]
            meets = pairwise_iou(truth.box[error][None], its_boxes)[0] >= 0.5
            if kind == "missing":
                assert not meets.any()
            elif kind == "swap":
                assert boxes.class_id[row] in its_classes[meets]
                assert truth.class_id[error] not in its_classes[meets]
            else:
                assert (its_boxes == boxes.xyxy[row]).all(axis=1).any()

    @pytest.mark.parametrize(
        ("other", "kind"),
        [([0, 20, 100, 120, 1], "swap"), ([50, 0, 150, 100, 0], "badloc")],
        ids=["horse", "neighbour"],
    )
    def test_what_shows_one_object_well_is_no_mistake_about_another(self, other: list[int], kind: str) -> None:
        rider = Boxes([[0, 0, 100, 100]], [0], [0.9])
        alone = Dataset(Boxes([other[:4]], other[4:]), rider)
        both = Dataset(Boxes([other[:4], [0, 0, 100, 100]], [*other[4:], 0]), rider)
        assert plant(alone, 1.0, [kind], annotator=rider)[1].kind.tolist() == [kind]
        assert plant(both, 1.0, [kind], annotator=rider)[1].kind.tolist() == []
        assert plant(both, 1.0, ["missing"], annotator=rider)[1].kind.tolist() == ["missing"]

    def test_where_mistakes_do_not_last_there_are_fewer(self) -> None:
        blind = Boxes(np.empty((0, 4)), [], [], np.zeros(len(CLEAN) + 1, np.int64))
        _, truth = plant(CLEAN, 0.4, annotator=blind)
        assert repr(truth) == f"Truth({round(0.4 * COUNT / 4)} missing, 0 swap, 0 badloc, 0 spurious in 60 images)"

    def test_without_image_sizes_boxes_are_added_among_what_is_seen(self) -> None:
        unknown = with_ids(CLEAN, image_sizes=np.full((len(CLEAN), 2), np.nan))
        corrupted, truth = plant(unknown, 0.1, ["spurious"])
        boxes = corrupted.annotations.xyxy[rows_of(truth, "spurious")]
        assert len(boxes)
        assert (boxes >= 0).all()
        assert (boxes <= [640, 480, 640, 480]).all()

    def test_one_class_cannot_be_swapped(self) -> None:
        _, truth = plant(Dataset(Boxes([[0, 0, 9, 9]], [0]), Boxes([[0, 0, 9, 9]], [0], [0.9])), 1.0, ["swap"])
        assert (len(truth), truth.kinds) == (0, ())

    def test_ids_in_words_stay_and_new_ones_are_made(self) -> None:
        named = with_ids(CLEAN, annotation_ids=[f"box {row}" for row in range(COUNT)])
        corrupted, truth = plant(named, 0.1, ["spurious"])
        ids = list(corrupted.annotation_ids or ())
        assert {ids[row] for row in rows_of(truth, "spurious")} == {f"planted {n + 1}" for n in range(len(truth))}

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"kinds": ["swap", "typo"]}, "kinds: unknown kind 'typo', expected some of missing, swap, badloc"),
            ({"rate": 1.5}, "rate is 1.5, expected a number from 0 to 1"),
            ({"annotator": CLEAN.annotations}, "annotator has no scores"),
            ({"annotator": Boxes([[0, 0, 1, 1]], [0], [0.5])}, "annotator has 1 images, expected 60 as in dataset"),
        ],
    )
    def test_bad_arguments_are_refused(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            plant(CLEAN, **arguments)


class TestWithhold:
    def test_flagged_annotations_are_listed_as_missing(self) -> None:
        flags = np.arange(COUNT) % 3 == 0
        corrupted, truth = withhold(with_ids(CLEAN), flags)
        np.testing.assert_array_equal(np.asarray(corrupted.annotation_ids), np.flatnonzero(~flags))
        np.testing.assert_array_equal(truth.box, CLEAN.annotations.xyxy[flags])
        assert truth.kinds == ("missing",)

    def test_annotations_to_ignore_stay(self) -> None:
        boxes = Boxes([[0, 0, 9, 9], [5, 5, 8, 8]], [0, 0], ignore=[True, False])
        corrupted, truth = withhold(Dataset(boxes, Boxes([[0, 0, 9, 9]], [0], [0.9])), [True, True])
        assert len(truth) == 1
        assert corrupted.annotations.class_id.shape == (1,)

    def test_flags_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(ValueError, match=re.escape("flags has shape (3,)")):
            withhold(CLEAN, [True, False, True])

    def test_difficult_objects_of_voc_are_withheld(self, data_dir: Path) -> None:
        voc = data_dir / "voc2007_test"
        flags = read_coco(voc / "annotations.json", ignore=("difficult",)).annotations.ignore
        assert flags is not None
        dataset = read_coco(voc / "annotations.json", voc / "detections_yolov2.json")
        assert repr(withhold(dataset, flags)[1]) == "Truth(2,944 missing in 4,952 images)"


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

    def test_an_error_is_hit_once(self) -> None:
        _, truth = plant(CLEAN, 5 / COUNT, ["missing"])
        twice = {name: np.repeat(column, 2, axis=0) for name, column in listing(truth).issues.items()}
        assert (matched(twice, truth).reshape(-1, 2) >= 0).tolist() == [[True, False]] * 5

    def test_a_double_may_be_named_by_either_of_its_two(self) -> None:
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
    def test_wrong_suggestions_are_told_apart_from_hits(self, kind: str, change: dict[str, Any]) -> None:
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


class TestObjectLab:
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
