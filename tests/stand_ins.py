"""Objects that look like those of the frameworks, made from their documented structure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint import Boxes

# Two objects in the first of three images, none in the second, one in the third.
XYXY = [[[10.0, 20.0, 50.0, 60.0], [5.0, 5.0, 25.0, 15.0]], [], [[30.0, 40.0, 70.0, 60.0]]]
XYWH = [[[10.0, 20.0, 40.0, 40.0], [5.0, 5.0, 20.0, 10.0]], [], [[30.0, 40.0, 40.0, 20.0]]]
LABELS = [[2, 0], [], [1]]
SCORES = [[0.875, 0.25], [], [0.5]]
NAMES = ["cat", "dog", "bird"]
SIZES = [(100, 80), (64, 64), (200, 100)]
IMAGES = range(3)


class Tensor:
    """A tensor on an accelerator: numpy can read it once it is detached and on the CPU."""

    def __init__(self, values: ArrayLike, state: str = "cuda, grad") -> None:
        self._values = np.asarray(values)
        self._state = state

    def __len__(self) -> int:
        return len(self._values)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._values.shape

    def detach(self) -> Tensor:
        return Tensor(self._values, self._state.replace(", grad", ""))

    def cpu(self) -> Tensor:
        return Tensor(self._values, self._state.replace("cuda", "cpu"))

    def float(self) -> Tensor:
        return Tensor(self._values, self._state.replace("bfloat16 ", ""))

    def numpy(self) -> NDArray[Any]:
        if self._state != "cpu":
            raise TypeError(f"can't convert a tensor that is {self._state} to numpy")
        return self._values

    def __array__(self, *_: Any, **__: Any) -> NDArray[Any]:
        raise TypeError("can't convert a tensor to numpy, use cpu() first")


class BoundingBoxes(Tensor):
    """A box of torchvision's tv_tensors, which knows the format of its numbers."""

    def __init__(self, name: str) -> None:
        super().__init__([[10.0, 20.0, 50.0, 60.0]])
        self.format = SimpleNamespace(name=name)


def boxes_of(image: int) -> Tensor:
    return Tensor(np.array(XYXY[image], np.float32).reshape(-1, 4))


def expected(*, scores: bool) -> Boxes:
    """What every framework's form of these three images becomes."""
    rows = [row for image in XYXY for row in image]
    labels = [label for image in LABELS for label in image]
    return Boxes(rows, labels, [score for image in SCORES for score in image] if scores else None, [0, 2, 2, 3])


def dicts(*, scores: bool, first_label: int = 0) -> list[dict[str, Any]]:
    """As torchvision, torchmetrics and transformers have them."""
    images = [
        {"boxes": boxes_of(image), "labels": Tensor(np.array(LABELS[image], np.int64) + first_label)}
        for image in IMAGES
    ]
    return [{**found, "scores": Tensor(SCORES[image])} if scores else found for image, found in enumerate(images)]


def ultralytics_results(*, track_ids: bool = False) -> list[Any]:
    columns = [(XYXY[image], [[7.0]] * len(LABELS[image]), SCORES[image], LABELS[image]) for image in IMAGES]
    images = []
    for boxes, tracks, scores, labels in columns:
        parts = [np.reshape(boxes, (-1, 4)), *([np.reshape(tracks, (-1, 1))] if track_ids else [])]
        data = np.hstack([*parts, np.reshape(scores, (-1, 1)), np.reshape(labels, (-1, 1))]).astype(np.float32)
        images.append(SimpleNamespace(boxes=SimpleNamespace(data=Tensor(data)), obb=None))
    return images


def supervision_detections(*, scores: bool) -> list[Any]:
    return [
        SimpleNamespace(
            xyxy=np.array(XYXY[image]).reshape(-1, 4),
            class_id=np.array(LABELS[image], int),
            confidence=np.array(SCORES[image]) if scores else None,
        )
        for image in IMAGES
    ]


def pipeline_output() -> list[Any]:
    sides = ("xmin", "ymin", "xmax", "ymax")
    return [
        [
            {"score": score, "label": NAMES[label], "box": dict(zip(sides, map(int, box), strict=True))}
            for box, label, score in zip(XYXY[image], LABELS[image], SCORES[image], strict=True)
        ]
        for image in IMAGES
    ]


def objects_column(*, names: bool = False) -> list[Any]:
    labels = [[NAMES[label] if names else label for label in image] for image in LABELS]
    return [{"id": list(range(len(XYWH[image]))), "bbox": XYWH[image], "category": labels[image]} for image in IMAGES]


def detectron2_outputs(*, scores: bool) -> list[Any]:
    prefix = "pred" if scores else "gt"
    images = []
    for image in IMAGES:
        fields = {f"{prefix}_boxes": SimpleNamespace(tensor=boxes_of(image)), f"{prefix}_classes": LABELS[image]}
        images.append({"instances": SimpleNamespace(**fields, **({"scores": Tensor(SCORES[image])} if scores else {}))})
    return images


def detectron2_records() -> list[Any]:
    """One record with corners, the others with corner and size."""
    records = [
        [{"bbox": box, "bbox_mode": 1, "category_id": label} for box, label in zip(XYWH[i], LABELS[i], strict=True)]
        for i in IMAGES
    ]
    records[2][0].update(bbox=XYXY[2][0], bbox_mode=0)
    return [{"file_name": f"{image}.jpg", "annotations": annotations} for image, annotations in enumerate(records)]


def mmdetection_samples(*, scores: bool) -> list[Any]:
    """DetDataSample of version 3; annotations in its own box type."""
    images = []
    for image in IMAGES:
        boxes: Any = boxes_of(image) if scores else SimpleNamespace(tensor=boxes_of(image))
        instances = SimpleNamespace(bboxes=boxes, labels=Tensor(np.array(LABELS[image], int)))
        if scores:
            instances.scores = Tensor(SCORES[image])
        images.append(SimpleNamespace(**{"pred_instances" if scores else "gt_instances": instances}))
    return images


def mmdetection_lists() -> list[Any]:
    """Of version 2: an array (n, 5) for each of three classes."""
    images = []
    for image in IMAGES:
        rows = np.array(
            [[*box, score] for box, score in zip(XYXY[image], SCORES[image], strict=True)], np.float32
        ).reshape(-1, 5)
        images.append([rows[np.array(LABELS[image], int) == label] for label in range(3)])
    return images


def fiftyone_detections(*, scores: bool) -> list[Any]:
    images: list[Any] = []
    for image in IMAGES:
        width, height = SIZES[image]
        detections = [
            SimpleNamespace(
                label=NAMES[label],
                bounding_box=[x / width, y / height, w / width, h / height],
                confidence=score if scores else None,
            )
            for (x, y, w, h), label, score in zip(XYWH[image], LABELS[image], SCORES[image], strict=True)
        ]
        images.append(SimpleNamespace(detections=detections) if detections else None)
    return images
