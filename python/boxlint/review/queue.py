"""The images with suspected errors, most suspicious first, as labelling tools are to show them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from boxlint._detectors import classes_of_boxes
from boxlint._kinds import Kind
from boxlint.dataset import Dataset, class_name
from boxlint.formats.folders import image_size
from boxlint.formats.image_files import picture_files
from boxlint.report.identity import Fingerprint
from boxlint.report.issue import Issue
from boxlint.report.pickled import whole
from boxlint.report.report import Report
from boxlint.review.record import Box, record_text

__all__ = ["Mark", "Queue", "QueuedImage", "make_queue"]

# The sides of a box that a tool shows are at least as long, in pixels: tools drop boxes without an area.
_SHORTEST_SIDE = 1.0


@dataclass(frozen=True)
class Mark:
    """A suspected error as a tool shows it: the box and class that the annotation should have.

    Where the annotation should be deleted, they are its own.

    Attributes
    ----------
    issue_id, kind, suspicion, reason:
        Those of the issue.
    label, box:
        The class, and the corners in pixels, cut to the image.
    record:
        The text that the tool keeps with the box: see `Record`.
    """

    issue_id: str
    kind: Kind
    suspicion: float
    reason: str
    label: str
    box: Box
    record: str


@dataclass(frozen=True)
class QueuedImage:
    """An image with its suspected errors, most suspicious first.

    Attributes
    ----------
    name:
        Its name in the data set.
    key:
        What tells it from all others: its name, with its position where another one has the same.
    file:
        Where it lies; None if no folder of images was given.
    within:
        Its path in that folder; without one, its name.
    file_name:
        What to call a copy of it: its place in the queue is in front, as tools list images by their names.
    width, height:
        Its size in pixels.
    annotations:
        Class and box of the other annotations, which are shown, but not to be judged.
    marks:
        The suspected errors. That of a wrong class, of a box where nothing is and of a duplicate stands in the place of
        its annotation.
    """

    name: str
    key: str
    file: Path | None
    within: PurePosixPath
    file_name: str
    width: float
    height: float
    annotations: list[tuple[str, Box]]
    marks: list[Mark]

    @property
    def suspicion(self) -> float:
        """That of its most suspicious error."""
        return self.marks[0].suspicion


@dataclass(frozen=True)
class Queue:
    """The images, most suspicious first, and the names of all classes."""

    images: list[QueuedImage]
    class_names: list[str]


def make_queue(report: Report, images: Path | None, top: int | None) -> Queue:
    """The queue of a report's most suspicious rows.

    Parameters
    ----------
    report:
        What was checked and found.
    images:
        Folder of the images; None if they need not be found.
    top:
        How many of the most suspicious rows to take; None for all.

    Raises
    ------
    ImportError
        If Pillow, which reads the sizes of images that are not known, is not installed.
    ValueError
        If the report has lost its data set, an image has no name or is not found, or its size is not known.
    """
    dataset = whole(report.dataset)
    if dataset.image_names is None:
        raise ValueError("the data set has no image names, by which labelling tools find images")
    rows: dict[int, list[Issue]] = {}
    for issue in report.issues if top is None else report.top(top):
        rows.setdefault(issue.image_index, []).append(issue)
    if not rows:
        raise ValueError("no row is suspicious enough to be looked at, so that there is nothing to export")
    named = Counter(map(str, dataset.image_names))
    digits = max(4, len(str(len(rows))))
    paths = _paths_within(dataset, list(rows), images)
    queued = [
        _queued_image(dataset, report.fingerprint, issues, images, path, f"{place:0{digits}}", named)
        for place, (issues, path) in enumerate(zip(rows.values(), paths, strict=True), 1)
    ]
    classes = range(classes_of_boxes(dataset))
    names = [class_name(None, class_id) for class_id in classes] if dataset.class_names is None else dataset.class_names
    return Queue(queued, list(dict.fromkeys(map(str, names))))


def _queued_image(
    dataset: Dataset,
    fingerprint: Fingerprint,
    issues: list[Issue],
    folder: Path | None,
    path: str | None,
    place: str,
    named: Counter[str],
) -> QueuedImage:
    """The image of some issues; ``path`` is that of its file in the folder, ``named`` how many images have a name."""
    image, name = issues[0].image_index, str(issues[0].image_name)
    file = None if folder is None or path is None else folder / path
    within = PurePosixPath(path or name.replace("\\", "/"))
    size = _size(dataset, image, name, file)
    boxes = dataset.annotations[image]
    in_place = {issue.annotation_index for issue in issues if issue.kind not in ("missing", "badloc")}
    others = [row for row in range(len(boxes.class_id)) if row not in in_place]
    return QueuedImage(
        name=name,
        key=name if named[name] == 1 else f"{name}\0{image}",
        file=file,
        within=within,
        file_name=f"{place}_{within.name}",
        width=size[0],
        height=size[1],
        annotations=[
            (class_name(dataset.class_names, int(boxes.class_id[row])), _shown(boxes.xyxy[row].tolist(), size))
            for row in others
        ],
        marks=[_mark(dataset, fingerprint, issue, size) for issue in issues],
    )


def _mark(dataset: Dataset, fingerprint: Fingerprint, issue: Issue, size: tuple[float, float]) -> Mark:
    class_id = issue.given_class if issue.suggested_class is None else issue.suggested_class
    box = issue.given_box if issue.suggested_box is None else issue.suggested_box
    assert class_id is not None
    assert box is not None
    label = class_name(dataset.class_names, class_id)
    shown = _shown(box, size)
    record = record_text(fingerprint, issue, label, shown, size)
    return Mark(issue.issue_id, issue.kind, issue.suspicion, issue.reason, label, shown, record)


def _shown(box: Any, size: tuple[float, float]) -> Box:
    """The box cut to the image, with an area."""
    (x1, x2), (y1, y2) = (_side(low, high, length) for low, high, length in zip(box[:2], box[2:], size, strict=True))
    return x1, y1, x2, y2


def _side(low: float, high: float, length: float) -> tuple[float, float]:
    """
    >>> _side(-5.0, 20.0, 10.0), _side(4.0, 4.0, 10.0), _side(12.0, 15.0, 10.0)
    ((0.0, 10.0), (3.5, 4.5), (9.0, 10.0))
    """
    low, high = (min(max(float(edge), 0.0), length) for edge in (low, high))
    if high - low < _SHORTEST_SIDE:
        low = min(max((low + high - _SHORTEST_SIDE) / 2, 0.0), length - _SHORTEST_SIDE)
        high = low + _SHORTEST_SIDE
    return low, high


def _size(dataset: Dataset, image: int, name: str, file: Path | None) -> tuple[float, float]:
    if dataset.image_sizes is not None and not np.isnan(dataset.image_sizes[image]).any():
        width, height = dataset.image_sizes[image].tolist()
        return width, height
    if file is None:
        raise ValueError(f"image {name!r} has no size in the data set: give the folder of the images")
    try:
        return image_size(file)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def _paths_within(dataset: Dataset, images: list[int], folder: Path | None) -> list[str | None]:
    """The path of each of these images in the folder; None for all without one."""
    if folder is None:
        return [None] * len(images)
    assert dataset.image_names is not None
    names = [str(dataset.image_names[image]) for image in images]
    found = picture_files(names, folder)
    if None in found:
        raise ValueError(f"image {names[found.index(None)]!r} is not in {folder}, the folder of the images")
    return found
