"""Whether the columns of a folder of lines are what they are read as."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from boxlint.formats.line_table import Layout, LineTable
from boxlint.inspection.findings import Finding

__all__ = ["checked_columns", "expect_confidence_column"]

Array = NDArray[np.float64]

# Boxes that reach this part of the image's side outside are rare in sound files.
_OUTSIDE = 0.02

# Fewer boxes than these may look like corners by chance.
_FEW = 3


def checked_columns(table: LineTable, layout: Layout, where: str) -> Iterator[Finding]:
    """A finding if all boxes look like corners.

    Raises
    ------
    ValueError
        If the confidence of detections looks like another column than it is read from.
    """
    boxes = table.chosen(~(table.outlines | table.keypoints))
    center_and_size = _center_and_size(boxes.corners)
    if layout != "annotations":
        expect_confidence_column(center_and_size, boxes.score, layout, boxes.place)
    outside = _outside(boxes.corners)
    if not len(outside) or outside.mean() < 0.5:
        return
    first = int(outside.argmax())
    x1, y1, x2, y2 = center_and_size.T
    if len(outside) >= _FEW and ((x1 < x2) & (x2 <= 1) & (y1 < y2) & (y2 <= 1)).all():
        numbers = " ".join(f"{value:.6g}" for value in center_and_size[first])
        yield Finding("corners_as_size", where, len(outside), f"{boxes.place(first)} has {numbers}")


def expect_confidence_column(center_and_size: Array, score: Array, layout: Layout, place: Callable[[int], str]) -> None:
    """Raises ValueError at the place of a box if the confidences of detections look like another column."""
    outside = _outside(_corners(center_and_size))
    if not len(outside) or outside.mean() < 0.5:
        return
    last = layout == "last"
    other = np.column_stack([center_and_size[:, 1:], score] if last else [score, center_and_size[:, :3]])
    if _outside(_corners(other)).mean() < _OUTSIDE:
        option = "second" if last else "last"
        raise ValueError(
            f"{place(int(outside.argmax()))}: the box reaches outside its image, as {int(outside.sum()):,} of "
            f"{len(outside):,} boxes do, and none would with the confidence {option}: "
            f"expected confidence={option!r}"
        )


def _outside(corners: Array) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = corners.T
    return np.asarray((x1 < -_OUTSIDE) | (y1 < -_OUTSIDE) | (x2 > 1 + _OUTSIDE) | (y2 > 1 + _OUTSIDE))


def _corners(center_and_size: Array) -> Array:
    center, size = center_and_size[:, :2], center_and_size[:, 2:]
    return np.hstack([center - size / 2, center + size / 2])


def _center_and_size(corners: Array) -> Array:
    return np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]])
