"""MMDetection: outputs and annotations of versions 3 and 2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import by_category, joined
from boxlint.frameworks._gather import Found, as_array, gather

__all__ = ["from_mmdetection"]


def from_mmdetection(
    images: Any,
    *,
    annotations: bool = False,
    category_ids: Iterable[int] | None = None,
    skip_unknown: bool = False,
) -> Boxes:
    """Predictions or annotations of MMDetection.

    Parameters
    ----------
    images:
        N outputs. Of version 3: DetDataSample, whose ``pred_instances`` have ``bboxes``, ``labels`` and ``scores``, or
        the dicts of these in the ``predictions`` of its inferencer. Of version 2: lists of K arrays (n, 5), one a
        class, whose columns are ``x1, y1, x2, y2, score``, or pairs of these and of masks; or ``ann`` dicts with
        ``bboxes`` and ``labels``. Boxes to ignore (``ignored_instances``, ``bboxes_ignore``) are kept as such; those
        without label are of class 0.
    annotations:
        Take the ``gt_instances`` of DetDataSample instead.
    category_ids:
        If labels are category ids, as in a COCO file: (K,) the category id of each class, as
        ``dataset.category_ids``. MMDetection's own are class ids, which stay.
    skip_unknown:
        Drop boxes of other category ids instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_mmdetection([[[[10, 10, 50, 50, 0.9]], []]])
    Boxes(1 image, 1 box)
    """
    if category_ids is None:
        return gather("from_mmdetection", images, lambda image: _find(image, annotations, 0))
    ids = by_category(category_ids)
    first = next(iter(ids), 0)
    return gather("from_mmdetection", images, lambda image: joined(_find(image, annotations, first), ids, skip_unknown))


def _find(image: Any, annotations: bool, first: Any) -> Found:
    """The boxes of an image; those to ignore that have no label get the first one."""
    if isinstance(image, (list, tuple)):
        return _of_classes(image[0] if isinstance(image, tuple) and image else image)
    if isinstance(image, Mapping) and "bboxes" in image:
        ignored = (image.get("bboxes_ignore"), image.get("labels_ignore"))
        return _with_ignored(Found(image["bboxes"], image["labels"], image.get("scores")), *ignored, first)
    if not annotations:
        instances = _part(image, "pred_instances")
        return Found(_plain(instances, "bboxes"), _part(instances, "labels"), _part(instances, "scores"))
    instances = _part(image, "gt_instances")
    found = Found(_plain(instances, "bboxes"), _part(instances, "labels"))
    ignored = _part(image, "ignored_instances", None)
    if ignored is None:
        return found
    return _with_ignored(found, _plain(ignored, "bboxes"), _part(ignored, "labels", None), first)


def _of_classes(arrays: Any) -> Found:
    """Boxes from K arrays (n, 5), one a class."""
    per_class = [as_array(array) for array in arrays]
    per_class = [array.reshape(0, 5) if array.size == 0 else array for array in per_class]
    for label, array in enumerate(per_class):
        if array.ndim != 2 or array.shape[1] != 5:
            raise ValueError(f"class {label} has an array of shape {array.shape}, expected (n, 5)")
    rows = np.concatenate([np.empty((0, 5), np.float32), *per_class])
    return Found(rows[:, :4], np.repeat(np.arange(len(per_class)), [len(array) for array in per_class]), rows[:, 4])


def _with_ignored(found: Found, boxes: Any, labels: Any, first: Any) -> Found:
    """Adds boxes to ignore, if there are any."""
    if boxes is None or len(boxes) == 0:
        return found
    boxes, regular = as_array(boxes), as_array(found.boxes).reshape(-1, 4)
    labels = np.full(len(boxes), first) if labels is None else as_array(labels)
    return Found(
        np.concatenate([regular, boxes]),
        np.concatenate([as_array(found.labels), labels]),
        ignore=np.arange(len(regular) + len(boxes)) >= len(regular),
    )


_REQUIRED = object()


def _part(whole: Any, name: str, default: Any = _REQUIRED) -> Any:
    part = whole.get(name, default) if isinstance(whole, Mapping) else getattr(whole, name, default)
    if part is _REQUIRED:
        raise ValueError(f"{type(whole).__name__} has no {name}")
    return part


def _plain(instances: Any, name: str) -> Any:
    """A field as a tensor, also where MMDetection's box type wraps it."""
    boxes = _part(instances, name)
    return getattr(boxes, "tensor", boxes)
