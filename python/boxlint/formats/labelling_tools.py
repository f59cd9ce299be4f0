"""Formats of labelling tools that boxlint does not read: how they are recognised, and the command that converts."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

__all__ = ["conversion", "tool_of_columns", "tool_of_json", "tool_of_line", "tool_of_xml"]


class _Tool(NamedTuple):
    title: str
    # What `panlabel convert --from` calls it; empty if panlabel does not read it.
    name: str
    # How to go on then.
    instead: str = ""


_XML_ROOTS = {"annotations": _Tool("CVAT XML", "cvat")}

# Columns that a CSV file of the tool has, among others.
_CSV_COLUMNS: tuple[tuple[set[str], _Tool], ...] = (
    ({"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"}, _Tool("OpenImages CSV", "openimages")),
    ({"filename", "region_shape_attributes"}, _Tool("VIA CSV", "via-csv")),
    ({"image", "xmin", "ymin", "xmax", "ymax", "label"}, _Tool("VoTT CSV", "vott-csv")),
)
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_TENSORFLOW_COLUMNS = {"filename", "class", *_CORNERS}
# One head, two formats: panlabel tells them apart by name alone.
_TENSORFLOW_IN_FRACTIONS = _Tool("TensorFlow CSV in fractions", "tfod")
_TENSORFLOW_IN_PIXELS = _Tool("TensorFlow CSV in pixels", "udacity")

_KITTI = _Tool("KITTI labels", "kitti")
_WORDS_OF_KITTI = (15, 16)
_OIDV4 = _Tool("OIDv4 labels", "oidv4")
_DOTA = _Tool(
    "DOTA labels",
    "",
    "make YOLO of them: a line for each box, with its class id and its four points, x divided by the width of the "
    "image and y by its height; and give --outlines, which takes the upright boxes around these oriented ones",
)
_VISDRONE = _Tool(
    "VisDrone annotations", "", "make YOLO of them with visdrone2yolo, which is in VisDrone.yaml of Ultralytics"
)
_MOT = _Tool(
    "MOTChallenge tracks", "", "make COCO of them, with an image for each frame and [left, top, width, height] as bbox"
)
# Numbers of a line that has commas between them.
_WITH_COMMAS = {8: _VISDRONE, 9: _MOT, 10: _MOT}

# Names that a JSON object of the tool has, among others: the whole one, or the first of a list.
_JSON_NAMES: tuple[tuple[set[str], _Tool], ...] = (
    ({"shapes", "imagePath"}, _Tool("LabelMe JSON", "labelme")),
    ({"categories", "items"}, _Tool("Datumaro JSON", "datumaro")),
    ({"name", "labels"}, _Tool("BDD100K JSON", "bdd100k")),
    ({"_via_img_metadata"}, _Tool("VIA JSON", "via")),
    ({"data_row", "projects"}, _Tool("Labelbox JSON", "labelbox")),
    ({"assets", "tags"}, _Tool("VoTT JSON", "vott-json")),
    ({"asset", "regions"}, _Tool("VoTT JSON", "vott-json")),
    ({"metadata", "instances"}, _Tool("SuperAnnotate JSON", "superannotate")),
    ({"size", "objects"}, _Tool("Supervisely JSON", "supervisely")),
    ({"imgHeight", "objects"}, _Tool("Cityscapes JSON", "cityscapes")),
    ({"item", "annotations"}, _Tool("V7 Darwin JSON", "v7-darwin")),
    ({"openlabel"}, _Tool("OpenLABEL JSON", "openlabel")),
)
_LABEL_STUDIO = _Tool("Label Studio JSON", "label-studio")
_CREATE_ML = _Tool("CreateML JSON", "create-ml")
_VIA = _Tool("VIA JSON", "via")


def tool_of_xml(root: str) -> _Tool | None:
    """The tool that writes XML with this outermost element."""
    return _XML_ROOTS.get(root)


def tool_of_columns(row: dict[str, str]) -> _Tool | None:
    """The tool that writes CSV with such a first row: column -> value."""
    if row.keys() >= _TENSORFLOW_COLUMNS:
        fractions = all(_is_number(row[name]) and float(row[name]) <= 1 for name in _CORNERS)
        return _TENSORFLOW_IN_FRACTIONS if fractions else _TENSORFLOW_IN_PIXELS
    return next((tool for needed, tool in _CSV_COLUMNS if needed <= row.keys()), None)


def tool_of_line(line: str) -> _Tool | None:
    """The tool whose label files have such a line.

    A line of KITTI is a name and 14 or 15 numbers, one of OIDv4 a name and four corners in pixels, one of DOTA eight
    corners in pixels, a name and perhaps how difficult it is.

    >>> tool_of_line("10 10 40 10 40 40 10 40 plane 0").title, tool_of_line("684,8,273,116,0,0,0,0").title
    ('DOTA labels', 'VisDrone annotations')
    """
    numbers = line.rstrip(",").split(",")
    if all(map(_is_number, numbers)):
        return _WITH_COMMAS.get(len(numbers))
    words = line.split()
    are_numbers = [_is_number(word) for word in words]
    if are_numbers[:9] == [True] * 8 + [False] and len(words) <= 10:
        return _DOTA
    if are_numbers[0] or not all(are_numbers[1:]):
        return None
    if len(words) in _WORDS_OF_KITTI:
        return _KITTI
    return _OIDV4 if len(words) == 5 and max(map(float, words[1:])) > 1 else None


def tool_of_json(content: Any) -> _Tool | None:
    """The tool that writes JSON with this content, of which the beginning is enough."""
    record = content[0] if isinstance(content, list) and content else content
    if not isinstance(record, dict):
        return None
    if isinstance(record.get("data"), dict) and {"annotations", "completions", "predictions"} & record.keys():
        return _LABEL_STUDIO
    boxes = record.get("annotations")
    if isinstance(boxes, list) and any(isinstance(box, dict) and "coordinates" in box for box in boxes):
        return _CREATE_ML
    first = next(iter(record.values()), None)
    if isinstance(first, dict) and {"filename", "regions"} <= first.keys():
        return _VIA
    return next((tool for needed, tool in _JSON_NAMES if needed <= record.keys()), None)


def conversion(path: Path, tool: _Tool) -> str:
    """The sentence for a file or folder of a labelling tool: what it is, and how to make COCO or YOLO of it."""
    if not tool.name:
        return f"{path} looks like {tool.title}, which boxlint does not read: {tool.instead}"
    output = path.with_name(f"{path.stem}_coco.json")
    return (
        f"{path} looks like {tool.title}, which boxlint does not read: pip install panlabel, convert with "
        f"`panlabel convert --from {tool.name} --to coco --input {quote(str(path))} --output {quote(str(output))} "
        "--allow-lossy`, "
        f"and give {output}"
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
