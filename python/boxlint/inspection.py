"""Looks at a whole data set for what would make its scores wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boxlint import _core
from boxlint.dataset import Boxes, Dataset
from boxlint.formats.findings import KINDS, Finding

__all__ = ["KINDS", "Finding", "inspect"]

# The first four are those of the engine's reader of COCO files.
_SLACK = 1.0
_ENOUGH = 20
_MANY = 0.1
_COPIES = 0.5
_COPY_STEP = 0.1

_Mask = NDArray[np.bool_]


def inspect(dataset: Dataset) -> list[Finding]:
    """What is worth telling about a data set from any source; nothing is changed.

    Boxes up to a pixel outside their image are not told of. A data set without predictions is taken for one whose
    detector has not run.

    Parameters
    ----------
    dataset:
        What to look at.

    Returns
    -------
    findings:
        One of each kind and place. Those whose ``is_error`` is true make scores wrong.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> shares = Dataset(Boxes([[0.1, 0.1, 0.5, 0.5]], [0]), Boxes([[1, 1, 9, 9]], [0], [0.99]))
    >>> for finding in inspect(shares):
    ...     print(finding.is_error, finding)
    True annotations: 1 boxes, all within 0 to 1, where pixels are expected, the first: box 0 of image 0 spans
    [0.1, 0.1, 0.5, 0.5]
    """
    annotations = _Side(dataset, dataset.annotations, "annotations")
    findings = [*_flags(annotations), *_shapes(annotations), *_empty_images(annotations)]
    if len(dataset.predictions.class_id):
        detections = _Side(dataset, dataset.predictions, "detections")
        findings += [*_shapes(detections), *_empty_images(detections), *_scores(detections)]
        findings += [*_classes(annotations, detections), *_copies(annotations, detections)]
    return findings


@dataclass(frozen=True)
class _Side:
    """The annotations or the detections of a data set, and how to speak of them."""

    dataset: Dataset
    boxes: Boxes
    where: str

    @property
    def image(self) -> NDArray[np.int64]:
        """(n,) image of each box."""
        return np.repeat(np.arange(len(self.boxes)), np.diff(self.boxes.offsets))

    @property
    def rows(self) -> NDArray[np.float64]:
        """(n, 6) image, class and corners of each box."""
        return np.column_stack([self.image, self.boxes.class_id, self.boxes.xyxy]).astype(np.float64)

    def find(self, kind: str, mask: _Mask) -> Iterator[Finding]:
        """A finding if the mask (n,) of boxes holds anything."""
        if mask.any():
            row = int(mask.argmax())
            image = int(np.searchsorted(self.boxes.offsets, row, side="right")) - 1
            place = f"box {row - int(self.boxes.offsets[image])} of {self.name(image)}"
            example = f"{place} spans {self.boxes.xyxy[row].astype(np.float64).round(3).tolist()}"
            if self.boxes.score is not None:
                example += f" with score {self.boxes.score[row]:g}"
            yield Finding(KINDS[kind], self.where, int(mask.sum()), example)

    def find_all(self, kind: str) -> Iterator[Finding]:
        return self.find(kind, np.ones(len(self.boxes.class_id), bool))

    def name(self, image: int) -> str:
        names = self.dataset.image_names
        return f"image {image}" if names is None else repr(names[image])


def _flags(side: _Side) -> Iterator[Finding]:
    if side.boxes.ignore is not None:
        yield from side.find("ignore", side.boxes.ignore)


def _shapes(side: _Side) -> Iterator[Finding]:
    xyxy = side.boxes.xyxy
    if len(xyxy) == 0:
        return
    low, high = xyxy[:, :2], xyxy[:, 2:]
    inverted: _Mask = np.any(high < low, axis=1)
    outside = _outside(side)
    yield from side.find("inverted", inverted)
    yield from side.find("no_area", ~inverted & np.any(high == low, axis=1))
    yield from side.find("outside", outside)
    yield from side.find("repeated", _repeated(side.rows))
    if ((xyxy >= 0) & (xyxy <= 1)).all():
        yield from side.find_all("relative")
    elif len(xyxy) >= _ENOUGH and (high - low > low).all() and outside.mean() >= _MANY:
        yield from side.find_all("corners_as_size")
    elif len(xyxy) >= _ENOUGH and inverted.mean() >= _MANY:
        yield from side.find("size_as_corners", inverted)


def _outside(side: _Side) -> _Mask:
    """Boxes that reach more than a pixel outside their image; the sides of an unknown one are NaN."""
    low, high = np.minimum(*_corners(side.boxes)), np.maximum(*_corners(side.boxes))
    outside: _Mask = np.any(low < -_SLACK, axis=1)
    if side.dataset.image_sizes is not None:
        outside |= np.any(high - side.dataset.image_sizes[side.image] > _SLACK, axis=1)
    return outside


def _corners(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return boxes.xyxy[:, :2].astype(np.float64), boxes.xyxy[:, 2:].astype(np.float64)


def _empty_images(side: _Side) -> Iterator[Finding]:
    empty = np.flatnonzero(np.diff(side.boxes.offsets) == 0)
    if len(empty):
        yield Finding(KINDS[f"without_{side.where}"], "images", len(empty), side.name(int(empty[0])))


def _scores(side: _Side) -> Iterator[Finding]:
    assert side.boxes.score is not None
    if side.boxes.score.max() < _core.LOW_PROBABILITY_THRESHOLD:
        yield from side.find_all("none_likely")
    elif side.boxes.score.max() < _core.HIGH_PROBABILITY_THRESHOLD:
        yield from side.find_all("none_certain")


def _classes(annotations: _Side, detections: _Side) -> Iterator[Finding]:
    annotated = np.unique(annotations.boxes.class_id)
    detected = np.unique(detections.boxes.class_id)
    never = np.setdiff1d(annotated, detected)
    if len(annotated) and len(never) == len(annotated):
        yield from detections.find_all("classes_apart")
    elif len(never):
        names = annotations.dataset.class_names or ()
        example = repr(names[never[0]]) if never[0] < len(names) else f"class {never[0]}"
        yield Finding(KINDS["undetected_class"], "classes", len(never), example)


def _copies(annotations: _Side, detections: _Side) -> Iterator[Finding]:
    """Detections that equal an annotation but for rounding, when at least half of the annotations have such a one."""
    labelled, detected = (np.rint(side.rows / [1, 1, *[_COPY_STEP] * 4]) for side in (annotations, detections))
    group = _groups(np.vstack([labelled, detected]))
    ours, theirs = group[: len(labelled)], group[len(labelled) :]
    if len(ours) and np.isin(ours, theirs).mean() >= _COPIES:
        yield from detections.find("copied", np.isin(theirs, ours))


def _repeated(rows: NDArray[np.float64]) -> _Mask:
    """Which rows an earlier one equals."""
    repeated = np.ones(len(rows), bool)
    repeated[np.unique(_groups(rows), return_index=True)[1]] = False
    return repeated


def _groups(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) a number for each of the rows (n, k), the same for equal rows."""
    order = np.lexsort(rows.T)
    differs = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    group = np.zeros(len(rows), np.int64)
    group[order[1:]] = np.cumsum(differs)
    return group
