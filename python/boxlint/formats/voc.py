"""Pascal VOC: one XML file an image."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from boxlint._core import COORDINATE_LIMIT
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.folders import PathLike, files_below, output_files
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind, check_kinds
from boxlint.inspection.inspect import report_findings

__all__ = ["read_voc", "write_voc"]

_CORNERS = ("xmin", "ymin", "xmax", "ymax")

# One-based corners minus zero-based ones: the first pixel is 1, and the box includes the pixel at xmax.
_ONE_BASED = np.array([1.0, 1.0, 0.0, 0.0])


def read_voc(
    annotations_dir: PathLike,
    *,
    names: Sequence[str] | None = None,
    one_based: bool = False,
    skip_unknown: bool = False,
    refuse: Collection[FindingKind] = (),
    on_finding: FindingCallback | None = None,
) -> Dataset:
    """Reads Pascal VOC annotations; the data set has no predictions.

    Images are in the order of the files' paths. Objects marked ``difficult`` become ignored annotations.

    Parameters
    ----------
    annotations_dir:
        Folder of the XML files.
    names:
        Name of each class id; None takes the names that occur, sorted.
    one_based:
        Corners are pixels counted from 1, and the last one is part of the box, as in the data of the challenge itself.
        Most tools write coordinates from 0.
    skip_unknown:
        Drop boxes of classes that are not in names instead of refusing the folder.
    refuse:
        Kinds of findings that make the files unfit, such as ``outside``: see `boxlint.inspection.KINDS`.
    on_finding:
        Called with each finding: images described twice, boxes that were dropped, and what `boxlint.inspect` finds.

    Raises
    ------
    OSError
        If a folder or file cannot be read.
    ValueError
        If a file has another content: names the file, the object, what was found and what is expected.
    """
    check_kinds(refuse)
    images = [_read_file(file) for file in files_below(annotations_dir, ".xml").values()]
    labels = [name for image in images for name in image.classes]
    classes = sorted(set(labels)) if names is None else list(names)
    class_of = {name: class_id for class_id, name in enumerate(classes)}
    class_id = np.array([class_of.get(name, -1) for name in labels], np.int32)
    found = list(_names_used_before(images))
    if (class_id < 0).any():
        first = labels[int((class_id < 0).argmax())]
        file = next(image.file for image in images if first in image.classes)
        finding = Finding("unknown_class", "annotations", int((class_id < 0).sum()), f"{file} has {first!r}")
        if not skip_unknown:
            raise ValueError(f"{finding}, expected one of {', '.join(classes)}; skip_unknown drops them")
        found.append(finding)
    dataset = _dataset(images, class_id, classes, one_based)
    report_findings(annotations_dir, dataset, found, refuse, on_finding)
    return dataset


def write_voc(dataset: Dataset, annotations_dir: PathLike, *, one_based: bool = False) -> None:
    """Writes the annotations as Pascal VOC, an XML file for each image; ignored annotations become ``difficult``.

    A new folder appears whole or not at all. In a folder that exists, files of the same names are replaced once all are
    written.

    Parameters
    ----------
    dataset:
        What to write; it needs image names and class names.
    annotations_dir:
        Path of the folder.
    one_based:
        Write corners as pixels counted from 1, of which the last one is part of the box.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If names are missing, or two images would have the same file.
    """
    if dataset.image_names is None or dataset.class_names is None:
        raise ValueError("write_voc: the data set has no image names or no class names, expected both")
    boxes = dataset.annotations
    corners = (boxes.xyxy + _ONE_BASED * one_based).tolist()
    class_id = boxes.class_id.tolist()
    ignore = np.zeros(len(class_id), int) if boxes.ignore is None else boxes.ignore.astype(int)
    sizes = np.full((len(dataset), 2), np.nan) if dataset.image_sizes is None else dataset.image_sizes
    with output_files(annotations_dir, dataset.image_names, ".xml") as files:
        for image, file in enumerate(files):
            root = ElementTree.Element("annotation")
            _add(root, "filename", dataset.image_names[image])
            if (sizes[image] > 0).all():
                size = ElementTree.SubElement(root, "size")
                for side, pixels in zip(("width", "height"), sizes[image].tolist(), strict=True):
                    _add(size, side, f"{pixels:.16g}")
            for row in range(*boxes.offsets[image : image + 2].tolist()):
                element = ElementTree.SubElement(root, "object")
                _add(element, "name", dataset.class_names[class_id[row]])
                _add(element, "difficult", str(ignore[row]))
                box = ElementTree.SubElement(element, "bndbox")
                for corner, pixels in zip(_CORNERS, corners[row], strict=True):
                    _add(box, corner, f"{pixels:.16g}")
            ElementTree.indent(root)
            file.write_bytes(ElementTree.tostring(root, encoding="utf-8") + b"\n")


@dataclass(frozen=True)
class _Image:
    file: Path
    name: str
    size: tuple[float, float]
    classes: list[str]
    xyxy: NDArray[np.float64]
    difficult: list[bool]


class _PlainBuilder(ElementTree.TreeBuilder):
    """Refuses documents with a document type, so that no entity is expanded."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError(f"declares a document type {name!r}, expected plain XML without DTD")


def _read_file(file: Path) -> _Image:
    try:
        root = ElementTree.parse(file, ElementTree.XMLParser(target=_PlainBuilder())).getroot()
        if root.tag != "annotation":
            raise ValueError(f"the outermost element is {root.tag!r}, expected 'annotation'")
        objects = root.findall("object")
        boxes = [_corners(index, element) for index, element in enumerate(objects)]
        return _Image(
            file,
            (root.findtext("filename") or "").strip() or file.stem,
            (_side(root, "width"), _side(root, "height")),
            [_text(f"object[{index}]", element, "name") for index, element in enumerate(objects)],
            np.array(boxes, np.float64).reshape(-1, 4),
            [_difficult(index, element) for index, element in enumerate(objects)],
        )
    except ElementTree.ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise ValueError(f"{file}: line {line}, column {column + 1}: {reason}, expected XML") from error
    except LookupError as error:
        raise ValueError(f"{file}: its encoding is unknown: {error}") from error
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def _corners(index: int, element: ElementTree.Element) -> list[float]:
    box = element.find("bndbox")
    if box is None:
        others = ", ".join(child.tag for child in element)
        raise ValueError(f"object[{index}] has no bndbox, only {others}: oriented boxes and outlines are no boxes here")
    return [_number(f"object[{index}]: bndbox", box, corner) for corner in _CORNERS]


def _difficult(index: int, element: ElementTree.Element) -> bool:
    flag = (element.findtext("difficult") or "0").strip()
    if flag not in ("0", "1"):
        raise ValueError(f"object[{index}]: difficult is {flag!r}, expected 0 or 1")
    return flag == "1"


def _side(root: ElementTree.Element, side: str) -> float:
    """Width or height in pixels; NaN where the file has none, or 0."""
    size = root.find("size")
    if size is None or size.find(side) is None:
        return np.nan
    return _number("size", size, side) or np.nan


def _number(at: str, parent: ElementTree.Element, tag: str) -> float:
    text = _text(at, parent, tag)
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not abs(number) <= COORDINATE_LIMIT:
        raise ValueError(f"{at}: {tag} is {text!r}, expected a finite number up to {COORDINATE_LIMIT:g}")
    return number


def _text(at: str, parent: ElementTree.Element, tag: str) -> str:
    text = (parent.findtext(tag) or "").strip()
    if not text:
        raise ValueError(f"{at} has no {tag}")
    return text


def _names_used_before(images: Sequence[_Image]) -> list[Finding]:
    seen: dict[str, Path] = {}
    again = [image for image in images if seen.setdefault(image.name, image.file) != image.file]
    if not again:
        return []
    example = f"{again[0].file} is of {again[0].name!r}, as is {seen[again[0].name]}"
    return [Finding("duplicate_id", "images", len(again), example)]


def _dataset(images: Sequence[_Image], class_id: NDArray[np.int32], classes: list[str], one_based: bool) -> Dataset:
    known = class_id >= 0
    ends = np.concatenate([[0], np.cumsum([len(image.classes) for image in images])]).astype(np.int64)
    ignore = np.array([flag for image in images for flag in image.difficult], bool)
    everything = Boxes(
        np.concatenate([np.empty((0, 4)), *(image.xyxy for image in images)]) - _ONE_BASED * one_based,
        np.maximum(class_id, 0),
        offsets=ends,
        ignore=ignore if ignore.any() else None,
    )
    return Dataset(
        everything if known.all() else everything.keep(known),
        Boxes(np.empty((0, 4)), [], [], np.zeros(len(images) + 1, np.int64)),
        image_names=[image.name for image in images],
        class_names=classes,
        image_sizes=np.array([image.size for image in images], np.float64).reshape(-1, 2),
    )


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text
