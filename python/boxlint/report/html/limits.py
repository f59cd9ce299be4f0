"""How large a page may be, and what it takes to make one."""

from __future__ import annotations

import operator
from importlib.util import find_spec

from boxlint._arguments import number

__all__ = ["MAX_MB", "TOP", "refuse_limits", "refuse_without_packages"]

# Rows of a page, and its megabytes: browsers need seconds for a page of some ten, and fail at a hundred.
TOP = 2000
MAX_MB = 12.0


def refuse_limits(top: int, max_mb: float) -> None:
    """Raises ValueError or TypeError if these are no limits of a page."""
    if operator.index(top) < 0:
        raise ValueError(f"top is {top}, expected at least 0")
    if not number("max_mb", max_mb) > 0:
        raise ValueError(f"max_mb is {max_mb}, expected more than 0")


def refuse_without_packages(pictures: bool) -> None:
    """Raises ImportError if a package that a page, or its pictures, needs is not installed."""
    for package, name in (("jinja2", "jinja2"), *([("PIL", "pillow")] if pictures else [])):
        if find_spec(package) is None:
            raise ImportError(f"a report page needs {name}: pip install 'boxlint[report]'")
