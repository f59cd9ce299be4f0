"""Errors are planted as promised."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from boxlint import Boxes, Dataset, read_coco
from boxlint.benchmark import KINDS, Truth, plant, withhold
from boxlint.benchmark.truth import pairwise_iou
from boxlint.boxes import image_of_boxes
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
    boxes, image = CLEAN.annotations, image_of_boxes(CLEAN.annotations)
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


def twice_named(boxes: Boxes, seed: int) -> Boxes:
    """The same boxes where each class has a second one of its name, six above."""
    second = np.random.default_rng(seed).integers(0, 2, len(boxes.class_id))
    return Boxes(boxes.xyxy, boxes.class_id + 6 * second, boxes.score, boxes.offsets, boxes.ignore)


class TestPlant:
    @given(seed=seeds, rate=st.floats(0, 1), kinds=st.sets(st.sampled_from(KINDS), min_size=1))
    def test_each_annotation_has_at_most_one_error(self, seed: int, rate: float, kinds: set[str]) -> None:
        corrupted, truth = plant(with_ids(CLEAN), rate, sorted(kinds), seed)
        left = np.asarray(corrupted.annotation_ids)
        in_error = [*np.setdiff1d(np.arange(COUNT), left)]
        for kind in ("swap", "badloc"):
            in_error += left[rows_of(truth, kind)].tolist()
        duplicates = truth.kind == "duplicate"
        starts = truth.annotations.offsets[truth.image_index[duplicates]]
        in_error += left[starts + truth.partner_index[duplicates]].tolist()
        assert len(in_error) == len(set(in_error)) == np.count_nonzero(truth.kind != "spurious")

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
        np.testing.assert_array_equal(image_of_boxes(after)[same], image_of_boxes(before)[ids[same]])
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
            start, end = CLEAN.annotations.offsets[image_of_boxes(boxes)[row] :][:2]
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

    def test_a_box_without_area_is_neither_moved_nor_duplicated(self) -> None:
        boxes = Boxes([[5, 5, 5, 5]], [0])
        corrupted, truth = plant(Dataset(boxes, Boxes([[0, 0, 9, 9]], [0], [0.9])), 1.0, ["badloc", "duplicate"])
        np.testing.assert_array_equal(corrupted.annotations.xyxy, boxes.xyxy)
        assert truth.kind.tolist() == []

    def test_every_other_duplicate_has_another_class(self) -> None:
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

    def test_annotations_to_ignore_stay_as_they_are(self) -> None:
        ignore = np.arange(COUNT) % 2 == 0
        boxes = CLEAN.annotations
        flagged = Boxes(boxes.xyxy, boxes.class_id, offsets=boxes.offsets, ignore=ignore)
        corrupted, _ = plant(with_ids(CLEAN, annotations=flagged), 1.0, ["missing", "swap", "badloc"])
        after = corrupted.annotations
        assert after.ignore is not None
        np.testing.assert_array_equal(np.asarray(corrupted.annotation_ids)[after.ignore], np.flatnonzero(ignore))
        np.testing.assert_array_equal(after.xyxy[after.ignore], boxes.xyxy[ignore])

    def test_the_errors_of_an_annotator_are_its_own(self) -> None:
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
    def test_what_shows_one_object_well_is_no_error_about_another(self, other: list[int], kind: str) -> None:
        rider = Boxes([[0, 0, 100, 100]], [0], [0.9])
        alone = Dataset(Boxes([other[:4]], other[4:]), rider)
        both = Dataset(Boxes([other[:4], [0, 0, 100, 100]], [*other[4:], 0]), rider)
        assert plant(alone, 1.0, [kind], annotator=rider)[1].kind.tolist() == [kind]
        assert plant(both, 1.0, [kind], annotator=rider)[1].kind.tolist() == []
        assert plant(both, 1.0, ["missing"], annotator=rider)[1].kind.tolist() == ["missing"]

    def test_an_annotator_with_few_errors_plants_few(self) -> None:
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

    @given(seed=seeds, careless=st.booleans())
    def test_classes_of_equal_names_are_one(self, seed: int, careless: bool) -> None:
        names = [*(CLEAN.class_names or ())] * 2
        twice = Dataset(
            twice_named(CLEAN.annotations, seed), twice_named(CLEAN.predictions, seed + 1), class_names=names
        )
        one_name = np.array(names)
        annotator = twice_named(clutter(seed), seed) if careless else None
        corrupted, truth = plant(twice, 0.2, KINDS, seed, annotator)
        swap, duplicate = truth.kind == "swap", truth.kind == "duplicate"
        given_names = one_name[corrupted.annotations.class_id]
        assert (given_names[rows_of(truth, "swap")] != one_name[truth.class_id[swap]]).all()
        others = given_names[rows_of(truth, "duplicate")] != one_name[truth.class_id[duplicate]]
        assert abs(2 * np.count_nonzero(others) - np.count_nonzero(duplicate)) <= 1
        if not careless:
            alone, _ = plant(Dataset(CLEAN.annotations, CLEAN.predictions, class_names=names[:6]), 0.2, KINDS, seed)
            assert given_names.tolist() == one_name[alone.annotations.class_id].tolist()

    def test_one_class_cannot_be_swapped(self) -> None:
        boxes, classes = [[1, 1, 9, 9], [20, 1, 30, 9]], [0, 1]
        one_name = Dataset(Boxes(boxes, classes), Boxes(boxes, classes, [0.9, 0.9]), class_names=["cat", "cat"])
        assert len(plant(one_name, 1, ["swap"])[1]) == 0
        _, truth = plant(Dataset(Boxes([[0, 0, 9, 9]], [0]), Boxes([[0, 0, 9, 9]], [0], [0.9])), 1.0, ["swap"])
        assert (len(truth), truth.kinds) == (0, ())

    def test_ids_of_text_stay_and_new_ones_are_made(self) -> None:
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
            ({"annotator": Boxes([[0, 0, 1, 1]], [6], [0.5])}, "annotator has class id 6, expected one below 6"),
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
