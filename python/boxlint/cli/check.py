"""`boxlint check`: lists every suspicious box and what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from boxlint._check import passes, report_on
from boxlint._files import atomic_write, table_format
from boxlint._kinds import KINDS, Kind, kinds_of
from boxlint._text import counted, wrapped
from boxlint.cli.changes import show_changes
from boxlint.cli.command import Command
from boxlint.cli.common import (
    CSV_NEEDED,
    FRACTION,
    PATH,
    RAW_CSV,
    STDOUT,
    Bounds,
    at_least,
    check_outputs,
    exit_on_error,
    names,
    progress,
    quiet,
    refuse_idle,
    show,
    tell,
    tell_aside,
)
from boxlint.cli.gate import exit_if_over, refuse_unfit
from boxlint.cli.learning import LearningOptions, learning_options
from boxlint.cli.machines import FORMATS, print_rows
from boxlint.cli.page import PageOptions, page_options, refuse_other_ending, refuse_other_images, write_page
from boxlint.cli.reading import Reading, examples, load_several, say, with_data
from boxlint.cli.sarif import write_sarif
from boxlint.cli.sentences import SENTENCES
from boxlint.cli.streaming import or_to_folder
from boxlint.dataset import Dataset
from boxlint.formats.recognise import FoundKind, recognise
from boxlint.formats.source import Source
from boxlint.report.decisions import Decisions
from boxlint.report.html.limits import TOP, refuse_without_packages
from boxlint.report.issue import Issue, image_of
from boxlint.report.issues import LIKELY, preview
from boxlint.report.report import Report
from boxlint.report.summary import WORTH_A_LOOK

__all__ = ["check_place", "checked", "command", "refuse_place", "show_top", "without_known"]

# Rows that are shown in the terminal.
_TOP = 20
# Only check reads and writes in units.
_TO_A_FOLDER = {"Parquet of any size, to a folder": "data/*.parquet -o issues/"}


@click.command(cls=Command, help=SENTENCES["check"], epilog=examples("check", more=_TO_A_FOLDER))
@with_data("several")
@or_to_folder
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="Write a row for each suspected error: .csv, .json, .parquet or .sarif; - writes CSV to standard output. For "
    "Parquet, a folder: the data set may be larger than memory, and an interrupted run goes on where it was.",
)
@RAW_CSV
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    help="What standard output is for: text for people; all rows as json or sarif; the top rows as annotations of "
    "github. All else goes to standard error.",
)
@click.option("--kinds", default=",".join(KINDS), help=f"What to look for, of {', '.join(KINDS)}.")
@click.option(
    "--min-suspicion",
    type=FRACTION,
    default=0.0,
    help="List rows from this suspicion on; from 0.01 on if not given and the output is a folder.",
)
@click.option(
    "--max-rows",
    type=at_least(0),
    help="List at most so many rows of each kind, the most suspicious; by default three for each annotation, and at "
    "least 1,000.",
)
@click.option(
    "--top",
    type=at_least(0),
    help=f"How many of the most suspicious rows to show; {_TOP} of them, and {TOP:,} on the page, if not given.",
)
@page_options
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
@learning_options
@click.option("--diff", is_flag=True, help="Show what --corrected would change, and write nothing.")
@click.option(
    "--fail-over",
    type=Bounds(),
    help="Exit with 1 if more than this fraction of the annotations is listed at suspicion 0.5 or more. Missing "
    "objects are no annotations, and do not count: 0.02,missing=0.01 fails as well if the number of those listed so is "
    "more than 0.01 times that of the annotations. Any kind can have such a bound.",
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
    raw_csv: bool,
    form: str,
    kinds: str,
    min_suspicion: float,
    max_rows: int | None,
    top: int | None,
    page: PageOptions,
    corrected: Path | None,
    corrected_from: float,
    known: tuple[Path, ...],
    learning: LearningOptions,
    diff: bool,
    fail_over: dict[str | None, float] | None,
    despite_errors: bool,
) -> None:
    with exit_on_error():
        form, output = _standard_output(form, output, diff)
        outputs = {"--output": output, "--corrected": corrected, "--report": page.report}
        _check_outputs((source, *predictions, *known, *learning.decisions), outputs, diff)
        needed = _needed({"--corrected": corrected is not None, "--diff": diff}, corrected_from, fail_over is not None)
        _refuse_idle(form, output, needed, page, learning, diff)
        learning.refuse_unfit(outputs, list(needed))
        _refuse_to_hide(needed, f"--min-suspicion {min_suspicion:g}", min_suspicion)
        wanted_kinds = _kinds(kinds, fail_over or {})
        options = reading.options(with_pictures=page.report is not None)
        refuse_place(source, corrected)
        baselines, answers = {path: Decisions.read(path) for path in known}, learning.read()
        given = load_several(source, predictions, options)
        _refuse_for(given, corrected, page, list(needed), despite_errors)
        say(given, asks=True)
        report = checked(given.dataset, wanted_kinds, min_suspicion, max_rows)
        for kind in report.left_out:
            _refuse_to_hide(needed, "--max-rows", report.top(len(report), kind)["suspicion"].min(initial=1))
        report = _reviewed(report, learning, answers, baselines)
        if diff:
            show_changes(report, corrected_from)
        elif form != FORMATS[0]:
            print_rows(form, report, given, _TOP if top is None else top, raw_csv)
        elif not (quiet() and output is not None):
            show_top(report, _TOP if top is None else top)
            tell(learning.summary(report))
        _write(report, output, raw_csv, corrected, corrected_from, given)
        if page.report is not None:
            write_page(report, page.report, given.images, top, page.max_mb)
    exit_if_over(fail_over or {}, given.dataset, report)


def _needed(correcting: dict[str, bool], corrected_from: float, fail_over: bool) -> dict[str, float]:
    """The options that are given, of those that act on rows, and from which suspicion on they need them."""
    needed = {option: corrected_from for option, wanted in correcting.items() if wanted}
    return needed | ({"--fail-over": LIKELY} if fail_over else {})


def _refuse_idle(
    form: str,
    output: Path | None,
    needed: Mapping[str, float],
    page: PageOptions,
    learning: LearningOptions,
    diff: bool,
) -> None:
    """Refuses options of which nothing here takes notice; ``needed`` as `_needed` returns it."""
    writes_csv = form == "csv" or (output is not None and output.suffix.lower() == ".csv")
    shows_rows = page.report is not None or (form in ("text", "github") and not diff)
    corrects = bool({"--corrected", "--diff"} & set(needed))
    idle = {
        "--raw-csv": (not writes_csv, CSV_NEEDED),
        "--top": (not shows_rows, "rows to show: text without --diff, --format github or --report"),
        "--max-mb": (page.report is None, "--report"),
        "--corrected-from": (not corrects, "--corrected or --diff"),
        "--seed": (learning.sample is None, "--sample"),
    }
    refuse_idle({option: what for option, (is_idle, what) in idle.items() if is_idle})


def _refuse_to_hide(needed: dict[str, float], hiding: str, suspicion: float) -> None:
    """Refuses an option that hides rows up to a suspicion, where others need them."""
    if suspicion > min(needed.values(), default=1):
        raise ValueError(f"{hiding} hides rows that {' and '.join(needed)} {'needs' if len(needed) == 1 else 'need'}")


def _kinds(text: str, bounds: Mapping[str | None, float]) -> tuple[Kind, ...]:
    """The kinds to look for, of a list with commas; a ValueError if it leaves out one that has a bound."""
    kinds = kinds_of(names(text))
    lacking = next((kind for kind in bounds if kind is not None and kind not in kinds), None)
    if lacking is not None:
        raise ValueError(f"--kinds {','.join(kinds)} leaves out {lacking}, for which --fail-over has a bound")
    return kinds


def _standard_output(form: str, output: Path | None, diff: bool) -> tuple[str, Path | None]:
    """The form of standard output and the path of a file, where - as a path asks for CSV instead of text."""
    if diff and form != FORMATS[0]:
        raise ValueError(f"--diff prints text: leave out --format {form}")
    if output == STDOUT:
        form, output = "csv" if form == FORMATS[0] else form, None
    if form != FORMATS[0]:
        tell_aside()
    return form, output


def _reviewed(
    report: Report, learning: LearningOptions, answers: Decisions | None, baselines: Mapping[Path, Decisions]
) -> Report:
    """The report after what was learned, without known issues, and of the rest the rows to review if asked for."""
    report = learning.learned(report, answers)
    for path, decisions in baselines.items():
        report = without_known(report, path, decisions)
    return learning.chosen(report)


def without_known(report: Report, path: Path, decisions: Decisions) -> Report:
    """The report without the rows that a file decides on; says how many there were."""
    rest = report.without(decisions)
    decided = {issue_id for issue_id, side in decisions.verdicts.items() if side != "unsure"}
    left_out = len(report) - len(rest)
    # What a file before decides as well is gone for that reason alone.
    before = len(decided.intersection(one for rows in report._decided_rows for one in rows["issue_id"].tolist()))
    gone = len(decided) - left_out - before
    again = f"; {before:,} others that it decides on were left out before" if before else ""
    others = f"; {gone:,} others that it decides on are not listed any more" if gone else ""
    tell(f"left out {counted(left_out, 'issue')} decided in {path}{again}{others}")
    return rest


def _check_outputs(inputs: Sequence[Path], outputs: Mapping[str, Path | None], diff: bool) -> None:
    """Refuses outputs that cannot be written, before any work is done."""
    wanted = [option for option, path in outputs.items() if path is not None]
    if diff and wanted:
        raise ValueError(f"--diff writes nothing: leave out {wanted[-1]}")
    check_outputs(inputs, outputs)
    if outputs["--report"] is not None:
        refuse_without_packages(pictures=True)
        refuse_other_ending(outputs["--report"])
    output = outputs["--output"]
    if output is not None:
        table_format(output, "sarif")


def _refuse_for(
    source: Source, corrected: Path | None, page: PageOptions, needed: Sequence[str], despite_errors: bool
) -> None:
    """Refuses what cannot be written, drawn or judged of this data set, before it is checked."""
    if corrected is not None:
        check_place(source.found.kind, source.folder, corrected)
    if page.report is not None:
        refuse_other_images(source.dataset, source.images)
    refuse_unfit(source, needed, despite_errors)


def refuse_place(source: Path, corrected: Path | None) -> None:
    """Refuses a place of corrected annotations as `check_place`, before anything is read, where SOURCE alone tells."""
    if corrected is not None and (found := recognise(source)).kind != "yolo":  # whose labels may lie elsewhere
        check_place(found.kind, found.path, corrected)


def check_place(kind: FoundKind, folder: Path, corrected: Path) -> None:
    """Refuses to write corrected annotations where they would be read as some of the source's next time."""
    if kind == "parquet":
        raise ValueError(
            "--corrected does not write Parquet, whose other columns would be lost: see boxlint.write_parquet"
        )
    target = corrected.resolve()
    if folder.is_dir() and folder.resolve() in (target, *target.parents):
        raise ValueError(f"--corrected {corrected} lies in {folder}, which is read: give a folder beside it")
    if folder.is_dir() and target.is_file():
        raise ValueError(f"--corrected {corrected} is a file, expected a folder for {kind.upper()}")
    if folder.is_file() and target.is_dir():
        raise ValueError(f"--corrected {corrected} is a folder, expected a file for COCO")
    if folder.is_file() and corrected.suffix.lower() not in ("", ".json", ".gz"):
        raise ValueError(f"--corrected {corrected}: expected a path that ends in .json for COCO")


def checked(
    dataset: Dataset, kinds: Sequence[str] = KINDS, min_suspicion: float = 0.0, max_rows: int | None = None
) -> Report:
    """What `boxlint.check` says, with a progress bar."""
    with progress("checking", passes(dataset) * len(dataset)) as advance:
        return report_on(dataset, kinds=kinds, min_suspicion=min_suspicion, max_rows=max_rows, progress=advance)


def _write(
    report: Report, output: Path | None, raw_csv: bool, corrected: Path | None, suspicion: float, source: Source
) -> None:
    """Writes the list of suspected errors and the corrected annotations, where they are wanted."""
    if output is not None:
        form = table_format(output, "sarif")
        if form == "sarif":
            with atomic_write(output) as beside:
                write_sarif(report, source, beside)
        else:
            options = {"raw": raw_csv} if form == "csv" else {}
            with progress("writing", len(report)) as advance:
                getattr(report, f"to_{form}")(output, progress=advance, **options)
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
        least = max(report.top(len(report), kind)["suspicion"].min(initial=1) for kind in report.left_out)
        few = ", of which few are errors" if least < WORTH_A_LOOK else ""
        parts.append(f"less suspicious rows{few} ({rest}; --max-rows lists more)")
    if report.decided:
        parts.append(counted(report.decided, "decided issue"))
    return f"; left out are {' and '.join(parts)}" if parts else ""


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
    image_id = None if issue.image_name is None else issue.image_id
    ids = {"image": image_id, "annotation": issue.annotation_id, prediction: issue.prediction_id}
    known = ", ".join(f"{name} {value}" for name, value in ids.items() if value is not None)
    return wrapped(f"The first row: {image_of(issue)}{f' ({known})' if known else ''}: {issue.reason}.") + "\n"
