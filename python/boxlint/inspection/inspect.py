"""Inspects a whole data set for what would make its scores wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from boxlint._core import HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD, check_boxes, near_duplicates
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, Ids
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind

if TYPE_CHECKING:
    from boxlint._core import Occurrences

__all__ = ["inspect", "report_findings"]

_FLAGS: frozenset[FindingKind] = frozenset({"crowd", "ignore", "difficult"})


def inspect(dataset: Dataset) -> list[Finding]:
    """Finds what may be wrong with a data set from any source; nothing is changed.

    Boxes up to a pixel outside their image are not reported. If a data set has no predictions, its detector is taken to
    have not run yet.

    Parameters
    ----------
    dataset:
        What to inspect.

    Returns
    -------
    findings:
        One for each kind and place. Those whose ``is_error`` is true make scores wrong.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> relative = Dataset(Boxes([[0.1, 0.1, 0.5, 0.5]], [0]), Boxes([[1, 1, 9, 9]], [0], [0.99]))
    >>> for finding in inspect(relative):
    ...     print(finding.is_error, finding)
    True annotations: boxes, all within 0 to 1, where pixels are expected (1), the first: box 0 of image 0 spans
    [0.1, 0.1, 0.5, 0.5]
    """
    annotations = _Inspected(dataset, dataset.annotations, dataset.annotation_ids, "annotations")
    findings = [*_ignored(annotations), *_shapes(annotations), *_empty_images(annotations, "without_annotations")]
    if len(dataset.predictions.class_id):
        predictions = _Inspected(dataset, dataset.predictions, dataset.prediction_ids, "detections")
        findings += [*_shapes(predictions), *_empty_images(predictions, "without_detections"), *_scores(predictions)]
        findings += [*_classes(annotations, predictions), *_copies(annotations, predictions)]
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


@dataclass(frozen=True)
class _Inspected:
    """The annotations or the predictions of a data set, and the words for the places in them."""

    dataset: Dataset
    boxes: Boxes
    ids: Ids | None
    where: str

    def find(self, kind: FindingKind, found: Occurrences) -> Iterator[Finding]:
        """A finding about the boxes that were found, if there are any."""
        row = found["first"]
        if row is not None:
            yield Finding(kind, self.where, found["count"], self._example(kind, row))

    def find_all(self, kind: FindingKind) -> Iterator[Finding]:
        """A finding about all boxes, if there are any."""
        count = len(self.boxes.class_id)
        return self.find(kind, {"count": count, "first": 0 if count else None})

    def name(self, image: int) -> str:
        names = self.dataset.image_names
        return f"image {image}" if names is None else repr(names[image])

    def _example(self, kind: FindingKind, row: int) -> str:
        image = int(np.searchsorted(self.boxes.offsets, row, side="right")) - 1
        example = f"box {row - int(self.boxes.offsets[image])} of {self.name(image)}"
        if self.ids is not None:
            box_id = self.ids[row]
            example += f" (id {box_id!r})" if isinstance(box_id, str) else f" (id {box_id})"
        example += f" spans {self.boxes.xyxy[row].astype(np.float64).round(3).tolist()}"
        if kind == "outside" and self.dataset.image_sizes is not None:
            width, height = self.dataset.image_sizes[image]
            example += f" in an image of {width:g} x {height:g}"
        if self.boxes.score is not None:
            example += f" with score {self.boxes.score[row]:g}"
        return example


def _ignored(annotations: _Inspected) -> Iterator[Finding]:
    ignore = annotations.boxes.ignore
    if ignore is not None and ignore.any():
        yield from annotations.find("ignore", {"count": int(ignore.sum()), "first": int(ignore.argmax())})


def _shapes(inspected: _Inspected) -> Iterator[Finding]:
    sizes = inspected.dataset.image_sizes
    if sizes is not None:
        sizes = np.ascontiguousarray(np.broadcast_to(sizes, (len(inspected.boxes), 2)), np.float64)
    for kind, found in check_boxes(inspected.boxes._columns, sizes).items():
        yield from inspected.find(kind, found)


def _empty_images(inspected: _Inspected, kind: FindingKind) -> Iterator[Finding]:
    empty = np.flatnonzero(np.diff(inspected.boxes.offsets) == 0)
    if len(empty):
        yield Finding(kind, "images", len(empty), inspected.name(int(empty[0])))


def _scores(predictions: _Inspected) -> Iterator[Finding]:
    assert predictions.boxes.score is not None
    highest = predictions.boxes.score.max()
    if highest < LOW_PROBABILITY_THRESHOLD:
        yield from predictions.find_all("none_likely")
    elif highest < HIGH_PROBABILITY_THRESHOLD:
        yield from predictions.find_all("none_certain")


def _classes(annotations: _Inspected, predictions: _Inspected) -> Iterator[Finding]:
    annotated = np.unique(annotations.boxes.class_id)
    detected = np.unique(predictions.boxes.class_id)
    never = np.setdiff1d(annotated, detected)
    if len(annotated) and len(never) == len(annotated):
        yield from predictions.find_all("classes_apart")
    elif len(never):
        names = annotations.dataset.class_names or ()
        example = repr(names[never[0]]) if never[0] < len(names) else f"class {never[0]}"
        yield Finding("undetected_class", "classes", len(never), example)


def _copies(annotations: _Inspected, predictions: _Inspected) -> Iterator[Finding]:
    duplicates = near_duplicates(annotations.boxes._columns, predictions.boxes._columns)
    if duplicates["widespread"]:
        yield from predictions.find("copied", duplicates["predictions"])
