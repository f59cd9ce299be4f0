"""supervision: Detections."""

from __future__ import annotations

from typing import Any

import numpy as np

from boxlint.boxes import Boxes
from boxlint.frameworks._gather import Found, gather

__all__ = ["from_supervision"]


def from_supervision(images: Any) -> Boxes:
    """Supervision's Detections: predictions, or annotations where ``confidence`` is None.

    Parameters
    ----------
    images:
        N Detections. Where ``class_id`` is None all boxes are of class 0.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.
    """
    return gather("from_supervision", images, _find)


def _find(image: Any) -> Found:
    if not hasattr(image, "xyxy") or not hasattr(image, "confidence"):
        raise TypeError(f"expected Detections, found {type(image).__name__}")
    labels = np.zeros(len(image.xyxy), np.int64) if image.class_id is None else image.class_id
    return Found(image.xyxy, labels, image.confidence)
