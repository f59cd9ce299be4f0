"""What users see of the package, and what importing it takes."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import types
from pathlib import Path

import pytest

import boxlint


def test_dir_shows_what_users_may_use_and_nothing_else() -> None:
    assert sorted(boxlint.__all__) == dir(boxlint)
    assert [name for name in dir(boxlint) if name.startswith("_")] == ["__version__"]
    modules = {name for name in dir(boxlint) if isinstance(getattr(boxlint, name), types.ModuleType)}
    assert modules == {"filter", "rank", "summary"}


@pytest.mark.parametrize("name", sorted(set(dir(boxlint)) - {"__version__", "Kind"}))
def test_everything_public_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(boxlint, name))


def test_nothing_hides_behind_the_name_of_a_function() -> None:
    functions = [name for name in dir(boxlint) if inspect.isfunction(getattr(boxlint, name))]
    assert {"check", "collect", "inspect"} <= set(functions)
    folder = Path(boxlint.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir() if path.is_dir()}
    assert modules.isdisjoint(functions)


def test_public_classes_are_pickled_by_the_module_that_defines_them() -> None:
    for one in (boxlint.Boxes, boxlint.Dataset, boxlint.Issue, boxlint.Issues, boxlint.Report, boxlint.Statistics):
        assert pickle.loads(pickle.dumps(one)) is one


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'boxlint' has no attribute 'nonsense'"):
        getattr(boxlint, "nonsense")  # noqa: B009


def test_importing_it_needs_numpy_alone() -> None:
    # What the interpreter and numpy import anyway is no matter.
    script = """
import sys
import numpy, numpy.typing
before = {name.partition(".")[0] for name in sys.modules}
import boxlint
boxlint.check
after = {name.partition(".")[0] for name in sys.modules} - before - {"boxlint"}
print(*sorted(after - sys.stdlib_module_names))
"""
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert found.split() == []
