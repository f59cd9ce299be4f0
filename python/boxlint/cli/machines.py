"""The rows of `boxlint check` for machines: as JSON with a head, and as annotations of GitHub's workflows."""

from __future__ import annotations

import json
from functools import partial

from boxlint._core import VERSION
from boxlint._text import printable
from boxlint.cli.common import echo, pour
from boxlint.cli.places import Place, Places
from boxlint.cli.sarif import write_sarif
from boxlint.formats.source import Source
from boxlint.report.issue import Issue, change_of_class, image_of
from boxlint.report.issues import LIKELY
from boxlint.report.report import Report

__all__ = ["FORMATS", "print_rows"]

# What --format can be: for people, and for machines.
FORMATS = ("text", "json", "github", "sarif")

# The number of the layout of the JSON, which grows when a key changes its meaning.
_LAYOUT = 1


def print_rows(form: str, report: Report, source: Source, top: int, raw_csv: bool) -> None:
    """Writes the rows to standard output as csv, json, github or sarif; of github those at the top alone."""
    if form == "csv":
        pour(partial(report.to_csv, raw=raw_csv))
    elif form == "json":
        _print_json(report)
    elif form == "sarif":
        pour(partial(write_sarif, report, source))
        echo("")
    else:
        places = Places(source)
        for issue in report.top(top):
            echo(printable(_github(issue, places.of(issue))))


def _print_json(report: Report) -> None:
    """One object: what was checked, how much was found, and the rows as `Report.to_json` writes them."""
    summary = report.summary()
    head = {
        "boxlint": VERSION,
        "layout": _LAYOUT,
        "fingerprint": report.fingerprint._asdict(),
        "images": summary.images,
        "annotations": summary.annotations,
        "predictions": summary.predictions,
        "kinds": report.kinds,
        "min_suspicion": report.min_suspicion,
        "likely": {kind: next(iter(rows.values())) for kind, rows in summary.by_suspicion.items()},
    }
    if report.learned is not None:
        head["learned"] = report.learned.as_record()
    echo(json.dumps(head, indent=1)[:-2] + ',\n "issues": ', nl=False)
    pour(report.to_json)
    echo("}")


def _github(issue: Issue, place: Place) -> str:
    """A line that GitHub shows beside a file: a warning for what is likely wrong, a notice for the rest."""
    title = f"{issue.kind} {issue.suspicion:.2f}: {change_of_class(issue)}"
    properties = {"file": place.path, "line": str(place.line), "title": title}
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    command = "warning" if issue.suspicion >= LIKELY else "notice"
    return f"::{command} {told}::{_escaped(f'{image_of(issue)}: {issue.reason} ({issue.issue_id})')}"


def _escaped(text: str, more: str = "") -> str:
    """The text with what would end a line or a property of a command as % and two hex digits."""
    return "".join(f"%{ord(character):02X}" if character in f"%\r\n{more}" else character for character in text)
