"""Running the command, and reading what it wrote."""

from __future__ import annotations

import csv
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from boxlint.cli import app


def heed_interrupts() -> None:
    """For ``preexec_fn``: what a shell runs in the background ignores Ctrl-C, and so do tests and their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Said(NamedTuple):
    """What a command wrote."""

    stdout: str
    stderr: str


class Files(NamedTuple):
    """A data set in two files."""

    annotations: str
    detections: str


def run(*arguments: str | Path, width: int = 120, code: int = 0) -> Said:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": str(width)})
    assert result.exit_code == code, result.output
    return Said(result.stdout, result.stderr)


def refused(*arguments: str | Path) -> str:
    """The sentence that bad input gives on standard error."""
    said = run(*arguments, code=2).stderr
    assert said.startswith("boxlint: ")
    assert said.count("\n") == 1
    return said[len("boxlint: ") : -1]


def run_with_small_disk(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, which can write no more than 200 bytes to a file."""
    return subprocess.run(
        [sys.executable, "-m", "boxlint", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
    )


def installed(folder: Path) -> Path:
    """A folder for PATH with the command in it, as an installation has one."""
    folder.mkdir(parents=True)
    (folder / "boxlint").write_text(f'#!/bin/sh\nexec {sys.executable} -m boxlint "$@"\n')
    (folder / "boxlint").chmod(0o755)
    return folder


def edited(path: str, folder: Path, edit: Any) -> Path:
    """A copy of a JSON file, changed."""
    content = json.loads(Path(path).read_text())
    edit(content)
    changed = folder / f"edited_{Path(path).name}"
    changed.write_text(json.dumps(content))
    return changed


def rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def table_lines(text: str, title: str) -> list[str]:
    """The rows under the title of a table, without its header."""
    return text.split(title)[1].splitlines()[2:]
