"""What lies at a path: which of the formats that boxlint reads, or which other one it looks like."""

from __future__ import annotations

import csv
import errno
import os
import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from boxlint._json import parsed_json
from boxlint.formats.class_list import YAML_ENDINGS
from boxlint.formats.labelling_tools import conversion, tool_of_columns, tool_of_json, tool_of_line, tool_of_xml
from boxlint.formats.no_json import other_kind
from boxlint.formats.unpacked import beginning_of, content_of

__all__ = ["Found", "FoundKind", "recognise", "visible_files", "words_of_labels"]

FoundKind = Literal["coco", "coco_results", "yolo", "voc", "parquet"]

# How much of a file is looked at. Its first records are in it, but for a picture inside of the JSON.
_BEGINNING = 1 << 16
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]')
_CLOSED_BY = {"{": "}", "[": "]"}
# Where YOLO labels are below a data set's folder: CVAT has them in obj_train_data, darknet beside the images.
_LABELS = ("labels", "obj_train_data", "images")
# Folders that stand beside one of images.
_BESIDE_IMAGES = ("labels", "Annotations", "annotations")
# A tool with JSON files has them beside few others.
_LOOKED_AT = 5
_WORDS_OF_LABEL = 5
_NUMBER = re.compile(r"[-+.\d][-+.eE\d]*")
_OF_RESULTS = {"predictions", "detections", "score"}
_LISTS = {"images", "annotations", "categories"}


@dataclass(frozen=True)
class Found:
    """What lies at a path.

    Attributes
    ----------
    kind:
        The format.
    path:
        The file, or the folder of files, that is in it.
    yaml:
        The YAML file that describes a YOLO data set, or None.
    scored:
        Whether it is COCO annotations with scores, as detectors write them.
    """

    kind: FoundKind
    path: Path
    yaml: Path | None = None
    scored: bool = False


def recognise(path: Path, *, detections: bool = False) -> Found:
    """What lies at a path, by its content; unknown content is taken for COCO, whose reader says what is wrong.

    Parameters
    ----------
    path:
        A file or a folder.
    detections:
        Whether it is that of a detector, whose folder may hold a predictions.json.

    Raises
    ------
    OSError
        If nothing is there, or it cannot be read.
    ValueError
        If it is of another format: names the format, and how to go on.
    """
    if path.is_dir():
        return _folder(path, detections)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    if not path.is_file():
        raise ValueError(f"{path} is a pipe or a device, expected a file: it is read more than once")
    if path.suffix.lower() in YAML_ENDINGS:
        if detections:
            raise ValueError(f"{path} describes a data set, expected a detector's boxes: give their file or folder")
        return Found("yolo", path.parent, yaml=path)
    if (why := other_kind(path)) is not None:
        raise ValueError(why)
    beginning = _beginning(path)
    if beginning.startswith("PAR1"):
        if detections:
            raise ValueError(f"{path} is Parquet, which holds predictions beside the annotations: give it alone")
        return Found("parquet", path)
    text = beginning.lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        raise ValueError(_of_xml(path, text))
    if path.suffix.lower() in (".csv", ".txt"):
        raise ValueError(_of_table(path, text))
    return _json(path, text, detections)


def words_of_labels(found: Found) -> int:
    """How many words the first label of a folder of YOLO has; 0 if there is none."""
    return len(_first_line(visible_files(found.path, ".txt")).split())


def visible_files(folder: Path, *endings: str) -> list[Path]:
    """The files below a folder with one of the endings in lower or upper case, in order of their paths, none hidden."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in endings
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def _folder(path: Path, detections: bool) -> Found:
    yaml = next((file for file in sorted(path.iterdir()) if _describes_yolo(file)), None)
    if yaml is not None and not detections:
        return Found("yolo", path, yaml=yaml)
    labels = next((path / name for name in _LABELS if visible_files(path / name, ".txt")), path / "labels")
    annotations = path / "Annotations"
    if labels.is_dir() and annotations.is_dir():
        raise ValueError(f"{path} has the folders {labels.name} and Annotations: give the one to read")
    inside = visible_files(path, ".json")
    for file in inside[:_LOOKED_AT]:
        if tool := tool_of_json(_content(_beginning(file))):
            raise ValueError(conversion(path, tool))
    xml = visible_files(annotations if annotations.is_dir() else path, ".xml")
    if xml and (annotations.is_dir() or not labels.is_dir()):
        return _of_first_xml(path, annotations if annotations.is_dir() else path, xml)
    results = path / "predictions.json"
    text = visible_files(labels if labels.is_dir() else path, ".txt")
    if detections and results.is_file() and not _have_confidences(text):
        return recognise(results)
    if text:
        return _of_first_line(path, labels if labels.is_dir() else path, text)
    at_top = [file for file in inside if file.parent == path]
    if len(at_top) == 1:
        return recognise(at_top[0])
    if inside:
        raise ValueError(f"{path} has {len(inside)} JSON files, such as {inside[0]}: give the one to read")
    if not detections and visible_files(path, ".parquet"):
        return Found("parquet", path)
    beside = next((path.parent / name for name in _BESIDE_IMAGES if (path.parent / name).is_dir()), None)
    hint = f"; give {beside} beside it" if beside is not None and beside != path else ""
    raise ValueError(
        f"{path} has no YOLO labels (.txt), no Pascal VOC files (.xml), no COCO file (.json) and no Parquet in it{hint}"
    )


def _describes_yolo(file: Path) -> bool:
    """Whether it is a YAML file with the names of classes, as data.yaml is."""
    names = re.compile(r"^names\s*:", re.MULTILINE)
    return file.suffix.lower() in YAML_ENDINGS and file.is_file() and names.search(_beginning(file)) is not None


def _of_first_xml(path: Path, folder: Path, xml: list[Path]) -> Found:
    """Pascal VOC, unless the first file is of a labelling tool."""
    tool = tool_of_xml(_root(_beginning(xml[0])))
    if tool is not None:
        raise ValueError(conversion(xml[0] if len(xml) == 1 else path, tool))
    return Found("voc", folder)


def _of_first_line(path: Path, folder: Path, text: list[Path]) -> Found:
    """YOLO, unless the first line is of a labelling tool."""
    line = _first_line(text)
    tool = tool_of_line(line) if line else None
    if tool is not None:
        raise ValueError(conversion(path, tool))
    return Found("yolo", folder)


def _have_confidences(text: list[Path]) -> bool:
    """Whether the labels of detections have their sixth column; without it, only predictions.json has the scores."""
    return len(_first_line(text).split()) > _WORDS_OF_LABEL


def _first_line(text: list[Path]) -> str:
    """The first line that looks like a label: at least five words, of which the second is a number; or empty."""
    for file in text:
        for line in _beginning(file).splitlines():
            words = line.replace(",", " ").split()
            if len(words) >= _WORDS_OF_LABEL and _NUMBER.fullmatch(words[1]):
                return line.strip()
    return ""


def _of_xml(path: Path, text: str) -> str:
    root = _root(text)
    tool = tool_of_xml(root)
    if tool is not None:
        return conversion(path, tool)
    if root == "annotation":
        return f"{path} is one Pascal VOC file: give the folder, {path.parent}"
    return f"{path} is XML with the outermost element {root!r}, expected a folder of Pascal VOC files or a COCO file"


def _root(text: str) -> str:
    found = re.search(r"<([\w:.-]+)", re.sub(r"<[?!].*?>", "", text, flags=re.DOTALL))
    return found[1] if found else ""


def _of_table(path: Path, text: str) -> str:
    if path.suffix.lower() == ".txt":
        return f"{path} is a text file: for YOLO labels give their folder, {path.parent}, or the data.yaml"
    columns, first = [*csv.reader(text.splitlines()[:2]), [], []][:2]
    tool = tool_of_columns(dict(zip_longest(columns, first[: len(columns)], fillvalue="")))
    if tool is not None:
        return conversion(path, tool)
    return f"{path} is CSV with the columns {', '.join(columns):.200}: give the data set as COCO, YOLO or Pascal VOC"


def _json(path: Path, text: str, detections: bool) -> Found:
    content = _content(text)
    tool = tool_of_json(content)
    if tool is not None:
        raise ValueError(conversion(path, tool))
    record = content[0] if isinstance(content, list) and content else None
    if isinstance(record, dict) and _LISTS & record.keys():
        raise ValueError(f"{path} has a list around its COCO object: take the object out of it")
    if isinstance(record, dict) and "score" not in record and not detections:
        raise ValueError(f"{path} is a list of records, expected an object with the lists {', '.join(sorted(_LISTS))}")
    if isinstance(content, dict):
        # One record of results a line, or some other object: the reader of detections says how to mend that.
        if _OF_RESULTS & content.keys() or (detections and not _LISTS & content.keys()):
            return Found("coco_results", path)
        annotations = content.get("annotations")
        first = annotations[0] if isinstance(annotations, list) and annotations else {}
        scored = isinstance(first, dict) and "score" in first
        if detections and scored and _is_results(path, content):
            return Found("coco_results", path)
        return Found("coco", path, scored=scored)
    return Found("coco" if content is None and not detections else "coco_results", path)


def _is_results(path: Path, beginning: dict[str, Any]) -> bool:
    """Whether an object has a list of annotations alone, which are results then: without images or categories."""
    others = _LISTS - {"annotations"}
    if others & beginning.keys():
        return False
    try:
        content = parsed_json(content_of(path))
    except ValueError:
        return False
    return isinstance(content, dict) and not others & content.keys()


def _beginning(path: Path) -> str:
    head = beginning_of(path, _BEGINNING)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return head.decode(encoding, errors="replace")


def _content(text: str) -> Any:
    """The JSON value that begins so, without what is cut off or follows it; None if it is no JSON."""
    stack: list[str] = []
    end = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in _CLOSED_BY:
            stack.append(_CLOSED_BY[mark])
        elif mark in "]}":
            if not stack or stack.pop() != mark:
                return None
        elif mark != ",":
            continue
        end = token.start() if mark == "," else token.end()
        if not stack:
            break
    try:
        return parsed_json(text[:end] + "".join(reversed(stack)))
    except ValueError:
        return None
