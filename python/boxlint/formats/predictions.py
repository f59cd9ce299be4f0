"""Predictions in another format than the annotations: joined to their images and classes by name."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from boxlint._json import parsed_json
from boxlint._per_image import sizes_or_nan
from boxlint.boxes import image_of_boxes, no_boxes
from boxlint.dataset import Dataset
from boxlint.formats.folders import files_below
from boxlint.formats.joining import Named, PredictionOptions, about_detections, joined
from boxlint.formats.recognise import Found, visible_files
from boxlint.formats.results import add_results, stems_of_results
from boxlint.formats.unpacked import content_of
from boxlint.formats.unreadable import Fault, unreadable
from boxlint.formats.voc_file import ONE_BASED, voc_files, voc_image_names
from boxlint.formats.yolo import read_yolo, write_yolo
from boxlint.inspection.findings import FindingCallback

__all__ = ["add_predictions", "stems_of"]


class _Scored(NamedTuple):
    """A predicted box with the names of its image and class."""

    image: str
    label: str
    corners: tuple[float, ...]
    score: float


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
        content = parsed_json(content_of(path))
        ids = [] if dataset.image_ids is None else np.asarray(dataset.image_ids, object).tolist()
        known = dict(zip(ids, dataset.image_names or (), strict=False))
        images = {image["id"]: image.get("file_name", known.get(image["id"])) for image in content["images"]}
        classes = {category["id"]: category.get("name") for category in content["categories"]}
        records = content["annotations"]
    except (KeyError, TypeError, ValueError) as error:
        why = f"something has no {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"{path}: expected COCO annotations with scores: {why}") from error
    found: list[_Scored] = []
    faults = []
    for position, record in enumerate(records):
        try:
            found.append(_scored_record(record, images, classes))
        except ValueError as error:
            faults.append(Fault(f"{path}: annotations[{position}]", str(error), "records"))
    return _joined(dataset, path, found, faults, options, on_finding)


def _scored_record(record: Any, images: dict[Any, Any], classes: dict[Any, Any]) -> _Scored:
    names = []
    for field, listed in (("image_id", images), ("category_id", classes)):
        key = record.get(field) if isinstance(record, dict) else None
        if not isinstance(key, (int, str)) or key not in listed:
            raise ValueError(f"{field} is {key!r}, which is not listed")
        if listed[key] is None:
            raise ValueError(f"{field} is {key!r}, which is listed without a name")
        names.append(str(listed[key]))
    try:
        x, y, width, height = (float(number) for number in record["bbox"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"bbox is {record.get('bbox')!r:.60}, expected [x, y, width, height]") from error
    corners = (x, y, x + width, y + height)
    if not np.isfinite(corners).all():
        raise ValueError(f"bbox is {record['bbox']}, expected finite numbers")
    return _Scored(names[0], names[1], corners, _score(record.get("score")))


def _from_voc(
    dataset: Dataset, path: Path, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """A folder of Pascal VOC files whose objects have a score."""
    read = voc_files(files_below(path, ".xml"), options.one_based)
    names = voc_image_names(read)
    corners = (read.corners - ONE_BASED * options.one_based).tolist()
    found: list[_Scored] = []
    faults = [*zip(read.fault_file, read.faults, strict=True)]
    for row, (image, score) in enumerate(zip(read.file.tolist(), read.scores, strict=True)):
        try:
            found.append(_Scored(names[image], read.label(row), tuple(corners[row]), _score(score)))
        except ValueError as error:
            faults.append((image, Fault(read.place(row), str(error), "objects")))
    in_order = [fault for _, fault in sorted(faults, key=lambda fault: fault[0])]
    return _joined(dataset, path, found, in_order, options, on_finding)


def _score(given: Any) -> float:
    if given is None:
        raise ValueError("without score, as in annotations; expected predictions with a score or confidence")
    try:
        score = np.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        score = np.nan
    if not 0 <= score <= 1:
        raise ValueError(f"score is {given!r}, expected a number from 0 to 1")
    return score


def _joined(
    dataset: Dataset,
    path: Path,
    found: list[_Scored],
    faults: list[Fault],
    options: PredictionOptions,
    on_finding: FindingCallback,
) -> tuple[Dataset, str]:
    """The data set with the boxes that were found; those that cannot be read are refused or told of."""
    for finding in unreadable("detections", faults, options.skip_unreadable):
        on_finding(finding)
    corners, scores = [one.corners for one in found], [one.score for one in found]
    named = Named(
        [one.image for one in found],
        [one.label for one in found],
        np.array(corners, np.float64).reshape(-1, 4),
        np.array(scores, np.float64),
    )
    return joined(dataset, path, named, options, on_finding)


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
    if len(dataset) == 0:
        raise ValueError(f"{found.path}: the annotations have no images that these labels could be of")
    sides = sizes_or_nan(dataset)
    unknown = np.flatnonzero(~(sides > 0).all(axis=1))
    if len(unknown):
        name = dataset.image_names[unknown[0]]
        raise ValueError(f"image {name!r} has no known size, which YOLO labels need: {len(unknown)} such images")
    sizes = {name: (width, height) for name, (width, height) in zip(dataset.image_names, sides.tolist(), strict=True)}
    with tempfile.TemporaryDirectory(prefix="boxlint_") as folder:
        write_yolo(replace(dataset, annotations=no_boxes(len(dataset), scores=False), annotation_ids=None), folder)
        read = read_yolo(
            folder,
            found.path,
            names=names,
            image_sizes=sizes,
            confidence=options.confidence,
            outlines=options.outlines,
            keypoints=options.keypoints,
            skip_unknown=options.skip_unknown,
            on_finding=about_detections(on_finding),
            skip_unreadable=options.skip_unreadable,
        )
    boxes = read.predictions
    assert read.class_names is not None
    assert boxes.score is not None
    labels = [read.class_names[class_id] for class_id in boxes.class_id.tolist()]
    images = [dataset.image_names[image] for image in image_of_boxes(boxes).tolist()]
    named = Named(images, labels, boxes.xyxy, boxes.score)
    return joined(dataset, found.path, named, options, on_finding)
