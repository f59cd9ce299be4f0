"""Figures of boxes, sizes and fractions, drawn with matplotlib.

Figures have no window and leave the state of pyplot alone, except where pyplot is in use with a backend that shows
figures: there, pyplot makes them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from math import ceil
from types import ModuleType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray
from PIL import Image

from boxlint.boxes import Boxes

__all__ = ["GIVEN", "PREDICTED", "boxes", "empty_figure", "fractions", "outline", "returned_figure", "show", "sizes"]

GIVEN, PREDICTED = "red", "blue"

# Backends that only write files and show nothing.
_SILENT = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
# How many lines of a legend fit an inch of height, and how wide a column of them is.
_LEGEND_LINES = 5
_LEGEND_INCHES = 1.5


def boxes(
    image: Any,
    given: Boxes | None,
    predicted: Boxes | None,
    *,
    overlay: bool,
    names: Mapping[int, Any] | None,
    figsize: tuple[float, float] | None,
) -> Figure:
    """Annotations and predictions of one image, on the image or on two of it side by side."""
    pixels = _pixels(image)
    entries = _legend(given, predicted, names)
    height = figsize[1] if figsize else 5.0
    columns = ceil(len(entries) / (_LEGEND_LINES * height))
    figure = empty_figure(figsize or ((8.0 if overlay else 14.0) + _LEGEND_INCHES * columns, height))
    axes = figure.subplots(1, 1 if overlay else 2, squeeze=False)[0]
    for on in axes:
        on.axis("off")
        on.imshow(pixels, cmap="gray")
    if given is not None:
        _draw(axes[0], given, GIVEN, "-", "left")
    if predicted is not None:
        _draw(axes[-1], predicted, PREDICTED, "-.", "right")
    if entries:
        figure.legend(handles=entries, loc="outside right upper", ncols=columns, fontsize=8)
    return figure


def sizes(
    name: Any, annotated: NDArray[np.float64], predicted: NDArray[np.float64], kwargs: Mapping[str, Any]
) -> Figure:
    """Histograms of the areas of the boxes of one class, annotated and predicted."""
    figure = empty_figure((10, 5))
    figure.suptitle(f"Sizes of the boxes of class {name}")
    sides = ("annotated", annotated, GIVEN), ("predicted", predicted, PREDICTED)
    for axes, (side, areas, color) in zip(figure.subplots(1, 2), sides, strict=True):
        count = len(areas)
        axes.hist(areas, bins=int(np.clip(np.sqrt(count), 10, 100)), color=color)
        axes.set(title=f"{side} ({count:,})", xlabel="area of the box in square pixels", ylabel="boxes")
    show(kwargs)
    return figure


def fractions(annotated: Mapping[Any, int], predicted: Mapping[Any, int], kwargs: Mapping[str, Any]) -> Figure:
    """The fraction of each class in the boxes, as one bar a class: a pie of 80 classes cannot be read."""
    classes = sorted({**annotated, **predicted}, key=lambda name: -annotated.get(name, 0))
    figure = empty_figure((10, max(5, 1 + 0.17 * len(classes))))
    figure.suptitle("Share of each class in the boxes")
    rows = range(len(classes))
    sides = ("Annotated", annotated, GIVEN), ("Predicted", predicted, PREDICTED)
    for axes, (title, counts, color) in zip(figure.subplots(1, 2, sharey=True), sides, strict=True):
        percent = [100 * counts.get(name, 0) / max(sum(counts.values()), 1) for name in classes]
        bars = axes.barh(rows, percent, color=color)
        axes.bar_label(bars, [f"{value:.1f}%" for value in percent], padding=2, fontsize=7)
        axes.set(title=title, xlabel="percent", ylim=(max(len(classes), 1) - 0.5, -0.5))
        axes.margins(x=0.15)
        axes.set_yticks(rows, [str(name) for name in classes], fontsize=8)
    show(kwargs)
    return figure


def show(kwargs: Mapping[str, Any]) -> None:
    """Shows the figures, if pyplot is in use with a backend that can; ``kwargs`` are for ``pyplot.show``."""
    pyplot = _pyplot()
    if pyplot is not None:
        pyplot.show(**kwargs)


def empty_figure(figsize: tuple[float, float]) -> Figure:
    """A figure of pyplot, if that is in use with a backend that shows figures."""
    pyplot = _pyplot()
    make = Figure if pyplot is None else pyplot.figure
    figure: Figure = make(figsize=figsize, layout="constrained")
    return figure


def returned_figure(figsize: tuple[float, float]) -> Figure:
    """A figure to return: a notebook shows it as the value of a cell, and would show one that pyplot keeps as well."""
    figure, pyplot = empty_figure(figsize), _pyplot()
    if pyplot is not None and "inline" in pyplot.get_backend().lower():
        pyplot.close(figure)
    return figure


def _pyplot() -> ModuleType | None:
    # A notebook sets MPLBACKEND before anything imports pyplot.
    if "matplotlib.pyplot" not in sys.modules and "MPLBACKEND" not in os.environ:
        return None
    from matplotlib import pyplot

    return None if pyplot.get_backend().lower() in _SILENT else pyplot


def _pixels(image: Any) -> NDArray[Any]:
    if isinstance(image, (str, os.PathLike)):
        with Image.open(image) as opened:
            return _pixels(opened)
    if isinstance(image, Image.Image):
        return np.asarray(image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB"))
    array = np.asarray(image)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or array.size == 0:
        raise ValueError(f"image has shape {array.shape}, expected (height, width) or (height, width, 3 or 4)")
    return array


def _draw(axes: Axes, drawn: Boxes, color: str, linestyle: str, side: str) -> None:
    """Draws the outlines of boxes, each with its class id in an upper corner."""
    for corners, class_id in zip(drawn.xyxy.tolist(), drawn.class_id.tolist(), strict=True):
        outline(axes, corners, str(class_id), color, linestyle, side)


def outline(
    axes: Axes, corners: Sequence[float], text: str, color: str, linestyle: str, side: str, width: float = 1
) -> None:
    """Draws the outline of a box, with a text in an upper corner of it."""
    x1, y1, x2, y2 = corners
    corner, size = (min(x1, x2), min(y1, y2)), (abs(x2 - x1), abs(y2 - y1))
    axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=color, linestyle=linestyle, linewidth=width))
    axes.annotate(
        text,
        (corner[0] + (size[0] if side == "right" else 0), corner[1]),
        xytext=(-3 if side == "right" else 3, -3),
        textcoords="offset points",
        horizontalalignment=side,
        verticalalignment="top",
        color="white",
        fontsize=8,
        fontweight="bold",
        parse_math=False,
        bbox={"facecolor": color, "edgecolor": color, "alpha": 0.5, "pad": 1},
    )


def _legend(given: Boxes | None, predicted: Boxes | None, names: Mapping[int, Any] | None) -> list[Patch | Line2D]:
    """Entries for the two colours, and for each class in the picture that has a name."""
    entries: list[Patch | Line2D] = []
    if given is not None:
        entries.append(Patch(fill=False, edgecolor=GIVEN, linestyle="-", label="given label"))
    if predicted is not None:
        entries.append(Patch(fill=False, edgecolor=PREDICTED, linestyle="-.", label="predicted label"))
    present = {class_id for drawn in (given, predicted) if drawn is not None for class_id in drawn.class_id.tolist()}
    named = names or {}
    classes = sorted(present & named.keys())
    entries += [Line2D([], [], linestyle="none", label=f"{class_id}  {named[class_id]}") for class_id in classes]
    return entries
