"""What is known of the annotation of a row, as numbers that answers can give weights to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from boxlint._core import FEATURES
from boxlint._kinds import BADLOC, SPURIOUS, SWAP
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.report.pickled import whole

__all__ = ["WEIGHED", "Measure", "RowFeatures", "aspect_rarity"]

Numbers = NDArray[np.float64]
# The engine's measurements of the annotations of a data set: (annotations, features), by the names in FEATURES.
Measure = Callable[[Dataset], NDArray[np.float32]]

# The kinds whose rows are about an annotation's class, place or existence.
WEIGHED = (SWAP, BADLOC, SPURIOUS)
# Aspect ratios are counted in bins, so many to a factor of e.
_ASPECT_BINS = 3
# No side counts as longer than this many times the other.
_LONGEST = 1e9
# An annotation of which the first fraction lies inside another may be a part of it, of which the second does surely is.
# From the first IoU on two annotations may be about the same object, from the second on they surely are.
_INSIDE, _SAME_OBJECT = (0.5, 0.9), (0.3, 0.6)


@final
class RowFeatures:
    """Measures rows when it is first asked.

    Parameters
    ----------
    dataset:
        What was checked; None if it was left out by pickling.
    measure:
        The engine's measurements of it.
    """

    def __init__(self, dataset: Dataset | None, measure: Measure) -> None:
        self._dataset = dataset
        self._measure = measure

    def of(self, kind: int, image: NDArray[np.uint32], annotation: NDArray[np.int32]) -> dict[str, Numbers]:
        """Z in docs/method.md before it is standardised: name -> (n,) of rows of a kind.

        Raises
        ------
        ValueError
            If the data set was left out by pickling.
        """
        rows = whole(self._dataset).annotations.offsets[image] + annotation
        features = {}
        for name in _OF_KIND[kind]:
            measurement, scale = _FEATURES[name]
            column = self._rarity if measurement == "rarity" else self._measured[FEATURES.index(measurement)]
            features[name] = scale(column[rows].astype(np.float64))
        return features

    @cached_property
    def _measured(self) -> NDArray[np.float32]:
        """(features, annotations)."""
        assert self._dataset is not None
        return np.ascontiguousarray(self._measure(self._dataset).T)

    @cached_property
    def _rarity(self) -> Numbers:
        assert self._dataset is not None
        return aspect_rarity(self._dataset.annotations)


def _odds(x: Numbers) -> Numbers:
    """lo(x) = ln((x + .003)/(1 - x + .01))."""
    return np.asarray(np.log((x + 0.003) / (1 - x + 0.01)))


def _against(x: Numbers) -> Numbers:
    """ag(x) = ln((1 - x)/(x + .01)), for x up to .999, above which there is no confidence."""
    return np.asarray(np.log((1 - np.minimum(x, 0.999)) / (x + 0.01)))


def _ramp(x: Numbers, ends: tuple[float, float]) -> Numbers:
    """R(x; from, to)."""
    return np.clip((x - ends[0]) / (ends[1] - ends[0]), 0, 1)


# The features: what is measured, and on which scale it counts.
_FEATURES: dict[str, tuple[str, Callable[[Numbers], Numbers]]] = {
    "other_class": ("other_class", lambda x: _odds(np.minimum(x, 1))),
    "other_class_log": ("other_class", lambda x: np.asarray(np.log(x + 0.003))),
    "support": ("support", _against),
    "lift": ("lift", np.log),
    "found": ("found", _odds),
    "neighbour": ("neighbour", lambda x: np.asarray(np.log(x + 0.003))),
    "size": ("size", np.asarray),
    "overlap": ("overlap", lambda x: _ramp(x, _SAME_OBJECT)),
    "confidence": ("confidence", _odds),
    "apart": ("iou", lambda x: np.asarray(np.log(1.05 - x))),
    "well_placed": ("well_placed", _against),
    "whole": ("whole", np.log),
    "part": ("part", lambda x: _ramp(x, _INSIDE)),
    "group": ("group", lambda x: _ramp(x, _INSIDE)),
    "any_object": ("any_object", _against),
    "aspect": ("rarity", lambda x: np.asarray(-np.log(x))),
}
_OF_KIND = {
    SWAP: ("other_class", "other_class_log", "support", "lift", "found", "neighbour", "size", "overlap"),
    BADLOC: ("confidence", "apart", "well_placed", "whole", "size", "part", "group", "aspect"),
    SPURIOUS: (
        "any_object", "support", "found", "lift", "size", "part", "group", "overlap", "aspect", "other_class",
    ),
}  # fmt: skip


def aspect_rarity(annotations: Boxes) -> Numbers:
    """How often the aspect of each annotation is seen in its class, as a fraction of the most frequent one: (n,).

    (annotations of the class in its bin + 1)/(those of the fullest bin of the class + 1), with bins of
    ``floor(3 ln(width/height))``; ignored annotations do not count.

    Examples
    --------
    >>> boxes = Boxes([[0, 0, 10, 10], [5, 5, 16, 15], [0, 0, 90, 10]], [0, 0, 0])
    >>> aspect_rarity(boxes).round(2)
    array([1.  , 1.  , 0.67])
    """
    sides = np.maximum(annotations.xyxy[:, 2:].astype(np.float64) - annotations.xyxy[:, :2], 0)
    aspect = np.clip((sides[:, 0] + 1e-300) / (sides[:, 1] + 1e-300), 1 / _LONGEST, _LONGEST)
    bins = np.floor(_ASPECT_BINS * np.log(aspect)).astype(np.int64)
    bins -= bins.min(initial=0)
    place = annotations.class_id * (bins.max(initial=0) + 1) + bins
    counted = np.ones(len(place), np.int64) if annotations.ignore is None else (~annotations.ignore).astype(np.int64)
    _, which = np.unique(place, return_inverse=True)
    in_bin = np.bincount(which.ravel(), counted)[which.ravel()]
    fullest = np.zeros(int(annotations.class_id.max(initial=0)) + 1, in_bin.dtype)
    np.maximum.at(fullest, annotations.class_id, in_bin)
    return np.asarray((in_bin + 1) / (fullest[annotations.class_id] + 1), np.float64)
