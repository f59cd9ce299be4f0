"""The reliability diagram of answers: how often issues of a suspicion were right."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from boxlint.plots.drawing import new_figure, save

__all__ = ["Point", "draw_reliability"]


class Point(NamedTuple):
    """Issues of about one suspicion: which fraction was right, and the interval of that."""

    suspicion: float
    fraction: float
    low: float
    high: float


def draw_reliability(points: Mapping[str, Sequence[Point]], path: str | os.PathLike[str]) -> None:
    """Draws a line for each name over a diagonal, on which suspicions are probabilities.

    Parameters
    ----------
    points:
        Name -> its points.
    path:
        .png, .svg or .pdf, written whole or not at all.
    """
    figure = new_figure(path, (5.2, 4.6))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle=":")
    for name, some in points.items():
        rising = sorted(some)
        suspicion, fraction = [one.suspicion for one in rising], [one.fraction for one in rising]
        sides = [[one.fraction - one.low for one in rising], [one.high - one.fraction for one in rising]]
        axes.errorbar(suspicion, fraction, yerr=sides, marker="o", capsize=2, linewidth=1, label=name)
    axes.set(title="reliability, from answers", xlabel="suspicion", ylabel="fraction that was right")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    save(figure, path)
