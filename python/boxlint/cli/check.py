"""`boxlint check`: lists every suspicious box and what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from boxlint._check import MIN_SUSPICION, report_on
from boxlint._files import table_format
from boxlint._kinds import KINDS, kinds_of
from boxlint._text import corners, counted
from boxlint.cli.common import (
    AnnotationsFile,
    ClassesFrom,
    DetectionsFile,
    ImagesByStem,
    IncludeIgnored,
    SkipUnknown,
    check_outputs,
    console,
    exit_on_error,
    names,
    narrow_table,
    progress,
    read,
)
from boxlint.dataset import Dataset
from boxlint.formats.coco import write_coco
from boxlint.report.issues import Issue, change_of_class
from boxlint.report.report import Report

__all__ = ["LIKELY", "checked", "command", "show_top"]

# Suspicion from which on a row is more likely an error than not: `--corrected` corrects it, `--fail-over` counts it.
LIKELY = 0.5


def command(
    annotations: AnnotationsFile,
    detections: DetectionsFile,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write a row for each suspected error: .csv, .json or .parquet."),
    ] = None,
    kinds: Annotated[str, typer.Option(help=f"What to look for, of {', '.join(KINDS)}.")] = ",".join(KINDS),
    min_suspicion: Annotated[
        float, typer.Option(min=0, max=1, help="List rows from this suspicion on.")
    ] = MIN_SUSPICION,
    top: Annotated[int, typer.Option(min=0, help="How many of the most suspicious rows to show.")] = 20,
    corrected: Annotated[
        Path | None, typer.Option(help="Write annotations (COCO) with every row at suspicion 0.5 or more corrected.")
    ] = None,
    fail_over: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Exit with 1 if more than this fraction of the annotations is listed at suspicion 0.5 or more.",
        ),
    ] = None,
    skip_unknown: SkipUnknown = False,
    include_ignored: IncludeIgnored = False,
    images_by_stem: ImagesByStem = False,
    classes_from: ClassesFrom = None,
) -> None:
    """Lists the boxes that are probably wrong, most suspicious first, with what they should be."""
    with exit_on_error():
        check_outputs((annotations, detections), {"--output": output, "--corrected": corrected})
        if output is not None:
            table_format(output)
        if min_suspicion > LIKELY and (corrected is not None or fail_over is not None):
            raise ValueError(f"--min-suspicion {min_suspicion} hides rows that --corrected and --fail-over need")
        wanted = kinds_of(names(kinds))
        dataset = read(
            annotations,
            detections,
            skip_unknown=skip_unknown,
            include_ignored=include_ignored,
            images_by_stem=images_by_stem,
            classes_from=classes_from,
        )
        report = checked(dataset, wanted, min_suspicion)
        show_top(report, top)
        console().print(str(report.summary()), markup=False, highlight=False)
        _write(report, output, corrected, annotations)
    if fail_over is not None:
        _fail_over(fail_over, dataset, report)


def checked(dataset: Dataset, kinds: Sequence[str] = KINDS, min_suspicion: float = MIN_SUSPICION) -> Report:
    """What `boxlint.check` says, with a progress bar."""
    with progress() as bar:
        task = bar.add_task("checking", total=2 * len(dataset))
        return report_on(
            dataset, kinds=kinds, min_suspicion=min_suspicion, progress=lambda done: bar.advance(task, done)
        )


def _write(report: Report, output: Path | None, corrected: Path | None, annotations: Path) -> None:
    """Writes the list of suspected errors and the corrected annotations, where they are wanted."""
    if output is not None:
        getattr(report, f"to_{table_format(output)}")(output)
        typer.echo(f"wrote {output}: {counted(len(report), 'row')}{_left_out(report)}")
    if corrected is not None:
        write_coco(report.apply(LIKELY), corrected, keep=annotations)
        typer.echo(f"wrote {corrected} with {counted(len(report.changes(LIKELY)), 'correction')}")


def _left_out(report: Report) -> str:
    """What the list leaves out, and why."""
    others = [kind for kind in KINDS if kind not in report.kinds]
    parts = [f"the kinds {', '.join(others)}, as asked"] if others else []
    if report.min_suspicion > 0:
        parts.append(
            f"rows below suspicion {report.min_suspicion:g}, of which few are errors (--min-suspicion 0 has all)"
        )
    return f"; left out are {' and '.join(parts)}" if parts else ""


def _fail_over(limit: float, dataset: Dataset, report: Report) -> None:
    """Exits with 1 if more than a fraction of the annotations are likely wrong."""
    fraction = _likely_fraction(dataset, report)
    if fraction > limit:
        typer.echo(f"boxlint: {fraction:.2%} of the annotations are listed at suspicion {LIKELY} or more", err=True)
        raise typer.Exit(1)


def show_top(report: Report, top: int, hit: Sequence[str] | None = None) -> None:
    """A table of the most suspicious rows; ``hit`` adds a column."""
    issues = report.top(top)
    if len(issues) == 0:
        return
    table = narrow_table(f"the {len(issues)} most suspicious of {len(report):,} rows")
    for name in ("suspicion", "kind"):
        table.add_column(name, no_wrap=True)
    for name in ("image", "annotation", "class"):
        table.add_column(name, overflow="fold")
    for name in ("box",) if hit is None else ("box", "hit"):
        table.add_column(name, no_wrap=True)
    for row, issue in enumerate(issues):
        cells = [
            f"{issue.suspicion:.3f}",
            issue.kind,
            escape(str(issue.image_name)),
            "" if issue.annotation_id is None else str(issue.annotation_id),
            escape(change_of_class(issue)),
            corners(issue.suggested_box or issue.given_box),
        ]
        table.add_row(*cells, *(() if hit is None else (hit[row],)))
    console().print(table)
    console().print(_in_words(issues[0]), markup=False, highlight=False)


def _in_words(issue: Issue) -> str:
    """The reason for a row, with the ids that the file has for what it is about."""
    ids = {"image": issue.image_id, "annotation": issue.annotation_id, "prediction": issue.prediction_id}
    known = ", ".join(f"{name} {value}" for name, value in ids.items() if value is not None)
    return f"The first row: {issue.image_name}{f' ({known})' if known else ''}: {issue.reason}.\n"


def _likely_fraction(dataset: Dataset, report: Report) -> float:
    """The fraction of the annotations that are listed at suspicion 0.5 or more; ignored ones do not count."""
    listed = {(issue.image_index, issue.annotation_index) for issue in report.issues.where(min_suspicion=LIKELY)}
    ignore = dataset.annotations.ignore
    annotations = len(dataset.annotations.class_id) - (0 if ignore is None else int(ignore.sum()))
    return sum(annotation is not None for _, annotation in listed) / max(annotations, 1)
