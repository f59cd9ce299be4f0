"""The wheel carries the licence of each crate that is compiled into it."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo")
def test_every_crate_in_its_version_has_its_licence() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "licences.py"))
    text = script["FILE"].read_text()
    missing = [crate for crate in map(" ".join, script["compiled_in"]()) if crate not in text]
    assert missing == [], "python docs/licences.py writes the file anew"
