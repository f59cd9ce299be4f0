"""Which part of its image the picture of an issue shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["extents", "regions_around"]

Array = NDArray[Any]

# The side of the region beside the longer side of the boxes: enough to see what is around them.
_CONTEXT = 1.75
# Pixels that a region has at least: fewer show nothing, however much they are enlarged.
_LEAST_SIDE = 24
# And this fraction of its coordinates: a shorter side would be lost when the two are added.
_LEAST_PART = 1e-6


def extents(*boxes: Array) -> NDArray[np.float64]:
    """(n, 4) the smallest boxes around those of each row; a box that is not there is NaN.

    >>> extents(np.array([[1.0, 1, 4, 4]]), np.array([[2.0, 0, 3, 9]]))
    array([[1., 0., 4., 9.]])
    """
    stacked = np.stack(boxes)
    low, high = np.fmin.reduce(stacked[..., :2]), np.fmax.reduce(stacked[..., 2:])
    return np.concatenate([low, high], axis=1)


def regions_around(boxes: Array, sizes: Array) -> NDArray[np.float64]:
    """(n, 4) squares around boxes, moved into their images, and cut where the image is smaller.

    Parameters
    ----------
    boxes:
        (n, 4) corners.
    sizes:
        (n, 2) width and height of the images; NaN where they are not known.

    Examples
    --------
    >>> regions_around(np.array([[0.0, 40, 100, 80]]), np.array([[640, 120]]))
    array([[  0.,   0., 175., 120.]])
    """
    known: Any = ~np.isnan(sizes).any(axis=1, keepdims=True)
    limits = np.where(known, sizes, np.inf)
    low, high = (np.where(known, np.clip(corners, 0, limits), corners) for corners in (boxes[:, :2], boxes[:, 2:]))
    longest = (high - low).max(axis=1, keepdims=True)
    # Where all lies within 0 to 1, coordinates may be fractions of the image.
    furthest = np.abs(np.concatenate([low, high], axis=1)).max(axis=1, keepdims=True)
    pixels = np.where(known, (limits > 1).all(axis=1, keepdims=True), furthest > 1)
    least = np.maximum(np.where(pixels, _LEAST_SIDE, 1 / _LEAST_SIDE), furthest * _LEAST_PART)
    side = np.minimum(np.maximum(_CONTEXT * longest, least), limits)
    start = (low + high - side) / 2
    start = np.where(known, np.clip(start, 0, limits - side), start)
    return np.concatenate([start, start + side], axis=1)
