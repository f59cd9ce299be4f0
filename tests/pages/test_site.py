"""The site: what docs/site_pages.py makes of the pages. That all links of it lead somewhere, `make docs` tells."""

from __future__ import annotations

import runpy
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from blocks import ROOT

from boxlint._kinds import KINDS

SITE = runpy.run_path(str(ROOT / "docs" / "site_pages.py"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[docs/ci.md]", "[In CI and in scripts][docs/ci.md]"),
        ("[docs/ci.md] (all of it)", "[In CI and in scripts][docs/ci.md] (all of it)"),
        ("[docs/ci.md][gate]", "[In CI and in scripts][gate]"),
        ("[docs/ci.md](docs/ci.md#x)", "[In CI and in scripts](ci.md#x)"),
        ("[no/such.md](https://a.b/no/such.md)", "[no/such.md](https://a.b/no/such.md)"),
        ("[docs/ci.md]: docs/ci.md", "[docs/ci.md]: ci.md"),  # where the first of these leads
        ("[gate]: https://github.com/OWNER/boxlint/blob/main/docs/ci.md#x", "[gate]: ci.md#x"),
    ],
)
def test_a_link_called_as_a_file_is_called_as_its_page(written: str, shown: str) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    assert SITE["on_page_markdown"](written, page) == shown


@pytest.mark.parametrize(
    ("html", "is_refused"),
    [
        ('<script src="https://cdn.example/x.js">', True),
        ('<img alt="" src="//example/x.png">', True),
        ('<link rel="stylesheet" href="https://fonts.example/x.css">', True),
        ('<link href="https://fonts.example" rel="preconnect">', True),
        ('<link rel="canonical" href="https://OWNER.github.io/boxlint/">', False),
        ('<link href="https://OWNER.github.io/boxlint/ci/" rel="next">', False),
        ('<a href="https://arxiv.org/abs/2309.00832"><img src="images/found.png"></a>', False),
    ],
)
def test_a_page_that_asks_another_host_is_refused(html: str, is_refused: bool) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    with pytest.raises(ValueError, match=r"index\.md fetches") if is_refused else nullcontext():
        assert SITE["on_post_page"](html, page) == html


def test_each_kind_has_its_picture() -> None:
    page = SITE["_kinds"]()
    for kind in KINDS:
        picture = f"images/kinds/{kind}.png"
        assert f"\n## {kind}\n\n![A row of kind {kind} and its boxes]({picture})\n" in page
        assert (ROOT / "docs" / picture).is_file()
