"""Detectron2: outputs of its models, and its dataset dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import with_category_ids
from boxlint.frameworks._gather import FLAGS, Found, as_array, gather, is_set

__all__ = ["from_detectron2"]

# BoxMode of a record, in pixels: corners, or a corner with width and height.
_XYXY, _XYWH = 0, 1


def from_detectron2(images: Any, *, category_ids: Iterable[int] | None = None, skip_unknown: bool = False) -> Boxes:
    """Predictions or annotations of Detectron2.

    Parameters
    ----------
    images:
        N outputs ``{"instances": Instances}`` or Instances, of predictions (``pred_boxes``, ``pred_classes``,
        ``scores``) or of annotations (``gt_boxes``, ``gt_classes``); or N dataset dicts, whose ``annotations`` are
        dicts with ``bbox``, ``bbox_mode``, ``category_id`` and perhaps ``iscrowd``, which marks annotations to ignore.
    category_ids:
        If ``category_id`` and classes are category ids, as in a COCO file: (K,) the category id of each class, as
        ``dataset.category_ids``. Detectron2's own are class ids, which stay.
    skip_unknown:
        Drop boxes of other category ids instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_detectron2([{"annotations": [{"bbox": [10, 10, 40, 40], "bbox_mode": 1, "category_id": 3}]}]).xyxy
    array([[10., 10., 50., 50.]])
    """
    return gather("from_detectron2", images, with_category_ids(_find, category_ids, skip_unknown))


def _find(image: Any) -> Found:
    if isinstance(image, Mapping) and "annotations" in image:
        return _records(image["annotations"])
    instances: Any = image["instances"] if isinstance(image, Mapping) else image
    if hasattr(instances, "pred_boxes"):
        return Found(instances.pred_boxes.tensor, instances.pred_classes, instances.scores)
    if hasattr(instances, "gt_boxes"):
        return Found(instances.gt_boxes.tensor, instances.gt_classes)
    raise TypeError(f"expected Instances with pred_boxes or gt_boxes, or annotations, found {type(image).__name__}")


def _records(records: Any) -> Found:
    modes = np.array([int(record["bbox_mode"]) for record in records], np.int64)
    unknown = modes[(modes != _XYXY) & (modes != _XYWH)]
    if len(unknown):
        raise ValueError(f"bbox_mode is {unknown[0]}, expected XYXY_ABS (0) or XYWH_ABS (1)")
    boxes = as_array([record["bbox"] for record in records]).reshape(-1, 4).astype(np.float64)
    boxes[modes == _XYWH, 2:] += boxes[modes == _XYWH, :2]
    labels = [record["category_id"] for record in records]
    flagged = [any(is_set(record.get(flag)) for flag in FLAGS) for record in records]
    return Found(boxes, labels, ignore=flagged)
