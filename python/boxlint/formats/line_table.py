"""Reads the boxes in many text files into one table, whose rows know their file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boxlint._core import read_yolo_lines
from boxlint.formats.unreadable import Fault

__all__ = ["Layout", "LineTable", "Shape", "read_lines"]

# Where the confidence of detections is; annotations have none.
Layout = Literal["annotations", "last", "second"]
# What lines are that are longer than a box.
Shape = Literal["outlines", "keypoints"]
_Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class LineTable:
    """The boxes of the lines of many files, in order of files and lines.

    Attributes
    ----------
    files:
        The file of each image, or None.
    faults:
        What could not be read.
    lost:
        The positions of files of which nothing could be read.
    file, line, class_id:
        (n,) the position of the file of each box, the number of its line from 1, and its class.
    corners:
        (n, 4) the corners relative to the image's sides.
    score:
        (n,) the confidence; 0 in annotations.
    outlines, keypoints:
        (n,) whether the box was made from an outline, or came with keypoints.
    """

    files: Sequence[str | None]
    faults: list[Fault]
    lost: list[int]
    file: NDArray[np.int64]
    line: NDArray[np.int64]
    class_id: NDArray[np.int32]
    corners: NDArray[np.float64]
    score: NDArray[np.float64]
    outlines: _Booleans
    keypoints: _Booleans

    def place(self, row: int) -> str:
        """The file and the line of a row."""
        return f"{self.files[self.file[row]]}: line {self.line[row]}"

    def chosen(self, rows: _Booleans) -> LineTable:
        """The table of some of the rows."""
        if rows.all():
            return self
        columns = [field.name for field in fields(self)][3:]
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


def read_lines(files: Sequence[str | None], layout: Layout, shape: Shape | None) -> LineTable:
    """Reads files of lines.

    Parameters
    ----------
    files:
        A file for each image, or None.
    layout:
        What a line of a box holds.
    shape:
        What longer lines are; None tells by all of them.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    read = read_yolo_lines(files, layout, shape)
    faults = []
    for fault in read["faults"]:
        line = f": line {fault['line']}" if fault["line"] else ""
        faults.append(Fault(f"{files[fault['file']]}{line}", fault["what"], fault["kind"]))
    return LineTable(
        files, faults, read["lost"], read["file"], read["line"], read["class_id"], read["corners"], read["score"],
        read["outlines"], read["keypoints"],
    )  # fmt: skip
