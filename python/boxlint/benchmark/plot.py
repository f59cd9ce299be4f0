"""Draws the results of a benchmark."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from boxlint.benchmark.evaluation import Measures
from boxlint.plots.drawing import new_figure, save

__all__ = ["draw"]

# A step of fewer rows shows no rate.
_MIN_ROWS = 10


def draw(results: Mapping[str, Measures], rival: Mapping[str, Measures], path: str | os.PathLike[str]) -> None:
    """Draws the average precision of two lists side by side, and the reliability table of the first.

    Parameters
    ----------
    results, rival:
        What `boxlint.benchmark.evaluate` returns for check and for the ObjectLab scores.
    path:
        .png, .svg or .pdf, written whole or not at all.
    """
    figure = new_figure(path, (10, 4.2))
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
    save(figure, path)
