"""How large a page may be, and what it takes to make one."""

from __future__ import annotations

from importlib.util import find_spec

from boxlint._arguments import integer, number
from boxlint.report.pictures.files import refuse_without_pillow

__all__ = ["MAX_MB", "TOP", "refuse_limits", "refuse_without_packages"]

# Rows of a page, and its megabytes: browsers need seconds for a page of some ten, and fail at a hundred.
TOP = 2000
MAX_MB = 12.0


def refuse_limits(top: int, max_mb: float) -> None:
    """Raises ValueError or TypeError if these are no limits of a page."""
    integer("top", top, 0)
    if not number("max_mb", max_mb) > 0:
        raise ValueError(f"max_mb is {max_mb}, expected more than 0")


def refuse_without_packages(pictures: bool) -> None:
    """Raises ImportError if a package that a page, or its pictures, needs is not installed."""
    if find_spec("jinja2") is None:
        raise ImportError("a report page needs jinja2: pip install 'boxlint[report]'")
    if pictures:
        refuse_without_pillow()
