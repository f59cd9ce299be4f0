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


@pytest.mark.parametrize("kind", method_reference.KINDS)
def test_a_kind_of_error_has_one_name_everywhere(kind: str) -> None:
    method = ROOT / "docs" / "method.md"
    assert kind in anchors(method)
    file = f"rust/core/src/check/kinds/{kind}.rs"
    assert file in method.read_text()
    assert (ROOT / file).is_file()
    assert callable(getattr(method_reference, kind))
