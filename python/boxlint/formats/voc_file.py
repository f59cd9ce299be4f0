"""Reads one XML file of Pascal VOC."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from boxlint._core import COORDINATE_LIMIT
from boxlint.formats.plain_xml import xml_root
from boxlint.formats.unreadable import Fault

__all__ = [
    "CORNERS", "ONE_BASED", "VocImage", "VocObject", "number_text", "read_voc_file", "voc_image_name",
    "voc_image_names",
]  # fmt: skip

Corners = tuple[float, float, float, float]

CORNERS = ("xmin", "ymin", "xmax", "ymax")
# One-based corners minus zero-based ones: the first pixel is 1, and the box includes the pixel at xmax.
ONE_BASED = np.array([1.0, 1.0, 0.0, 0.0])

_DIFFICULT = {
    **dict.fromkeys(("1", "1.0", "true", "yes"), True),
    **dict.fromkeys(("", "0", "0.0", "false", "no", "none", "unspecified"), False),
}
_SCORES = ("score", "confidence")
_UNKNOWN = ("", "none", "nan", "null", "unknown")


@dataclass(frozen=True)
class VocObject:
    """An object: its class, its corners as they are in the file, and its position among all objects of the file.

    The score is that of a detector as it is written, None in annotations.
    """

    position: int
    name: str
    corners: Corners
    difficult: bool
    from_outline: bool
    score: str | None


@dataclass(frozen=True)
class VocImage:
    """What a file says of its image: its filename as written, and the name it gives, which is empty if of no use."""

    file: Path
    filename: str
    name: str
    size: tuple[float, float]
    objects: list[VocObject]
    faults: list[Fault]

    @property
    def is_lost(self) -> bool:
        """Whether nothing of the file could be read."""
        return any(fault.place == str(self.file) for fault in self.faults)


def read_voc_file(file: Path, one_based: bool) -> VocImage:
    """Reads a file; what cannot be read of it is in the faults."""
    try:
        root = _root(file)
        size = _side(root, "width"), _side(root, "height")
        filename = (_only(root, "filename") or "").strip()
        elements = root.findall("object")
        _expect_all(root, elements)
    except ValueError as error:
        return VocImage(file, "", "", (np.nan, np.nan), [], [Fault(str(file), str(error), "whole files")])
    objects: list[VocObject] = []
    faults = []
    for position, element in enumerate(elements):
        try:
            objects.append(_object(position, element, one_based))
        except ValueError as error:
            faults.append(Fault(f"{file}: object[{position}]", str(error), "objects"))
    return VocImage(file, filename, voc_image_name(filename), size, objects, faults)


def voc_image_names(images: Sequence[VocImage], paths: Sequence[str]) -> list[str]:
    """The name of each image, or the path of its file, without the ending, if it has no name or another has it too."""
    uses = Counter(image.name for image in images if not image.is_lost)
    names = [
        image.name if uses[image.name] == 1 and image.name else path for image, path in zip(images, paths, strict=True)
    ]
    return names if len(set(names)) == len(names) else list(paths)


def voc_image_name(filename: str) -> str:
    """The name that a filename gives: without the folders of somebody's computer, and none if it is a placeholder."""
    if filename.lower() in _UNKNOWN or "%s" in filename:
        return ""
    absolute = filename.startswith("/") or re.match(r"[A-Za-z]:[\\/]|\\", filename)
    return re.split(r"[\\/]", filename)[-1] if absolute else filename


def number_text(number: float) -> str:
    """The fewest digits that are read as the same number.

    >>> number_text(12.0), number_text(0.1)
    ('12', '0.1')
    """
    return repr(number).removesuffix(".0")


def _root(file: Path) -> ElementTree.Element:
    root = xml_root(file)
    if root.tag == "annotations" and root.find("image") is not None:
        raise ValueError("is XML of CVAT for images, expected Pascal VOC: convert it with panlabel convert")
    if root.tag != "annotation":
        raise ValueError(f"the outermost element is {root.tag!r}, expected 'annotation'")
    return root


def _expect_all(root: ElementTree.Element, objects: list[ElementTree.Element]) -> None:
    """Raises ValueError if there are objects or boxes in places that are not read."""
    if len(list(root.iter("object"))) != len(objects):
        raise ValueError("has an object within another element, expected all objects directly in annotation")
    boxes = len(list(root.iter("bndbox")))
    of_objects = sum(len(list(element.iter("bndbox"))) for element in objects)
    if boxes != of_objects:
        raise ValueError(f"has {boxes - of_objects} bndbox outside of any object")


def _object(position: int, element: ElementTree.Element, one_based: bool) -> VocObject:
    if len(element) == 0:
        raise ValueError("is empty, expected a name and a bndbox")
    name = _text("", element, "name")
    text = (_only(element, "difficult") or "").strip()
    if text.lower() not in _DIFFICULT:
        raise ValueError(f"difficult is {text!r}, expected 0 or 1")
    boxes = element.findall("bndbox")
    if len(boxes) > 1:
        raise ValueError(f"has {len(boxes)} bndbox, expected one: make an object of each")
    in_parts = sum(len(part.findall("bndbox")) for part in element.findall("part"))
    if len(list(element.iter("bndbox"))) > len(boxes) + in_parts:
        raise ValueError("has a bndbox within an element that is no part")
    if (_only(element, "deleted") or "").strip() == "1":
        raise ValueError("is marked deleted")
    corners = _corners(boxes[0]) if boxes else _around_outline(element)
    below = [corner for corner, value in zip(CORNERS[:2], corners[:2], strict=True) if value < 1]
    if one_based and below:
        value = corners[CORNERS.index(below[0])]
        raise ValueError(f"{below[0]} is {value:g}, which is before the first pixel, 1: expected one_based=False")
    score = next((found.text for tag in _SCORES if (found := element.find(tag)) is not None), None)
    return VocObject(position, name, corners, _DIFFICULT[text.lower()], not boxes, score)


def _corners(box: ElementTree.Element) -> Corners:
    xmin, ymin, xmax, ymax = (_number("bndbox", box, corner) for corner in CORNERS)
    return xmin, ymin, xmax, ymax


def _around_outline(element: ElementTree.Element) -> Corners:
    """The corners of the box around the points of a polygon: x1, y1, x2, ..., or pt or point elements with x and y."""
    polygons = element.findall("polygon")
    if len(polygons) != 1:
        others = ", ".join(child.tag for child in element)
        raise ValueError(f"has no bndbox, only {others}: oriented boxes and boxes of parts are no boxes here")
    (polygon,) = polygons
    points = [*polygon.findall("pt"), *polygon.findall("point")]
    if points:
        rows = [[_number("polygon", point, side) for side in "xy"] for point in points]
    else:
        numbers = sorted(int(child.tag[1:]) for child in polygon if re.fullmatch(r"x\d{1,9}", child.tag))
        rows = [[_number("polygon", polygon, f"{side}{number}") for side in "xy"] for number in numbers]
    if len(rows) < 3:
        raise ValueError(f"has no bndbox, and a polygon of {len(rows)} points, expected 3 or more")
    (x1, y1), (x2, y2) = np.min(rows, axis=0).tolist(), np.max(rows, axis=0).tolist()
    return x1, y1, x2, y2


def _side(root: ElementTree.Element, side: str) -> float:
    """Width or height in pixels; NaN where it is unknown."""
    sizes = root.findall("size")
    if len(sizes) > 1:
        raise ValueError(f"has {len(sizes)} size, expected one")
    text = (_only(sizes[0], side) or "").strip() if sizes else ""
    if text.lower() in _UNKNOWN:
        return np.nan
    pixels = _number("size", sizes[0], side)
    return pixels if pixels > 0 else np.nan


def _number(at: str, parent: ElementTree.Element, tag: str) -> float:
    text = _text(f"{at} ", parent, tag)
    try:
        number = np.nan if "_" in text else float(text)
    except ValueError:
        number = np.nan
    if not abs(number) <= COORDINATE_LIMIT:
        point = " with a decimal point" if "," in text else ""
        raise ValueError(f"{at}: {tag} is {text!r}, expected a finite number up to {COORDINATE_LIMIT:g}{point}")
    return number


def _text(at: str, parent: ElementTree.Element, tag: str) -> str:
    text = (_only(parent, tag) or "").strip()
    if not text:
        others = ", ".join(child.tag for child in parent)
        raise ValueError(
            f"{at}has no {tag}" + (f", only {others}" if at and parent.find(tag) is None and others else "")
        )
    return text


def _only(parent: ElementTree.Element, tag: str) -> str | None:
    """The text of an element that may occur once."""
    found = parent.findall(tag)
    if len(found) > 1:
        raise ValueError(f"has {len(found)} {tag}, expected one")
    return found[0].text if found else None
