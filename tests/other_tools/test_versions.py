"""docs/other-tools.md names the versions that are tested."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pinned() -> dict[str, str]:
    """The packages of two dependency groups, with their versions."""
    groups = re.findall(r"^(?:other-tools|converters) = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert len(groups) == 2
    return dict(re.findall(r'"([\w-]+)==([\w.]+)"', " ".join(groups)))


def test_the_page_names_them() -> None:
    page = (ROOT / "docs" / "other-tools.md").read_text()
    (sentence,) = re.findall(r"^It holds for (.*?)\.\s", page, re.MULTILINE | re.DOTALL)
    assert dict(re.findall(r"([\w-]+) (\d[\w.]*\w)", sentence)) == pinned()


@pytest.mark.parametrize("package", pinned())
def test_they_are_installed(package: str) -> None:
    try:
        installed = version(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed: make test-other-tools")
    assert installed == pinned()[package]
