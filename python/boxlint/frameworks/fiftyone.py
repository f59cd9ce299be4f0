"""FiftyOne: Detections, whose boxes are relative to the image size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from boxlint.boxes import Boxes
from boxlint.frameworks._gather import Classes, Found, class_ids, gather

__all__ = ["from_fiftyone"]


def from_fiftyone(images: Any, image_sizes: Sequence[tuple[float, float]], *, classes: Classes) -> Boxes:
    """FiftyOne's Detections: predictions, or annotations where ``confidence`` is None.

    Parameters
    ----------
    images:
        N Detections, or None for an image without any, as ``dataset.values("ground_truth")`` returns them. Those whose
        attribute ``iscrowd`` is set are annotations to ignore.
    image_sizes:
        (N, 2) width and height of each image in pixels.
    classes:
        Names of the class ids from 0 on, or name -> class id.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.
    """
    images, sizes = list(images), np.asarray(image_sizes, np.float64).reshape(-1, 2)
    if len(images) != len(sizes):
        raise ValueError(f"from_fiftyone: image_sizes has {len(sizes)} rows, expected {len(images)}, one an image")
    pairs = list(zip(images, sizes, strict=True))
    return gather("from_fiftyone", pairs, lambda pair: _find(pair[0], pair[1], classes), box_format="xywh")


def _find(image: Any, size: Any, classes: Classes) -> Found:
    detections = [] if image is None else getattr(image, "detections", None)
    if detections is None:
        raise TypeError(f"expected Detections, found {type(image).__name__}")
    if any(detection.bounding_box is None for detection in detections):
        raise ValueError("a detection has no bounding_box, expected boxes in two dimensions")
    confidence = [detection.confidence for detection in detections]
    known = [score is not None for score in confidence]
    if any(known) and not all(known):
        raise ValueError("some detections have a confidence and some have none")
    boxes = np.array([detection.bounding_box for detection in detections], np.float64).reshape(-1, 4)
    labels = class_ids([detection.label for detection in detections], classes)
    crowd = [bool(getattr(detection, "iscrowd", False)) for detection in detections]
    return Found(boxes * np.tile(size, 2), labels, confidence if any(known) else None, crowd)
