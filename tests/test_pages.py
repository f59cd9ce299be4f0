"""The pages lead where they say: links, anchors, and the five kinds of error from page to code to test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import method_reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text()):
        file, _, anchor = target.partition("#")
        other = (page.parent / file).resolve() if file else page
        if not other.exists() or (anchor and anchor not in anchors(other)):
            dead.append(target)
    assert dead == []


def test_every_promise_names_tests_that_exist() -> None:
    """In the table of reliability.md, a file in backticks, then what is in it: a class, or how a test begins."""
    page = (ROOT / "docs" / "reliability.md").read_text()
    rows = [row.split(" | ") for row in page.splitlines() if row.startswith("| ")][1:]
    missing, content = [], ""
    for promise, tests in rows:
        named = re.findall(r"`([^`]+)`", tests)
        assert named or "the same" in tests, promise
        for name in named:
            if name.endswith(".py"):
                file = ROOT / "tests" / name
                content = file.read_text() if file.is_file() else ""
                known = bool(content)
            else:
                known = f"class {name}:" in content or f"def {name.rstrip('…')}" in content
            if not known and not name.startswith("make "):
                missing.append(name)
    assert missing == []


@pytest.mark.parametrize("kind", method_reference.KINDS)
def test_a_kind_of_error_has_one_name_everywhere(kind: str) -> None:
    method = ROOT / "docs" / "method.md"
    assert kind in anchors(method)
    file = f"rust/core/src/check/kinds/{kind}.rs"
    assert file in method.read_text()
    assert (ROOT / file).is_file()
    assert callable(getattr(method_reference, kind))
