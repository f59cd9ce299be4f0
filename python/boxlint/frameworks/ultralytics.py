"""Ultralytics: Results of YOLO and RT-DETR models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import Classes, by_name, joined
from boxlint.frameworks._gather import Found, as_array, gather

__all__ = ["from_ultralytics"]


def from_ultralytics(images: Any, *, class_names: Classes | None = None, skip_unknown: bool = False) -> Boxes:
    """Predictions of Ultralytics models; for annotations see `boxlint.read_yolo`.

    Parameters
    ----------
    images:
        N Results, or an iterator of them, as with ``stream=True``.
    class_names:
        Names of the class ids from 0 on, as ``dataset.class_names``, or name -> class id: boxes are joined by the names
        that the model has for its classes, ``result.names``. Without, the model's class ids stay.
    skip_unknown:
        Drop boxes of other names instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> boxes = SimpleNamespace(data=[[10, 10, 50, 50, 0.9, 0]])
    >>> result = SimpleNamespace(boxes=boxes, names={0: "cat", 1: "dog"})  # as Results have them
    >>> from_ultralytics([result], class_names=["dog", "cat"]).class_id
    array([1], dtype=int32)
    """
    ids = None if class_names is None else by_name(class_names)

    def find(image: Any) -> Found:
        found = _find(image)
        return found if ids is None else joined(found._replace(labels=_names(image, found)), ids, skip_unknown)

    return gather("from_ultralytics", images, find)


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


def _names(image: Any, found: Found) -> list[str]:
    """The name of the class of each box."""
    names = getattr(image, "names", None)
    if names is None:
        raise ValueError("the result has no names, which class_names needs")
    of_id = names if isinstance(names, Mapping) else dict(enumerate(names))
    labels = [int(label) for label in found.labels]
    nameless = [label for label in labels if label not in of_id]
    if nameless:
        raise ValueError(f"class {nameless[0]} has no name in result.names")
    return [of_id[label] for label in labels]
