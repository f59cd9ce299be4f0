"""The lines of `boxlint check --diff`: what would be corrected."""

from __future__ import annotations

import click

from boxlint._text import corners, counted, printable
from boxlint.cli.common import echo, tell
from boxlint.report.issue import Issue, classes_of, image_of
from boxlint.report.report import Report

__all__ = ["show_changes"]

_NOTHING = "nothing"


def show_changes(report: Report, suspicion: float) -> None:
    """Prints one line for each correction from a suspicion on: image, what, from -> to; in the order of the images."""
    changes = report.changes(suspicion)
    for issue in sorted(changes, key=lambda issue: (issue.image_index, issue.annotation_index or 0)):
        echo(_line(issue))
    tell(f"{counted(len(changes), 'correction')} from suspicion {suspicion:g} on; nothing is written")


def _line(issue: Issue) -> str:
    which = "" if issue.annotation_id is None else f" {issue.annotation_id}"
    what = "new annotation" if issue.kind == "missing" else f"annotation{which}"
    before, after = _from_and_to(issue)
    place, before, after = map(printable, (f"{image_of(issue)}: {what}", before, after))
    return f"{place}: {click.style(before, fg='red')} -> {click.style(after, fg='green')}"


def _from_and_to(issue: Issue) -> tuple[str, str]:
    """Class and box of an annotation, and what they become; only the class or the box where the other stays."""
    given_class, suggested_class = classes_of(issue)
    given = f"{given_class} {corners(issue.given_box)}"
    if issue.kind == "swap":
        return given, str(suggested_class)
    if issue.kind == "badloc":
        return given, corners(issue.suggested_box)
    if issue.kind == "missing":
        return _NOTHING, f"{suggested_class} {corners(issue.suggested_box)}"
    return given, f"{_NOTHING} ({issue.kind})"
