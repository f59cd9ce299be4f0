"""Reads the numbers in many text files into one table, whose rows know their file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Layout", "LineTable", "lines_of"]

# Names of the columns, in their order.
Layout = tuple[str, ...]

# Boxes may reach over the edge of the image. A larger number is not a fraction of its side.
_LARGEST_FRACTION = 2


@dataclass(frozen=True)
class LineTable:
    """The lines of many files: file i owns the rows ``offsets[i]:offsets[i + 1]``."""

    files: list[Path | None]
    layout: Layout
    rows: NDArray[np.float64]
    offsets: NDArray[np.int64]

    @classmethod
    def read(cls, files: list[Path | None], layout: Layout) -> LineTable:
        tables = [_read_file(file, layout) for file in files]
        offsets = np.concatenate([[0], np.cumsum([len(table) for table in tables])]).astype(np.int64)
        return cls(files, layout, np.concatenate([np.empty((0, len(layout))), *tables]), offsets)

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        return self.rows[:, self.layout.index(column)]

    def place(self, row: int) -> str:
        """The file and the line, counted from 1, of a row."""
        index = int(np.searchsorted(self.offsets, row, side="right")) - 1
        file = self.files[index]
        assert file is not None
        return f"{file}: line {lines_of(file)[row - int(self.offsets[index])][0]}"

    def check(self) -> None:
        """Raises ValueError at the first value that is out of range."""
        for column in self.layout:
            values = self[column]
            if column == "class":
                valid, expected = (values >= 0) & (values < 2**31) & (values == np.rint(values)), "an integer from 0"
            elif column == "confidence":
                valid, expected = (values >= 0) & (values <= 1), "a number from 0 to 1"
            else:
                valid, expected = abs(values) <= _LARGEST_FRACTION, "a fraction of the image's side, not pixels"
            if not valid.all():
                row = int((~valid).argmax())
                raise ValueError(f"{self.place(row)}: {column} is {values[row]:g}, expected {expected}")


def _read_file(file: Path | None, layout: Layout) -> NDArray[np.float64]:
    """(n, columns) numbers of a file, n = 0 if there is no file."""
    lines = [] if file is None else lines_of(file)
    if not lines:
        return np.empty((0, len(layout)))
    try:
        rows = np.array([line.split() for _, line in lines], np.float64)
    except ValueError:
        rows = np.empty((0, 0))
    if rows.shape[1] != len(layout):
        raise ValueError(f"{file}: {_fault(lines, layout)}")
    return rows


def lines_of(file: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    text = file.read_bytes().decode("utf-8-sig", errors="replace")
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if not line.isspace() and line]


def _fault(lines: list[tuple[int, str]], layout: Layout) -> str:
    """What is wrong with the first line that cannot be read."""
    for number, line in lines:
        words = line.split()
        if len(words) != len(layout):
            return f"line {number}: {len(words)} columns{_looks_like(len(words))}, expected {' '.join(layout)}"
        for word, column in zip(words, layout, strict=True):
            try:
                float(word)
            except ValueError:
                return f"line {number}: {column} is {word!r}, expected a number"
    raise AssertionError("every line can be read")


def _looks_like(columns: int) -> str:
    known = {
        5: ", which look like an annotation, or a detection saved without its confidence (save_conf=True)",
        6: ", which look like a detection with its confidence, or a box with a track id",
        7: ", which look like a detection with its confidence and a track id",
        9: ", which look like a class and the four corners of an oriented box",
        10: ", which look like an oriented box with its confidence",
    }
    if columns in known:
        return known[columns]
    return ", which look like the outline of a segment or the keypoints of a pose" if columns > 10 else ""
