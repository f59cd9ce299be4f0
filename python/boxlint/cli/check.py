"""`boxlint check`: every suspicious box, with what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.markup import escape

import boxlint
from boxlint.cli.common import (
    AnnotationsFile,
    DetectionsFile,
    SkipUnknown,
    console,
    faults_as_sentences,
    names,
    narrow_table,
    progress,
    read,
)
from boxlint.dataset import Dataset
from boxlint.files import table_format
from boxlint.formats.coco import write_coco

__all__ = ["SURE", "checked", "command", "show_top"]

# Suspicion from which on a row is believed: corrected in the file of `--corrected`, counted by `--fail-over`.
SURE = 0.5


def command(
    annotations: AnnotationsFile,
    detections: DetectionsFile,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write a row for each suspected error: .csv, .json or .parquet."),
    ] = None,
    kinds: Annotated[
        str | None, typer.Option(help="Look for these only: some of missing,swap,badloc,spurious,duplicate.")
    ] = None,
    min_suspicion: Annotated[float, typer.Option(min=0, max=1, help="List rows from this suspicion on.")] = 0.01,
    top: Annotated[int, typer.Option(min=0, help="How many of the most suspicious rows to show.")] = 20,
    corrected: Annotated[
        Path | None, typer.Option(help="Write annotations (COCO) with every row at suspicion 0.5 or more corrected.")
    ] = None,
    fail_over: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Exit with 1 if more than this share of the annotations is listed at suspicion 0.5 or more.",
        ),
    ] = None,
    skip_unknown: SkipUnknown = False,
) -> None:
    """Lists the boxes that are probably wrong, most suspicious first, with what they should be."""
    with faults_as_sentences():
        if output is not None:
            table_format(output)
        if min_suspicion > SURE and (corrected is not None or fail_over is not None):
            raise ValueError(f"--min-suspicion {min_suspicion} hides rows that --corrected and --fail-over go by")
        dataset = read(annotations, detections, skip_unknown)
        report = checked(dataset, None if kinds is None else names(kinds), min_suspicion)
        typer.echo(report.summary())
        show_top(dataset, report, top)
        if output is not None:
            getattr(report, f"to_{table_format(output)}")(output)
            typer.echo(f"wrote {output}, a row for each of the {len(report):,} suspected errors")
        if corrected is not None:
            _write_corrected(report, corrected)
        share = _sure_share(dataset, report)
    if fail_over is not None and share > fail_over:
        typer.echo(f"boxlint: {share:.2%} of the annotations are listed at suspicion {SURE} or more", err=True)
        raise typer.Exit(1)


def checked(dataset: Dataset, kinds: tuple[str, ...] | None = None, min_suspicion: float = 0.01) -> boxlint.Report:
    """What `boxlint.check` says, with a progress bar."""
    chosen = {} if kinds is None else {"kinds": kinds}
    with progress() as bar:
        bar.add_task("checking", total=None)
        return boxlint.check(dataset, min_suspicion=min_suspicion, **chosen)


def show_top(dataset: Dataset, report: boxlint.Report, top: int, planted: Sequence[str] | None = None) -> None:
    """A table of the most suspicious rows; ``planted`` adds a column."""
    rows = min(top, len(report.issues["kind"]))
    if rows == 0:
        return
    table = narrow_table(f"the {rows} most suspicious rows")
    for name in ("suspicion", "kind"):
        table.add_column(name, no_wrap=True)
    for name in ("image", "id", "class"):
        table.add_column(name, overflow="fold")
    for name in ("box",) if planted is None else ("box", "planted"):
        table.add_column(name, no_wrap=True)
    issues = report.issues
    for row in range(rows):
        cells = [
            f"{issues['suspicion'][row]:.3f}",
            issues["kind"][row],
            escape(str(issues["image_name"][row])),
            str(issues["annotation_id"][row]) if issues["annotation_index"][row] >= 0 else "",
            escape(_classes(dataset, issues["given_class"][row], issues["suggested_class"][row])),
            _box(issues["given_box"][row], issues["suggested_box"][row]),
        ]
        table.add_row(*cells, *(() if planted is None else (planted[row],)))
    console().print(table)


def _classes(dataset: Dataset, given: int, suggested: int) -> str:
    """The class of a row, or the change of class that it suggests."""
    told = [class_id for class_id in dict.fromkeys((int(given), int(suggested))) if class_id >= 0]
    return " → ".join(
        str(class_id) if dataset.class_names is None else dataset.class_names[class_id] for class_id in told
    )


def _box(given: NDArray[np.float64], suggested: NDArray[np.float64]) -> str:
    """The corners to look at: those suggested, or those given."""
    return " ".join(f"{corner:.0f}" for corner in (given if np.isnan(suggested).any() else suggested))


def _write_corrected(report: boxlint.Report, path: Path) -> None:
    write_coco(report.apply(accept=report.issues["suspicion"] >= SURE), path)
    typer.echo(f"wrote {path}")


def _sure_share(dataset: Dataset, report: boxlint.Report) -> float:
    """The share of the annotations that are listed at suspicion 0.5 or more."""
    issues = report.issues
    rows = (issues["suspicion"] >= SURE) & (issues["annotation_index"] >= 0)
    listed = set(zip(issues["image_index"][rows].tolist(), issues["annotation_index"][rows].tolist(), strict=True))
    ignore = dataset.annotations.ignore
    judged = len(dataset.annotations.class_id) - (0 if ignore is None else int(ignore.sum()))
    return len(listed) / max(judged, 1)
