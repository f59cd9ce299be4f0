"""Where an issue is, for tools that show it beside a file: the file of annotations, and the line in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from boxlint._core import without_ending
from boxlint.formats.source import Source
from boxlint.report.issue import Issue

__all__ = ["Place", "place_of"]

# Endings of the files of one image.
_ENDINGS = {"yolo": ".txt", "voc": ".xml"}
# Findings that lines were passed over, so that annotations are not counted as lines are.
_LEFT_OUT = ("unknown_class", "unreadable")


class Place(NamedTuple):
    """A file, relative to the working directory if it lies below, with slashes; and a line, from 1."""

    path: str
    line: int


def place_of(issue: Issue, source: Source) -> Place:
    """The file that has to be changed: the COCO file, or that of the image, if it has one.

    The line is that of the annotation in YOLO labels of which none was left out, else the first one.
    """
    path, line = source.folder, 1
    if path.is_dir() and issue.image_name is not None:
        labels = path / (without_ending(issue.image_name) + _ENDINGS[source.found.kind])
        if labels.is_file():
            path = labels
        left_out = any(one.where == "annotations" and one.kind in _LEFT_OUT for one in source.findings)
        if path.suffix == ".txt" and issue.annotation_index is not None and not left_out:
            line = _line_of(path, issue.annotation_index)
    here = Path.cwd()
    whole = path.resolve()
    return Place((whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix(), line)


def _line_of(labels: Path, annotation: int) -> int:
    """The line of an annotation in a file of YOLO labels, where empty lines are passed over."""
    lines = labels.read_text(encoding="utf-8", errors="replace").splitlines()
    full = [number for number, line in enumerate(lines, 1) if line.strip()]
    return full[annotation] if annotation < len(full) else 1
