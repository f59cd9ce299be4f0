"""Looks at a whole data set for what would make its scores wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from boxlint import _core
from boxlint.dataset import Boxes, Dataset
from boxlint.inspection.findings import KINDS, Finding

__all__ = ["KINDS", "Finding", "inspect"]

# The first two are those of the engine's reader of COCO files.
_ENOUGH = 20
_MANY = 0.1
_COPIES = 0.5


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
    True annotations: boxes, all within 0 to 1, where pixels are expected (1), the first: box 0 of image 0 spans
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

    def find(self, kind: str, count: int, row: int = 0) -> Iterator[Finding]:
        """A finding if there are any such boxes, of which the first is in this row."""
        if count:
            image = int(np.searchsorted(self.boxes.offsets, row, side="right")) - 1
            place = f"box {row - int(self.boxes.offsets[image])} of {self.name(image)}"
            example = f"{place} spans {self.boxes.xyxy[row].astype(np.float64).round(3).tolist()}"
            if self.boxes.score is not None:
                example += f" with score {self.boxes.score[row]:g}"
            yield Finding(KINDS[kind], self.where, count, example)

    def find_all(self, kind: str) -> Iterator[Finding]:
        return self.find(kind, len(self.boxes.class_id))

    def name(self, image: int) -> str:
        names = self.dataset.image_names
        return f"image {image}" if names is None else repr(names[image])


def _flags(side: _Side) -> Iterator[Finding]:
    ignore = side.boxes.ignore
    if ignore is not None:
        yield from side.find("ignore", int(ignore.sum()), int(ignore.argmax()))


def _shapes(side: _Side) -> Iterator[Finding]:
    boxes = len(side.boxes.class_id)
    sizes = side.dataset.image_sizes
    if sizes is not None:
        sizes = np.ascontiguousarray(np.broadcast_to(sizes, (len(side.boxes), 2)), np.float64)
    looks = _core.looks(side.boxes._columns, sizes)
    for kind in ("inverted", "no_area", "outside", "repeated"):
        yield from side.find(kind, *looks[kind])
    count = {look: count for look, (count, _) in looks.items()}
    if count["relative"] == boxes:
        yield from side.find_all("relative")
    elif boxes >= _ENOUGH and count["cornerlike"] == boxes and count["outside"] >= _MANY * boxes:
        yield from side.find_all("corners_as_size")
    elif boxes >= _ENOUGH and count["inverted"] >= _MANY * boxes:
        yield from side.find("size_as_corners", *looks["inverted"])


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
    (labelled, _), detected = _core.copies(annotations.boxes._columns, detections.boxes._columns)
    if labelled >= _COPIES * len(annotations.boxes.class_id):
        yield from detections.find("copied", *detected)
