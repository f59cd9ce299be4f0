"""Which of several detectors speak for a row, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._fusion import Fusion
from boxlint.dataset import Dataset

__all__ = ["Support", "as_dicts", "support_of"]


class Support(NamedTuple):
    """What each of D detectors has to do with n rows."""

    # (n, D) how surely each sees what the row is about: 0 where it sees nothing, NaN where it was not run. NaN where
    # the row is not about predictions.
    confidence: NDArray[np.float64]
    # (n,) the detector that counts most of those that have a prediction there; -1 for none.
    detector: NDArray[np.intp]
    # (n,) its prediction, within the image and among all that the detector has; -1 for none.
    position: NDArray[np.int64]
    row: NDArray[np.int64]


def support_of(
    fusion: Fusion,
    seen: NDArray[np.float32],
    dataset: Dataset,
    images: NDArray[np.intp],
    fused: NDArray[np.int64],
    annotations: NDArray[np.int64],
) -> Support:
    """The support of rows that are about fused predictions, or about annotations where nothing is.

    Parameters
    ----------
    fusion, dataset:
        The detectors.
    seen:
        (annotations, detectors that are no copies) how surely each sees an object there; NaN where it says nothing.
    images:
        (n,) image of each row.
    fused:
        (n,) the fused prediction that a row is about, among those of all images; -1 for none.
    annotations:
        (n,) for rows of spurious annotations, the annotation among those of all images; else -1.
    """
    alone = list(dataset.detectors.values())
    n, weights = len(images), fusion.detectors.weights()
    confidence, indices, rows = np.full((n, len(alone)), np.nan), *np.full((2, n, len(alone)), -1)
    about, nothing = np.flatnonzero(fused >= 0), np.flatnonzero(annotations >= 0)
    classes = np.ascontiguousarray(fusion.dataset.predictions.class_id[fused[about]])
    for at, (one, place) in enumerate(zip(alone, fusion.places, strict=True)):
        member = fusion.members[fused[about], place]
        found, boxes = member >= 0, one.predictions
        assert boxes.score is not None
        row = boxes.offsets[images[about]][found] + member[found]
        confidence[about, at] = 0
        scores = np.ascontiguousarray(boxes.score[row], np.float64)
        confidence[about[found], at] = fusion.detectors.confidences(place, classes[found], scores)
        indices[about[found], at], rows[about[found], at] = member[found], row
        confidence[nothing, at] = seen[annotations[nothing], place]
        if one.not_run is not None:
            confidence[one.not_run[images, 0], at] = np.nan
    shares = np.where(indices >= 0, np.nan_to_num(confidence) * np.array(weights)[list(fusion.places)], -1)
    lead = np.where((indices >= 0).any(1), shares.argmax(1), -1)
    of_lead = (np.arange(n), lead)
    return Support(confidence, lead, np.where(lead >= 0, indices[of_lead], -1), np.where(lead >= 0, rows[of_lead], -1))


def as_dicts(names: Sequence[str], confidence: Any) -> list[dict[str, float | None] | None]:
    """For each row a dict from detectors to confidences, None for one that was not run; None if a row has none."""
    rows = np.asarray(confidence).tolist()
    known = [[None if one != one else one for one in row] for row in rows]
    return [dict(zip(names, row, strict=True)) if any(one is not None for one in row) else None for row in known]
