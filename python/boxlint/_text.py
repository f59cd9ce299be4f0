"""Numbers in sentences."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, noun: str) -> str:
    """A number of things, with the noun as it should be.

    >>> counted(1, "box"), counted(2_000, "box"), counted(0, "image")
    ('1 box', '2,000 boxes', '0 images')
    """
    plural = noun + ("es" if noun.endswith(("s", "x")) else "s")
    return f"{count:,} {noun if count == 1 else plural}"
