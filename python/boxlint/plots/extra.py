"""What to install where plots cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["plot_packages"]


@contextmanager
def plot_packages() -> Iterator[None]:
    """Says what to install if an import within it fails."""
    try:
        yield
    except ImportError as error:
        raise ImportError("plots need matplotlib and pillow: pip install 'boxlint[plot]'") from error
