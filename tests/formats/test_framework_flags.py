"""What frameworks mark to be ignored: crowds, difficult objects, and boxes apart from the others."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

import boxlint


def test_crowds_are_ignored() -> None:
    box = [1, 1, 9, 9]
    crowd = SimpleNamespace(label="cat", bounding_box=[0.1, 0.1, 0.8, 0.8], confidence=None, iscrowd=1)
    sample = SimpleNamespace(
        gt_instances=SimpleNamespace(bboxes=[box], labels=[2]), ignored_instances=SimpleNamespace(bboxes=[box])
    )
    records = [{"bbox": box, "bbox_mode": 0, "category_id": 1, "iscrowd": 1}]
    for found in (
        boxlint.from_torchmetrics([{"boxes": [box], "labels": [0], "iscrowd": [1]}]),
        boxlint.from_torchvision([{"boxes": [box], "labels": [1], "iscrowd": [1]}]),
        boxlint.from_detectron2([{"annotations": records}]),
        boxlint.from_mmdetection([sample], annotations=True),
        boxlint.from_mmdetection([{"bboxes": [], "labels": [], "bboxes_ignore": [box]}]),
        boxlint.from_fiftyone([SimpleNamespace(detections=[crowd])], [(10, 10)], classes=["cat"]),
    ):
        assert found.ignore is not None
        assert found.ignore[-1]
        assert found.xyxy[-1].tolist() == box


def test_a_flag_that_is_not_a_number_is_not_set() -> None:
    box, flags = [1, 1, 9, 9], np.array([np.nan, 1.0])
    detections = SimpleNamespace(
        xyxy=np.array([box, box]), class_id=np.array([0, 0]), confidence=None, data={"iscrowd": flags}
    )
    for found in (
        boxlint.from_torchvision([{"boxes": [box, box], "labels": [1, 1], "iscrowd": flags}]),
        boxlint.from_datasets([{"bbox": [box, box], "category": [0, 0], "iscrowd": flags}]),
        boxlint.from_supervision([detections]),
    ):
        assert found.ignore is not None
        assert found.ignore.tolist() == [False, True]


def test_boxes_to_ignore_without_labels_are_of_the_first_class_whatever_its_id() -> None:
    box = [1, 1, 9, 9]
    images = [{"bboxes": [box], "labels": [7], "bboxes_ignore": [box]}]
    found = boxlint.from_mmdetection(images, category_ids=[3, 7])
    assert found.class_id.tolist() == [1, 0]


def test_samples_of_mmdetection_may_be_dicts_and_have_nothing_to_ignore() -> None:
    instances = {"bboxes": [[1, 1, 9, 9]], "labels": [2]}
    sample = {"gt_instances": instances, "ignored_instances": {"bboxes": []}}
    for found in (
        boxlint.from_mmdetection([sample], annotations=True),
        boxlint.from_mmdetection([instances | {"bboxes_ignore": []}]),
    ):
        assert found.class_id.tolist() == [2]
        assert found.ignore is None
