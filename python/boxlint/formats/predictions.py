"""Predictions in another format than the annotations: joined to their images and classes by name."""

from __future__ import annotations

import inspect
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.coco import read_coco, write_coco
from boxlint.formats.folders import without_ending
from boxlint.formats.recognise import Found, content_of, visible_files
from boxlint.formats.voc import read_voc
from boxlint.formats.yolo import Confidence, read_yolo, write_yolo
from boxlint.formats.yolo_layout import Names
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind

__all__ = ["PredictionOptions", "add_predictions", "known_to", "stems_of"]

_SCORES = ("score", "confidence")
_NAMED_IMAGE = re.compile(rb'"(?:image_id|file_name)"\s*:\s*("(?:[^"\\]|\\.)*"|\d+)')
_NUMBERED_CLASS = re.compile(rb'"category_id"\s*:\s*(-?\d+)')
_NAMED_CLASS = b'"category_name"'
# Ways to name an image, from the most exact one down.
_KEYS: dict[str, Callable[[str], str]] = {
    "file name": str,
    "file name without folder": lambda name: PurePosixPath(name).name,
    "stem": lambda name: PurePosixPath(without_ending(name)).name,
}


@dataclass(frozen=True)
class PredictionOptions:
    """How predictions are to be read.

    Attributes
    ----------
    names:
        Name of each class id of the detector, or None if they are not given.
    confidence:
        The column of the confidence in YOLO files.
    classes_from:
        Where the detector's class numbers start; None finds out.
    skip_unknown:
        Drop boxes of an unknown image or class.
    skip_unreadable:
        Drop records that cannot be read, and count them.
    one_based:
        Pascal VOC: corners are pixels counted from 1.
    """

    names: Names | None = None
    confidence: Confidence = "last"
    classes_from: int | None = None
    skip_unknown: bool = False
    skip_unreadable: bool = False
    one_based: bool = False


def add_predictions(
    dataset: Dataset, found: Found, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """The data set with the predictions that were found, and in words how they were read.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file cannot be understood, or it is not clear which images or classes its boxes are of.
    """
    if found.kind == "voc":
        return _from_voc(dataset, found.path, options, on_finding)
    if found.kind == "yolo":
        return _from_yolo(dataset, found, options, on_finding)
    if found.scored:
        return _from_scored_annotations(dataset, found.path, options, on_finding)
    if found.kind == "coco":
        raise ValueError(
            f"{found.path} looks like COCO annotations without scores, expected a detector's boxes with scores"
        )
    return _from_results(dataset, found.path, options, on_finding)


def stems_of(found: Found) -> set[str]:
    """The stems of the images that predictions are of."""
    if found.kind in ("yolo", "voc"):
        return {file.stem for file in visible_files(found.path, ".txt", ".xml")}
    named = set(_NAMED_IMAGE.findall(content_of(found.path)))
    return {_KEYS["stem"](str(json.loads(name))) for name in named}


def _from_results(
    dataset: Dataset, path: Path, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """COCO results against annotations of another format, which become a COCO file to join them with."""
    content = content_of(path)
    first = options.classes_from if options.classes_from is not None else _first_class(dataset, path, content, options)
    image = _NAMED_IMAGE.search(content)
    by_stem = image is not None and json.loads(image[1]) not in set(dataset.image_names or ())
    how = "images by stem" if by_stem else "images by file name"
    with _as_coco(dataset) as annotations:
        read = read_coco(
            annotations,
            path,
            skip_unknown=options.skip_unknown,
            images_by_stem=by_stem,
            classes_from=first,
            on_finding=_about_detections(on_finding),
            **known_to(read_coco, skip_unreadable=options.skip_unreadable),
        )
    classes = "classes by name" if first is None else f"classes counted from {first}"
    return replace(dataset, predictions=read.predictions, prediction_ids=read.prediction_ids), f"{how}, {classes}"


def _first_class(dataset: Dataset, path: Path, content: bytes, options: PredictionOptions) -> int | None:
    """Where the numbers of the classes start; None if classes have names. Only one that fits all numbers is taken."""
    numbers = {int(number) for number in set(_NUMBERED_CLASS.findall(content))}
    if not numbers or _NAMED_CLASS in content:
        return None
    classes = len(dataset.class_names or ())
    if options.names is None:
        raise ValueError(
            f"{path}: category_id is a number such as {min(numbers)}, whose class is not known: give --names with the "
            "detector's classes in their order, such as --names cat,dog or --names data.yaml"
        )
    fitting = [first for first in (0, 1) if first <= min(numbers) and max(numbers) < classes + first]
    if len(fitting) == 1:
        return fitting[0]
    found = f"category ids from {min(numbers)} to {max(numbers)} for {classes} classes"
    if fitting:
        raise ValueError(f"{path}: {found} may count from 0 or from 1: give --classes-from 1 (Ultralytics) or 0")
    raise ValueError(f"{path}: {found} fit neither counted from 0 nor from 1: are they of another list of classes?")


@contextmanager
def _as_coco(dataset: Dataset) -> Iterator[Path]:
    """A COCO file of the images and classes alone, whose images have their names as ids."""
    names = list(dataset.image_names or ())
    empty = np.zeros(len(names) + 1, np.int64)
    bare = Dataset(
        Boxes(np.empty((0, 4)), [], offsets=empty),
        Boxes(np.empty((0, 4)), [], [], empty),
        image_names=names,
        class_names=dataset.class_names,
        image_sizes=dataset.image_sizes,
        image_ids=names,
    )
    with tempfile.TemporaryDirectory(prefix="boxlint_") as folder:
        path = Path(folder) / "annotations.json"
        write_coco(bare, path)
        yield path


def _about_detections(on_finding: FindingCallback) -> FindingCallback:
    """Passes on what a reader finds in detections, and nothing about annotations that are not there."""
    return lambda finding: on_finding(finding) if finding.where == "detections" else None


def _from_scored_annotations(
    dataset: Dataset, path: Path, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """A COCO file of a detector: its images and categories have names, which become those of the data set."""
    try:
        content = json.loads(content_of(path))
        ids = [] if dataset.image_ids is None else np.asarray(dataset.image_ids).tolist()
        known = dict(zip(ids, dataset.image_names or (), strict=False))
        images = {image["id"]: image.get("file_name", known.get(image["id"])) for image in content["images"]}
        classes = {category["id"]: category.get("name") for category in content["categories"]}
        records = [
            {**record, "image_id": images[record["image_id"]], "category_id": classes[record["category_id"]]}
            for record in content["annotations"]
        ]
        boxes = np.array([record["bbox"] for record in records], np.float64).reshape(-1, 4)
        scores = np.array([record["score"] for record in records], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        why = f"something names {error}, which is not there" if isinstance(error, KeyError) else error
        raise ValueError(f"{path}: expected COCO annotations with scores: {why}") from error
    boxes[:, 2:] += boxes[:, :2]
    names = [str(record["image_id"]) for record in records]
    labels = [str(record["category_id"]) for record in records]
    return _joined(dataset, path, _Named(names, labels, boxes, scores), options, on_finding)


def _from_voc(
    dataset: Dataset, path: Path, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """A folder of Pascal VOC files whose objects have a score."""
    found = read_voc(path, one_based=options.one_based)
    scores = [_score(file, element) for file in visible_files(path, ".xml") for element in _objects(file)]
    boxes = found.annotations
    if len(scores) != len(boxes.class_id):
        raise ValueError(f"{path}: {len(scores)} objects for {len(boxes.class_id)} boxes, expected one box an object")
    image = np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets)).tolist()
    assert found.image_names is not None
    assert found.class_names is not None
    return _joined(
        dataset,
        path,
        _Named(
            [found.image_names[index] for index in image],
            [found.class_names[class_id] for class_id in boxes.class_id.tolist()],
            boxes.xyxy,
            np.array(scores, np.float64),
        ),
        options,
        on_finding,
    )


def _objects(file: Path) -> list[ElementTree.Element]:
    return ElementTree.parse(file).getroot().findall("object")


def _score(file: Path, element: ElementTree.Element) -> float:
    text = next((found.strip() for name in _SCORES if (found := element.findtext(name))), None)
    if text is None:
        raise ValueError(
            f"{file}: an object without score, as in annotations; expected predictions with <score> or <confidence>"
        )
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{file}: score is {text!r}, expected a number") from error


def _from_yolo(
    dataset: Dataset, found: Found, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """A folder of YOLO labels with confidences, whose class ids have the detector's names."""
    names = options.names
    if names is None:
        raise ValueError(
            f"{found.path}: YOLO labels hold class ids without names: give --names with the detector's classes in "
            "their order, such as --names cat,dog or --names data.yaml"
        )
    assert dataset.image_names is not None
    sides = np.full((len(dataset), 2), np.nan) if dataset.image_sizes is None else dataset.image_sizes
    unknown = np.flatnonzero(~(sides > 0).all(axis=1))
    if len(unknown):
        name = dataset.image_names[unknown[0]]
        raise ValueError(f"image {name!r} has no known size, which YOLO labels need: {len(unknown)} such images")
    sizes = {name: (width, height) for name, (width, height) in zip(dataset.image_names, sides.tolist(), strict=True)}
    empty = Boxes(np.empty((0, 4)), [], offsets=np.zeros(len(dataset) + 1, np.int64))
    with tempfile.TemporaryDirectory(prefix="boxlint_") as folder:
        write_yolo(replace(dataset, annotations=empty, annotation_ids=None), folder)
        read = read_yolo(
            folder,
            found.path,
            names=names,
            image_sizes=sizes,
            confidence=options.confidence,
            skip_unknown=options.skip_unknown,
            on_finding=_about_detections(on_finding),
            **known_to(read_yolo, skip_unreadable=options.skip_unreadable),
        )
    boxes = read.predictions
    assert read.class_names is not None
    assert boxes.score is not None
    labels = [read.class_names[class_id] for class_id in boxes.class_id.tolist()]
    image = np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets)).tolist()
    named = _Named([dataset.image_names[index] for index in image], labels, boxes.xyxy, boxes.score)
    return _joined(dataset, found.path, named, options, on_finding)


@dataclass(frozen=True)
class _Named:
    """Predicted boxes with the names of their images and classes."""

    images: Sequence[str]
    classes: Sequence[str]
    xyxy: NDArray[Any]
    score: NDArray[Any]


def _joined(
    dataset: Dataset, path: Path, named: _Named, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    how, image_of = _images_by_name(dataset, path, named.images)
    class_of = {name: class_id for class_id, name in enumerate(dataset.class_names or ())}
    image = np.array([image_of.get(name, -1) for name in named.images], np.int64)
    class_id = np.array([class_of.get(name, -1) for name in named.classes], np.int32)
    _drop("unknown_image", image, named.images, path, options, on_finding)
    _drop("unknown_class", class_id, named.classes, path, options, on_finding)
    known = np.flatnonzero((image >= 0) & (class_id >= 0))
    order = known[np.argsort(image[known], kind="stable")]
    offsets = np.searchsorted(image[order], np.arange(len(dataset) + 1))
    boxes = Boxes(named.xyxy[order], class_id[order], named.score[order], offsets)
    return replace(dataset, predictions=boxes, prediction_ids=None), f"images by {how}, classes by name"


def _drop(
    kind: FindingKind,
    positions: NDArray[Any],
    names: Sequence[str],
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
        raise ValueError(f"{finding}; --skip-unknown drops them")
    on_finding(finding)


def _images_by_name(dataset: Dataset, path: Path, predicted: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Name of each predicted image -> its index, by the most exact key that finds most of them."""
    theirs = dict.fromkeys(predicted)
    best, chosen = -1, ("file name", _KEYS["file name"])
    for how, key in _KEYS.items():
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


def known_to(function: Callable[..., Any], **options: Any) -> dict[str, Any]:
    """The options that a reader or writer has."""
    known = inspect.signature(function).parameters
    return {name: value for name, value in options.items() if name in known}
