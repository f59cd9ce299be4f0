"""The pages lead where they say: links, anchors, and the five kinds of error from page to code to test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from blocks import PAGES, ROOT, name_of

import method_reference

# What the README has in place of paths, since PyPI shows it, too; OWNER as in docs/ci.md.
REPOSITORY = re.compile(r"https://(?:github\.com/OWNER/boxlint/blob|raw\.githubusercontent\.com/OWNER/boxlint)/main/")
ALL = [*PAGES, ROOT / "CHANGELOG.md"]


def prose(page: Path) -> str:
    """A page without its blocks of code, in which a bracket is no link and a # no heading."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def definitions(page: Path) -> dict[str, str]:
    """Where references lead: `[name]: link`."""
    return dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", prose(page), re.MULTILINE))


def links(page: Path) -> list[str]:
    return [*re.findall(r"\]\(([^)\s]+)\)", prose(page)), *definitions(page).values()]


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for link in links(page):
        inside = REPOSITORY.match(link)
        if link.startswith("https://") and not inside:
            continue
        file, _, anchor = link[inside.end() if inside else 0 :].partition("#")
        other = ((ROOT if inside else page.parent) / file).resolve() if file else page
        if not other.exists() or (anchor and anchor not in anchors(other)):
            dead.append(link)
    assert dead == []


def test_every_reference_is_defined_and_used() -> None:
    readme = ROOT / "README.md"
    used = {
        second or first for first, second in re.findall(r"\[([^\[\]]+)\](?:\[([\w./#-]+)\])?(?!\(|:)", prose(readme))
    }
    defined = set(definitions(readme))
    assert defined - used == set()
    assert {name for name in used if name.startswith("docs/") or name.endswith(".md")} - defined == set()


def test_the_readme_can_be_read_on_pypi() -> None:
    """Paths would lead nowhere there, and the page of a file is no picture."""
    readme = ROOT / "README.md"
    assert [link for link in links(readme) if not link.startswith(("https://", "#"))] == []
    pictures = re.findall(r"!\[[^\]]*\]\[([^\]]+)\]", prose(readme))
    addresses = [definitions(readme)[name] for name in pictures]
    assert addresses
    assert [
        address for address in addresses if not address.startswith("https://raw.githubusercontent.com/OWNER/")
    ] == []


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
