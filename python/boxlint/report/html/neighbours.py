"""The boxes around the issues of an image, for the page: its annotations, and its best predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint.boxes import Boxes
from boxlint.report.html.regions import extents

__all__ = ["neighbours"]

Array = NDArray[Any]

# Boxes of an image that are kept, of each sort; a page with more would be slow.
_AT_MOST = 200
# Predictions below this score are many, and hide the picture.
_LEAST_SCORE = 0.25


def neighbours(boxes: Boxes, images: Array, needed: list[set[int]], regions: Array, image: Array) -> dict[str, Any]:
    """Columns of the boxes of some images, and ``start``, the first row of each image and the end.

    Parameters
    ----------
    boxes:
        Annotations, or predictions, of which those of a low score are left out.
    images:
        The images.
    needed:
        For each of these images, positions of boxes that must be kept.
    regions, image:
        (n, 4) what the pictures show, and their images, by position in ``images``.
    """
    shown = np.full((len(images), 4), np.nan)
    for position, region in zip(image.tolist(), regions, strict=True):
        shown[position] = extents(shown[position][None], region[None])[0]
    kept, starts = [], [0]
    for position, number in enumerate(images.tolist()):
        rows = np.arange(*boxes.offsets[number : number + 2])
        kept.append(_kept(boxes, rows, needed[position], shown[position]))
        starts.append(starts[-1] + len(kept[-1]))
    rows = np.concatenate([*kept, np.empty(0, np.int64)]).astype(np.int64)
    first = np.repeat(boxes.offsets[images], np.diff(starts))
    columns = {
        "start": starts,
        "index": (rows - first).tolist(),
        "box": _rounded(boxes.xyxy[rows]),
        "class": boxes.class_id[rows].tolist(),
    }
    if boxes.score is not None:
        columns["score"] = np.round(boxes.score[rows].astype(np.float64), 2).tolist()
    return columns


def _kept(boxes: Boxes, rows: Array, needed: set[int], shown: Array) -> Array:
    """Of the rows of an image, in their order: those needed, then those in the pictures, then the best scores."""
    must = np.isin(np.arange(len(rows)), list(needed))
    if boxes.score is not None:
        enough = must | (boxes.score[rows] >= _LEAST_SCORE)
        rows, must = rows[enough], must[enough]
    if len(rows) <= _AT_MOST:
        return rows
    xyxy = boxes.xyxy[rows]
    inside = ((xyxy[:, :2] < shown[2:]) & (xyxy[:, 2:] > shown[:2])).all(axis=1)
    worse = np.zeros(len(rows)) if boxes.score is None else -boxes.score[rows]
    return np.sort(rows[np.lexsort([worse, ~inside, ~must])[:_AT_MOST]])


def _rounded(boxes: Array) -> list[float]:
    """All corners in one list, as fine as is seen: to a tenth of a pixel, or as fractions of the image."""
    within = boxes.size > 0 and np.abs(boxes).max() <= 2
    flat: list[float] = np.round(boxes.astype(np.float64).ravel(), 5 if within else 1).tolist()
    return flat
