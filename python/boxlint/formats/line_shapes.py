"""Lines longer than a box: outlines, boxes with keypoints or oriented boxes, told apart by all lines of a folder."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOX", "Shape", "corners_around", "corners_of_boxes", "fits", "looks_like", "shapes_by_width"]

Shape = Literal["outlines", "keypoints"]
Array = NDArray[np.float64]

# Columns of a box: class, center and size.
BOX = 5
_TRIANGLE, _FOUR_POINTS = 7, 9

# Keypoints lie in their box, or this part of its side outside, but for one in ten.
_MARGIN = 0.1
_INSIDE = 0.9
# A third of all outlines have all points in the box that their first two points would make: never so many in a row.
_MANY = 8
# The center of a box lies in the middle half of its keypoints, mostly. The first point of an outline lies at the edge.
_MIDDLE = 0.25
_MOSTLY = 0.5

_TRACKED = "a detection with its confidence and a track id"
_ORIENTED = "a class and the four corners of an oriented box"
_LOOKS_LIKE = {
    5: "an annotation, or a detection saved without its confidence (save_conf=True)",
    6: "a detection with its confidence, or a box with a track id",
    7: _TRACKED,
    9: f"{_ORIENTED}, which are not supported",
}
_LOOKS_LIKE_DETECTED = {
    5: _LOOKS_LIKE[5],
    7: _TRACKED,
    10: f"{_ORIENTED} with its confidence, which are not supported",
}
_OPTIONS = "outlines=True reads it as an outline, keypoints=True as a box with keypoints"


def looks_like(columns: int, detected: bool) -> str:
    """What a line of so many columns may be, to follow their number in a message; empty if nothing is known."""
    known = (_LOOKS_LIKE_DETECTED if detected else _LOOKS_LIKE).get(columns)
    words = f", which look like {known}" if known else ""
    options = fits("outlines", columns - detected) or fits("keypoints", columns - detected)
    return f"{words}; {_OPTIONS}" if options else words


def shapes_by_width(lines: dict[int, Array], boxes_beside: bool, detected: bool) -> dict[int, Shape]:
    """What the long lines of a folder are.

    Parameters
    ----------
    lines:
        Number of columns without a confidence -> (n, columns) all lines of that length.
    boxes_beside:
        Whether there are lines of boxes too.
    detected:
        Whether a detector wrote them: the visibility of its keypoints is any number from 0 to 1.

    Returns
    -------
    shapes:
        Number of columns -> what the lines are. Those that are missing cannot be told.
    """
    if len(lines) == 1:
        ((columns, rows),) = lines.items()
        if _have_visibility(rows, columns, detected):
            return {columns: "keypoints"}
        if not boxes_beside and columns > _FOUR_POINTS and columns % 2 == 1:
            return {columns: _of_one_length(rows)}
    points = {columns for columns in lines if columns % 2 == 1}
    other_lengths = boxes_beside or len(points) > 1
    if boxes_beside and points == {_TRIANGLE} and (lines[_TRIANGLE][:, -1] % 1 != 0).all():
        return {_TRIANGLE: "outlines"}  # a track id would be an integer
    if max(points, default=0) > _FOUR_POINTS or (_FOUR_POINTS in points and other_lengths):
        return dict.fromkeys(points, "outlines")
    return {}


def fits(shape: Shape, columns: int) -> bool:
    """Whether a line of so many columns, without a confidence, can be of a shape."""
    if shape == "outlines":
        return columns >= _TRIANGLE and columns % 2 == 1
    return columns > BOX and ((columns - BOX) % 2 == 0 or (columns - BOX) % 3 == 0)


def corners_around(rows: Array, shape: Shape) -> Array:
    """(n, 4) corners of the boxes of lines that start with a class, relative to the image's sides."""
    if shape == "keypoints":
        return corners_of_boxes(rows[:, 1:BOX])
    points = rows[:, 1:].reshape(len(rows), -1, 2)
    return np.hstack([points.min(axis=1), points.max(axis=1)])


def corners_of_boxes(boxes: Array) -> Array:
    """(n, 4) corners of boxes by their center and size."""
    center, size = boxes[:, :2], boxes[:, 2:]
    return np.hstack([center - size / 2, center + size / 2])


def _have_visibility(rows: Array, columns: int, detected: bool) -> bool:
    """Whether each point has a third number, its visibility, and lies in its box."""
    if (columns - BOX) % 3:
        return False
    points = rows[:, BOX:].reshape(len(rows), -1, 3)
    seen = points[..., 2]
    valid = (seen >= 0) & (seen <= 1) if detected else np.isin(seen, (0, 1, 2))
    return bool(valid.all() and _inside(rows, points[..., :2]).mean() >= _INSIDE)


def _of_one_length(rows: Array) -> Shape:
    """What lines are that have all one length and no visibility: outlines, unless they look like keypoints."""
    points = rows[:, BOX:].reshape(len(rows), -1, 2)
    inside = _inside(rows, points).mean(axis=1) >= _INSIDE
    if inside.mean() < _INSIDE:
        return "outlines"
    absent = (points == 0).all(axis=2)
    if len(rows) >= _MANY or absent.any() or _in_the_middle(rows, points).mean() >= _MOSTLY:
        return "keypoints"
    return "outlines" if _near_second_point(rows).all() else "keypoints"


def _inside(rows: Array, points: Array) -> NDArray[np.bool_]:
    """(n, k) whether keypoints lie in their box, as those at 0, 0 do, which are not in the image."""
    center, size = rows[:, None, 1:3], np.abs(rows[:, None, 3:BOX])
    inside = (np.abs(points - center) <= size * (0.5 + _MARGIN)).all(axis=2)
    return np.asarray(inside | (points == 0).all(axis=2))


def _in_the_middle(rows: Array, points: Array) -> NDArray[np.bool_]:
    """(n,) whether the center of the box lies in the middle of its keypoints."""
    low, high = points.min(axis=1), points.max(axis=1)
    return np.asarray((np.abs(rows[:, 1:3] - (low + high) / 2) <= _MIDDLE * (high - low)).all(axis=1))


def _near_second_point(rows: Array) -> NDArray[np.bool_]:
    """(n,) whether the second two numbers, the size of a box, may be a point of an outline with the others."""
    points = np.delete(rows[:, 1:], [2, 3], axis=1).reshape(len(rows), -1, 2)
    low, high = points.min(axis=1), points.max(axis=1)
    return np.asarray((np.abs(rows[:, 3:BOX] - (low + high) / 2) <= 1.5 * (high - low)).all(axis=1))
