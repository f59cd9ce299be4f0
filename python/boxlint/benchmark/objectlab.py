"""ObjectLab's scores as ranked lists, so that `evaluate` can measure them beside `boxlint.check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._by_name import verified_boxes
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.rank import (
    compute_badloc_box_scores,
    compute_overlooked_box_scores,
    compute_swap_box_scores,
    get_label_quality_scores,
)

__all__ = ["ObjectLabRanking", "objectlab_ranking"]


@dataclass(frozen=True, eq=False)
class ObjectLabRanking:
    """Lists and scores as `boxlint.benchmark.evaluate` reads them; made by `objectlab_ranking`.

    Attributes
    ----------
    issues:
        Columns ``kind``, ``suspicion``, ``image_index``, ``annotation_index``, ``suggested_class``, ``suggested_box``.
    image_scores:
        (N,) low is bad.
    image_order:
        (N,) lowest score first.
    """

    issues: Mapping[str, NDArray[Any]]
    image_scores: NDArray[np.float64]
    image_order: NDArray[np.int64]


def objectlab_ranking(dataset: Dataset) -> ObjectLabRanking:
    """Ranks the box scores of `boxlint.rank`, lowest first, into one list a kind.

    Missing objects are the predictions with an overlooked score; each suggests itself. Swap and badloc rows are the
    annotations that score below 1; they suggest nothing. ObjectLab has no other kinds. Ignored annotations are not
    listed. ObjectLab takes one detector: of several, the first counts.

    Many scores are so close to 0 that 1 - score would round to 1 and lose their order. So the suspicion of a row is the
    fraction of its list that scores higher, equal scores counting half: a rank, not a rate.

    Examples
    --------
    >>> annotations = Boxes([[10, 10, 50, 50], [80, 80, 90, 90]], [1, 1])
    >>> predictions = Boxes([[12, 10, 50, 50], [200, 200, 240, 240]], [0, 1], score=[0.99, 0.98])
    >>> ranking = objectlab_ranking(Dataset(annotations, predictions))
    >>> list(zip(ranking.issues["kind"].tolist(), ranking.issues["annotation_index"].tolist()))
    [('missing', -1), ('swap', 0), ('swap', 1)]
    >>> ranking.issues["suspicion"]
    array([0.5 , 0.75, 0.25])
    """
    annotations, predictions = verified_boxes(dataset)
    given: dict[str, Any] = {"labels": annotations, "predictions": predictions}
    overlooked = np.concatenate([*compute_overlooked_box_scores(**given), np.empty(0)])
    lists = [_list("missing", overlooked, np.flatnonzero(~np.isnan(overlooked)), predictions)]
    for kind, scorer in (("swap", compute_swap_box_scores), ("badloc", compute_badloc_box_scores)):
        scores = np.concatenate([*scorer(**given), np.empty(0)])
        lists.append(_list(kind, scores, np.flatnonzero(scores < 1), annotations))
    image_scores = get_label_quality_scores(annotations, predictions, verbose=False)
    issues = {name: np.concatenate([columns[name] for columns in lists]) for name in lists[0]}
    return ObjectLabRanking(issues, image_scores, np.argsort(image_scores, kind="stable"))


def _list(kind: str, scores: NDArray[np.float64], rows: NDArray[np.int64], boxes: Boxes) -> dict[str, NDArray[Any]]:
    """The list of one kind: some rows of the boxes, lowest score first."""
    rows = rows[np.argsort(scores[rows], kind="stable")]
    image = np.searchsorted(boxes.offsets, rows, side="right") - 1
    missing = kind == "missing"
    return {
        "kind": np.full(len(rows), kind, "U9"),
        "suspicion": 1 - _rank(scores[rows]),
        "image_index": image,
        "annotation_index": np.full(len(rows), -1) if missing else rows - boxes.offsets[image],
        "suggested_class": boxes.class_id[rows] if missing else np.full(len(rows), -1),
        "suggested_box": boxes.xyxy[rows] if missing else np.full((len(rows), 4), np.nan),
    }


def _rank(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of sorted scores, from 0 to 1; equal scores share their mean rank."""
    _, which, count = np.unique(scores, return_inverse=True, return_counts=True)
    return np.asarray(((np.cumsum(count) - count / 2) / max(len(scores), 1))[which])
