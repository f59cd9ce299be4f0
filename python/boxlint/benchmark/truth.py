"""The errors that were planted into a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boxlint._kinds import KINDS
from boxlint._text import counted
from boxlint.boxes import Boxes

__all__ = ["KINDS", "SAME_OBJECT", "Truth", "pairwise_iou"]

# Smallest IoU at which two boxes show the same object.
SAME_OBJECT = 0.5


@dataclass(frozen=True, eq=False)
class Truth:
    """The errors of a corrupted data set, one row each, as columns.

    Attributes
    ----------
    kind:
        (t,) ``missing``, ``swap``, ``badloc``, ``spurious`` or ``duplicate``.
    image_index:
        (t,) image of the error.
    annotation_index:
        (t,) row of the wrong annotation within its image; -1 for missing. For a duplicate, the row of the copy.
    partner_index:
        (t,) for a duplicate, the row of the original within its image; else -1.
    class_id:
        (t,) the right class; -1 for spurious.
    box:
        (t, 4) the right box in pixels; NaN for spurious.
    annotations:
        The corrupted annotations.
    kinds:
        The kinds that were to be planted, even where none was found to plant.
    class_names:
        Those of the data set: classes of equal names are one.
    """

    kind: NDArray[np.str_]
    image_index: NDArray[np.int64]
    annotation_index: NDArray[np.int64]
    partner_index: NDArray[np.int64]
    class_id: NDArray[np.int64]
    box: NDArray[np.float64]
    annotations: Boxes
    kinds: tuple[str, ...]
    class_names: Sequence[str] | None = None

    def __len__(self) -> int:
        """Number of errors."""
        return len(self.kind)

    def __repr__(self) -> str:
        counts = ", ".join(f"{np.count_nonzero(self.kind == kind):,} {kind}" for kind in self.kinds)
        return f"Truth({counts} in {counted(len(self.annotations), 'image')})"


def pairwise_iou(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """IoU of each of (n, 4) boxes with each of (m, 4) others: (n, m), 0 where the union is empty.

    Examples
    --------
    >>> pairwise_iou(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[0.0, 0.0, 2.0, 1.0], [5.0, 5.0, 6.0, 6.0]]))
    array([[0.5, 0. ]])
    """
    first, second = np.asarray(boxes, np.float64)[:, None], np.asarray(others, np.float64)[None]
    shared = _area(np.maximum(first[..., :2], second[..., :2]), np.minimum(first[..., 2:], second[..., 2:]))
    union = _area(first[..., :2], first[..., 2:]) + _area(second[..., :2], second[..., 2:]) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _area(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of boxes with these corners (..., 2); 0 for an inverted box."""
    sides = np.maximum(high - low, 0)
    return np.asarray(sides[..., 0] * sides[..., 1])
