"""A writer that is killed at any moment leaves whole files, and nothing that is read: see killed_writers.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_killed_writers(tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "killed_writers.py"), "3", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("writers killed") == 12
