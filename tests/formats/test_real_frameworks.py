"""The same with objects of the real packages, where they are installed: `pip install --group frameworks` has two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_frameworks import assert_same

import boxlint
import stand_ins
from stand_ins import IMAGES, LABELS, SCORES, SIZES, XYXY, expected


def numbers(image: int) -> tuple[Any, Any, Any]:
    boxes = np.array(XYXY[image], np.float32).reshape(-1, 4)
    return boxes, np.array(LABELS[image], np.int64), np.array(SCORES[image], np.float32)


def tensors(first_label: int = 0) -> list[dict[str, Any]]:
    torch = pytest.importorskip("torch")
    images = []
    for boxes, labels, scores in map(numbers, IMAGES):
        given = (torch.from_numpy(boxes), torch.from_numpy(labels) + first_label, torch.from_numpy(scores))
        images.append(dict(zip(("boxes", "labels", "scores"), given, strict=True)))
    return images


def test_supervision() -> None:
    supervision = pytest.importorskip("supervision")
    images = [
        supervision.Detections(xyxy=boxes, class_id=labels, confidence=scores) if len(boxes) else empty
        for boxes, labels, scores in map(numbers, IMAGES)
        for empty in [supervision.Detections.empty()]
    ]
    assert_same(boxlint.from_supervision(images), expected(scores=True))


def test_supervision_annotations() -> None:
    supervision = pytest.importorskip("supervision")
    images = [
        supervision.Detections(xyxy=boxes, class_id=labels) if len(boxes) else supervision.Detections.empty()
        for boxes, labels, _ in map(numbers, IMAGES)
    ]
    assert_same(boxlint.from_supervision(images), expected(scores=False))


def test_datasets() -> None:
    datasets = pytest.importorskip("datasets")
    features = {"id": datasets.Value("int64"), "bbox": datasets.Sequence(datasets.Value("float32"), length=4)}
    classes = datasets.ClassLabel(names=stand_ins.NAMES)
    data = datasets.Dataset.from_dict(
        {"objects": stand_ins.objects_column()},
        features=datasets.Features({"objects": datasets.Sequence({**features, "category": classes})}),
    )
    assert_same(boxlint.from_datasets(data["objects"]), expected(scores=False))
    assert_same(boxlint.from_datasets(data.with_format("numpy")["objects"]), expected(scores=False))


def test_torch_tensors_that_require_grad() -> None:
    images = tensors()
    for image in images:
        image["boxes"].requires_grad_()
    assert_same(boxlint.from_torchmetrics(images), expected(scores=True))


def test_torch_bfloat16() -> None:
    images = [{**image, "scores": image["scores"].bfloat16()} for image in tensors()]
    assert_same(boxlint.from_transformers(images), expected(scores=True))


def test_torchvision() -> None:
    detection = pytest.importorskip("torchvision.models.detection")
    torch = pytest.importorskip("torch")
    model = detection.fasterrcnn_mobilenet_v3_large_320_fpn(
        weights=None, weights_backbone=None, num_classes=4, box_score_thresh=0.0
    ).eval()
    with torch.no_grad():
        outputs = model([torch.rand(3, 64, 64), torch.rand(3, 48, 64)])
    found = boxlint.from_torchvision(outputs)
    assert len(found) == 2
    assert len(found.class_id) == sum(len(output["labels"]) for output in outputs) > 0
    assert found.class_id.max() <= 2


def test_torchmetrics() -> None:
    detection = pytest.importorskip("torchmetrics.detection")
    pytest.importorskip("pycocotools")
    images = tensors()
    metric = detection.MeanAveragePrecision()
    metric.update(images, [{key: image[key] for key in ("boxes", "labels")} for image in images])
    assert metric.compute()["map"] == pytest.approx(1)
    assert_same(boxlint.from_torchmetrics(images), expected(scores=True))


@pytest.mark.parametrize("track_ids", [False, True])
def test_ultralytics(track_ids: bool) -> None:
    results = pytest.importorskip("ultralytics.engine.results")
    torch = pytest.importorskip("torch")
    images = []
    for (width, height), (boxes, labels, scores) in zip(SIZES, map(numbers, IMAGES), strict=True):
        tracks = [np.arange(len(boxes))] if track_ids else []
        rows = torch.from_numpy(np.column_stack([boxes, *tracks, scores, labels]).astype(np.float32))
        names = dict(enumerate(stand_ins.NAMES))
        picture = np.zeros((height, width, 3), np.uint8)
        images.append(results.Results(picture, path="a.jpg", names=names, boxes=rows))
    assert_same(boxlint.from_ultralytics(images), expected(scores=True))
    oriented = results.Results(picture, path="a.jpg", names=names, obb=torch.rand(1, 7))
    with pytest.raises(ValueError, match="oriented"):
        boxlint.from_ultralytics([oriented])


def test_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    detr = pytest.importorskip("transformers.models.detr.modeling_detr")
    torch = pytest.importorskip("torch")
    logits, boxes = torch.randn(2, 5, 4), torch.rand(2, 5, 4) / 4 + 0.3
    processor = transformers.DetrImageProcessor()
    outputs = processor.post_process_object_detection(
        detr.DetrObjectDetectionOutput(logits=logits, pred_boxes=boxes),
        threshold=0.0,
        target_sizes=[(80, 100), (64, 64)],
    )
    found = boxlint.from_transformers(outputs)
    assert len(found) == 2
    np.testing.assert_array_equal(found.xyxy, np.concatenate([output["boxes"].numpy() for output in outputs]))
