"""Findings about classes, ids and corners counted from 1: told where they are true, silent on sound data."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import boxlint
from boxlint import Boxes, Dataset, inspect, read_coco
from boxlint.inspection import Finding, FindingKind
from boxlint.synthetic import make_scenes

SCENES = make_scenes(60, seed=5).dataset
NAMES = list(SCENES.class_names or ())
K = len(NAMES)
Ids = NDArray[Any]


def renumbered(dataset: Dataset, numbers: Ids) -> Dataset:
    """With other class ids in the predictions; those below 0 are dropped, and those beyond the names."""
    predictions = dataset.predictions
    ids = numbers[predictions.class_id]
    of_known = Boxes(predictions.xyxy, np.clip(ids, 0, len(numbers) - 1), predictions.score, predictions.offsets).keep(
        (ids >= 0) & (ids < len(numbers))
    )
    return replace(dataset, predictions=of_known, prediction_ids=None)


def exchanged(count: int, one: int, other: int) -> Ids:
    numbers = np.arange(count)
    numbers[[one, other]] = other, one
    return numbers


def found(dataset: Dataset, kind: FindingKind) -> Finding | None:
    return next((finding for finding in inspect(dataset) if finding.kind == kind), None)


@pytest.mark.parametrize(("shift", "too"), [(1, "1 too high: read"), (-1, "1 too low: read"), (2, "2 too high: read")])
def test_shifted_classes_are_an_error_that_names_the_option(shift: int, too: str) -> None:
    dataset = replace(SCENES, category_ids=list(range(1, K + 1)))
    finding = found(renumbered(dataset, np.arange(K) + shift), "classes_permuted")
    assert finding is not None
    assert finding.is_error
    assert "are class ids shifted?" in finding.example
    assert too in finding.example
    if shift >= -1:
        assert f"classes_from={1 + shift}" in finding.example


def test_shifted_classes_without_category_ids_are_to_be_renumbered() -> None:
    finding = found(renumbered(replace(SCENES, category_ids=None), np.arange(K) + 1), "classes_permuted")
    assert finding is not None
    assert "1 too high: subtract 1" in finding.example


def test_exchanged_classes_are_an_error() -> None:
    finding = found(renumbered(SCENES, exchanged(K, 1, 3)), "classes_permuted")
    assert finding is not None
    assert finding.count == 2
    assert {NAMES[1], NAMES[3]} <= set(finding.example.split("'"))
    names = ",".join([NAMES[0], NAMES[3], NAMES[2], NAMES[1], *NAMES[4:]])
    assert (
        f"are the two classes exchanged? Give the detector's classes in the order of its numbers (--names '{names}')"
        in finding.example
    )


def test_classes_in_another_order_are_an_error() -> None:
    order = np.array([*range(1, K - 2), 0, K - 1, K - 2])
    finding = found(renumbered(SCENES, order), "classes_permuted")
    assert finding is not None
    assert finding.count == K
    assert "are the detector's classes in another order?" in finding.example


def test_the_sentence_says_how_many_and_which_others() -> None:
    for groups, text in (
        ([(0, 1, 36), (0, 0, 4), (1, 0, 30), (2, 2, 90)], "90 % (class 1 as class 0): are the two classes exchanged?"),
        (
            [(0, 1, 36), (1, 2, 30), (2, 0, 20), (3, 3, 90)],
            "100 % (class 1 as class 2, class 2 as class 0): are the detector's classes in another order?",
        ),
    ):
        finding = found(pairs(*groups), "classes_permuted")
        assert finding is not None
        assert finding.example.startswith(f"boxes of class 0 are detected as class 1 in {text} Give ")


def test_check_warns_of_permuted_classes_and_of_nothing_else() -> None:
    with pytest.warns(UserWarning, match="classes exchanged.*mean nothing"):
        boxlint.check(renumbered(SCENES, exchanged(K, 0, 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        boxlint.check(SCENES)


def pairs(*groups: tuple[int, int, int], images: int = 12) -> Dataset:
    """Boxes that are annotated as one class and detected as another: (annotated, detected, how many)."""
    rows = [(annotated, detected) for annotated, detected, count in groups for _ in range(count)]
    image = np.sort(np.arange(len(rows)) % images)
    order = np.argsort(np.arange(len(rows)) % images, kind="stable")
    annotated, detected = np.array(rows)[order].T
    left = np.arange(len(rows))[:, None] * 20.0
    xyxy = np.hstack([left, left, left + 10, left + 10])
    offsets = np.searchsorted(image, np.arange(images + 1))
    return Dataset(Boxes(xyxy, annotated, offsets=offsets), Boxes(xyxy, detected, np.full(len(rows), 0.5), offsets))


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        # an exchange of two of three classes
        ([(0, 1, 12), (1, 0, 12), (2, 2, 90)], 2),
        # one class goes under the name of another, which is itself: what a detector confuses
        ([(0, 1, 95), (0, 0, 3), (1, 1, 60), (2, 2, 90)], 0),
        # the same where the other class has few boxes
        ([(0, 1, 95), (0, 0, 3), (1, 1, 5), (2, 2, 90)], 0),
        # few boxes of each class
        ([(0, 1, 9), (1, 0, 9), (2, 2, 90)], 0),
        # half of the boxes agree
        ([(0, 1, 30), (0, 0, 30), (1, 0, 30), (1, 1, 30)], 0),
        # one class for everything
        ([(0, 0, 30), (1, 0, 30), (2, 0, 30)], 0),
        # a shift of classes with few boxes each, but many together
        ([(k, k + 1, 4) for k in range(20)], 20),
        # too few boxes altogether
        ([(k, k + 1, 2) for k in range(10)], 0),
    ],
)
def test_how_much_it_takes(groups: list[tuple[int, int, int]], expected: int) -> None:
    finding = found(pairs(*groups), "classes_permuted")
    assert (0 if finding is None else finding.count) == expected


def test_the_boxes_of_a_few_images_show_nothing() -> None:
    assert found(pairs((0, 1, 30), (1, 0, 30), (2, 2, 90), images=4), "classes_permuted") is None


@pytest.mark.parametrize("times", [1, 2])
def test_classes_at_random_that_have_few_boxes_each_show_nothing(times: int) -> None:
    annotated = np.repeat(np.arange(400), times)
    detected = np.random.default_rng(times).permutation(annotated)
    groups = [(one, other, 1) for one, other in zip(annotated.tolist(), detected.tolist(), strict=True)]
    assert found(pairs(*groups), "classes_permuted") is None


def test_ignored_annotations_show_nothing() -> None:
    dataset = pairs((0, 1, 12), (1, 0, 12), (2, 2, 90))
    boxes = dataset.annotations
    ignored = Boxes(boxes.xyxy, boxes.class_id, None, boxes.offsets, boxes.class_id < 2)
    assert found(replace(dataset, annotations=ignored), "classes_permuted") is None


@pytest.mark.parametrize("detector", ["mobilenet_yolo", "yolov2"])
def test_voc_with_other_numbers(detector: str, data_dir: Path) -> None:
    folder = data_dir / "voc2007_test"
    dataset = read_coco(folder / "annotations.json", folder / f"detections_{detector}.json")
    names = list(dataset.class_names or ())
    car, cat = names.index("car"), names.index("cat")
    numbers = np.arange(len(names))
    for changed, what in (
        (numbers + 1, "are class ids shifted?"),
        (numbers - 1, "are class ids shifted?"),
        (exchanged(len(names), car, cat), "boxes of 'car' are detected as 'cat' in 97 % ('cat' as 'car')"),
        (np.random.default_rng(0).permutation(numbers), "in another order?"),
    ):
        finding = found(renumbered(dataset, changed), "classes_permuted")
        assert finding is not None
        assert what in finding.example


@pytest.mark.parametrize("name", ["bccd", "coco_small", "coco_val2017", "voc2007_test"])
def test_no_part_of_real_data_looks_permuted(name: str, data_dir: Path) -> None:
    rng = np.random.default_rng(1)
    for detections in [*(data_dir / name).glob("det*"), *(data_dir / name).glob("annotator*")]:
        dataset = read_coco(data_dir / name / "annotations.json", detections)
        for size in (len(dataset), 200, 50, 20, 5):
            part = dataset[rng.permutation(len(dataset))[:size]]
            assert found(part, "classes_permuted") is None


def test_classes_of_one_name() -> None:
    named = replace(SCENES, class_names=[*NAMES[:-1], NAMES[0]], category_ids=list(range(1, K + 1)))
    finding = found(named, "equal_names")
    assert finding is not None
    assert not finding.is_error
    assert str(finding).endswith(f"(1), the first: category 1 and category {K} are both {NAMES[0]!r}")
    assert found(SCENES, "equal_names") is None


def images_with(*present: list[int], **parts: Any) -> Dataset:
    """Images with a box of each class that is listed."""
    offsets = np.cumsum([0, *map(len, present)])
    class_id = np.concatenate(present).astype(int)
    left = np.arange(len(class_id))[:, None] * 20.0
    nothing = Boxes(np.empty((0, 4)), [], [], np.zeros(len(present) + 1, int))
    boxes = Boxes(np.hstack([left, left, left + 10, left + 10]), class_id, offsets=offsets)
    return Dataset(boxes, nothing, class_names=["cell", "nucleus"], **parts)


def test_images_that_lack_a_class_that_all_others_have() -> None:
    finding = found(images_with(*[[0, 1]] * 38, [1], [0, 1], []), "lacking_class")
    assert finding == Finding("lacking_class", "images", 1, "image 38 has no 'cell', as 39 of 40 images do")
    assert found(images_with(*[[0, 1]] * 36, *[[1]] * 4), "lacking_class") is None
    assert found(images_with(*[[0, 1]] * 18, [1]), "lacking_class") is None
    assert found(images_with(*[[0, 1]] * 19, [1]), "lacking_class") is not None


def test_a_class_that_was_not_looked_for_is_not_lacking() -> None:
    present = [*[[0, 1]] * 38, [1], [0, 1]]
    assert found(images_with(*present, verified_classes=present), "lacking_class") is None
    looked_for = [*present[:38], [0, 1], [0, 1]]
    assert found(images_with(*present, verified_classes=looked_for), "lacking_class") is not None
    # The class is in half of the images, and in all of those where it was looked for but one.
    half = [*[[0, 1]] * 39, [1], *[[1]] * 40]
    assert found(images_with(*half, verified_classes=[*[[0, 1]] * 40, *[[1]] * 40]), "lacking_class") is not None


def at_the_edge(begin: float, end: float, others: float = 30) -> Dataset:
    """Images of 100 x 100 with a box from the left edge, a box to the bottom edge, and one in the middle."""
    xyxy = [[begin, 40, 60, 70], [20, 50, 60, end], [others, others, 60, 60]]
    nothing = Boxes(np.empty((0, 4)), [], [], np.zeros(9, int))
    return Dataset(
        Boxes(xyxy * 8, [0, 1, 2] * 8, offsets=np.arange(0, 25, 3)), nothing, image_sizes=np.full((8, 2), 100.0)
    )


def test_corners_counted_from_one() -> None:
    finding = found(at_the_edge(1, 100), "one_based")
    assert finding is not None
    assert not finding.is_error
    assert (finding.where, finding.count) == ("annotations", 8)
    assert finding.example == "box 0 of image 0 spans [1.0, 40.0, 60.0, 70.0] in an image of 100 x 100"


@pytest.mark.parametrize(
    "dataset",
    [
        at_the_edge(0, 100),
        at_the_edge(1, 99),
        at_the_edge(1, 100, others=0.5),
        at_the_edge(1, 100, others=2),
        at_the_edge(1, 100)[:4],
        replace(at_the_edge(1, 100), image_sizes=None),
    ],
    ids=["from 0", "to the last pixel", "one begins before", "others begin near", "few", "sizes unknown"],
)
def test_corners_that_do_not_look_counted_from_one(dataset: Dataset) -> None:
    assert found(dataset, "one_based") is None


def test_blood_cells_with_corners_as_they_were_drawn(data_dir: Path) -> None:
    """The data are of VOC files with corners from 1, brought to 0 in the COCO file."""
    dataset = read_coco(data_dir / "bccd" / "annotations.json")
    assert found(dataset, "one_based") is None
    boxes = dataset.annotations
    drawn = Boxes(boxes.xyxy + np.array([1, 1, 0, 0]), boxes.class_id, offsets=boxes.offsets)
    finding = found(replace(dataset, annotations=drawn), "one_based")
    assert finding is not None
    assert finding.count > 500
    lacking = found(dataset, "lacking_class")
    assert lacking is not None
    assert "has no 'WBC'" in lacking.example
    assert found(dataset, "nearly_repeated") is not None


def test_boxes_that_nearly_repeat_another() -> None:
    box, near, apart = [10, 10, 110, 110], [12, 10, 110, 110], [25, 10, 110, 110]
    nothing = Boxes(np.empty((0, 4)), [], [], [0, 0])

    def of(second: list[int], class_id: int, ignore: bool = False) -> Finding | None:
        boxes = Boxes([box, second], [0, class_id], ignore=[False, ignore])
        return found(Dataset(boxes, nothing), "nearly_repeated")

    finding = of(near, 0)
    assert finding is not None
    assert finding.example == "box 1 of image 0 spans [12.0, 10.0, 110.0, 110.0]"
    # Of two classes; too far; equal, which is a finding of its own; ignored.
    for other in (of(near, 1), of(apart, 0), of(box, 0), of(near, 0, ignore=True)):
        assert other is None


def test_ids_that_stand_twice_and_ids_of_zero() -> None:
    boxes = Boxes([[1, 1, 9, 9], [20, 1, 29, 9], [40, 1, 49, 9]], [0, 0, 0], offsets=[0, 1, 3])
    seen = Boxes(boxes.xyxy, boxes.class_id, [0.99, 0.9, 0.9], boxes.offsets)
    ids: dict[str, Any] = {"annotation_ids": [5, 0, 5], "prediction_ids": np.array([7, 7, 7]), "image_ids": ["a", "a"]}
    findings = inspect(Dataset(boxes, seen, **ids))
    told = [(finding.kind, finding.where, finding.count, finding.example) for finding in findings]
    assert ("duplicate_id", "images", 1, "id a") in told
    assert ("duplicate_id", "annotations", 1, "id 5") in told
    assert ("duplicate_id", "detections", 2, "id 7") in told
    zero = ("id_zero", "annotations", 1, "box 0 of image 1 (id 0) spans [20.0, 1.0, 29.0, 9.0]")
    assert zero in told
    apart: dict[str, Any] = {"annotation_ids": [1, 2, "1"], "prediction_ids": [0, 1, 2], "image_ids": [1, "1"]}
    assert not {finding.kind for finding in inspect(Dataset(boxes, seen, **apart))} & {"duplicate_id", "id_zero"}
