"""What a data set is made of, how good the detector is at each class, and pictures of both.

A drop-in for ``cleanlab.object_detection.summary``. ``labels`` and ``predictions`` are what `boxlint.rank` takes, lists
or Boxes. ``class_names`` maps class ids, as integers or text, to names: ``{"0": "cat", "1": "dog"}``; a list of names
serves as well. Annotations to ignore are left out. Plots need the extra ``plot``: matplotlib and pillow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import boolean, list_or
from boxlint._auxiliary_inputs import inputs_of
from boxlint._class_names import ClassNames, Names, areas_by_name, counts_by_name, name_of, names_of
from boxlint._core import DatasetColumns, box_counts, true_positives
from boxlint.boxes import Boxes, as_annotations, as_predictions, dataset_columns
from boxlint.plots.plots import plot_class_distribution, plot_class_size_distributions, visualize
from boxlint.rank import Labels, Predictions

__all__ = [
    "bounding_box_size_distribution",
    "calculate_per_class_metrics",
    "class_label_distribution",
    "get_average_per_class_confusion_matrix",
    "get_sorted_bbox_count_idxs",
    "object_counts_per_image",
    "plot_class_distribution",
    "plot_class_size_distributions",
    "visualize",
]

AuxiliaryInputs = Sequence[Mapping[str, Any]]
Sizes = list[float] | NDArray[np.float64]

# Added to the number of boxes, so that the fractions of no boxes are 0, as in cleanlab.
_SMALL = 1e-6


def object_counts_per_image(
    labels: Labels | None = None,
    predictions: Predictions | None = None,
    *,
    auxiliary_inputs: AuxiliaryInputs | None = None,
) -> tuple[list[int], list[int]]:
    """How many annotations and how many predictions each image has.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Not needed with ``auxiliary_inputs``.
    auxiliary_inputs:
        What `boxlint.rank.make_auxiliary_inputs` returns.

    Returns
    -------
    N numbers of annotations, N numbers of predictions.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50]], "labels": [0]}, {"bboxes": [], "labels": []}]
    >>> object_counts_per_image(labels, [[[[10, 10, 50, 50, 0.9], [70, 70, 90, 90, 0.2]]], []])
    ([1, 0], [2, 0])
    """
    counts = box_counts(_columns(labels, predictions, auxiliary_inputs))
    return counts[0].tolist(), counts[1].tolist()


def bounding_box_size_distribution(
    labels: Labels | None = None,
    predictions: Predictions | None = None,
    *,
    auxiliary_inputs: AuxiliaryInputs | None = None,
    class_names: ClassNames | None = None,
    sort: bool = False,
) -> tuple[dict[Any, Sizes], dict[Any, Sizes]]:
    """The areas of the annotated and of the predicted boxes of each class.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Not needed with ``auxiliary_inputs``.
    auxiliary_inputs:
        What `boxlint.rank.make_auxiliary_inputs` returns.
    class_names:
        Names to use instead of class ids; classes without one are left out.
    sort:
        Whether the classes with most boxes come first. Otherwise they come as they first occur.

    Returns
    -------
    Class -> areas in square pixels, of the annotations and of the predictions, in the order of the boxes. Lists of
    floats; of Boxes, arrays (n,), since millions of floats take several times as long to make as the areas.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [0, 0, 5, 5]], "labels": [0, 1]}]
    >>> bounding_box_size_distribution(labels, [[[[10, 10, 50, 40, 0.9]]]], class_names={"0": "cat", "1": "dog"})
    ({'cat': [1600.0], 'dog': [25.0]}, {'cat': [1200.0]})
    """
    names, by_count = names_of(class_names), boolean("sort", sort)
    annotated, predicted = areas_by_name(_columns(labels, predictions, auxiliary_inputs), names, by_count)
    given = (None, None) if auxiliary_inputs is not None else (labels, predictions)
    return _as_given(annotated, given[0]), _as_given(predicted, given[1])


def class_label_distribution(
    labels: Labels | None = None,
    predictions: Predictions | None = None,
    *,
    auxiliary_inputs: AuxiliaryInputs | None = None,
    class_names: ClassNames | None = None,
) -> tuple[dict[Any, float], dict[Any, float]]:
    """The fraction of each class in the annotations and in the predictions, rounded to two digits.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Not needed with ``auxiliary_inputs``.
    auxiliary_inputs:
        What `boxlint.rank.make_auxiliary_inputs` returns.
    class_names:
        Names to use instead of class ids, of every class that occurs.

    Returns
    -------
    Class -> fraction from 0 to 1, of the annotations and of the predictions, as the classes first occur.

    Raises
    ------
    ValueError
        If a class that occurs has no name.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [0, 0, 5, 5], [0, 0, 9, 9]], "labels": [2, 0, 2]}]
    >>> class_label_distribution(labels, [[[[10, 10, 50, 40, 0.9]]]])
    ({2: 0.67, 0: 0.33}, {0: 1.0})
    """
    names = names_of(class_names)
    annotated, predicted = counts_by_name(_columns(labels, predictions, auxiliary_inputs), names)
    return fractions_of(annotated), fractions_of(predicted)


def get_sorted_bbox_count_idxs(
    labels: Labels, predictions: Predictions
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The images with the number of their boxes, those with most boxes first.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.

    Returns
    -------
    N pairs of image and number of annotations, N pairs of image and number of predictions; equal numbers in the order
    of the images.

    Examples
    --------
    >>> labels = [{"bboxes": [], "labels": []}, {"bboxes": [[10, 10, 50, 50]], "labels": [0]}]
    >>> get_sorted_bbox_count_idxs(labels, [[], []])
    ([(1, 1), (0, 0)], [(0, 0), (1, 0)])
    """
    orders = []
    for counts in box_counts(_columns(labels, predictions, None)):
        order = np.argsort(-counts, kind="stable")
        orders.append(list(zip(order.tolist(), counts[order].tolist(), strict=True)))
    return orders[0], orders[1]


def get_average_per_class_confusion_matrix(
    labels: Labels, predictions: Predictions, num_procs: int = 1, class_names: ClassNames | None = None
) -> dict[Any, dict[str, float]]:
    """True positives, false positives and false negatives of each class, on average.

    A prediction matches an annotation as in `boxlint.filter.class_thresholds`. The numbers are averages over the IoU
    thresholds 0.50, 0.55, ..., 0.95, divided by the number of classes K as well, as in cleanlab.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. K is the number of class arrays of an image, the
        greatest there is; annotations of further classes do not count. Of Boxes, K is the greatest class id + 1.
    num_procs:
        Taken, since cleanlab takes it, and not needed: all cores work.
    class_names:
        Names to use instead of class ids, of every class that occurs.

    Returns
    -------
    Class -> ``TP``, ``FP`` and ``FN``.

    Raises
    ------
    ValueError
        If a class that occurs has no name.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [200, 200, 240, 240]], "labels": [0, 0]}]
    >>> get_average_per_class_confusion_matrix(labels, [[[[10, 10, 50, 50, 0.9], [70, 70, 90, 90, 0.2]]]])
    {0: {'TP': 1.0, 'FP': 1.0, 'FN': 1.0}}
    """
    names, listed = names_of(class_names), list_or("predictions", predictions, Boxes)
    found = true_positives(dataset_columns(as_annotations(labels), as_predictions(listed)))
    if isinstance(listed, Boxes):
        count = max(len(found["predictions"]), 1 + max(names or [], default=-1))
    else:
        count = max(map(len, listed), default=0)
    return confusion_of(found["true_positives"], found["annotations"], found["predictions"], count, names)


def calculate_per_class_metrics(
    labels: Labels, predictions: Predictions, num_procs: int = 1, class_names: ClassNames | None = None
) -> dict[Any, dict[str, float]]:
    """Precision, recall and F1 of each class, from its average true positives, false positives and false negatives.

    Parameters
    ----------
    labels, predictions, num_procs, class_names:
        Those of `get_average_per_class_confusion_matrix`.

    Returns
    -------
    Class -> ``average precision``, ``average recall`` and ``average f1``; 0 where there is nothing to divide by.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50]], "labels": [0]}]
    >>> calculate_per_class_metrics(labels, [[[[10, 10, 50, 50, 0.9], [70, 70, 90, 90, 0.2]]]])
    {0: {'average precision': 0.5, 'average recall': 1.0, 'average f1': 0.6666666666666666}}
    """
    return metrics_of(get_average_per_class_confusion_matrix(labels, predictions, num_procs, class_names))


def confusion_of(
    true_positives: NDArray[Any],
    annotations: NDArray[Any],
    predictions: NDArray[Any],
    count: int,
    names: Names | None,
) -> dict[Any, dict[str, float]]:
    """The averages of the first ``count`` classes, from their true positives (K, 10) at each IoU threshold."""
    thresholds, positives = true_positives.shape[1], true_positives.sum(axis=1).astype(np.float64)
    false_positives = thresholds * predictions - positives
    false_negatives = thresholds * annotations - positives
    counts = np.column_stack([positives, false_positives, false_negatives])[:count]
    result = {name: np.zeros(3) for name in (range(count) if names is None else names.values())}
    for class_id in np.flatnonzero(counts.any(axis=1)).tolist():
        result[name_of(class_id, names)] += counts[class_id] / (thresholds * count)
    return {name: dict(zip(("TP", "FP", "FN"), of_class.tolist(), strict=True)) for name, of_class in result.items()}


def metrics_of(confusion: dict[Any, dict[str, float]]) -> dict[Any, dict[str, float]]:
    """Precision, recall and F1 of each class."""
    return {name: _metrics(**counts) for name, counts in confusion.items()}


def _columns(
    labels: Labels | None, predictions: Predictions | None, auxiliary_inputs: AuxiliaryInputs | None
) -> DatasetColumns:
    annotated, predicted, _ = inputs_of(labels, predictions, auxiliary_inputs)
    return dataset_columns(annotated, predicted)


def _as_given(areas: dict[Any, NDArray[np.float64]], given: Labels | Predictions | None) -> dict[Any, Sizes]:
    """Arrays if Boxes were given, lists if lists were."""
    if isinstance(given, Boxes):
        return {**areas}
    return {name: array.tolist() for name, array in areas.items()}


def fractions_of(counts: dict[Any, int]) -> dict[Any, float]:
    """The fraction of each class, rounded to two digits."""
    total = sum(counts.values()) + _SMALL
    return {name: round(count / total, 2) for name, count in counts.items()}


def _metrics(TP: float, FP: float, FN: float) -> dict[str, float]:  # noqa: N803 - as the confusion matrix has them
    precision, recall = _ratio(TP, TP + FP), _ratio(TP, TP + FN)
    f1 = _ratio(2 * precision * recall, precision + recall)
    return {"average precision": precision, "average recall": recall, "average f1": f1}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
