"""What the commands share: output, and how they end."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from boxlint._progress import ProgressBar

__all__ = ["FRACTION", "PATH", "check_outputs", "exit_on_error", "names", "progress", "width"]

# Types of options: a path of any kind, and a number from 0 to 1.
PATH = click.Path(path_type=Path)
FRACTION = click.FloatRange(0, 1)

# Columns of characters where the output is no terminal: enough for long names.
_WIDTH_OF_A_FILE = 120


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


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, called with what was done since the last call; nothing without a terminal."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    bar = ProgressBar(total, label)
    try:
        yield bar
    finally:
        bar.close()


def width() -> int:
    """Columns of characters of the terminal, or of `COLUMNS`; 120 for a pipe or file."""
    return shutil.get_terminal_size((_WIDTH_OF_A_FILE, 0)).columns


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Ends the command at an error that the user can mend: one sentence on standard error, exit code 2."""
    try:
        yield
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does. The rest of the buffer must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(2) from None
    except (ImportError, OSError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            error_text = f"{error.filename}: {error.strerror}"
        else:
            error_text = str(error)
        click.echo(f"boxlint: {error_text}", err=True)
        raise click.exceptions.Exit(2) from error
