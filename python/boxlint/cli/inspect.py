"""`boxlint inspect`: looks for faults in a data set before it is scored."""

from __future__ import annotations

from pathlib import Path

import click

from boxlint._detectors import all_predictions
from boxlint._text import counted, printable
from boxlint.cli.command import Command
from boxlint.cli.common import echo, exit_on_error, in_options, tell
from boxlint.cli.reading import Reading, examples, load, with_data
from boxlint.cli.sentences import SENTENCES

__all__ = ["command"]

_MORE = """

Boxes of unknown images or classes, and records that cannot be read, are counted by kind with the first of each, and the
rest is read on.
"""


@click.command(cls=Command, help=SENTENCES["inspect"] + _MORE, epilog=examples("inspect"))
@with_data(predictions="optional")
def command(source: Path, predictions: Path | None, reading: Reading) -> None:
    with exit_on_error():
        given = load(source, predictions, reading.options(skip_unknown=True, skip_unreadable=True))
    findings = sorted(given.findings, key=lambda finding: not finding.is_error)
    for finding in findings:
        level = click.style("error", fg="red") if finding.is_error else click.style("warning", fg="yellow")
        echo(f"{level}: {printable(in_options(str(finding)))}")
    errors = sum(finding.is_error for finding in findings)
    dataset = given.dataset
    detections = sum(len(boxes.class_id) for boxes in all_predictions(dataset))
    tell(
        f"{counted(len(dataset), 'image')}, {counted(len(dataset.annotations.class_id), 'annotation')}, "
        f"{counted(detections, 'detection')}: {counted(errors, 'error')}, "
        f"{counted(len(findings) - errors, 'warning')}"
    )
    if errors:
        raise click.exceptions.Exit(1)
