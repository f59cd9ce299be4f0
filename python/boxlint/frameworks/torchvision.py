"""torchvision: outputs and targets of its detection models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import with_category_ids
from boxlint.frameworks._gather import found_in_dict, gather

__all__ = ["from_torchvision"]


def from_torchvision(
    images: Any,
    *,
    background: bool = True,
    category_ids: Iterable[int] | None = None,
    skip_unknown: bool = False,
) -> Boxes:
    """Predictions or targets of torchvision's detection models.

    Parameters
    ----------
    images:
        N dicts with ``boxes`` (n, 4), corners in pixels, ``labels`` (n,), and for predictions ``scores`` (n,). Targets
        may have ``iscrowd`` (n,), which marks annotations to ignore.
    background:
        Whether label 0 is the background, so that label 1 becomes class id 0; False keeps labels as they are.
    category_ids:
        If labels are category ids, such as those of COCO from 1 to 90 with gaps, which the models that torchvision
        offers predict: (K,) the category id of each class, as ``dataset.category_ids``. ``background`` is then not
        heeded.
    skip_unknown:
        Drop boxes of other category ids instead of refusing them.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> outputs = [{"boxes": [[10, 10, 50, 50]], "labels": [3], "scores": [0.9]}]
    >>> from_torchvision(outputs).class_id
    array([2], dtype=int32)
    >>> from_torchvision(outputs, category_ids=[1, 3, 90]).class_id
    array([1], dtype=int32)
    """
    find = with_category_ids(found_in_dict, category_ids, skip_unknown)
    return gather("from_torchvision", images, find, first_label=int(background) if category_ids is None else 0)
