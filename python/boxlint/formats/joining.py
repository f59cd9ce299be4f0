"""Joins predicted boxes to the images and classes of a data set by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._core import without_ending
from boxlint._text import listed
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, class_ids_by_name
from boxlint.formats.yolo import Confidence
from boxlint.formats.yolo_layout import Names
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind

__all__ = ["KEYS", "Named", "PredictionOptions", "about_detections", "drop_unknown", "joined"]

# Ways to name an image, from the most exact one down.
KEYS: dict[str, Callable[[str], str]] = {
    "file name": str,
    "file name without folder": lambda name: _base(name),
    "stem": lambda name: _base(without_ending(name)),
}
# How many of the listed images or classes the refusal of unknown ones shows.
_SHOWN = 5


def _base(name: str) -> str:
    """A path without its folders, which may be separated as on any system."""
    return PurePosixPath(name.replace("\\", "/")).name


@dataclass(frozen=True)
class PredictionOptions:
    """How predictions are to be read.

    Attributes
    ----------
    names:
        Name of each class id of the detector, or None if they are not given.
    confidence:
        The column of the confidence in YOLO files.
    outlines, keypoints:
        What all lines of YOLO files that are longer than a box are.
    images_by_stem, classes_from:
        How COCO results name images and classes; see `boxlint.read_coco`. Where the numbers of classes start is found
        out if ``classes_from`` is None.
    skip_unknown:
        Drop boxes of an unknown image or class.
    skip_unreadable:
        Drop records that cannot be read, and count them.
    one_based:
        Pascal VOC: corners are pixels counted from 1.
    """

    names: Names | None = None
    confidence: Confidence = "last"
    outlines: bool = False
    keypoints: bool = False
    images_by_stem: bool = False
    classes_from: int | None = None
    skip_unknown: bool = False
    skip_unreadable: bool = False
    one_based: bool = False


@dataclass(frozen=True)
class Named:
    """Predicted boxes with the names of their images and classes."""

    images: Sequence[str]
    classes: Sequence[str]
    xyxy: NDArray[Any]
    score: NDArray[Any]


def joined(
    dataset: Dataset, path: Path, named: Named, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """The data set with these predictions, and in words how they were joined.

    Raises
    ------
    ValueError
        If a name may mean two images, or there are unknown ones that are not to be skipped.
    """
    how, image_of = _images_by_name(dataset, path, named.images)
    class_of = class_ids_by_name(dataset.class_names or ())
    image = np.array([image_of.get(name, -1) for name in named.images], np.int64)
    class_id = np.array([class_of.get(name, -1) for name in named.classes], np.int32)
    drop_unknown("unknown_image", image, named.images, dataset, path, options, on_finding)
    drop_unknown("unknown_class", class_id, named.classes, dataset, path, options, on_finding)
    known = np.flatnonzero((image >= 0) & (class_id >= 0))
    order = known[np.argsort(image[known], kind="stable")]
    offsets = np.searchsorted(image[order], np.arange(len(dataset) + 1))
    boxes = Boxes(named.xyxy[order], class_id[order], named.score[order], offsets)
    return replace(dataset, predictions=boxes, prediction_ids=None), f"images by {how}, classes by name"


def drop_unknown(
    kind: FindingKind,
    positions: NDArray[Any],
    names: Sequence[str],
    dataset: Dataset,
    path: Path,
    options: PredictionOptions,
    on_finding: FindingCallback,
) -> None:
    """Tells of predictions whose image or class is unknown, or refuses them."""
    unknown = np.flatnonzero(positions < 0)
    if not len(unknown):
        return
    finding = Finding(kind, "detections", len(unknown), f"{path} has {names[unknown[0]]!r}")
    if not options.skip_unknown:
        known = (dataset.image_names if kind == "unknown_image" else dataset.class_names) or ()
        shown = listed(map(repr, known), _SHOWN) or "none"
        raise ValueError(f"{finding}; the annotations have {shown}; --skip-unknown drops them")
    on_finding(finding)


def _images_by_name(dataset: Dataset, path: Path, predicted: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Name of each predicted image -> its index, by the most exact key that finds most of them."""
    theirs = dict.fromkeys(predicted)
    best, chosen = -1, ("file name", KEYS["file name"])
    for how, key in KEYS.items():
        ours = {key(name) for name in dataset.image_names or ()}
        matched = sum(key(name) in ours for name in theirs)
        if matched > best:
            best, chosen = matched, (how, key)
    how, key = chosen
    wanted = {key(name) for name in theirs}
    index: dict[str, int] = {}
    for position, name in enumerate(dataset.image_names or ()):
        if key(name) in index and key(name) in wanted:
            other = (dataset.image_names or ())[index[key(name)]]
            raise ValueError(f"{path}: {key(name)!r} may be image {other!r} or {name!r}")
        index[key(name)] = position
    seen: dict[str, str] = {}
    for name in theirs:
        if seen.setdefault(key(name), name) != name and key(name) in index:
            raise ValueError(f"{path}: {seen[key(name)]!r} and {name!r} may both be image {key(name)!r}")
    return how, {name: index[key(name)] for name in theirs if key(name) in index}


def about_detections(on_finding: FindingCallback) -> FindingCallback:
    """Passes on what a reader finds in detections, and nothing about annotations that are not there."""
    return lambda finding: on_finding(finding) if finding.where == "detections" else None
