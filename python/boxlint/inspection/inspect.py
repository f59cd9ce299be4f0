"""Inspects a whole data set for what would make its scores wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import expect
from boxlint._by_name import columns_by_name
from boxlint._core import (
    HIGH_PROBABILITY_THRESHOLD,
    LOW_PROBABILITY_THRESHOLD,
    check_boxes,
    near_duplicates,
    near_repeats,
)
from boxlint.dataset import Dataset, Ids
from boxlint.inspection.classes import (
    find_classes_apart,
    find_equal_names,
    find_lacking_classes,
    find_permuted_classes,
)
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind
from boxlint.inspection.inspected import Inspected, image_name
from boxlint.inspection.places import find_boxes_apart

__all__ = ["inspect", "report_findings"]

_FLAGS: frozenset[FindingKind] = frozenset({"crowd", "ignore", "difficult"})
# Boxes with other coordinates than these lie apart for this reason alone.
_COORDINATES: frozenset[FindingKind] = frozenset({"relative", "corners_as_size", "size_as_corners"})

# So many boxes outside of their images, of which only this fraction stays with width and height exchanged, show that
# these are.
_MANY_OUTSIDE, _FEW_OUTSIDE = 5, 0.1
# Of so many ids, those are sorted together that leave the same remainder by a prime, which shares out ids in steps too.
_MANY_IDS, _PARTS = 1 << 20, 31


def inspect(dataset: Dataset) -> list[Finding]:
    """Finds what may be wrong with a data set from any source; nothing is changed.

    Boxes up to a pixel outside their image are not reported. If a data set has no predictions, its detector is taken to
    have not run yet. Of several detectors, each is inspected, and examples begin with its name.

    Parameters
    ----------
    dataset:
        What to inspect.

    Returns
    -------
    findings:
        One for each kind and place. Those whose ``is_error`` is true make scores wrong.

    Raises
    ------
    TypeError
        If it is no `Dataset`.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> relative = Dataset(Boxes([[0.1, 0.1, 0.5, 0.5]], [0]), Boxes([[1, 1, 9, 9]], [0], [0.99]))
    >>> for finding in inspect(relative):
    ...     print(finding.is_error, finding)
    True annotations: boxes, nearly all within 0 to 1, where pixels are expected (1), the first: box 0 of image 0 spans
    [0.1, 0.1, 0.5, 0.5]
    """
    expect("inspect", dataset, Dataset)
    annotations = Inspected(dataset, dataset.annotations, dataset.annotation_ids, "annotations")
    findings = [*find_equal_names(dataset), *_repeated_ids(dataset.image_ids, "images")]
    findings += [
        *_ids(annotations),
        *_ignored(annotations),
        *_shapes(annotations),
        *_near_repeats(annotations),
    ]
    findings += [*_empty_images(annotations, "without_annotations"), *find_lacking_classes(dataset)]
    odd = any(finding.kind in _COORDINATES for finding in findings)
    if not dataset.more_predictions:
        return findings + _of_predictions(annotations, dataset, odd)
    for name, one in dataset.detectors.items():
        found = _of_predictions(annotations, one, odd)
        findings += [replace(finding, example=f"{name}: {finding.example}") for finding in found]
    return findings


def _of_predictions(annotations: Inspected, dataset: Dataset, odd: bool) -> list[Finding]:
    """Findings about the predictions of a detector; nothing lies apart where the annotations are ``odd`` themselves."""
    if not len(dataset.predictions.class_id):
        return []
    predictions = Inspected(dataset, dataset.predictions, dataset.prediction_ids, "detections")
    findings = [*_repeated_ids(predictions.ids, "detections"), *_shapes(predictions), *_scores(predictions)]
    findings += [
        *_empty_images(predictions, "without_detections", dataset.not_run),
        *find_classes_apart(annotations, predictions),
    ]
    findings += [*find_permuted_classes(dataset), *_copies(annotations, predictions)]
    if not odd and not any(finding.kind in _COORDINATES for finding in findings):
        findings += find_boxes_apart(dataset)
    return findings


def report_findings(
    source: object,
    dataset: Dataset,
    read: Sequence[Finding],
    refuse: Collection[FindingKind],
    on_finding: FindingCallback | None,
) -> None:
    """Reports what a reader found in its files, and what `inspect` finds in the data set that it made of them.

    Parameters
    ----------
    source:
        The name of the files, for the message of the error.
    dataset:
        The data set. It is not inspected if there is nobody to report to.
    read:
        What the reader found.
    refuse:
        Kinds of findings that raise an error.
    on_finding:
        Called with each finding, up to the first that is refused.

    Raises
    ------
    ValueError
        At the first finding of a kind to refuse.
    """
    if not refuse and on_finding is None:
        return
    for finding in _merged(read, inspect(dataset)):
        if finding.kind in refuse:
            raise ValueError(f"{source}: {finding}")
        if on_finding is not None:
            on_finding(finding)


def _merged(read: Sequence[Finding], inspected: Sequence[Finding]) -> list[Finding]:
    """All findings; of two of the same kind and place, that of the reader, which knows the place in the file."""
    known = {(finding.kind, finding.where) for finding in read}
    if any(finding.kind in _FLAGS for finding in read):
        # The ignored annotations are those with flags, and the reader says with which ones.
        known.add(("ignore", "annotations"))
    return [*read, *(finding for finding in inspected if (finding.kind, finding.where) not in known)]


def _ids(annotations: Inspected) -> Iterator[Finding]:
    ids = annotations.ids
    yield from _repeated_ids(ids, "annotations")
    if ids is not None:
        zeros = np.flatnonzero(ids == 0) if _are_numbers(ids) else [row for row, given in enumerate(ids) if given == 0]
        if len(zeros):
            yield from annotations.find("id_zero", {"count": len(zeros), "first": int(zeros[0])})


def _repeated_ids(ids: Ids | None, where: str) -> Iterator[Finding]:
    """Ids that stand twice, or more often."""
    if ids is None:
        return
    again = _repeated_numbers(ids) if _are_numbers(ids) else _repeated(ids)
    if len(again):
        yield Finding("duplicate_id", where, len(again), f"id {ids[again[0]]}")


def _are_numbers(ids: Ids) -> TypeGuard[NDArray[np.int64]]:
    return isinstance(ids, np.ndarray) and ids.dtype.kind in "iu"


def _repeated(ids: Iterable[int | str]) -> list[int]:
    """The rows of ids that stand before."""
    seen: set[int | str] = set()
    again = []
    for row, given in enumerate(ids):
        if given in seen:
            again.append(row)
        seen.add(given)
    return again


def _repeated_numbers(ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """The same of numbers, which are sorted a part at a time: numpy looks for no signal while it sorts."""
    if (ids[1:] > ids[:-1]).all():
        return np.empty(0, np.intp)
    again = np.ones(len(ids), bool)
    part = ids % _PARTS if len(ids) >= _MANY_IDS else np.zeros(len(ids), np.int64)
    for number in range(int(part.max()) + 1):
        rows = np.flatnonzero(part == number)
        again[rows[np.unique(ids[rows], return_index=True)[1]]] = False
    return np.flatnonzero(again)


def _near_repeats(annotations: Inspected) -> Iterator[Finding]:
    yield from annotations.find("nearly_repeated", near_repeats(columns_by_name(annotations.dataset)))


def _ignored(annotations: Inspected) -> Iterator[Finding]:
    ignore = annotations.boxes.ignore
    if ignore is not None and ignore.any():
        yield from annotations.find("ignore", {"count": int(ignore.sum()), "first": int(ignore.argmax())})


def _shapes(inspected: Inspected) -> Iterator[Finding]:
    sizes = inspected.dataset.image_sizes
    found = check_boxes(inspected.boxes._columns, sizes)
    for kind, occurrences in found.items():
        yield from inspected.find(kind, occurrences)
    if sizes is not None and found["outside"]["count"] >= _MANY_OUTSIDE:
        exchanged = check_boxes(inspected.boxes._columns, np.ascontiguousarray(sizes[:, ::-1]))["outside"]["count"]
        if exchanged <= _FEW_OUTSIDE * found["outside"]["count"]:
            yield from inspected.find("sizes_exchanged", found["outside"])


def _empty_images(
    inspected: Inspected, kind: FindingKind, not_run: NDArray[np.bool_] | None = None
) -> Iterator[Finding]:
    """Images without boxes, but for those on which no detector was run."""
    without = np.diff(inspected.boxes.offsets) == 0
    empty = np.flatnonzero(without if not_run is None else without & ~not_run.all(axis=1))
    if len(empty):
        yield Finding(kind, "images", len(empty), image_name(inspected.dataset, int(empty[0])))


def _scores(predictions: Inspected) -> Iterator[Finding]:
    assert predictions.boxes.score is not None
    highest = predictions.boxes.score.max()
    if highest < LOW_PROBABILITY_THRESHOLD:
        yield from predictions.find_all("none_likely")
    elif highest < HIGH_PROBABILITY_THRESHOLD:
        yield from predictions.find_all("none_certain")


def _copies(annotations: Inspected, predictions: Inspected) -> Iterator[Finding]:
    duplicates = near_duplicates(annotations.boxes._columns, predictions.boxes._columns)
    if duplicates["widespread"]:
        yield from predictions.find("copied", duplicates["predictions"])
