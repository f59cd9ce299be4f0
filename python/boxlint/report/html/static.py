"""The first rows of the page as plain HTML, for browsers that run no script."""

from __future__ import annotations

from typing import NamedTuple

from boxlint.report.issue import Issue, change_of_class
from boxlint.report.issues import Issues
from boxlint.report.pictures.drawn import Drawn, Frame

__all__ = ["STATIC_ROWS", "StaticRow", "static_rows"]

STATIC_ROWS = 50


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
    return [
        StaticRow(issue, change_of_class(issue), *drawn.size(row), drawn.frames(row), drawn.crops[row])
        for row, issue in enumerate(issues[:STATIC_ROWS])
    ]
