"""The charts above the list: where their bars stand, for the template to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np

from boxlint._kinds import KINDS
from boxlint.report.issues import Issues
from boxlint.report.summary import Summary

__all__ = ["BINS", "Bar", "Line", "class_lines", "confusion_lines", "suspicion_bars"]

# Columns of the distribution of suspicion, from 0 to 1.
BINS = 20
# Lines of a chart; what comes after is counted together.
_LINES = 8
# Width of the longest line, and height of the highest column.
_WIDTH, _HEIGHT = 200, 100


class Bar(NamedTuple):
    """A part of a line or a column, of one kind."""

    kind: str
    rows: int
    start: float
    length: float


class Line(NamedTuple):
    """A line of bars with its name, and the address of the rows that it counts."""

    name: str
    rows: int
    bars: list[Bar]
    address: str


def class_lines(summary: Summary) -> tuple[list[Line], int]:
    """Likely errors of each class by kind, most first, and how many there are of other classes."""
    totals: dict[str, dict[str, int]] = {}
    for kind, of_class in summary.by_class.items():
        for name, count in of_class.items():
            totals.setdefault(name, {})[kind] = count
    counts = dict(sorted(totals.items(), key=lambda one: -sum(one[1].values())))
    return _lines(counts, {name: {"class": name, "from": "0.5"} for name in counts})


def confusion_lines(summary: Summary) -> tuple[list[Line], int]:
    """Likely swaps by given and suggested class, most first, and how many there are of other pairs."""
    pairs = {f"{given} → {likely}": (given, likely) for given, likely in summary.confusions}
    counts = {name: {"swap": summary.confusions[pair]} for name, pair in pairs.items()}
    addresses = {
        name: {"kind": "swap", "class": given, "likely": likely, "from": "0.5"}
        for name, (given, likely) in pairs.items()
    }
    return _lines(counts, addresses)


def suspicion_bars(issues: Issues) -> tuple[list[list[Bar]], int]:
    """A column for each twentieth of suspicion, and the number of rows in the highest one.

    The first one is empty: the many rows of hardly any suspicion would leave no room for the others.
    """
    place = np.minimum((issues["suspicion"] * BINS).astype(int), BINS - 1)
    counts = [np.bincount(place[issues["kind"] == kind], minlength=BINS).tolist() for kind in KINDS]
    columns = [dict(zip(KINDS, column, strict=True)) for column in zip(*counts, strict=True)]
    columns[0] = {}
    highest = max(sum(column.values()) for column in columns)
    return [_bars(column, _HEIGHT / max(highest, 1)) for column in columns], highest


def _lines(counts: Mapping[str, Mapping[str, int]], addresses: Mapping[str, dict[str, str]]) -> tuple[list[Line], int]:
    totals = {name: sum(of_kind.values()) for name, of_kind in counts.items()}
    longest = max(totals.values(), default=1)
    lines = [
        Line(name, totals[name], _bars(of_kind, _WIDTH / longest), _fragment(addresses[name]))
        for name, of_kind in list(counts.items())[:_LINES]
    ]
    return lines, sum(list(totals.values())[_LINES:])


def _fragment(address: dict[str, str]) -> str:
    return "#" + urlencode(address, errors="backslashreplace")


def _bars(counts: Mapping[str, int], scale: float) -> list[Bar]:
    bars: list[Bar] = []
    end = 0.0
    for kind, count in counts.items():
        if count:
            bars.append(Bar(kind, count, round(end, 2), round(count * scale, 2)))
            end += count * scale
    return bars
