"""`boxlint inspect`: looks for faults in a data set before it is scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boxlint._text import counted
from boxlint.cli.common import AnnotationsFile, ClassesFrom, ImagesByStem, exit_on_error, progress
from boxlint.formats.coco import read_coco
from boxlint.inspection.findings import Finding

__all__ = ["command"]


def command(
    annotations: AnnotationsFile,
    detections: Annotated[Path | None, typer.Argument(help="COCO results: the detector's boxes with scores.")] = None,
    images_by_stem: ImagesByStem = False,
    classes_from: ClassesFrom = None,
) -> None:
    """Reports what looks wrong with a data set; exits with 1 if that would make its scores wrong."""
    with exit_on_error(), progress() as bar:
        bar.add_task("reading", total=None)
        findings: list[Finding] = []
        dataset = read_coco(
            annotations,
            detections,
            skip_unknown=True,
            images_by_stem=images_by_stem,
            classes_from=classes_from,
            on_finding=findings.append,
        )
    findings.sort(key=lambda finding: not finding.is_error)
    for finding in findings:
        typer.echo(f"{'error' if finding.is_error else 'warning'}: {finding}")
    errors = sum(finding.is_error for finding in findings)
    typer.echo(
        f"{counted(len(dataset), 'image')}, {counted(len(dataset.annotations.class_id), 'annotation')}, "
        f"{counted(len(dataset.predictions.class_id), 'detection')}: {counted(errors, 'error')}, "
        f"{counted(len(findings) - errors, 'warning')}"
    )
    if errors:
        raise typer.Exit(1)
