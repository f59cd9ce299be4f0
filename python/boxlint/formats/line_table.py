"""Reads the boxes in many text files into one table, whose rows know their file and line."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boxlint._core import FolderFiles, read_yolo_lines
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
    files, of_images:
        The files, and (N,) the position of that of each image; -1 for none.
    faults:
        What could not be read.
    lost:
        The positions of images of whose files nothing could be read.
    image, line, class_id:
        (n,) the position of the image of each box, the number of its line from 1, and its class.
    corners:
        (n, 4) the corners relative to the image's sides.
    score:
        (n,) the confidence; 0 in annotations.
    outlines, keypoints:
        (n,) whether the box was made from an outline, or came with keypoints.
    """

    files: FolderFiles
    of_images: NDArray[np.int64]
    faults: list[Fault]
    lost: list[int]
    image: NDArray[np.int64]
    line: NDArray[np.int64]
    class_id: NDArray[np.int32]
    corners: NDArray[np.float64]
    score: NDArray[np.float64]
    outlines: _Booleans
    keypoints: _Booleans

    def place(self, row: int) -> str:
        """The file and the line of a row."""
        return f"{self.files.path(self.of_images[self.image[row]])}: line {self.line[row]}"

    def chosen(self, rows: _Booleans) -> LineTable:
        """The table of some of the rows."""
        if rows.all():
            return self
        columns = [field.name for field in fields(self)][4:]
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


def read_lines(files: FolderFiles, of_images: NDArray[np.int64], layout: Layout, shape: Shape | None) -> LineTable:
    """Reads files of lines.

    Parameters
    ----------
    files:
        The files of a folder.
    of_images:
        (N,) the position of the file of each image; -1 for none.
    layout:
        What a line of a box holds.
    shape:
        What longer lines are; None tells by all of them.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    read = read_yolo_lines(files, of_images, layout, shape)
    faults = []
    for fault in read["faults"]:
        line = f": line {fault['line']}" if fault["line"] else ""
        file = files.path(of_images[fault["file"]])
        faults.append(Fault(f"{file}{line}", fault["what"], fault["kind"]))
    return LineTable(
        files, of_images, faults, read["lost"], read["file"], read["line"], read["class_id"], read["corners"],
        read["score"], read["outlines"], read["keypoints"],
    )  # fmt: skip
