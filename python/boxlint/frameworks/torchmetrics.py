"""torchmetrics: the inputs of MeanAveragePrecision."""

from __future__ import annotations

from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._gather import BoxFormat, found_in_dict, gather

__all__ = ["from_torchmetrics"]


def from_torchmetrics(images: Any, *, box_format: BoxFormat = "xyxy") -> Boxes:
    """Predictions or targets, as MeanAveragePrecision takes them.

    Parameters
    ----------
    images:
        N dicts with ``boxes`` (n, 4) in pixels, ``labels`` (n,), and for predictions ``scores`` (n,). Targets may have
        ``iscrowd`` (n,), which marks annotations to ignore.
    box_format:
        The ``box_format`` of the metric.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_torchmetrics([{"boxes": [[10, 10, 40, 40]], "labels": [3]}], box_format="xywh").xyxy
    array([[10., 10., 50., 50.]])
    """
    return gather("from_torchmetrics", images, found_in_dict, box_format=box_format)
