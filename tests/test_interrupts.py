"""Ctrl-C ends whatever is under way, with KeyboardInterrupt or, of the command, silently with 130."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import FrameType

import pytest

import boxlint
from boxlint._files import atomic_write
from boxlint._json import parsed_json
from boxlint.streaming.folder import Folder
from commands import Files, heed_interrupts
from crowds import made
from interrupts import ENDLESS, delays

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process")


@pytest.mark.parametrize("name", ENDLESS)
def test_what_would_take_hours_or_for_ever(name: str) -> None:
    assert len(list(delays(name, 2, random.Random(0)))) == 2


def test_no_code_of_numpy_that_would_lose_an_interrupt_runs_on_the_way(tmp_path: Path) -> None:
    """Where the engine words an error, numpy spells the names of its types, and what is raised meanwhile is dropped."""
    annotations, predictions = made(0, 20)
    called = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.endswith("_dtype.py"):
            called.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        report = boxlint.check(annotations, predictions)
        report.to_csv(tmp_path / "issues.csv")
        report.to_json(tmp_path / "issues.json")
    finally:
        sys.setprofile(None)
    assert called == []


def test_a_signal_is_heard_while_json_is_parsed() -> None:
    """The parser is one call, in which Python hears nothing but where it calls back."""
    called = []
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_name) if event == "call" else None)
    try:
        parsed_json('[{"a": {}}, {}]')
    finally:
        sys.setprofile(None)
    assert called.count("_as_it_is") == 3


# Interrupts itself when a module begins to be imported.
STARTING = """
import signal, sys

awaited = sys.argv[1]

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == awaited:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from boxlint.__main__ import main
sys.argv = ["boxlint", "check", *sys.argv[2:]]
main()
"""


@pytest.mark.parametrize(
    "module", ["boxlint.cli", "click", "boxlint._core", "numpy", "boxlint.cli.check", "boxlint.formats.coco"]
)
def test_the_command_ends_silently_while_it_starts(module: str, files: Files) -> None:
    command = [sys.executable, "-c", STARTING, module, *files]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=heed_interrupts)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_what_threads_still_write_when_a_run_ends_is_removed(tmp_path: Path) -> None:
    """As after a second Ctrl-C, which no longer waits for them."""
    began, ended = Event(), Event()
    file = tmp_path / "out" / "issues" / "part-0.parquet"

    def write() -> None:
        with suppress(FileNotFoundError), atomic_write(file) as beside:
            beside.write_bytes(b"half a file")
            began.set()
            ended.wait()

    writer = Thread(target=write, daemon=True)
    with suppress(KeyboardInterrupt), Folder.opened(tmp_path / "out", {}, resume=True):
        writer.start()
        began.wait()
        raise KeyboardInterrupt
    assert list(file.parent.iterdir()) == []
    ended.set()
    writer.join()
    assert list(file.parent.iterdir()) == []
