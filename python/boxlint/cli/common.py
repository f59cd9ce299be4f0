"""What the commands share: arguments, reading files, and output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from boxlint._text import counted
from boxlint.dataset import Dataset
from boxlint.formats.coco import IGNORED_FLAGS, read_coco
from boxlint.inspection.findings import Finding

__all__ = [
    "AnnotationsFile",
    "ClassesFrom",
    "DetectionsFile",
    "ImagesByStem",
    "IncludeIgnored",
    "SkipUnknown",
    "check_outputs",
    "console",
    "exit_on_error",
    "names",
    "narrow_table",
    "progress",
    "read",
]

AnnotationsFile = Annotated[Path, typer.Argument(help="COCO annotations, .json or .json.gz.")]
DetectionsFile = Annotated[Path, typer.Argument(help="COCO results: the detector's boxes with scores.")]
SkipUnknown = Annotated[bool, typer.Option("--skip-unknown", help="Leave out boxes of unknown images or categories.")]
ImagesByStem = Annotated[
    bool,
    typer.Option("--images-by-stem", help="Detections name images by the stem of their file, as Ultralytics does."),
]
ClassesFrom = Annotated[
    int | None,
    typer.Option(min=0, help="Detections name classes by position, counted from this, instead of by id."),
]
IncludeIgnored = Annotated[
    bool, typer.Option("--include-ignored", help="Treat crowd and ignored annotations like any other.")
]


def read(
    annotations: Path,
    detections: Path,
    *,
    skip_unknown: bool = False,
    include_ignored: bool = False,
    images_by_stem: bool = False,
    classes_from: int | None = None,
) -> Dataset:
    """The data set in two COCO files; prints how much is in it and what is left out."""
    findings: list[Finding] = []
    with progress() as bar:
        bar.add_task("reading", total=None)
        dataset = read_coco(
            annotations,
            detections,
            skip_unknown=skip_unknown,
            ignore=() if include_ignored else IGNORED_FLAGS,
            images_by_stem=images_by_stem,
            classes_from=classes_from,
            on_finding=findings.append,
        )
    ignored = 0 if dataset.annotations.ignore is None else int(dataset.annotations.ignore.sum())
    left_out = f", {counted(ignored, 'crowd or ignored annotation')} left out" if ignored else ""
    typer.echo(
        f"read {counted(len(dataset), 'image')}, "
        f"{counted(len(dataset.annotations.class_id) - ignored, 'annotation')} and "
        f"{counted(len(dataset.predictions.class_id), 'detection')} of "
        f"{counted(len(dataset.class_names or ()), 'class')}{left_out}"
    )
    for finding in findings:
        if finding.kind in ("unknown_image", "unknown_class"):
            typer.echo(f"left out {finding}")
        elif finding.is_error:
            typer.echo(f"boxlint: {finding}: this makes scores wrong, see boxlint inspect", err=True)
    return dataset


def check_outputs(inputs: Iterable[Path], outputs: Mapping[str, Path | None]) -> None:
    """Refuses an output that has no folder to go to, or that would replace a file that is read or written as well."""
    taken = {path.resolve(): "is read" for path in inputs}
    for option, output in outputs.items():
        if output is None:
            continue
        if output.resolve() in taken:
            raise ValueError(f"{option} {output} would replace a file that {taken[output.resolve()]}")
        if not output.parent.is_dir():
            raise ValueError(f"{option} {output}: there is no folder {output.parent}")
        taken[output.resolve()] = f"{option} writes"


def names(text: str) -> tuple[str, ...]:
    """The names in a comma-separated list."""
    return tuple(name.strip() for name in text.split(","))


def progress() -> Progress:
    """A progress bar on standard error; nothing where that is no terminal."""
    watched = console(stderr=True)
    return Progress(transient=True, console=watched, disable=not watched.is_terminal)


def console(stderr: bool = False) -> Console:
    """As wide as the terminal; 120 columns for a pipe or file, enough for long names."""
    given = Console(stderr=stderr)
    return given if given.is_terminal or "COLUMNS" in os.environ else Console(stderr=stderr, width=120)


def narrow_table(title: str) -> Table:
    """A table without lines, for many columns in a narrow terminal."""
    return Table(title=title, box=None, padding=(0, 2, 0, 0), pad_edge=False)


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Ends the command at an error that the user can mend: one sentence on standard error, exit code 2."""
    try:
        yield
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does. The rest of the buffer must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(2) from None
    except (ImportError, OSError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            error_text = f"{error.filename}: {error.strerror}"
        else:
            error_text = str(error)
        typer.echo(f"boxlint: {error_text}", err=True)
        raise typer.Exit(2) from error
