"""Stands in for the models of the guides: each returns what its framework returns, of drawn scenes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from boxlint import write_coco
from boxlint.synthetic import make_scenes

SCENES = make_scenes(60, error_rate=0.2, seed=2)
NAMES = SCENES.dataset.class_names or ()


def write_files() -> None:
    """The annotations and images that a guide starts from, in the current folder."""
    write_coco(SCENES.dataset, "annotations.json")
    Path("images").mkdir()
    grey = Image.new("RGB", (640, 480), "grey")
    for name in SCENES.dataset.image_names or ():
        grey.save(Path("images") / name, compress_level=1)


def _seen(image: str) -> tuple[Any, Any, Any]:
    """Corners, class ids and scores of what the detector sees in an image."""
    names = [os.fspath(name) for name in SCENES.dataset.image_names or ()]
    boxes = SCENES.dataset.predictions[names.index(Path(image).name)]
    assert boxes.score is not None
    return boxes.xyxy, boxes.class_id, boxes.score


def _torchvision(images: list[str]) -> list[dict[str, Any]]:
    return [{"boxes": xyxy, "labels": labels + 1, "scores": scores} for xyxy, labels, scores in map(_seen, images)]


class _Processor:
    def post_process_object_detection(self, output: str, threshold: float, target_sizes: Any) -> list[dict[str, Any]]:
        ((height, width),) = target_sizes
        assert (height, width) == (480, 640)
        xyxy, labels, scores = _seen(output)
        kept = scores > threshold
        # The model numbers its classes the other way round.
        turned = len(NAMES) - 1 - labels
        return [{"boxes": xyxy[kept], "labels": turned[kept], "scores": scores[kept]}]


def _detectron2(image: str) -> dict[str, Any]:
    xyxy, labels, scores = _seen(image)
    boxes = SimpleNamespace(tensor=xyxy)
    return {"instances": SimpleNamespace(pred_boxes=boxes, pred_classes=labels, scores=scores)}


def _mmdetection(_: Any, image: str) -> Any:
    xyxy, labels, scores = _seen(image)
    found = SimpleNamespace(bboxes=xyxy, labels=labels, scores=scores)
    return SimpleNamespace(pred_instances=found)


def _ultralytics(image: str, conf: float) -> list[Any]:
    xyxy, labels, scores = _seen(image)
    data = np.column_stack([xyxy, scores, labels])[scores > conf]
    return [SimpleNamespace(boxes=SimpleNamespace(data=data), obb=None, names=dict(enumerate(NAMES)))]


def _same(name: str) -> Any:
    return name


MODELS: dict[str, dict[str, Any | Callable[..., Any]]] = {
    "torchvision": {"model": _torchvision, "load": _same},
    "hugging-face": {
        "model": lambda name: name,
        "load": lambda name: {"name": name},
        "processor": _Processor(),
        "id2label": dict(enumerate(reversed(NAMES))),
    },
    "detectron2": {"predictor": _detectron2, "load": _same},
    "mmdetection": {"inference_detector": _mmdetection, "model": None},
    "ultralytics": {"model": _ultralytics},
    "out-of-fold": {"train": lambda data: _ultralytics},
}
