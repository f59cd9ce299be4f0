"""The recipes of docs/scale.md give what a single process gives."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from scale_page import run, unnamed


@pytest.mark.parametrize("engine", ["Polars", "DuckDB", "Daft", "Dask"])
def test_the_recipe_runs(engine: str, tmp_path: Path) -> None:
    pytest.importorskip(engine.lower(), reason=f"{engine} is not installed")
    assert run(engine, tmp_path) == unnamed()
