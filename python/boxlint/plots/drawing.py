"""Diagrams that are written to a file; matplotlib is imported when one is drawn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from boxlint._files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["new_figure", "plot_format", "save"]

_FORMATS = (".png", ".svg", ".pdf")


def plot_format(path: str | os.PathLike[str]) -> str:
    """The format of a picture, png, svg or pdf, from the ending of its path.

    Raises
    ------
    ValueError
        If the path ends otherwise.
    ImportError
        If matplotlib is not installed.
    """
    ending = Path(path).suffix.lower()
    if ending not in _FORMATS:
        raise ValueError(f"{path}: expected a path that ends in .png, .svg or .pdf")
    _figure_class()
    return ending[1:]


def new_figure(path: str | os.PathLike[str], size: tuple[float, float]) -> Figure:
    """An empty figure of so many inches, for a path that `plot_format` takes."""
    plot_format(path)
    return _figure_class()(figsize=size, layout="constrained")


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes it, whole or not at all."""
    with atomic_write(path) as beside:
        figure.savefig(beside, format=plot_format(path), dpi=150)


def _figure_class() -> type[Figure]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("drawing a diagram needs matplotlib: pip install 'boxlint[plot]'") from error
    return Figure
