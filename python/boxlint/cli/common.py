"""What the commands share: output, and how they end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

__all__ = [
    "check_outputs",
    "console",
    "exit_on_error",
    "names",
    "narrow_table",
    "progress",
]


def check_outputs(inputs: Iterable[Path], outputs: Mapping[str, Path | None]) -> None:
    """Refuses an output that has no folder to go to, or that would replace what is read or written as well."""
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
