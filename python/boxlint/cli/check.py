"""`boxlint check`: lists every suspicious box and what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from boxlint._check import passes, report_on
from boxlint._files import atomic_write, table_format
from boxlint._kinds import KINDS, kinds_of
from boxlint._text import counted, wrapped
from boxlint.cli.changes import show_changes
from boxlint.cli.command import Command
from boxlint.cli.common import (
    FRACTION,
    PATH,
    STDOUT,
    at_least,
    check_outputs,
    complain,
    exit_on_error,
    names,
    progress,
    quiet,
    show,
    tell,
    tell_aside,
)
from boxlint.cli.gate import refuse_unfit
from boxlint.cli.machines import FORMATS, print_rows
from boxlint.cli.reading import Reading, examples, load_several, say, with_data
from boxlint.cli.sarif import sarif
from boxlint.cli.sentences import SENTENCES
from boxlint.dataset import Dataset
from boxlint.formats.source import Source
from boxlint.report.decisions import Decisions
from boxlint.report.issues import LIKELY, Issue, preview
from boxlint.report.report import Report

__all__ = ["check_place", "checked", "command", "show_top"]


@click.command(cls=Command, help=SENTENCES["check"], epilog=examples("check"))
@with_data("several")
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="Write a row for each suspected error: .csv, .json, .parquet or .sarif; - writes CSV to standard output.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    help="What standard output is for: text for people; all rows as json or sarif; the top rows as annotations of "
    "github. All else goes to standard error.",
)
@click.option("--kinds", default=",".join(KINDS), help=f"What to look for, of {', '.join(KINDS)}.")
@click.option("--min-suspicion", type=FRACTION, default=0.0, help="List rows from this suspicion on.")
@click.option(
    "--max-rows",
    type=at_least(0),
    help="List at most so many rows of each kind, the most suspicious; by default three for each annotation, and at "
    "least 1,000.",
)
@click.option("--top", type=at_least(0), default=20, help="How many of the most suspicious rows to show.")
@click.option(
    "--corrected",
    type=PATH,
    help="Write corrected annotations as they came: a file for COCO, a folder for the others.",
)
@click.option(
    "--corrected-from",
    type=FRACTION,
    default=LIKELY,
    help="Suspicion from which on --corrected and --diff correct a row.",
)
@click.option(
    "--known",
    type=PATH,
    multiple=True,
    help="Leave out the issues that this file of decisions accepts or rejects, such as those of an earlier round; may "
    "be given several times.",
)
@click.option("--diff", is_flag=True, help="Show what --corrected would change, and write nothing.")
@click.option(
    "--fail-over",
    type=FRACTION,
    help="Exit with 1 if more than this fraction of the annotations is listed at suspicion 0.5 or more. Missing "
    "objects are no annotations, and do not count.",
)
@click.option(
    "--despite-errors",
    is_flag=True,
    help="Let --corrected, --diff and --fail-over go on where boxlint inspect has errors.",
)
def command(
    source: Path,
    predictions: tuple[Path, ...],
    reading: Reading,
    output: Path | None,
    form: str,
    kinds: str,
    min_suspicion: float,
    max_rows: int | None,
    top: int,
    corrected: Path | None,
    corrected_from: float,
    known: tuple[Path, ...],
    diff: bool,
    fail_over: float | None,
    despite_errors: bool,
) -> None:
    with exit_on_error():
        if diff and form != FORMATS[0]:
            raise ValueError(f"--diff prints text: leave out --format {form}")
        form, output = _standard_output(form, output)
        _check_outputs((source, *predictions, *known), output, corrected, diff)
        baselines = {path: Decisions.read(path) for path in known}
        needed = _needed({"--corrected": corrected is not None, "--diff": diff}, corrected_from, fail_over is not None)
        _refuse_to_hide(needed, f"--min-suspicion {min_suspicion:g}", min_suspicion)
        wanted_kinds = kinds_of(names(kinds))
        given = load_several(source, predictions, reading.options())
        if corrected is not None:
            check_place(given, corrected)
        refuse_unfit(given, list(needed), despite_errors)
        say(given)
        report = checked(given.dataset, wanted_kinds, min_suspicion, max_rows)
        for kind in report.left_out:
            _refuse_to_hide(needed, "--max-rows", report.top(len(report), kind)["suspicion"].min(initial=1))
        for path, decisions in baselines.items():
            report = _without(report, path, decisions)
        if diff:
            show_changes(report, corrected_from)
        elif form != FORMATS[0]:
            print_rows(form, report, given, top)
        elif not (quiet() and output is not None):
            show_top(report, top)
            tell(report.summary())
        _write(report, output, corrected, corrected_from, given)
    if fail_over is not None:
        _fail_over(fail_over, given.dataset, report)


def _needed(correcting: dict[str, bool], corrected_from: float, fail_over: bool) -> dict[str, float]:
    """The options that are given, of those that act on rows, and from which suspicion on they need them."""
    needed = {option: corrected_from for option, wanted in correcting.items() if wanted}
    return needed | ({"--fail-over": LIKELY} if fail_over else {})


def _refuse_to_hide(needed: dict[str, float], hiding: str, suspicion: float) -> None:
    """Refuses an option that hides rows up to a suspicion, where others need them."""
    if suspicion > min(needed.values(), default=1):
        raise ValueError(f"{hiding} hides rows that {' and '.join(needed)} need")


def _standard_output(form: str, output: Path | None) -> tuple[str, Path | None]:
    """The form of standard output and the path of a file, where - as a path asks for CSV instead of text."""
    if output == STDOUT:
        form, output = "csv" if form == FORMATS[0] else form, None
    if form != FORMATS[0]:
        tell_aside()
    return form, output


def _without(report: Report, path: Path, decisions: Decisions) -> Report:
    """The report without the rows that a file decides on; says how many there were."""
    rest = report.without(decisions)
    left_out = len(report) - len(rest)
    gone = sum(side != "unsure" for side in decisions.verdicts.values()) - left_out
    others = f"; {gone:,} others that it decides on are not listed any more" if gone else ""
    tell(f"left out {counted(left_out, 'issue')} decided in {path}{others}")
    return rest


def _check_outputs(inputs: Sequence[Path], output: Path | None, corrected: Path | None, diff: bool) -> None:
    """Refuses outputs that cannot be written, before any work is done."""
    if diff and (output is not None or corrected is not None):
        raise ValueError(f"--diff writes nothing: leave out {'--output' if corrected is None else '--corrected'}")
    check_outputs(inputs, {"--output": output, "--corrected": corrected})
    if output is not None and output.suffix != ".sarif":
        table_format(output)


def check_place(source: Source, corrected: Path) -> None:
    """Refuses to write corrected labels where they would be read as labels of the source next time."""
    target = corrected.resolve()
    if source.folder.is_dir() and source.folder.resolve() in (target, *target.parents):
        raise ValueError(f"--corrected {corrected} lies in {source.folder}, which is read: give a folder beside it")
    if source.folder.is_dir() and target.is_file():
        raise ValueError(f"--corrected {corrected} is a file, expected a folder for {source.found.kind.upper()}")
    if source.folder.is_file() and target.is_dir():
        raise ValueError(f"--corrected {corrected} is a folder, expected a file for COCO")


def checked(
    dataset: Dataset, kinds: Sequence[str] = KINDS, min_suspicion: float = 0.0, max_rows: int | None = None
) -> Report:
    """What `boxlint.check` says, with a progress bar."""
    with progress("checking", passes(dataset) * len(dataset)) as advance:
        return report_on(dataset, kinds=kinds, min_suspicion=min_suspicion, max_rows=max_rows, progress=advance)


def _write(report: Report, output: Path | None, corrected: Path | None, suspicion: float, source: Source) -> None:
    """Writes the list of suspected errors and the corrected annotations, where they are wanted."""
    if output is not None:
        if output.suffix == ".sarif":
            with atomic_write(output) as beside:
                beside.write_text(sarif(report, source), encoding="utf-8")
        else:
            getattr(report, f"to_{table_format(output)}")(output)
        tell(f"wrote {output}: {counted(len(report), 'row')}{_left_out(report)}")
    if corrected is not None:
        source.write(report.apply(suspicion), corrected)
        tell(f"wrote {corrected} with {counted(len(report.changes(suspicion)), 'correction')}")


def _left_out(report: Report) -> str:
    """What the list leaves out, and why."""
    others = [kind for kind in KINDS if kind not in report.kinds]
    parts = [f"the kinds {', '.join(others)}, as asked"] if others else []
    if report.min_suspicion > 0:
        parts.append(f"rows below suspicion {report.min_suspicion:g}, as asked")
    if report.left_out:
        rest = ", ".join(f"{kind} {rows:,}" for kind, rows in report.left_out.items())
        parts.append(f"less suspicious rows, of which few are errors ({rest}; --max-rows lists more)")
    if report.decided:
        parts.append(counted(report.decided, "decided issue"))
    return f"; left out are {' and '.join(parts)}" if parts else ""


def _fail_over(limit: float, dataset: Dataset, report: Report) -> None:
    """Exits with 1 if more than a fraction of the annotations are likely wrong."""
    fraction = _likely_fraction(dataset, report)
    if fraction > limit:
        complain(f"{fraction:.2%} of the annotations are listed at suspicion {LIKELY} or more")
        raise click.exceptions.Exit(1)


def show_top(report: Report, top: int, hit: Sequence[str] | None = None) -> None:
    """A table of the most suspicious rows; ``hit`` stands in place of the annotation."""
    issues = report.top(top)
    if len(issues) == 0:
        return
    title = f"the {len(issues)} most suspicious of {counted(len(report), 'row')}"
    table = preview(issues, title, top)
    if hit is not None:
        columns = {head: cells for head, cells in table.columns.items() if head != "annotation"}
        table = replace(table, columns=columns | {"hit": hit[: len(issues)]})
    show(table)
    tell(_in_words(issues[0]))


def _in_words(issue: Issue) -> str:
    """The reason for a row, with the ids that the file has for what it is about."""
    prediction = "prediction" if issue.detector is None else f"prediction of {issue.detector}"
    ids = {"image": issue.image_id, "annotation": issue.annotation_id, prediction: issue.prediction_id}
    known = ", ".join(f"{name} {value}" for name, value in ids.items() if value is not None)
    return wrapped(f"The first row: {issue.image_name}{f' ({known})' if known else ''}: {issue.reason}.") + "\n"


def _likely_fraction(dataset: Dataset, report: Report) -> float:
    """The fraction of the annotations that are listed at suspicion 0.5 or more; ignored ones do not count."""
    listed = {(issue.image_index, issue.annotation_index) for issue in report.issues.where(min_suspicion=LIKELY)}
    ignore = dataset.annotations.ignore
    annotations = len(dataset.annotations.class_id) - (0 if ignore is None else int(ignore.sum()))
    return sum(annotation is not None for _, annotation in listed) / max(annotations, 1)
