"""Which rows of a report are believed, and the data set corrected by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import fraction
from boxlint._kinds import BADLOC, DUPLICATE, MISSING, SPURIOUS, SWAP
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, Ids
from boxlint.report.columns import IssueColumns
from boxlint.report.issues import Issues

__all__ = ["Accept", "accepted", "corrected", "first_of_each_annotation"]

Array = NDArray[Any]
# A suspicion, a mask or indices of rows, or a function that makes one of these of the issues.
Accept = float | ArrayLike | Callable[[Issues], ArrayLike]


def accepted(issues: Issues, accept: Accept) -> NDArray[np.intp]:
    """The rows that are believed, in their order: see `Report.apply`."""
    if callable(accept):
        return accepted(issues, accept(issues))
    given: Any = np.ma.asarray(accept)
    # A comparison with a masked column is masked where there is nothing: no reason to believe these rows.
    chosen = given.filled(False) if given.dtype.kind == "b" else given.data
    if chosen.ndim == 0:
        return np.flatnonzero(issues["suspicion"] >= fraction("accept", chosen.item()))
    if chosen.dtype.kind == "b" and chosen.shape == (len(issues),):
        return np.flatnonzero(chosen)
    indices = chosen.dtype.kind in "iu" or chosen.size == 0
    if not indices or chosen.ndim != 1 or (chosen.size and not (0 <= chosen.min() <= chosen.max() < len(issues))):
        raise ValueError(f"accept: expected a suspicion, or a mask or indices of the {len(issues)} rows")
    return np.unique(chosen.astype(np.intp))


def first_of_each_annotation(columns: IssueColumns, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of these rows, the first of each annotation, and all of missing ones."""
    annotation = columns.rows.annotation[rows].astype(np.int64)
    both = (columns.rows.image[rows].astype(np.int64) << 32) + annotation
    first = np.zeros(len(rows), bool)
    first[np.unique(both, return_index=True)[1]] = True
    return rows[first | (annotation < 0)]


def corrected(dataset: Dataset, changes: IssueColumns) -> Dataset:
    """The data set with these rows carried out, none of which are of the same annotation."""
    annotations, predictions = dataset.annotations, dataset.predictions
    kind = changes.rows.kind
    boxes, classes = changes["suggested_box"].data, changes["suggested_class"].data
    added = np.flatnonzero(kind == MISSING)
    added = added[np.lexsort([changes.rows.prediction[added], changes.rows.image[added]])]
    # New annotations stand after the others of their image.
    image = changes.rows.image[added]
    end = annotations.offsets[image + 1]
    corners = annotations.xyxy.astype(np.result_type(annotations.xyxy, predictions.xyxy), copy=False)
    xyxy = np.insert(corners, end, boxes[added], axis=0)
    class_id = np.insert(annotations.class_id, end, classes[added])
    rows = np.arange(len(annotations.class_id))
    moved = rows + np.searchsorted(end, rows, "right")
    row = np.where(kind == MISSING, -1, annotations.offsets[changes.rows.image] + changes.rows.annotation)
    swap, badloc, deleted = (np.isin(kind, kinds) for kinds in ((SWAP,), (BADLOC,), (SPURIOUS, DUPLICATE)))
    class_id[moved[row[swap]]] = classes[swap]
    xyxy[moved[row[badloc]]] = boxes[badloc]
    keep = np.ones(len(class_id), bool)
    keep[moved[row[deleted]]] = False
    offsets = annotations.offsets + np.concatenate([[0], np.cumsum(np.bincount(image, minlength=len(annotations)))])
    ignore = None if annotations.ignore is None else np.insert(annotations.ignore, end, False)
    ids = _with_new_ids(dataset.annotation_ids, end)
    return replace(
        dataset,
        annotations=Boxes(xyxy, class_id, offsets=offsets, ignore=ignore).keep(keep),
        annotation_ids=None if ids is None else [one for one, kept in zip(ids, keep, strict=True) if kept],
    )


def _with_new_ids(ids: Ids | None, end: Array) -> list[int | str] | None:
    """The ids, with new ones before some of the rows: numbers above all that there are, from 1 on.

    0 is no id: pycocotools and others never match an annotation that has it.
    """
    if ids is None:
        return None
    known = np.asarray(ids).tolist() if isinstance(ids, np.ndarray) else list(ids)
    greatest = max([0, *(one for one in known if isinstance(one, int))])
    starts = [0, *end.tolist()]
    merged: list[int | str] = []
    for count, (start, stop) in enumerate(zip(starts, [*starts[1:], len(known)], strict=True)):
        merged += [*([greatest + count] if count else []), *known[start:stop]]
    return merged
