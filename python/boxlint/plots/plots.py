"""Plots of a data set and pictures of its images. Needs the extra ``plot``: matplotlib and pillow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import boolean, fraction
from boxlint._class_names import ClassNames, areas_by_name, counts_by_name, names_of
from boxlint.boxes import Boxes, as_annotations, as_predictions, dataset_columns, scored
from boxlint.plots.extra import plot_packages
from boxlint.rank import Labels, Predictions

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["plot_class_distribution", "plot_class_size_distributions", "visualize"]


def plot_class_size_distributions(
    labels: Labels,
    predictions: Predictions,
    class_names: ClassNames | None = None,
    class_to_show: int | None = 10,
    **kwargs: Any,
) -> list[Figure]:
    """Draws how large the boxes of each annotated class are: one figure a class, annotations beside predictions.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.
    class_names:
        Names to use instead of class ids; classes without one are left out.
    class_to_show:
        How many classes, those with most annotations first; None for all, as they first occur.
    kwargs:
        What ``matplotlib.pyplot.show`` takes: see `visualize`.

    Returns
    -------
    One figure a class.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [0, 0, 5, 5]], "labels": [0, 1]}]
    >>> figures = plot_class_size_distributions(labels, [[[[10, 10, 50, 40, 0.9]]]], {"0": "cat", "1": "dog"})
    >>> [figure.get_suptitle() for figure in figures]
    ['Sizes of the boxes of class cat', 'Sizes of the boxes of class dog']
    """
    with plot_packages():
        from boxlint.plots import figures
    if class_to_show is not None and (not isinstance(class_to_show, int) or class_to_show < 0):
        raise ValueError(f"class_to_show is {class_to_show!r}, expected a number of classes or None")
    names, by_count = names_of(class_names), class_to_show is not None
    columns = dataset_columns(as_annotations(labels), as_predictions(predictions))
    annotated, predicted = areas_by_name(columns, names, by_count)
    shown = list(annotated)[:class_to_show]
    return [figures.sizes(name, annotated[name], predicted.get(name, np.empty(0)), kwargs) for name in shown]


def plot_class_distribution(
    labels: Labels, predictions: Predictions, class_names: ClassNames | None = None, **kwargs: Any
) -> Figure:
    """Draws which fraction of the annotations and of the predictions each class has, the most annotated first.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.
    class_names:
        Names to use instead of class ids, of every class that occurs.
    kwargs:
        What ``matplotlib.pyplot.show`` takes: see `visualize`.

    Raises
    ------
    ValueError
        If a class that occurs has no name.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [0, 0, 5, 5]], "labels": [0, 1]}]
    >>> figure = plot_class_distribution(labels, [[[[10, 10, 50, 40, 0.9]]]], class_names=["cat", "dog"])
    >>> [axes.get_title() for axes in figure.axes]
    ['Annotated', 'Predicted']
    """
    with plot_packages():
        from boxlint.plots import figures
    names = names_of(class_names)
    columns = dataset_columns(as_annotations(labels), as_predictions(predictions))
    annotated, predicted = counts_by_name(columns, names)
    return figures.fractions(annotated, predicted, kwargs)


def visualize(
    image: str | os.PathLike[str] | NDArray[Any] | Image,
    *,
    label: Mapping[str, Any] | Boxes | None = None,
    prediction: Any = None,
    prediction_threshold: float | None = None,
    overlay: bool = True,
    class_names: ClassNames | None = None,
    figsize: tuple[float, float] | None = None,
    save_path: str | os.PathLike[str] | None = None,
    **kwargs: Any,
) -> Figure:
    """Draws an image with its annotations in red and its predictions in blue, each with its class id.

    The figure needs no window and leaves the state of pyplot alone, so this works in scripts and on servers. Where
    pyplot is in use with a backend that shows figures, as in a notebook or after ``import matplotlib.pyplot`` at a
    desk, it is shown as well.

    Parameters
    ----------
    image:
        A path, or an image of pillow, or an array (height, width) or (height, width, 3 or 4).
    label:
        A dict with ``bboxes`` (L, 4) and ``labels`` (L,), or Boxes of one image.
    prediction:
        K arrays (M, 5), one a class, or Boxes of one image.
    prediction_threshold:
        Draw predictions of a greater score only; from 0 to 1.
    overlay:
        Draw both on one image; otherwise on two, annotations on the left.
    class_names:
        Names for the legend, which lists the classes in the picture.
    figsize:
        Width and height in inches.
    save_path:
        File to write; its ending says in which format.
    kwargs:
        What ``matplotlib.pyplot.show`` takes, for where it is called.

    Raises
    ------
    ImportError
        Without the extra ``plot``.

    Examples
    --------
    >>> label = {"bboxes": [[10, 10, 50, 50]], "labels": [0]}
    >>> figure = visualize(np.zeros((60, 80, 3), np.uint8), label=label, class_names={"0": "cat"})
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['given label', '0  cat']
    """
    with plot_packages():
        from boxlint.plots import figures
    names, both = names_of(class_names), boolean("overlay", overlay)
    given = None if label is None else _one("label", label if isinstance(label, Boxes) else as_annotations([label]))
    predicted = None
    if prediction is not None:
        boxes = prediction if isinstance(prediction, Boxes) else as_predictions([prediction])
        predicted = _above(_one("prediction", boxes), prediction_threshold)
    figure = figures.boxes(image, given, predicted, overlay=both, names=names, figsize=figsize)
    if save_path is not None:
        figure.savefig(save_path, transparent=True)
    figures.show(kwargs)
    return figure


def _one(argument: str, boxes: Boxes) -> Boxes:
    if len(boxes) != 1:
        raise ValueError(f"{argument} has {len(boxes)} images, expected one")
    return boxes


def _above(predicted: Boxes, threshold: float | None) -> Boxes:
    if threshold is None:
        return predicted
    least = fraction("prediction_threshold", threshold)
    predicted = scored(predicted)
    if predicted.score is None:
        raise ValueError("prediction has no scores, expected one for each box")
    return predicted.keep(predicted.score.astype(np.float64) > least)
