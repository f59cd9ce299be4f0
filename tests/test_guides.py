"""The guides run: what they say, the code does. Where a guide has a model of a framework, one stands in."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import guide_models

DOCS = Path(__file__).resolve().parents[1] / "docs"
GUIDES = [DOCS / "getting-started.md", *sorted((DOCS / "guide").glob("*.md"))]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = guide_models.MODELS.get(page.stem, {})
    if given:
        guide_models.write_files()
    found = doctest.testfile(
        str(page), module_relative=False, globs=dict(given), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.attempted > 5
    assert found.failed == 0
