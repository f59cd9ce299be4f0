"""Ctrl-C ends whatever is under way, with KeyboardInterrupt or, of the command, silently with 130."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from commands import Files, heed_interrupts
from interrupts import ENDLESS, delays

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process")


@pytest.mark.parametrize("name", ENDLESS)
def test_one_image_that_would_take_hours(name: str) -> None:
    assert len(list(delays(f"{name}, endless", 2, random.Random(0)))) == 2


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
