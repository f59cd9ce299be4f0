"""torchvision: outputs and targets of its detection models."""

from __future__ import annotations

from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._gather import Found, found_in_dict, gather

__all__ = ["from_torchvision"]


def from_torchvision(images: Any, *, background: bool = True) -> Boxes:
    """Predictions or targets of torchvision's detection models.

    Parameters
    ----------
    images:
        N dicts with ``boxes`` (n, 4), corners in pixels, ``labels`` (n,), and for predictions ``scores`` (n,). Targets
        may have ``iscrowd`` (n,), which marks annotations to ignore.
    background:
        Whether label 0 is the background, so that label 1 becomes class id 0; False keeps labels as they are.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_torchvision([{"boxes": [[10, 10, 50, 50]], "labels": [3], "scores": [0.9]}]).class_id
    array([2], dtype=int32)
    """
    return gather("from_torchvision", images, _find, first_label=int(background))


def _find(image: Any) -> Found:
    found = found_in_dict(image)
    form = getattr(found.boxes, "format", None)
    if form is not None and getattr(form, "name", form) != "XYXY":
        raise ValueError(f"boxes are {getattr(form, 'name', form)}, expected XYXY: see ConvertBoundingBoxFormat")
    return found
