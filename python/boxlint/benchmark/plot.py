"""The results of a benchmark as a picture."""

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

# Fewer rows tell no rate.
_ENOUGH = 10


def plot_format(path: str | os.PathLike[str]) -> str:
    """png, svg or pdf, from the ending of a path.

    Raises
    ------
    ValueError
        If it ends in nothing of these.
    ImportError
        If there is no matplotlib.
    """
    ending = Path(path).suffix
    if ending not in _FORMATS:
        raise ValueError(f"{path}: expected a path that ends in .png, .svg or .pdf")
    _figure()
    return ending[1:]


def draw(results: Mapping[str, Measures], rival: Mapping[str, Measures], path: str | os.PathLike[str]) -> None:
    """Draws the average precisions of two lists side by side, and how reliable the suspicions of the first are.

    Parameters
    ----------
    results, rival:
        What `boxlint.benchmark.evaluate` says of check and of the ObjectLab scores.
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
        filled = [step for step in measures.reliability if step.listed >= _ENOUGH]
        lines.plot([step.suspicion for step in filled], [step.rate for step in filled], marker="o", label=name)
    lines.set(
        title="reliability of check", xlabel="suspicion", ylabel="share that are errors", xlim=(0, 1), ylim=(0, 1)
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
