"""CVAT: XML "for images 1.1" with suspicion and verdict as attributes of the boxes out, the same back in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from boxlint.formats.plain_xml import xml_root, xml_text
from boxlint.report.decision import VERDICTS
from boxlint.review.queue import Mark, Queue, QueuedImage
from boxlint.review.reading import box_around, text_or_none, turned
from boxlint.review.record import Box, read_record
from boxlint.review.verdicts import UNDECIDED, Answer

__all__ = ["files_of", "read_answers"]

_CORNERS = ("xtl", "ytl", "xbr", "ybr")

# Attribute -> its values, of which the first is the default; a free text where there is one alone.
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "verdict": (UNDECIDED, *VERDICTS),
    "note": ("",),
    "kind": ("",),
    "suspicion": ("",),
    "reason": ("",),
    "boxlint": ("",),
}


def files_of(queue: Queue) -> dict[str, str]:
    """The files: annotations.xml to upload, and labels.json for the raw form in which CVAT takes labels."""
    root = ElementTree.Element("annotations")
    _add(root, "version", "1.1")
    task = _add(_add(root, "meta"), "task")
    _add(task, "name", "boxlint")
    _add(task, "size", str(len(queue.images)))
    _add(task, "mode", "annotation")
    labels = _add(task, "labels")
    for name in queue.class_names:
        _declare(labels, name)
    for number, image in enumerate(queue.images):
        _add_image(root, number, image)
    return {
        "annotations.xml": xml_text(root),
        "labels.json": json.dumps([_raw_label(name) for name in queue.class_names], indent=1),
    }


def _declare(labels: ElementTree.Element, name: str) -> None:
    label = _add(labels, "label")
    _add(label, "name", name)
    attributes = _add(label, "attributes")
    for attribute, values in _ATTRIBUTES.items():
        element = _add(attributes, "attribute")
        _add(element, "name", attribute)
        _add(element, "mutable", "False")
        _add(element, "input_type", _input_type(values))
        _add(element, "default_value", values[0])
        _add(element, "values", "\n".join(values))


def _raw_label(name: str) -> dict[str, Any]:
    attributes = [
        {"name": attribute, "input_type": _input_type(values), "mutable": False, "values": list(values)}
        for attribute, values in _ATTRIBUTES.items()
    ]
    return {"name": name, "attributes": attributes}


def _input_type(values: tuple[str, ...]) -> str:
    return "select" if len(values) > 1 else "text"


def _add_image(root: ElementTree.Element, number: int, image: QueuedImage) -> None:
    name = image.name if image.file is None else image.file_name
    size = {"width": f"{image.width:.0f}", "height": f"{image.height:.0f}"}
    element = ElementTree.SubElement(root, "image", {"id": str(number), "name": name, **size})
    for label, box in image.annotations:
        _add_box(element, label, box, {}, source="manual", z_order="0")
    # The most suspicious one lies on top.
    for height, mark in enumerate(reversed(image.marks), 1):
        _add_box(element, mark.label, mark.box, _values(mark), source="auto", z_order=str(height))


def _values(mark: Mark) -> dict[str, str]:
    return {
        "kind": mark.kind,
        "suspicion": f"{mark.suspicion:.3f}",
        "reason": mark.reason,
        "boxlint": mark.record,
    }


def _add_box(image: ElementTree.Element, label: str, box: Box, values: dict[str, str], **about: str) -> None:
    corners = {name: f"{corner:.2f}" for name, corner in zip(_CORNERS, box, strict=True)}
    element = ElementTree.SubElement(image, "box", {"label": label, "occluded": "0", **corners, **about})
    for name, offered in _ATTRIBUTES.items():
        _add(element, "attribute", values.get(name, offered[0])).set("name", name)


def _add(parent: ElementTree.Element, tag: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag)
    element.text = text
    return element


def read_answers(path: Path) -> Iterator[Answer]:
    """The marked boxes in an export as "CVAT for images 1.1".

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is another export, or a box cannot be understood.
    """
    if path.suffix == ".zip":
        raise ValueError(f"{path} is a zip file: give the annotations.xml that is in it")
    try:
        root = xml_root(path)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    images = root.findall("image")
    if root.tag != "annotations" or not images:
        raise ValueError(f'{path}: expected annotations with images: export as "CVAT for images 1.1"')
    reviewer = _reviewer(root)
    for image in images:
        for number, box in enumerate(image.findall("box")):
            attributes = {element.get("name"): element.text or "" for element in box.findall("attribute")}
            if attributes.get("boxlint"):
                place = f"{path}: image {image.get('name')!r}, box[{number}]"
                verdict = attributes.get("verdict", UNDECIDED)
                yield Answer(
                    place=place,
                    record=read_record(place, attributes["boxlint"]),
                    verdict=None if verdict == UNDECIDED else verdict,
                    label=box.get("label", ""),
                    box=_box(place, box),
                    note=text_or_none(attributes.get("note")),
                    reviewer=reviewer,
                )


def _reviewer(root: ElementTree.Element) -> str | None:
    """Whom the task or job is assigned to, or else its owner."""
    for user in ("assignee", "owner"):
        for what in ("job", "task"):
            name = text_or_none(root.findtext(f"meta/{what}/{user}/username"))
            if name is not None:
                return name
    return None


def _box(place: str, element: ElementTree.Element) -> Box:
    """The corners in pixels, of the box around it where it is turned."""
    try:
        x1, y1, x2, y2 = (float(element.get(name, "")) for name in _CORNERS)
        degrees = float(element.get("rotation", "0"))
    except ValueError as error:
        raise ValueError(f"{place}: expected the numbers {', '.join(_CORNERS)}") from error
    # CVAT turns boxes about their centre.
    return turned(box_around([(x1, y1), (x2, y2)]), ((x1 + x2) / 2, (y1 + y2) / 2), degrees)
