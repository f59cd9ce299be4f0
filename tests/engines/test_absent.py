"""Without an engine there is a sentence, and nothing imports one before it is used."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")


@pytest.mark.parametrize(("module", "package"), [("ray", "ray"), ("spark", "pyspark")])
def test_a_missing_engine_is_told(module: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"boxlint.{module}", raising=False)
    with pytest.raises(ImportError, match=rf"pip install 'boxlint\[{module}\]'"):
        importlib.import_module(f"boxlint.{module}")


def test_boxlint_imports_no_engine() -> None:
    code = "import sys, boxlint.parts; boxlint.check; sys.exit(bool({'ray', 'pyspark'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
