"""What the commands share: output, and how they end."""

from __future__ import annotations

import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
from click.core import ParameterSource

from boxlint._kinds import KINDS
from boxlint._progress import ProgressBar
from boxlint._replacement import expect_writable
from boxlint._text import Preview, printable

__all__ = [
    "CSV_NEEDED",
    "FRACTION",
    "PATH",
    "QUIET",
    "RAW_CSV",
    "STDOUT",
    "Bounds",
    "Range",
    "at_least",
    "check_outputs",
    "complain",
    "echo",
    "exit_on_error",
    "in_options",
    "names",
    "on_line",
    "pour",
    "progress",
    "quiet",
    "refuse_idle",
    "show",
    "tell",
    "tell_aside",
]


class Bounds(click.ParamType):  # type: ignore[type-arg]  # older versions of click take none
    """The type of --fail-over: a fraction, and one for each kind that has its own; under None the one of all kinds.

    >>> Bounds().convert("0.02,missing=0.01", None, None)
    {None: 0.02, 'missing': 0.01}
    """

    name = "fraction"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str | None, float]:
        bounds: dict[str | None, float] = {}
        for part in names(str(value)):
            kind, equals, limit = part.rpartition("=")
            if equals and kind not in KINDS:
                self.fail(f"{kind!r} is no kind of error, expected one of {', '.join(KINDS)}.", param, ctx)
            if (kind or None) in bounds:
                self.fail(f"{value!r} has two fractions for {kind or 'all kinds'}.", param, ctx)
            bounds[kind or None] = FRACTION.convert(limit, param, ctx)
        return bounds


class Range(click.FloatRange):
    """The type of an option that is a number from a range, which NaN is not; ``name`` is what the help calls it."""

    def __init__(self, name: str, least: float, most: float | None = None, *, min_open: bool = False) -> None:
        super().__init__(least, most, min_open=min_open)
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        return number


# Types of options: a path of any kind, and a number from 0 to 1. The help and refusals name a type by its name.
PATH = click.Path(path_type=Path)
FRACTION = Range("fraction", 0, 1)
RAW_CSV = click.option(
    "--raw-csv",
    is_flag=True,
    help="Write texts to CSV as they are; else those that a spreadsheet would run as a formula get an apostrophe.",
)
# What --raw-csv needs.
CSV_NEEDED = "a table in CSV: -o with a file such as rows.csv, or -o -"
# Stands for standard output where a path is expected.
STDOUT = Path("-")

# Keys of what `tell` must know: that nothing is to be told, or that standard output is for a machine.
QUIET, _ASIDE = "boxlint.quiet", "boxlint.aside"
# What Python calls its parameters, and the options that set them. In quotes stands what a file of settings has.
_OPTIONS = (
    (r"(?<!')\bskip_unreadable\b", "--skip-unreadable"),
    (r"(?<!')\bskip_unknown\b", "--skip-unknown"),
    (r"(?<!')\bimages_by_stem\b", "--images-by-stem"),
    (r"\b(classes_from)=(\d+)", r"--classes-from \2"),
    (r"(?<!')\bclasses_from\b", "--classes-from"),
    (r"\bclass_order is \"file\" or \"ids\"", "give --class-order file or ids"),
    (r"\bexpected confidence='second'", "give --confidence-second"),
    (r"\bexpected confidence='last'", "leave out --confidence-second"),
    (r"\bexpected one_based=False", "leave out --one-based"),
    (r"\b(outlines|keypoints)=True", r"--\1"),
    (r"\bthe folder of the images or image_url\b", "--images or --image-url"),
    (r"\bgive the folder of the images\b", "give --images"),
    (r"^images: (.* holds none of)", r"--images \1"),
    (r"(?<!')\bimage_url\b", "--image-url"),
    (r"\baggregation_weights\b", "--weights"),
    (r"\bresume=False\b", "--restart"),
    (r"\bcolumns= says\b(.*) with None for (\w+)", r"--columns says\1 with \2="),
    (r"\bcolumns= says\b", "--columns says"),
    (r"\bDataset: (\w+: image .*), the number of class_names; if .*", r"\1, the number of --names"),
)
# Columns of characters where the output is no terminal: enough for long names.
_WIDTH_OF_A_FILE = 120


def check_outputs(
    inputs: Iterable[Path | None], outputs: Mapping[str, Path | None], folders: Collection[str] = ("--corrected",)
) -> None:
    """Refuses an output that cannot be written, or that would replace what is read or written as well.

    An input or output that is not given is None. Only options in ``folders`` may name a folder.
    """
    taken = {path.resolve(): "is read" for path in inputs if path is not None}
    for option, output in outputs.items():
        if output is None:
            continue
        if output == STDOUT:
            raise ValueError(f"{option} -: only lists go to standard output, expected a path")
        if output.resolve() in taken:
            raise ValueError(f"{option} {output} would replace a file that {taken[output.resolve()]}")
        if not output.parent.is_dir():
            raise ValueError(f"{option} {output}: there is no folder {output.parent}")
        expect_writable(output, is_folder=option in folders)
        taken[output.resolve()] = f"{option} writes"


def refuse_idle(needs: Mapping[str, str]) -> None:
    """Refuses options that were given where they have no effect; ``needs`` has what each of them needs.

    One in a file of settings is for other calls as well, and is passed over.
    """
    for parameter in click.get_current_context().command.params:
        option = max(parameter.opts, key=len)
        if option in needs and on_line(str(parameter.name)):
            raise ValueError(f"{option} needs {needs[option]}")


def on_line(name: str) -> bool:
    """Whether a parameter was given on the command line, and not in a file of settings alone."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def at_least(least: int) -> click.IntRange:
    """The type of an option that is a whole number, and no smaller one."""
    count = click.IntRange(min=least)
    count.name = "number"
    return count


def names(text: str) -> tuple[str, ...]:
    """The names in a comma-separated list."""
    return tuple(name.strip() for name in text.split(","))


def quiet() -> bool:
    """Whether nothing is to be printed but what is asked for."""
    return bool(click.get_current_context().meta.get(QUIET))


def tell_aside() -> None:
    """From here on `tell` prints to standard error, since a machine reads standard output."""
    click.get_current_context().meta[_ASIDE] = True


def echo(text: str, nl: bool = True, err: bool = False, color: bool | None = None) -> None:
    """Prints a text, to standard error if it is an ``err``; nothing more once its reader closed the pipe, as head does.

    Files that are asked for are still written, and the exit code is that of the work.
    """
    with _to_nobody_if_closed(sys.stderr if err else sys.stdout):
        click.echo(text, nl=nl, err=err, color=color)


@contextmanager
def _to_nobody_if_closed(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        print_to_nobody(stream)


def print_to_nobody(stream: TextIO) -> None:
    """Lets go of what is printed from here on, and of what the buffer still holds: the reader closed the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def tell(text: object) -> None:
    """Prints what happens, for a person to know; nothing with --quiet."""
    if not quiet():
        echo(printable(str(text), "\n"), err=bool(click.get_current_context().meta.get(_ASIDE)))


def in_options(text: str) -> str:
    """A sentence of a reader, with the options of the command in place of the reader's parameters."""
    for parameter, option in _OPTIONS:
        text = re.sub(parameter, option, text)
    return text


def complain(text: str, color: bool | None = None) -> None:
    """Prints a fault to standard error, also with --quiet."""
    sentence = printable(in_options(text))
    echo(f"{click.style('boxlint:', fg='red', bold=True)} {sentence}", err=True, color=color)


@contextmanager
def progress(label: str, total: int | None = None, done: int = 0) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, called with what was done since the last call; ``done`` was done before.

    Nothing is drawn where that is no terminal, or with --quiet.
    """
    if quiet() or sys.stderr is None or not sys.stderr.isatty():
        yield lambda done: None
        return
    with closing(ProgressBar(total, label, done)) as bar:
        yield bar


def show(table: Preview) -> None:
    """Prints a table as wide as the terminal, or `COLUMNS`; 120 columns in a pipe or file."""
    title, *rows = table.text(shutil.get_terminal_size((_WIDTH_OF_A_FILE, 0)).columns).split("\n")
    echo("\n".join([click.style(title, bold=True), *rows]))


def pour(write: Callable[[Path], None]) -> None:
    """Copies a table to standard output once it is written whole."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rows"
        write(table)
        if sys.stdout is None:  # closed by the caller
            return
        with table.open("rb") as written, _to_nobody_if_closed(sys.stdout):
            shutil.copyfileobj(written, sys.stdout.buffer)
            sys.stdout.flush()


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Ends the command at an error that the user can mend: one sentence on standard error, exit code 2."""
    try:
        yield
    except (ImportError, OSError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            error_text = f"{error.filename}: {error.strerror}"
        else:
            error_text = str(error)
        complain(error_text)
        raise click.exceptions.Exit(2) from error
