"""The columns of a table of issues about what several detectors say together."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._fusion import Fusion
from boxlint._kinds import SPURIOUS
from boxlint._table import objects, texts
from boxlint.dataset import Dataset
from boxlint.report.columns import IssueColumns
from boxlint.report.given import integers
from boxlint.report.rows import EngineRows, rows_of
from boxlint.report.support import Support, support_of

__all__ = ["Ensemble", "issue_columns"]

Array = NDArray[Any]


class Ensemble(NamedTuple):
    """What several detectors say together, and each of them about the annotations."""

    names: tuple[str, ...]
    fusion: Fusion
    # (annotations, detectors that are no copies) how surely each sees an object there; NaN where it says nothing.
    seen: NDArray[np.float32]


def issue_columns(dataset: Dataset, rows: EngineRows, ensemble: Ensemble | None) -> IssueColumns:
    """The columns of rows about a data set; of several detectors, they point back at the predictions of each."""
    if ensemble is None:
        return IssueColumns(dataset, rows, dataset.class_names)
    fused, each = ensemble.fusion.dataset, partial(_of_detectors, dataset, ensemble)
    return IssueColumns(fused, rows, fused.class_names, detector_names=ensemble.names, of_detectors=each)


def _of_detectors(dataset: Dataset, ensemble: Ensemble, rows: EngineRows) -> dict[str, Array]:
    """The columns about the predictions of each detector."""
    fused = ensemble.fusion.dataset
    images = rows.image.astype(np.intp)
    annotations = np.where(rows.kind == SPURIOUS, rows_of(fused.annotations, images, rows.annotation), -1)
    support = support_of(
        ensemble.fusion,
        ensemble.seen,
        dataset,
        images,
        rows_of(fused.predictions, images, rows.prediction),
        annotations,
    )
    confidence = np.round(support.confidence, 6)
    scores = np.full(len(images), np.nan)
    for at, one in enumerate(dataset.detectors.values()):
        assert one.predictions.score is not None
        of_one = support.detector == at
        scores[of_one] = one.predictions.score[support.row[of_one]]
    return {
        "prediction_index": _masked(support.position, -1),
        "prediction_id": _prediction_ids(dataset, support),
        "score": _masked(scores, np.nan),
        "detector": objects(texts([*ensemble.names, None]))[support.detector],
        "support": np.ma.MaskedArray(confidence, np.isnan(confidence), fill_value=np.nan),
    }


def _masked(numbers: Array, nothing: float) -> Array:
    """A column of numbers, masked where there is nothing."""
    mask = np.isnan(numbers) if numbers.dtype.kind == "f" else numbers == nothing
    return np.ma.MaskedArray(numbers, mask, fill_value=nothing)


def _prediction_ids(dataset: Dataset, support: Support) -> Array:
    """The source's ids: masked integers, or texts with None if those of any detector are not all integers."""
    ids = [integers(one.prediction_ids) for one in dataset.detectors.values()]
    numbers = all(isinstance(of, np.ndarray | None) for of in ids)
    column = np.full(len(support.row), -1 if numbers else None, np.int64 if numbers else object)
    nothing = np.ones(len(column), bool)
    for at, of in enumerate(ids):
        if of is not None:
            rows = np.flatnonzero(support.detector == at)
            column[rows] = [of[row] for row in support.row[rows].tolist()]
            nothing[rows] = False
    return np.ma.MaskedArray(column, nothing, fill_value=-1) if numbers else column
