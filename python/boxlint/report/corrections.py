"""Which rows of a report are believed, and the data set corrected by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import fraction
from boxlint._detectors import all_predictions, classes_of_boxes
from boxlint._kinds import DUPLICATE, SPURIOUS
from boxlint._text import listed
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, Ids, class_ids_by_name, class_name
from boxlint.report.columns import IssueColumns
from boxlint.report.issue import Box
from boxlint.report.issues import Issues

__all__ = ["Accept", "Change", "Changes", "accepted", "corrected", "first_of_each_annotation"]

Array = NDArray[Any]
# All numbers of so many digits are of 64 bits.
_DIGITS = 18
# A suspicion, a mask or indices of rows, or a function that makes one of these of the issues.
Accept = float | ArrayLike | Callable[[Issues], ArrayLike]


def accepted(issues: Issues, accept: Accept) -> NDArray[np.intp]:
    """The rows that are believed, in their order: see `Report.apply`."""
    if callable(accept):
        return accepted(issues, accept(issues))
    expected = f"expected a suspicion, or a mask or indices of the {len(issues)} rows"
    if not isinstance(accept, (Real, list, tuple, range)) and not hasattr(accept, "__array__"):
        raise TypeError(f"accept: {expected}, found {type(accept).__name__}")
    try:
        given: Any = np.ma.asarray(accept)
    except ValueError as error:
        raise ValueError(f"accept: {expected}") from error
    # A comparison with a masked column is masked where there is nothing: no reason to believe these rows.
    chosen = given.filled(False) if given.dtype.kind == "b" else given.data
    if chosen.ndim == 0:
        return np.flatnonzero(issues["suspicion"] >= fraction("accept", chosen.item()))
    if chosen.dtype.kind == "b" and chosen.shape == (len(issues),):
        return np.flatnonzero(chosen)
    indices = chosen.dtype.kind in "iu" or chosen.size == 0
    if not indices or chosen.ndim != 1 or (chosen.size and not (0 <= chosen.min() <= chosen.max() < len(issues))):
        raise ValueError(f"accept: {expected}")
    return np.unique(chosen.astype(np.intp))


def first_of_each_annotation(columns: IssueColumns, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of these rows, the first of each annotation, and all of missing ones."""
    annotation = columns.rows.annotation[rows].astype(np.int64)
    both = (columns.rows.image[rows].astype(np.int64) << 32) + annotation
    first = np.zeros(len(rows), bool)
    first[np.unique(both, return_index=True)[1]] = True
    return rows[first | (annotation < 0)]


class Change(NamedTuple):
    """What becomes of an annotation, or what is added: a class by its name and a box, None for those that stay."""

    image_index: int
    annotation_index: int | None
    delete: bool
    label: str | None
    box: Box | None


class Changes(NamedTuple):
    """Annotations that are changed, deleted or added, each once: n of them."""

    image: NDArray[np.int64]
    # Position within the image; -1 for one that is added.
    annotation: NDArray[np.int64]
    delete: NDArray[np.bool_]
    # What they become; anything where they are deleted.
    class_id: NDArray[np.int64]
    xyxy: NDArray[np.float64]

    @classmethod
    def suggested(cls, columns: IssueColumns) -> Changes:
        """What these rows suggest, none of which are of the same annotation."""
        rows = columns.rows
        delete = columns.is_kind(SPURIOUS, DUPLICATE)
        return cls(
            rows.image.astype(np.int64),
            rows.annotation.astype(np.int64),
            delete,
            columns["suggested_class"].data,
            columns["suggested_box"].data,
        )

    @classmethod
    def to_make(cls, dataset: Dataset, changes: Sequence[Change], known_classes: int = 0) -> Changes:
        """These changes of a data set, which has at least so many classes, though it may have no names of them.

        Raises
        ------
        ValueError
            If it has not the image, annotation or class of one of them.
        """
        boxes, class_ids = dataset.annotations, _class_ids(dataset, known_classes)
        classes, corners = [], []
        for one in changes:
            row = _row(boxes, one)
            if one.label is not None and one.label not in class_ids:
                image = one.image_index if dataset.image_names is None else repr(dataset.image_names[one.image_index])
                raise ValueError(f"image {image}: there is no class {one.label!r}, expected one of {listed(class_ids)}")
            classes.append(boxes.class_id[row] if one.label is None else class_ids[one.label])
            corners.append(boxes.xyxy[row] if one.box is None else one.box)
        return cls(
            np.array([one.image_index for one in changes], np.int64),
            np.array([-1 if one.annotation_index is None else one.annotation_index for one in changes], np.int64),
            np.array([one.delete for one in changes], bool),
            np.array(classes, np.int64),
            np.array(corners, np.float64).reshape(-1, 4),
        )


def _row(boxes: Boxes, change: Change) -> int:
    """The row of the annotation that is changed; -1 for one that is added."""
    image, index = change.image_index, change.annotation_index
    if image >= len(boxes):
        raise ValueError(f"there is no image {image}, expected one of {len(boxes)}")
    if index is None:
        return -1
    row = int(boxes.offsets[image]) + index
    if row >= boxes.offsets[image + 1]:
        raise ValueError(f"there is no annotation {index} in image {image}")
    return row


def _class_ids(dataset: Dataset, least: int) -> dict[str, int]:
    """Name -> class id, of at least so many classes where they have no names; the first of several of one name."""
    classes = max(least, classes_of_boxes(dataset))
    return class_ids_by_name(dataset.class_names or [class_name(None, class_id) for class_id in range(classes)])


def corrected(dataset: Dataset, changes: Changes) -> Dataset:
    """The data set with these changes; new annotations stand after the others of their image, in the order of boxes."""
    annotations, boxes, classes = dataset.annotations, changes.xyxy, changes.class_id
    is_new = changes.annotation < 0
    added = np.flatnonzero(is_new)
    added = added[np.lexsort([classes[added], *boxes[added].T[::-1], changes.image[added]])]
    image = changes.image[added]
    end = annotations.offsets[image + 1]
    precision = np.result_type(annotations.xyxy, *(predicted.xyxy for predicted in all_predictions(dataset)))
    corners = annotations.xyxy.astype(precision, copy=False)
    xyxy = np.insert(corners, end, boxes[added], axis=0)
    class_id = np.insert(annotations.class_id, end, classes[added])
    rows = np.arange(len(annotations.class_id))
    moved = rows + np.searchsorted(end, rows, "right")
    row = annotations.offsets[changes.image] + changes.annotation
    other, deleted = moved[row[~is_new & ~changes.delete]], moved[row[~is_new & changes.delete]]
    class_id[other] = classes[~is_new & ~changes.delete]
    xyxy[other] = boxes[~is_new & ~changes.delete]
    keep = np.ones(len(class_id), bool)
    keep[deleted] = False
    offsets = annotations.offsets + np.concatenate([[0], np.cumsum(np.bincount(image, minlength=len(annotations)))])
    ignore = None if annotations.ignore is None else np.insert(annotations.ignore, end, False)
    ids = _with_new_ids(dataset.annotation_ids, end)
    return replace(
        dataset,
        annotations=Boxes(xyxy, class_id, offsets=offsets, ignore=ignore).keep(keep),
        annotation_ids=None if ids is None else [one for one, kept in zip(ids, keep, strict=True) if kept],
    )


def _is_short_number(given: Any) -> bool:
    """Whether a text is a number of 64 bits, beside which the same number would be taken for the same id."""
    return isinstance(given, str) and len(given) <= _DIGITS and given.isascii() and given.isdigit()


def _with_new_ids(ids: Ids | None, end: Array) -> list[int | str] | None:
    """The ids, with new ones before some of the rows: numbers above all that there are, also as texts, from 1 on.

    0 is no id: pycocotools and others never match an annotation that has it.
    """
    if ids is None:
        return None
    known = np.asarray(ids).tolist() if isinstance(ids, np.ndarray) else list(ids)
    greatest = max([0, *(int(one) for one in known if isinstance(one, int) or _is_short_number(one))])
    starts = [0, *end.tolist()]
    merged: list[int | str] = []
    for count, (start, stop) in enumerate(zip(starts, [*starts[1:], len(known)], strict=True)):
        merged += [*([greatest + count] if count else []), *known[start:stop]]
    return merged
