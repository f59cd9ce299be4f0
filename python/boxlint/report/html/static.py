"""The first rows of the page as plain HTML, for browsers that run no script."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from boxlint.report.html.crops import CROP_SIDE
from boxlint.report.html.drawn import Drawn
from boxlint.report.issues import Issue, Issues, change_of_class

__all__ = ["STATIC_ROWS", "StaticRow", "static_rows"]

STATIC_ROWS = 50


class Frame(NamedTuple):
    """A box in the pixels of a crop, and the name of its style."""

    style: str
    x: float
    y: float
    width: float
    height: float


class StaticRow(NamedTuple):
    """What a row shows."""

    issue: Issue
    change: str
    width: float
    height: float
    frames: list[Frame]
    crop: str


def static_rows(issues: Issues, drawn: Drawn) -> list[StaticRow]:
    """The first rows, with their given, suggested and kept boxes."""
    styles = ("given", "suggested", "kept")
    rows = []
    for row, issue in enumerate(issues[:STATIC_ROWS]):
        left, top, right, bottom = drawn.regions[row].tolist()
        scale = CROP_SIDE / max(right - left, bottom - top)
        frames = [
            Frame(style, *np.round((corners - [left, top, left, top]) * scale, 1).tolist())
            for style, corners in zip(styles, drawn.boxes[row], strict=True)
            if not np.isnan(corners).any()
        ]
        frames = [frame._replace(width=frame.width - frame.x, height=frame.height - frame.y) for frame in frames]
        size = (round((right - left) * scale, 1), round((bottom - top) * scale, 1))
        rows.append(StaticRow(issue, change_of_class(issue), *size, frames, drawn.crops[row]))
    return rows
