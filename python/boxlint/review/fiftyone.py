"""FiftyOne: a FiftyOneDataset folder with detections, tags and fields out, tags back in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from boxlint.report.decision import VERDICTS
from boxlint.review.queue import Mark, Queue, QueuedImage
from boxlint.review.reading import field_of, read_json, text_or_none
from boxlint.review.record import Box, Record, read_record
from boxlint.review.verdicts import Answer, only_verdict

__all__ = ["files_of", "read_answers"]

# FiftyOne brings data sets of earlier versions up to its own, and refuses those of later ones.
_VERSION = "1.0.0"

_FIELDS = "fiftyone.core.fields."
_LABELS = "fiftyone.core.labels."


def files_of(queue: Queue) -> dict[str, str]:
    """The two files of the folder: metadata.json, the fields, and samples.json, the images and their boxes."""
    dataset = {
        "name": "boxlint",
        "version": _VERSION,
        "media_type": "image",
        "default_classes": queue.class_names,
        "sample_fields": _sample_fields(),
    }
    samples = [_sample(image) for image in queue.images]
    return {
        "metadata.json": json.dumps(dataset, indent=1),
        "samples.json": json.dumps({"samples": samples}, indent=1),
    }


def _sample(image: QueuedImage) -> dict[str, Any]:
    object_id = _object_id(image.key)
    return {
        "_id": object_id,
        "_media_type": "image",
        # By this, FiftyOne draws images at random.
        "_rand": int(object_id["$oid"], 16) / 16 ** len(object_id["$oid"]),
        "filepath": str((image.file or Path(image.name)).absolute()),
        "tags": [],
        "metadata": {"_cls": "ImageMetadata", "width": round(image.width), "height": round(image.height)},
        "suspicion": image.suspicion,
        "annotations": _detections(
            _detection(f"{image.key} annotation {number}", image, label, box)
            for number, (label, box) in enumerate(image.annotations)
        ),
        "issues": _detections(
            _detection(mark.issue_id, image, mark.label, mark.box) | _about(mark) for mark in image.marks
        ),
    }


def _detections(detections: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {"_cls": "Detections", "detections": list(detections)}


def _detection(name: str, image: QueuedImage, label: str, box: Box) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {
        "_id": _object_id(name),
        "_cls": "Detection",
        "attributes": {},
        "tags": [],
        "label": label,
        "bounding_box": [x1 / image.width, y1 / image.height, (x2 - x1) / image.width, (y2 - y1) / image.height],
    }


def _about(mark: Mark) -> dict[str, Any]:
    return {
        "confidence": mark.suspicion,
        "kind": mark.kind,
        "reason": mark.reason,
        "note": None,
        "boxlint": mark.record,
    }


def _object_id(name: str) -> dict[str, str]:
    """An id for the database, the same on every export."""
    return {"$oid": blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()}


def _sample_fields() -> list[dict[str, Any]]:
    """The fields of an image that FiftyOne shows."""
    own = [_field(name, "StringField") for name in ("kind", "reason", "note", "boxlint")]
    return [
        _field("id", "ObjectIdField", db_field="_id"),
        _field("filepath", "StringField"),
        _field("tags", "ListField", subfield=f"{_FIELDS}StringField"),
        _field("metadata", "EmbeddedDocumentField", embedded_doc_type="fiftyone.core.metadata.ImageMetadata"),
        _field("suspicion", "FloatField"),
        _detections_field("annotations", []),
        _detections_field("issues", own),
    ]


def _detections_field(name: str, own: list[dict[str, Any]]) -> dict[str, Any]:
    of_detection = [
        _field("id", "ObjectIdField", db_field="_id"),
        _field("tags", "ListField", subfield=f"{_FIELDS}StringField"),
        _field("label", "StringField"),
        _field("bounding_box", "ListField", subfield=f"{_FIELDS}FloatField"),
        _field("confidence", "FloatField"),
        *own,
    ]
    detections = _field(
        "detections",
        "ListField",
        subfield=f"{_FIELDS}EmbeddedDocumentField",
        embedded_doc_type=f"{_LABELS}Detection",
        fields=of_detection,
    )
    return _field(name, "EmbeddedDocumentField", embedded_doc_type=f"{_LABELS}Detections", fields=[detections])


def _field(name: str, kind: str, **about: Any) -> dict[str, Any]:
    return {"name": name, "ftype": f"{_FIELDS}{kind}", "db_field": name} | about


def read_answers(path: Path) -> Iterator[Answer]:
    """The marked boxes in the samples of a folder that FiftyOne exported as FiftyOneDataset.

    Raises
    ------
    OSError
        If samples.json cannot be read.
    ValueError
        If no detection is one that boxlint exported, or one cannot be understood.
    """
    file = path / "samples.json" if path.is_dir() else path
    found = False
    for number, sample in enumerate(field_of(str(file), read_json(file), "samples", list)):
        place = f"{file}: sample {number}"
        for detection in _marked(place, sample):
            found = True
            yield _answer(f"{place}, detection {detection.get('_id')}", detection)
    if not found:
        raise ValueError(f"{file}: no detection that boxlint export wrote is in its samples")


def _marked(place: str, sample: Any) -> Iterator[dict[str, Any]]:
    """The detections with a record, in whatever field they are."""
    if not isinstance(sample, dict):
        raise ValueError(f"{place} is {sample!r:.40}, expected an object")
    for field in sample.values():
        if isinstance(field, dict) and isinstance(field.get("detections"), list):
            for detection in field["detections"]:
                if isinstance(detection, dict) and "boxlint" in detection:
                    yield detection


def _answer(place: str, detection: dict[str, Any]) -> Answer:
    record = read_record(place, detection["boxlint"])
    tags = field_of(place, detection, "tags", list)
    return Answer(
        place=place,
        record=record,
        verdict=only_verdict(place, [verdict for verdict in VERDICTS if verdict in tags]),
        label=field_of(place, detection, "label", str),
        box=_box(place, detection, record),
        note=text_or_none(detection.get("note")),
    )


def _box(place: str, detection: dict[str, Any], record: Record) -> Box:
    try:
        x, y, width, height = map(float, detection["bounding_box"])
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{place}: expected a bounding_box of four numbers") from error
    return (
        x * record.width,
        y * record.height,
        (x + width) * record.width,
        (y + height) * record.height,
    )
