"""Predictions in another format than the annotations: joined to their images and classes by name."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.joining import Named, PredictionOptions, about_detections, joined
from boxlint.formats.recognise import Found, content_of, visible_files
from boxlint.formats.results import add_results, stems_of_results
from boxlint.formats.voc import read_voc
from boxlint.formats.yolo import read_yolo, write_yolo
from boxlint.inspection.findings import FindingCallback

__all__ = ["add_predictions", "stems_of"]

_SCORES = ("score", "confidence")


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
    return add_results(dataset, found.path, options, on_finding)


def stems_of(found: Found) -> set[str]:
    """The stems of the images that predictions are of."""
    if found.kind in ("yolo", "voc"):
        return {file.stem for file in visible_files(found.path, ".txt", ".xml")}
    return stems_of_results(found.path)


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
    return joined(dataset, path, Named(names, labels, boxes, scores), options, on_finding)


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
    return joined(
        dataset,
        path,
        Named(
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
            on_finding=about_detections(on_finding),
            skip_unreadable=options.skip_unreadable,
        )
    boxes = read.predictions
    assert read.class_names is not None
    assert boxes.score is not None
    labels = [read.class_names[class_id] for class_id in boxes.class_id.tolist()]
    image = np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets)).tolist()
    named = Named([dataset.image_names[index] for index in image], labels, boxes.xyxy, boxes.score)
    return joined(dataset, found.path, named, options, on_finding)
