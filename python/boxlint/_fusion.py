"""What several detectors say together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._by_name import columns_by_name
from boxlint._core import Detectors, Statistics
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset

__all__ = ["Fusion", "fuse"]


class Fusion(NamedTuple):
    """The predictions of several detectors as one set; of copies, the first stands for all."""

    detectors: Detectors
    # The data set with the fused predictions.
    dataset: Dataset
    # For each fused prediction and detector, the row of the detector's prediction within the image; -1 for none.
    members: NDArray[np.int32]
    # For each detector of the data set, its place among those that are no copies.
    places: tuple[int, ...]


def fuse(
    dataset: Dataset,
    counts: Sequence[Statistics],
    originals: Sequence[int],
    progress: Callable[[int], object] | None = None,
) -> Fusion:
    """What the detectors of a data set say together.

    Parameters
    ----------
    dataset:
        Of several detectors.
    counts:
        What pass 1 counted, for each detector.
    originals:
        For each detector, the first one of which it is a copy.
    progress:
        Is called with the number of images done since.

    Raises
    ------
    ValueError
        If the counts are of another number of detectors.
    """
    alone = list(dataset.detectors.values())
    if len(alone) != len(counts):
        raise ValueError(f"statistics are of {len(counts)} detectors, expected {len(alone)} as in the data set")
    distinct = sorted(set(originals))
    places = tuple(distinct.index(original) for original in originals)
    detectors = Detectors([columns_by_name(alone[at]) for at in distinct], [counts[at] for at in distinct])
    if len(distinct) == 1:
        boxes = alone[distinct[0]].predictions
        rows = np.arange(len(boxes.class_id)) - np.repeat(boxes.offsets[:-1], np.diff(boxes.offsets))
        return Fusion(detectors, alone[distinct[0]], rows[:, None].astype(np.int32), places)
    columns, members = detectors.fuse(progress=progress)
    together = replace(
        dataset,
        predictions=Boxes._of(columns),
        prediction_ids=None,
        detector_names=None,
        more_predictions=(),
        more_prediction_ids=(),
        not_run=None if dataset.not_run is None else dataset.not_run.min(axis=1, keepdims=True),
    )
    return Fusion(detectors, together, members, places)
