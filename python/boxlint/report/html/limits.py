"""How large a page may be."""

from __future__ import annotations

import operator

from boxlint._arguments import number

__all__ = ["MAX_MB", "TOP", "refuse_limits"]

# Rows of a page, and its megabytes: browsers need seconds for a page of some ten, and fail at a hundred.
TOP = 2000
MAX_MB = 12.0


def refuse_limits(top: int, max_mb: float) -> None:
    """Raises ValueError or TypeError if these are no limits of a page."""
    if operator.index(top) < 0:
        raise ValueError(f"top is {top}, expected at least 0")
    if not number("max_mb", max_mb) > 0:
        raise ValueError(f"max_mb is {max_mb}, expected more than 0")
