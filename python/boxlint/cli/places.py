"""Where an issue is, for tools that show it beside a file: the file of annotations, and the line in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from boxlint.formats.folders import files_below
from boxlint.formats.image_files import image_files
from boxlint.formats.parquet_files import images_of_files
from boxlint.formats.source import Source
from boxlint.report.issue import Issue

__all__ = ["Place", "Places"]

# Findings that lines were passed over, so that annotations are not counted as lines are.
_LEFT_OUT = ("unknown_class", "unreadable")


class Place(NamedTuple):
    """A file, relative to the working directory if it lies below, with slashes; and a line, from 1."""

    path: str
    line: int


class Places:
    """Finds the file that has to be changed: that of COCO or Parquet, or that of the image, if it has one.

    The line is that of the annotation in YOLO labels of which none was left out, else the first one.
    """

    def __init__(self, source: Source) -> None:
        self._files = _files_of_images(source)
        left_out = any(one.where == "annotations" and one.kind in _LEFT_OUT for one in source.findings)
        self._in_lines = source.found.kind == "yolo" and not left_out

    def of(self, issue: Issue) -> Place:
        """The place of an issue."""
        path, line = self._files[issue.image_index], 1
        if self._in_lines and issue.annotation_index is not None:
            line = _line_of(path, issue.annotation_index)
        here = Path.cwd()
        whole = path.resolve()
        return Place((whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix(), line)


def _files_of_images(source: Source) -> Sequence[Path]:
    """The file of each image; what was given for an image without one."""
    folder, names = source.folder, source.dataset.image_names
    if source.found.kind == "parquet":
        return images_of_files(source.parquet)
    if source.voc is not None:
        return list(map(Path, source.voc.paths()))
    if names is None or not folder.is_dir():
        return [folder] * len(source.dataset)
    labels = files_below(folder, ".txt")
    found = image_files(names, labels).files.tolist()
    return [folder if file < 0 else Path(labels.path(file)) for file in found]


def _line_of(labels: Path, annotation: int) -> int:
    """The line of an annotation in a file of YOLO labels, where empty lines are passed over."""
    lines = labels.read_text(encoding="utf-8", errors="replace").splitlines()
    full = [number for number, line in enumerate(lines, 1) if line.strip()]
    return full[annotation] if annotation < len(full) else 1
