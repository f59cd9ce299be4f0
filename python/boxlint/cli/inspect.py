"""`boxlint inspect`: what looks wrong with a data set before it is scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boxlint.cli.common import AnnotationsFile, faults_as_sentences, progress
from boxlint.formats.coco import read_coco
from boxlint.formats.findings import Finding, merged
from boxlint.inspection import inspect

__all__ = ["command"]


def command(
    annotations: AnnotationsFile,
    detections: Annotated[Path | None, typer.Argument(help="COCO results: the detector's boxes with scores.")] = None,
) -> None:
    """Reports what looks wrong with a data set; exits with 1 if that would make its scores wrong."""
    with faults_as_sentences(), progress() as bar:
        bar.add_task("reading", total=None)
        read: list[Finding] = []
        dataset = read_coco(annotations, detections, skip_unknown=True, on_finding=read.append)
        findings = sorted(merged(read, inspect(dataset)), key=lambda finding: not finding.is_error)
    for finding in findings:
        typer.echo(f"{'error' if finding.is_error else 'warning'}: {finding}")
    errors = sum(finding.is_error for finding in findings)
    typer.echo(
        f"{len(dataset):,} images, {len(dataset.annotations.class_id):,} annotations, "
        f"{len(dataset.predictions.class_id):,} detections: {errors} errors, {len(findings) - errors} warnings"
    )
    if errors:
        raise typer.Exit(1)
