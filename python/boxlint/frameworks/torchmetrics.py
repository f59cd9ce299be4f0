"""torchmetrics: the inputs of MeanAveragePrecision."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import with_category_ids
from boxlint.frameworks._gather import BoxFormat, found_in_dict, gather

__all__ = ["from_torchmetrics"]


def from_torchmetrics(
    images: Any,
    *,
    box_format: BoxFormat = "xyxy",
    category_ids: Iterable[int] | None = None,
    skip_unknown: bool = False,
) -> Boxes:
    """Predictions or targets, as MeanAveragePrecision takes them.

    Parameters
    ----------
    images:
        N dicts with ``boxes`` (n, 4) in pixels, ``labels`` (n,), and for predictions ``scores`` (n,). Targets may have
        ``iscrowd`` (n,), which marks annotations to ignore. ``BoundingBoxes`` of another format are refused.
    box_format:
        The ``box_format`` of the metric.
    category_ids:
        If labels are category ids: (K,) the category id of each class, as ``dataset.category_ids``.
    skip_unknown:
        Drop boxes of other category ids instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_torchmetrics([{"boxes": [[10, 10, 40, 40]], "labels": [3]}], box_format="xywh").xyxy
    array([[10., 10., 50., 50.]])
    """
    find = with_category_ids(partial(found_in_dict, box_format=box_format), category_ids, skip_unknown)
    return gather("from_torchmetrics", images, find, box_format=box_format)
