"""supervision: Detections."""

from __future__ import annotations

from typing import Any

import numpy as np

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import Classes, by_name, joined
from boxlint.frameworks._gather import FLAGS, Found, as_array, gather, is_set

__all__ = ["from_supervision"]

# Where Detections carry the names of their classes.
_NAMES = "class_name"


def from_supervision(images: Any, *, class_names: Classes | None = None, skip_unknown: bool = False) -> Boxes:
    """Supervision's Detections: predictions, or annotations where ``confidence`` is None.

    Parameters
    ----------
    images:
        N Detections. Where ``class_id`` is None all boxes are of class 0. Those with ``data["iscrowd"]``, as from a
        COCO file, are annotations to ignore.
    class_names:
        Names of the class ids from 0 on, as ``dataset.class_names``, or name -> class id. Detections that carry names,
        in ``data["class_name"]``, are joined by them; without, or without names, their class ids stay.
    skip_unknown:
        Drop boxes of other names instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> cat = SimpleNamespace(xyxy=[[10, 10, 50, 50]], class_id=[3], confidence=[0.9])  # as Detections have them
    >>> from_supervision([cat]).class_id
    array([3], dtype=int32)
    """
    ids = None if class_names is None else by_name(class_names)

    def find(image: Any) -> Found:
        found, names = _find(image), _data(image, _NAMES)
        if ids is None or names is None or len(found.boxes) == 0:
            return found
        if len(names) != len(found.boxes):
            raise ValueError(
                f"data['class_name'] has {len(names)} names, expected {len(found.boxes)}, one for each box"
            )
        return joined(found._replace(labels=names), ids, skip_unknown)

    return gather("from_supervision", images, find)


def _find(image: Any) -> Found:
    if not hasattr(image, "xyxy") or not hasattr(image, "confidence"):
        raise TypeError(f"expected Detections, found {type(image).__name__}")
    labels = np.zeros(len(image.xyxy), np.int64) if image.class_id is None else image.class_id
    given = (_data(image, name) for name in FLAGS)
    flags = [[is_set(one) for one in as_array(flag).tolist()] for flag in given if flag is not None]
    return Found(image.xyxy, labels, image.confidence, np.any(flags, axis=0) if flags else None)


def _data(image: Any, name: str) -> Any:
    """What Detections carry for each box, by name."""
    return (getattr(image, "data", None) or {}).get(name)
