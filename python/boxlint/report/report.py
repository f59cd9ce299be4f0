"""What `boxlint.check` returns: the suspicious boxes, the suspicious images, and the corrected data set."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint import _core
from boxlint._arguments import fraction
from boxlint._files import write_table
from boxlint._text import counted
from boxlint.dataset import Boxes, Dataset, Ids
from boxlint.report.issues import BADLOC, DUPLICATE, KINDS, MISSING, SPURIOUS, SWAP, Issues
from boxlint.report.summary import Summary

__all__ = ["KINDS", "Report"]

Array = NDArray[Any]
Accept = float | ArrayLike | Callable[[Issues], ArrayLike]


@final
class Report:
    """The suspicious boxes of a data set, and how suspicious its images are.

    Suspicion is the probability of an error, as far as the detector can tell and under the prior odds: it orders rows
    and images well, and is no promise of a rate.

    Attributes
    ----------
    dataset:
        What was checked.
    issues:
        One row for each suspected error, most suspicious first; rows of equal suspicion by image, kind and box. See
        `boxlint.report.issues.Issues`.
    """

    def __init__(self, dataset: Dataset, found: _core.CheckResult) -> None:
        self.dataset = dataset
        self.issues = Issues(dataset, found)
        # -ln(1 - suspicion) of each image: has no ties where suspicions are near 1.
        self._image_neg_log_clean = found.image_neg_log_clean
        self._confident_predictions = found.confident_predictions

    def __len__(self) -> int:
        """Number of rows."""
        return self.issues.rows

    def __repr__(self) -> str:
        return f"Report({counted(len(self), 'row')}, {counted(len(self._image_neg_log_clean), 'image')})"

    @property
    def image_scores(self) -> NDArray[np.float64]:
        """(N,) 1 less the suspicion of each image: the lower, the likelier an error in its annotations."""
        return np.exp(-self._image_neg_log_clean)

    @property
    def image_order(self) -> NDArray[np.intp]:
        """(N,) indices of the images, most suspicious first, also where their scores are so low that they are equal."""
        return np.argsort(-self._image_neg_log_clean, kind="stable")

    def top(self, n: int, kind: str | None = None) -> Issues:
        """The most suspicious rows, of all kinds or of one."""
        if operator.index(n) < 0:
            raise ValueError(f"n is {n}, expected at least 0")
        return self.issues.take(np.arange(min(n, len(self))) if kind is None else self.rows_of(kind)[:n])

    def rows_of(self, kind: str) -> NDArray[np.intp]:
        """Indices of the rows of one kind, most suspicious first."""
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
        return self._by_kind[KINDS.index(kind)]

    @cached_property
    def _by_kind(self) -> list[NDArray[np.intp]]:
        kinds = self.issues._rows.kind
        order = np.argsort(kinds, kind="stable")
        return np.split(order, np.searchsorted(kinds[order], np.arange(1, len(KINDS))))

    def summary(self) -> Summary:
        """What was found, by kind and class, and whether the detector can show it at all; prints as text."""
        return Summary(self.dataset, self.issues, self._confident_predictions)

    def changes(self, accept: Accept = 0.5) -> Issues:
        """The rows that `apply` carries out: of those accepted, the most suspicious of each annotation."""
        rows = self._accepted(accept)
        annotation = self.issues.annotation_rows()[rows]
        first = np.zeros(len(rows), bool)
        first[np.unique(annotation, return_index=True)[1]] = True
        return self.issues.take(rows[first | (annotation < 0)])

    def apply(self, accept: Accept = 0.5) -> Dataset:
        """A corrected copy of the data set, with `changes` carried out.

        Classes and boxes are replaced, spurious and doubled annotations deleted, and missing ones added after the
        others of their image, with ids above all that there are. An annotation is changed once at most.

        Parameters
        ----------
        accept:
            Which rows to believe: those from a suspicion on, those of a mask or of a list of indices, or those of what
            a function of `issues` returns.

        Examples
        --------
        >>> import boxlint
        >>> labels = [{"bboxes": [[10, 10, 90, 90]], "labels": [0]}] * 30 + [{"bboxes": [], "labels": []}]
        >>> report = boxlint.check(labels, [[[[10, 10, 90, 90, 0.9]]]] * 31)
        >>> report.apply(accept=0.5)
        Dataset(31 images, 31 annotations, 31 predictions)
        >>> report.apply(accept=lambda issues: issues["kind"] == "swap")
        Dataset(31 images, 30 annotations, 31 predictions)
        """
        changes = self.changes(accept)
        annotations, predictions = self.dataset.annotations, self.dataset.predictions
        kind, annotation, prediction = changes._rows.kind, changes.annotation_rows(), changes.prediction_rows()
        added = np.sort(prediction[kind == MISSING])
        # Where each of the new annotations goes: the end of its image.
        image = np.searchsorted(predictions.offsets, added, side="right") - 1
        end = annotations.offsets[image + 1]
        xyxy = np.insert(_common(annotations.xyxy, predictions.xyxy), end, predictions.xyxy[added], axis=0)
        class_id = np.insert(annotations.class_id, end, predictions.class_id[added])
        place = np.arange(len(annotations.class_id)) + np.searchsorted(
            end, np.arange(len(annotations.class_id)), "right"
        )
        class_id[place[annotation[kind == SWAP]]] = predictions.class_id[prediction[kind == SWAP]]
        xyxy[place[annotation[kind == BADLOC]]] = predictions.xyxy[prediction[kind == BADLOC]]
        offsets = annotations.offsets + np.concatenate([[0], np.cumsum(np.bincount(image, minlength=len(annotations)))])
        ignore = None if annotations.ignore is None else np.insert(annotations.ignore, end, False)
        keep = np.ones(len(class_id), bool)
        keep[place[annotation[np.isin(kind, (SPURIOUS, DUPLICATE))]]] = False
        corrected = Boxes(xyxy, class_id, offsets=offsets, ignore=ignore).keep(keep)
        ids = _with_fresh(self.dataset.annotation_ids, end)
        return replace(
            self.dataset,
            annotations=corrected,
            annotation_ids=None if ids is None else [one for one, kept in zip(ids, keep, strict=True) if kept],
        )

    def _accepted(self, accept: Accept) -> NDArray[np.intp]:
        """Indices of rows, in their order."""
        if callable(accept):
            return self._accepted(accept(self.issues))
        chosen = np.asarray(accept)
        if chosen.ndim == 0:
            return np.flatnonzero(self.issues["suspicion"] >= fraction("accept", chosen.item()))
        if chosen.dtype.kind == "b" and chosen.shape == (len(self),):
            return np.flatnonzero(chosen)
        indices = chosen.dtype.kind in "iu" or chosen.size == 0
        if not indices or chosen.ndim != 1 or (chosen.size and not (0 <= chosen.min() <= chosen.max() < len(self))):
            raise ValueError(f"accept: expected a suspicion, or a mask or indices of the {len(self)} rows")
        return np.unique(chosen.astype(np.intp))

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame; a box is four columns."""
        try:
            import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        return pandas.DataFrame(self.issues.flat())

    def to_arrow(self) -> Any:
        """The rows as a pyarrow Table; a box is four columns, what there is not is null."""
        try:
            import pyarrow
        except ImportError as error:
            raise ImportError("to_arrow needs pyarrow: pip install 'boxlint[arrow]'") from error
        return pyarrow.table(
            {name: pyarrow.array(column, from_pandas=True) for name, column in self.issues.flat().items()}
        )

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as CSV, whole or not at all."""
        write_table(self._plain(), path, "csv")

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as JSON, a list of objects, whole or not at all."""
        write_table(self._plain(), path, "json")

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as Parquet, whole or not at all."""
        write_table(self._plain(), path, "parquet")

    def _plain(self) -> dict[str, list[Any]]:
        """Columns of plain values, with None for NaN, which JSON does not know."""
        return {
            name: [None if value != value else value for value in column.tolist()]
            for name, column in self.issues.flat().items()
        }


def _common(boxes: Array, others: Array) -> Array:
    return boxes.astype(np.result_type(boxes, others), copy=False)


def _with_fresh(ids: Ids | None, end: Array) -> list[int | str] | None:
    """The ids with new ones before some of the rows."""
    if ids is None:
        return None
    known = np.asarray(ids).tolist() if isinstance(ids, np.ndarray) else list(ids)
    greatest = max((one for one in known if isinstance(one, int)), default=0)
    starts = [0, *end.tolist()]
    merged: list[int | str] = []
    for count, (start, stop) in enumerate(zip(starts, [*starts[1:], len(known)], strict=True)):
        merged += [*([greatest + count] if count else []), *known[start:stop]]
    return merged
