"""`boxlint inspect`: looks for faults in a data set before it is scored."""

from __future__ import annotations

import typer

from boxlint._text import counted
from boxlint.cli.common import exit_on_error
from boxlint.cli.reading import OptionalPredictionsPath, Reading, SourcePath, load, with_reading

__all__ = ["command"]


@with_reading
def command(source: SourcePath, reading: Reading, predictions: OptionalPredictionsPath = None) -> None:
    """Reports what looks wrong with a data set; exits with 1 if that would make its scores wrong.

    Boxes of unknown images or classes, and records that cannot be read, are counted by kind with the first of each, and
    the rest is read on.
    """
    with exit_on_error():
        given = load(source, predictions, reading.options(skip_unknown=True, skip_unreadable=True))
    findings = sorted(given.findings, key=lambda finding: not finding.is_error)
    for finding in findings:
        typer.echo(f"{'error' if finding.is_error else 'warning'}: {finding}")
    errors = sum(finding.is_error for finding in findings)
    dataset = given.dataset
    typer.echo(
        f"{counted(len(dataset), 'image')}, {counted(len(dataset.annotations.class_id), 'annotation')}, "
        f"{counted(len(dataset.predictions.class_id), 'detection')}: {counted(errors, 'error')}, "
        f"{counted(len(findings) - errors, 'warning')}"
    )
    if errors:
        raise typer.Exit(1)
