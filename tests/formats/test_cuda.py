"""Tensors on a GPU, from the real frameworks. Skipped where there is no CUDA device, or no such framework."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import boxlint

torch: Any = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    pytest.mark.filterwarnings("ignore"),  # those of the frameworks
]

BOXES = [[10.0, 20.0, 50.0, 60.0], [5.0, 5.0, 9.0, 30.0]]
LABELS = [2, 1]
SCORES = [0.75, 0.5]
NAMES = ["cat", "dog", "bird"]


def on_gpu(values: Any, dtype: Any = None) -> Any:
    return torch.tensor(values, dtype=dtype, device="cuda")


def assert_found(found: boxlint.Boxes, *, boxes: Any = BOXES, labels: Any = LABELS, scores: Any = SCORES) -> None:
    assert found.xyxy.tolist() == np.asarray(boxes).tolist()
    assert found.class_id.tolist() == list(labels)
    assert found.score is not None
    assert found.score.tolist() == list(scores)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_each_precision_of_tensors_that_need_gradients(dtype: str) -> None:
    boxes, scores = (on_gpu(values, getattr(torch, dtype)).requires_grad_() for values in (BOXES, SCORES))
    assert_found(boxlint.from_torchmetrics([{"boxes": boxes, "labels": on_gpu(LABELS), "scores": scores}]))


def test_a_view_that_is_not_contiguous() -> None:
    boxes = on_gpu(BOXES).T.contiguous().T
    assert not boxes.is_contiguous()
    assert_found(boxlint.from_torchmetrics([{"boxes": boxes, "labels": on_gpu(LABELS), "scores": on_gpu(SCORES)}]))


def test_columns() -> None:
    assert_found(boxlint.Boxes(on_gpu(BOXES).requires_grad_(), on_gpu(LABELS), on_gpu(SCORES), on_gpu([0, 2])))


def test_a_detector_of_torchvision() -> None:
    detection = pytest.importorskip("torchvision").models.detection
    torch.manual_seed(0)
    detector = detection.fasterrcnn_mobilenet_v3_large_320_fpn(
        weights=None, weights_backbone=None, num_classes=4, box_score_thresh=0.0
    )
    outputs = detector.cuda().eval()([torch.rand(3, 240, 320, device="cuda"), torch.rand(3, 200, 200, device="cuda")])
    assert all(output["boxes"].is_cuda and output["boxes"].requires_grad for output in outputs)
    found = boxlint.from_torchvision(outputs)
    assert np.diff(found.offsets).tolist() == [len(output["labels"]) for output in outputs]
    assert len(found.class_id) > 0
    joined = {name: torch.cat([output[name] for output in outputs]).tolist() for name in outputs[0]}
    assert_found(
        found, boxes=joined["boxes"], labels=[label - 1 for label in joined["labels"]], scores=joined["scores"]
    )


def test_what_a_metric_of_torchmetrics_takes() -> None:
    detection = pytest.importorskip("torchmetrics.detection")
    predicted = [{"boxes": on_gpu(BOXES), "labels": on_gpu(LABELS), "scores": on_gpu(SCORES)}]
    target = [{"boxes": on_gpu(BOXES), "labels": on_gpu(LABELS), "iscrowd": on_gpu([0, 1])}]
    metric = detection.MeanAveragePrecision(backend="pycocotools").cuda()
    metric.update(predicted, target)
    assert metric.compute()["map"].item() == 1
    assert_found(boxlint.from_torchmetrics(predicted))
    annotated = boxlint.from_torchmetrics(target)
    assert annotated.ignore is not None
    assert annotated.ignore.tolist() == [False, True]


def test_a_detector_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.YolosConfig(
        **sizes, image_size=[64, 64], num_detection_tokens=10, id2label=dict(enumerate(NAMES))
    )
    torch.manual_seed(0)
    detector = transformers.YolosForObjectDetection(config).cuda().eval()
    outputs = detector(torch.rand(2, 3, 64, 64, device="cuda"))
    processor = transformers.YolosImageProcessor()
    results = processor.post_process_object_detection(
        outputs, threshold=0.0, target_sizes=on_gpu([[480, 640], [64, 64]])
    )
    assert all(result["boxes"].is_cuda for result in results)
    found = boxlint.from_transformers(results, id2label=config.id2label, class_names=NAMES)
    joined = {name: torch.cat([result[name] for result in results]).tolist() for name in results[0]}
    assert len(found.class_id) == 20
    assert_found(found, **joined)


def test_results_of_ultralytics() -> None:
    results = pytest.importorskip("ultralytics.engine.results")
    rows = [[*box, score, label] for box, score, label in zip(BOXES, SCORES, LABELS, strict=True)]
    image = np.zeros((100, 100, 3), np.uint8)
    result = results.Results(image, "a.jpg", dict(enumerate(NAMES)), boxes=on_gpu(rows))
    assert result.boxes.xyxy.is_cuda
    assert_found(boxlint.from_ultralytics([result], class_names=NAMES))


def test_instances_of_mmengine() -> None:
    structures = pytest.importorskip("mmengine.structures")
    instances = structures.InstanceData(bboxes=on_gpu(BOXES), labels=on_gpu(LABELS), scores=on_gpu(SCORES))
    sample = structures.BaseDataElement(pred_instances=instances)
    assert sample.pred_instances.bboxes.is_cuda
    assert_found(boxlint.from_mmdetection([sample]))


def test_instances_like_those_of_detectron2() -> None:
    instances = SimpleNamespace(
        pred_boxes=SimpleNamespace(tensor=on_gpu(BOXES)), scores=on_gpu(SCORES), pred_classes=on_gpu(LABELS)
    )
    assert_found(boxlint.from_detectron2([{"instances": instances}]))
