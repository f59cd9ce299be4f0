"""The tables of docs/formats.md name every kind of finding."""

from __future__ import annotations

from pathlib import Path

from boxlint.inspection import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def test_every_kind_is_described() -> None:
    text = PAGE.read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
