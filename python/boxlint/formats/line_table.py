"""Reads the boxes in many text files into one table, whose rows know their file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from boxlint.formats.line_shapes import BOX, Shape, corners_around, corners_of_boxes, fits, looks_like, shapes_by_width
from boxlint.formats.line_words import fault_of, lines_in
from boxlint.formats.unreadable import Fault, text_of

__all__ = ["COLUMNS", "Layout", "LineTable", "in_range", "read_lines"]

Layout = Literal["annotations", "last", "second"]
Array = NDArray[np.float64]

_LABEL = ("class", "x_center", "y_center", "width", "height")
# Names of the columns of each layout, in their order.
COLUMNS: dict[Layout, tuple[str, ...]] = {
    "annotations": _LABEL,
    "last": (*_LABEL, "confidence"),
    "second": ("class", "confidence", *_LABEL[1:]),
}

# Boxes may reach over the edge of the image. A larger number is not a fraction of its side.
_LARGEST_FRACTION = 2


# What is known of each box: the position of its file, the number of its line from 1, its corners relative to the
# image's sides, and what it was made from: "", "outlines" or "keypoints". The score is of use only for detections.
_ROW = np.dtype([
    ("file", np.int64), ("line", np.int64), ("class_id", np.float64), ("corners", np.float64, 4),
    ("score", np.float64), ("shape", "U9"),
])  # fmt: skip


@dataclass(frozen=True)
class LineTable:
    """The boxes of the lines of many files, in order of files and lines.

    Attributes
    ----------
    files:
        The file of each image, or None.
    rows:
        (n,) records with ``file``, ``line``, ``class_id``, ``corners``, ``score`` and ``shape``.
    faults:
        What could not be read.
    lost:
        The positions of files of which nothing could be read.
    """

    files: list[Path | None]
    rows: NDArray[Any]
    faults: list[Fault]
    lost: list[int]

    def __getitem__(self, column: str) -> NDArray[Any]:
        return np.asarray(self.rows[column])

    def place(self, row: int) -> str:
        """The file and the line of a row."""
        return f"{self.files[self['file'][row]]}: line {self['line'][row]}"

    def chosen(self, rows: NDArray[np.bool_]) -> LineTable:
        """The table of some of the rows."""
        return replace(self, rows=self.rows[rows])


@dataclass(frozen=True)
class _Lines:
    """Lines of one length: the position of their file, their numbers in it, and what they hold."""

    file: NDArray[np.int64]
    line: NDArray[np.int64]
    rows: Array

    @classmethod
    def of(cls, parts: list[tuple[int, list[int], Array]]) -> _Lines:
        file = np.repeat([index for index, _, _ in parts], [len(rows) for _, _, rows in parts]).astype(np.int64)
        line = np.concatenate([np.asarray(numbers, np.int64) for _, numbers, _ in parts])
        return cls(file, line, np.concatenate([rows for _, _, rows in parts]))


def read_lines(files: list[Path | None], layout: Layout, shape: Shape | None) -> LineTable:
    """Reads files of lines.

    Parameters
    ----------
    files:
        A file for each image, or None.
    layout:
        What a line of a box holds.
    shape:
        What longer lines are; None tells by all of them.
    """
    faults: list[tuple[int, int, Fault]] = []
    parts: dict[int, list[tuple[int, list[int], Array]]] = {len(COLUMNS[layout]): []}
    lost = []
    for index, file in enumerate(files):
        if file is None:
            continue
        try:
            text = text_of(file)
        except ValueError as error:
            lost.append(index)
            faults.append((index, 0, Fault(str(file), str(error), "whole files")))
            continue
        for numbers, rows in _rows_of(text, layout, file, index, faults):
            parts.setdefault(rows.shape[1], []).append((index, numbers, rows))
    by_length = {columns: _Lines.of(found) for columns, found in parts.items() if found}
    with np.errstate(invalid="ignore", over="ignore"):  # of infinities, which are out of range
        shapes = _shapes(by_length, layout, shape)
        tables = [
            _table(files, lines, layout, shapes[columns], faults)
            for columns, lines in by_length.items()
            if columns in shapes
        ]
    for columns, lines in by_length.items():
        if columns not in shapes:
            what = (
                f"{columns} columns{looks_like(columns, layout != 'annotations')}, expected {' '.join(COLUMNS[layout])}"
            )
            for index, number in zip(lines.file.tolist(), lines.line.tolist(), strict=True):
                faults.append((index, number, Fault(f"{files[index]}: line {number}", what, "lines of another length")))
    in_order = [fault for *_, fault in sorted(faults, key=lambda fault: fault[:2])]
    records: NDArray[Any] = np.concatenate([np.empty(0, _ROW), *tables])
    return LineTable(files, records[np.lexsort([records["line"], records["file"]])], in_order, lost)


def _rows_of(
    text: str, layout: Layout, file: Path, index: int, faults: list[tuple[int, int, Fault]]
) -> Iterator[tuple[list[int], Array]]:
    """The lines of a file that hold numbers: all at once if they are of one length, or else one by one."""
    lines = lines_in(text)
    if not lines:
        return
    words = [line.split() for _, line in lines]
    try:
        rows = np.array(words, np.float64)
    except ValueError:
        rows = np.empty(0)
    if rows.ndim == 2 and "_" not in text:
        yield [number for number, _ in lines], rows
        return
    for (number, line), of_line in zip(lines, words, strict=True):
        fault = fault_of(line, COLUMNS[layout])
        if fault is None:
            yield [number], np.array([of_line], np.float64)
        else:
            faults.append((index, number, Fault(f"{file}: line {number}", *fault)))


def _shapes(by_length: dict[int, _Lines], layout: Layout, shape: Shape | None) -> dict[int, Shape | Literal[""]]:
    """Number of columns -> what such lines are, "" for boxes; those that are missing cannot be read."""
    boxes = len(COLUMNS[layout])
    known: dict[int, Shape | Literal[""]] = {boxes: ""}
    if layout == "second":
        return known
    confidence = boxes - BOX
    long = {columns - confidence: lines.rows for columns, lines in by_length.items() if columns > boxes}
    if shape is not None:
        return known | {columns + confidence: shape for columns in long if fits(shape, columns)}
    found = shapes_by_width(
        {columns: rows[:, :columns] for columns, rows in long.items()}, boxes in by_length, confidence > 0
    )
    return known | {columns + confidence: of_width for columns, of_width in found.items()}


def _table(
    files: list[Path | None],
    lines: _Lines,
    layout: Layout,
    shape: Shape | Literal[""],
    faults: list[tuple[int, int, Fault]],
) -> NDArray[Any]:
    """The records of lines of one length, without those whose values are out of range."""
    columns = COLUMNS[layout]
    rows = lines.rows
    score = rows[:, 1] if layout == "second" else rows[:, -1] if layout == "last" else np.zeros(len(rows))
    if shape:
        numbers = rows if layout == "annotations" else rows[:, :-1]
        names = (*columns[:1], *(f"number {index + 1}" for index in range(1, numbers.shape[1])), "confidence")
        corners = corners_around(numbers, shape)
    else:
        names = columns
        corners = corners_of_boxes(np.delete(rows, 1, axis=1)[:, 1:] if layout == "second" else rows[:, 1:BOX])
    valid = np.ones(len(rows), bool)
    for column, name in zip(rows.T, names, strict=False):
        valid_here, expected = in_range(column, name)
        for row in np.flatnonzero(valid & ~valid_here).tolist():
            index, number = int(lines.file[row]), int(lines.line[row])
            what = f"{name} is {column[row]:g}, expected {expected}"
            faults.append((index, number, Fault(f"{files[index]}: line {number}", what, "values out of range")))
        valid &= valid_here
    table = np.empty(len(rows), _ROW)
    table["file"], table["line"], table["class_id"] = lines.file, lines.line, rows[:, 0]
    table["corners"], table["score"], table["shape"] = corners, score, shape
    return table[valid]


def in_range(values: Array, column: str) -> tuple[NDArray[np.bool_], str]:
    if column == "class":
        return (values >= 0) & (values < 2**31) & (values == np.rint(values)), "an integer from 0"
    if column == "confidence":
        return (values >= 0) & (values <= 1), "a number from 0 to 1"
    return abs(values) <= _LARGEST_FRACTION, "a fraction of the image's side, not pixels"
