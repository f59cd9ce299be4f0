"""The recipes of docs/scale.md give what a single process gives."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from page import run, unnamed


@pytest.mark.parametrize("engine", ["Polars", "DuckDB", "Daft", "Dask"])
def test_the_recipe_runs(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(engine.lower())
    monkeypatch.chdir(tmp_path)
    assert run(engine) == unnamed()
