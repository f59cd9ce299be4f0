"""Formats of labelling tools that boxlint does not read: how they are recognised, and the command that converts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["conversion", "tool_of_columns", "tool_of_json", "tool_of_line", "tool_of_xml"]


class _Tool(NamedTuple):
    title: str
    # What `panlabel convert --from` calls it.
    name: str


_CVAT = _Tool("CVAT XML", "cvat")
_KITTI = _Tool("KITTI labels", "kitti")
_ATTRIBUTES_OF_KITTI = 15

_XML_ROOTS = {"annotations": _CVAT}

# Columns that a CSV file of the tool has, among others.
_CSV_COLUMNS: tuple[tuple[frozenset[str], _Tool], ...] = (
    (frozenset({"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"}), _Tool("OpenImages CSV", "openimages")),
    (frozenset({"filename", "class", "xmin", "ymin", "xmax", "ymax"}), _Tool("TensorFlow CSV", "tfod")),
    (frozenset({"filename", "region_shape_attributes"}), _Tool("VIA CSV", "via-csv")),
)


def tool_of_xml(root: str) -> _Tool | None:
    """The tool that writes XML with this outermost element."""
    return _XML_ROOTS.get(root)


def tool_of_columns(columns: list[str]) -> _Tool | None:
    """The tool that writes CSV with these columns."""
    return next((tool for needed, tool in _CSV_COLUMNS if needed <= set(columns)), None)


def tool_of_line(words: list[str]) -> _Tool | None:
    """The tool whose label files have such a line: that of KITTI starts with a name and has 14 or 15 numbers."""
    if len(words) not in (_ATTRIBUTES_OF_KITTI, _ATTRIBUTES_OF_KITTI + 1) or _is_number(words[0]):
        return None
    return _KITTI if all(map(_is_number, words[1:])) else None


def tool_of_json(content: Any) -> _Tool | None:
    """The tool that writes JSON with this content, of which the beginning is enough."""
    first = content[0] if isinstance(content, list) and content else {}
    for tool, is_of_tool in _JSON.items():
        if is_of_tool(content if isinstance(content, dict) else {}, first if isinstance(first, dict) else {}):
            return tool
    return None


def conversion(path: Path, tool: _Tool) -> str:
    """The sentence for a file or folder of a labelling tool: what it is, and the command that makes COCO of it."""
    output = path.with_name(f"{path.stem}_coco.json")
    return (
        f"{path} looks like {tool.title}, which boxlint does not read: pip install panlabel, convert with "
        f"`panlabel convert --from {tool.name} --to coco --input {path} --output {output} --allow-lossy`, "
        f"and give {output}"
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _is_label_studio(_: dict[str, Any], first: dict[str, Any]) -> bool:
    tasks = ("annotations", "completions", "predictions")
    return isinstance(first.get("data"), dict) and any(isinstance(first.get(name), list) for name in tasks)


def _is_bdd(whole: dict[str, Any], first: dict[str, Any]) -> bool:
    frames = whole.get("frames")
    frame = frames[0] if isinstance(frames, list) and frames and isinstance(frames[0], dict) else first
    return "name" in frame and "labels" in frame


def _is_create_ml(_: dict[str, Any], first: dict[str, Any]) -> bool:
    boxes = first.get("annotations")
    return (
        isinstance(first.get("image", first.get("imagefilename")), str)
        and isinstance(boxes, list)
        and all(isinstance(box, dict) and "coordinates" in box for box in boxes[:1])
    )


def _is_via(whole: dict[str, Any], _: dict[str, Any]) -> bool:
    first = next(iter(whole.values()), None)
    return "_via_img_metadata" in whole or (isinstance(first, dict) and {"filename", "regions"} <= first.keys())


_JSON: dict[_Tool, Callable[[dict[str, Any], dict[str, Any]], bool]] = {
    _Tool("Label Studio JSON", "label-studio"): _is_label_studio,
    _Tool("LabelMe JSON", "labelme"): lambda whole, _: {"shapes", "version"} <= whole.keys() or "imagePath" in whole,
    _Tool("Datumaro JSON", "datumaro"): lambda whole, _: (
        isinstance(whole.get("categories"), dict) and ("items" in whole or "label" in whole["categories"])
    ),
    _Tool("BDD100K JSON", "bdd100k"): _is_bdd,
    _Tool("VIA JSON", "via"): _is_via,
    _Tool("CreateML JSON", "create-ml"): _is_create_ml,
}
