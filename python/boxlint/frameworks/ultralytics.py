"""Ultralytics: Results of YOLO and RT-DETR models."""

from __future__ import annotations

from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._gather import Found, as_array, gather

__all__ = ["from_ultralytics"]


def from_ultralytics(images: Any) -> Boxes:
    """Predictions of Ultralytics models; for annotations see `boxlint.read_yolo`.

    Parameters
    ----------
    images:
        N Results, or an iterator of them, as with ``stream=True``.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.
    """
    return gather("from_ultralytics", images, _find)


def _find(image: Any) -> Found:
    if not hasattr(image, "boxes"):
        raise TypeError(f"expected Results, found {type(image).__name__}")
    if getattr(image, "obb", None) is not None:
        raise ValueError("the boxes are oriented, expected upright ones: of a model for detection, not for obb")
    if image.boxes is None:
        raise ValueError("no boxes, expected results of a model for detection")
    data = as_array(image.boxes.data)
    if data.ndim != 2 or data.shape[1] not in (6, 7):
        raise ValueError(f"boxes.data has shape {data.shape}, expected (n, 6), or (n, 7) with track ids")
    return Found(data[:, :4], data[:, -1], data[:, -2])
