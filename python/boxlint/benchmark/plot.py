"""Draws the results of a benchmark."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from boxlint._files import atomic_write
from boxlint.benchmark.evaluation import Measures

__all__ = ["draw", "plot_format"]

_FORMATS = (".png", ".svg", ".pdf")

# A step of fewer rows shows no rate.
_MIN_ROWS = 10


def plot_format(path: str | os.PathLike[str]) -> str:
    """The format of a picture, png, svg or pdf, from the ending of its path.

    Raises
    ------
    ValueError
        If the path ends otherwise.
    ImportError
        If matplotlib is not installed.
    """
    ending = Path(path).suffix
    if ending not in _FORMATS:
        raise ValueError(f"{path}: expected a path that ends in .png, .svg or .pdf")
    _figure()
    return ending[1:]


def draw(results: Mapping[str, Measures], rival: Mapping[str, Measures], path: str | os.PathLike[str]) -> None:
    """Draws the average precision of two lists side by side, and the reliability table of the first.

    Parameters
    ----------
    results, rival:
        What `boxlint.benchmark.evaluate` returns for check and for the ObjectLab scores.
    path:
        .png, .svg or .pdf, written whole or not at all.
    """
    kind = plot_format(path)
    figure = _figure()(figsize=(10, 4.2), layout="constrained")
    bars, lines = figure.subplots(1, 2)
    place = np.arange(len(results))
    for shift, label, of_kind in ((-0.2, "check", results), (0.2, "ObjectLab", rival)):
        heights = [of_kind[name].average_precision for name in results]
        bars.bar_label(bars.bar(place + shift, heights, 0.4, label=label), fmt="%.2f")
    bars.set(title="average precision", xticks=place, xticklabels=list(results), ylim=(0, 1))
    bars.legend()
    lines.plot([0, 1], [0, 1], color="0.7", linestyle=":")
    for name, measures in results.items():
        filled = [step for step in measures.reliability if step.listed >= _MIN_ROWS]
        lines.plot([step.suspicion for step in filled], [step.rate for step in filled], marker="o", label=name)
    lines.set(
        title="reliability of check", xlabel="suspicion", ylabel="fraction that are errors", xlim=(0, 1), ylim=(0, 1)
    )
    lines.legend()
    with atomic_write(path) as beside:
        figure.savefig(beside, format=kind, dpi=150)


def _figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("drawing a benchmark needs matplotlib: pip install 'boxlint[plot]'") from error
    return Figure
