"""Crops with boxes over them, alone or in a grid."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from boxlint.plots.figures import GIVEN, PREDICTED, empty_figure, outline, returned_figure

__all__ = ["GRID_PIXELS", "SINGLE_PIXELS", "Panel", "fill", "grid", "single"]

# Style of a box -> its colour, line, and the side on which its name stands.
_STYLES = {"given": (GIVEN, "-", "left"), "suggested": (PREDICTED, "--", "right"), "kept": ("green", ":", "right")}
# Inches of the sides of a panel, of one on its own, and panels in a row.
_INCHES = 3.0
_SINGLE_INCHES = 4.5
_COLUMNS = 4
# Pixels of a crop, for 200 of them an inch: sharp on screens, and in print.
GRID_PIXELS = 600
SINGLE_PIXELS = 900
# Characters of a name that fit above a panel.
_LONGEST_NAME = 36


class Panel(NamedTuple):
    """A part of an image, and what is shown there.

    Attributes
    ----------
    pixels:
        (height, width, 3) those of the part; None for a blank ground.
    region:
        Its corners in the image.
    boxes:
        Style -> corners in the image, and the text there.
    title, name:
        The lines above.
    """

    pixels: NDArray[Any] | None
    region: Sequence[float]
    boxes: dict[str, tuple[list[float], str]]
    title: str
    name: str


def fill(axes: Axes, panel: Panel) -> None:
    """Draws a panel on axes, in the coordinates of the image."""
    left, top, right, bottom = panel.region
    if panel.pixels is not None:
        axes.imshow(panel.pixels, extent=(left, right, bottom, top))
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[], facecolor="lightgrey")
    for style, (corners, text) in panel.boxes.items():
        outline(axes, corners, text, *_STYLES[style], width=1.8)
    name = panel.name if len(panel.name) <= _LONGEST_NAME else f"…{panel.name[1 - _LONGEST_NAME :]}"
    # Names can have dollars in them, which are no formulas.
    axes.set_title(f"{panel.title}\n{name}", fontsize=8, parse_math=False)


def single(panel: Panel) -> Axes:
    """A panel on axes of its own."""
    axes: Axes = empty_figure((_SINGLE_INCHES, 1.07 * _SINGLE_INCHES)).subplots()
    fill(axes, panel)
    return axes


def grid(panels: Sequence[Panel]) -> Figure:
    """A figure of panels in rows of four."""
    columns = max(min(_COLUMNS, len(panels)), 1)
    rows = max(ceil(len(panels) / columns), 1)
    figure = returned_figure((columns * _INCHES, rows * 1.1 * _INCHES))
    every = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(every, panels, strict=False):
        fill(axes, panel)
    for axes in every[len(panels) :]:
        axes.axis("off")
    return figure
