"""Classes of frameworks are joined by name or by category id; flags that mark crowds are kept."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from test_frameworks import assert_same

import boxlint
import stand_ins
from boxlint import Boxes
from stand_ins import IMAGES, LABELS, NAMES, SIZES, expected

# The names of the data set, in another order than those of the detector, and with one that it does not know.
OURS = ["bird", "fox", "cat", "dog"]
OF_THEIRS = np.array([OURS.index(name) for name in NAMES])


def in_our_order(boxes: Boxes) -> Boxes:
    return Boxes(boxes.xyxy, OF_THEIRS[boxes.class_id], boxes.score, boxes.offsets)


def ultralytics(names: Any) -> list[Any]:
    results = stand_ins.ultralytics_results()
    for result in results:
        result.names = names
    return results


def supervision(scores: bool = True, **data: Any) -> list[Any]:
    images = stand_ins.supervision_detections(scores=scores)
    for image, labels in zip(images, LABELS, strict=True):
        image.data = {"class_name": np.array([NAMES[label] for label in labels]), **data} if labels else {}
    return images


JOINED: dict[str, Callable[..., Boxes]] = {
    "supervision": lambda **options: boxlint.from_supervision(supervision(), **options),
    "ultralytics": lambda **options: boxlint.from_ultralytics(ultralytics(dict(enumerate(NAMES))), **options),
    "ultralytics, a list": lambda **options: boxlint.from_ultralytics(ultralytics(NAMES), **options),
    "transformers": lambda **options: boxlint.from_transformers(stand_ins.pipeline_output(), **options),
    "transformers, id2label": lambda **options: boxlint.from_transformers(
        stand_ins.dicts(scores=True), id2label=dict(enumerate(NAMES)), **options
    ),
    "fiftyone": lambda **options: boxlint.from_fiftyone(
        stand_ins.fiftyone_detections(scores=True), tuple(map(list, zip(*SIZES, strict=True))), **options
    ),
}


@pytest.mark.parametrize("name", JOINED)
def test_names_join_classes(name: str) -> None:
    for names in (OURS, {name: class_id for class_id, name in enumerate(OURS)}, dict(enumerate(OURS))):
        assert_same(JOINED[name](class_names=names), in_our_order(expected(scores=True)))


@pytest.mark.parametrize("name", JOINED)
def test_an_unknown_name_is_refused_or_skipped(name: str) -> None:
    with pytest.raises(ValueError, match="image 2: label 'dog' is none of the classes, expected one of bird, fox, cat"):
        JOINED[name](class_names=OURS[:3])
    found = JOINED[name](class_names=OURS[:3], skip_unknown=True)
    assert_same(found, in_our_order(expected(scores=True).keep([True, True, False])))


def test_equal_names_are_the_first_of_them() -> None:
    assert boxlint.from_supervision(supervision(), class_names=["bird", "cat", "dog", "cat"]).class_id.max() == 2


def test_class_ids_stay_without_names() -> None:
    assert_same(boxlint.from_supervision(supervision()), expected(scores=True))
    plain = stand_ins.supervision_detections(scores=True)
    assert_same(boxlint.from_supervision(plain, class_names=OURS), expected(scores=True))
    numbers = stand_ins.dicts(scores=True)
    assert_same(boxlint.from_transformers(numbers, class_names=OURS), expected(scores=True))
    with pytest.raises(ValueError, match=r"image 0: the result has no names, which class_names needs"):
        boxlint.from_ultralytics(stand_ins.ultralytics_results(), class_names=OURS)
    with pytest.raises(ValueError, match=r"image 0: class 2 has no name in result\.names"):
        boxlint.from_ultralytics(ultralytics(NAMES[:2]), class_names=OURS)
    with pytest.raises(ValueError, match="image 0: label 2 has no name in id2label"):
        boxlint.from_transformers(stand_ins.dicts(scores=True), id2label={0: "cat"}, class_names=OURS)


# The ids of categories 0, 1, 2: as of COCO, with gaps.
CATEGORIES = np.array([1, 3, 90])


def with_categories() -> list[dict[str, Any]]:
    images = stand_ins.dicts(scores=True)
    return [
        {**image, "labels": CATEGORIES[np.array(labels, int)]} for image, labels in zip(images, LABELS, strict=True)
    ]


def objects() -> list[dict[str, Any]]:
    return [
        {**image, "category": [int(CATEGORIES[label]) for label in labels]}
        for image, labels in zip(stand_ins.objects_column(), LABELS, strict=True)
    ]


def instances() -> list[Any]:
    outputs = stand_ins.detectron2_outputs(scores=True)
    for output, labels in zip(outputs, LABELS, strict=True):
        output["instances"].pred_classes = CATEGORIES[np.array(labels, int)]
    return outputs


def samples() -> list[Any]:
    images = stand_ins.mmdetection_samples(scores=True)
    for image, labels in zip(images, LABELS, strict=True):
        image.pred_instances.labels = CATEGORIES[np.array(labels, int)]
    return images


BY_CATEGORY: dict[str, tuple[Callable[..., Boxes], Callable[[], Any]]] = {
    "torchvision": (boxlint.from_torchvision, with_categories),
    "torchmetrics": (boxlint.from_torchmetrics, with_categories),
    "transformers": (boxlint.from_transformers, with_categories),
    "datasets": (boxlint.from_datasets, objects),
    "detectron2": (boxlint.from_detectron2, instances),
    "mmdetection": (boxlint.from_mmdetection, samples),
}


@pytest.mark.parametrize("name", BY_CATEGORY)
def test_category_ids_join_classes(name: str) -> None:
    read, images = BY_CATEGORY[name]
    wanted = expected(scores=name != "datasets")
    assert_same(read(images(), category_ids=CATEGORIES), wanted)
    assert_same(read(images(), category_ids=[1, 3], skip_unknown=True), wanted.keep([False, True, True]))
    with pytest.raises(ValueError, match="image 0: label 90 is none of the classes, expected one of 1, 3 "):
        read(images(), category_ids=[1, 3])


def test_category_ids_fed_as_class_ids_are_refused() -> None:
    predictions = boxlint.from_torchvision(with_categories())
    with pytest.raises(ValueError, match="class id is 89, expected one below 3, the number of class_names"):
        boxlint.Dataset(expected(scores=False), predictions, class_names=NAMES)


def test_flags_are_kept() -> None:
    detections = SimpleNamespace(
        xyxy=np.array([[1, 1, 9, 9]] * 2),
        class_id=np.array([0, 0]),
        confidence=None,
        data={"iscrowd": np.array([0, 1])},
    )
    voc = [
        SimpleNamespace(label="cat", bounding_box=[0.1, 0.1, 0.8, 0.8], confidence=None, difficult=flag)
        for flag in "01"
    ]
    records = [{"bbox": [1, 1, 8, 8], "category": 0, "is_crowd": flag} for flag in (False, True)]
    columns = {"bbox": [[1, 1, 8, 8]] * 2, "category": [0, 0], "iscrowd": [0, 1]}
    for found in (
        boxlint.from_supervision([detections]),
        boxlint.from_fiftyone([SimpleNamespace(detections=voc)], [(10, 10)], class_names=["cat"]),
        boxlint.from_datasets([records]),
        boxlint.from_datasets([columns]),
    ):
        assert found.ignore is not None
        assert found.ignore.tolist() == [False, True]


def test_images_without_boxes_have_no_classes() -> None:
    empty = SimpleNamespace(xyxy=np.empty((0, 4)), class_id=None, confidence=None, data={})
    assert len(boxlint.from_supervision([empty] * len(IMAGES), class_names=OURS)) == 3
    assert len(boxlint.from_datasets([{"bbox": [], "category": []}, []], category_ids=[1])) == 2


def test_real_detections_carry_names_and_crowds() -> None:
    sv = pytest.importorskip("supervision")
    given = sv.Detections(
        xyxy=np.array([[1, 1, 9, 9], [2, 2, 9, 9]], np.float32),
        class_id=np.array([0, 1]),
        data={"class_name": np.array(["dog", "cat"]), "iscrowd": np.array([0, 1])},
    )
    found = boxlint.from_supervision([given, sv.Detections.empty()], class_names=["cat", "dog"])
    assert found.class_id.tolist() == [1, 0]
    assert found.ignore is not None
    assert found.ignore.tolist() == [False, True]
