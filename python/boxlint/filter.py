"""Images and boxes whose scores fall below a threshold that follows from how good the detector is at their class.

A drop-in for ``cleanlab.object_detection.filter``. ``labels`` and ``predictions`` are what `boxlint.rank` takes: lists,
or Boxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import as_array, boolean, expect_dict
from boxlint._auxiliary_inputs import split
from boxlint._core import THRESHOLD_FACTOR, average_precision, box_issues, image_issues
from boxlint.boxes import as_annotations, as_predictions, dataset_columns
from boxlint.rank import TYPES, Labels, Predictions, image_scores, issues_from_scores

__all__ = ["ClassThresholds", "class_thresholds", "find_box_issues", "find_label_issues"]


@dataclass(frozen=True, eq=False)
class ClassThresholds:
    """How good the detector is at each class, and the thresholds that follow.

    Attributes
    ----------
    average_precision:
        (K,) average precision, the mean over the IoU thresholds 0.50, 0.55, ..., 0.95; 0 for a class without annotation
        or prediction.
    annotations, predictions:
        (K,) how many there are.
    thresholds:
        Type of error, ``overlooked``, ``badloc`` or ``swap`` -> (K,) thresholds, ``average_precision * 0.25 * 0.8``.
    """

    average_precision: NDArray[np.float64]
    annotations: NDArray[np.int64]
    predictions: NDArray[np.int64]
    thresholds: dict[str, NDArray[np.float64]]


def find_label_issues(
    labels: Labels,
    predictions: Predictions,
    *,
    return_indices_ranked_by_score: bool = False,
    overlapping_label_check: bool = True,
) -> NDArray[np.bool_] | NDArray[np.intp]:
    """The images with an issue: those of which any box has a score at or below the threshold of its class.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.
    return_indices_ranked_by_score:
        Return the indices of these images, lowest score first, instead of a mask.
    overlapping_label_check:
        Whether an object that is annotated twice, with different classes, counts as swapped, in the mask and in the
        ranking.

    Returns
    -------
    (N,) booleans, or indices of images.

    Examples
    --------
    >>> boxes = [[10, 10, 50, 50], [200, 200, 240, 240]]
    >>> labels = [{"bboxes": boxes, "labels": [0, 1]}, {"bboxes": boxes[:1], "labels": [0]}]
    >>> predictions = [[[[10, 10, 50, 50, 0.99]], [[200, 200, 240, 240, 0.98]]]] * 2
    >>> find_label_issues(labels, predictions)
    array([False,  True])
    """
    ranked = boolean("return_indices_ranked_by_score", return_indices_ranked_by_score)
    check = boolean("overlapping_label_check", overlapping_label_check)
    annotated, predicted = as_annotations(labels), as_predictions(predictions)
    mask = image_issues(dataset_columns(annotated, predicted), check)
    if not ranked:
        return mask
    scores = image_scores(annotated, predicted, overlapping_label_check=check)
    order = issues_from_scores(scores.score, threshold=1.0)
    return order[mask[order]]


def find_box_issues(
    labels: Labels,
    predictions: Predictions,
    *,
    thresholds: Mapping[str, ArrayLike] | None = None,
    overlapping_label_check: bool = True,
) -> dict[str, list[NDArray[np.bool_]]]:
    """The boxes with an issue: those whose score is at or below the threshold of their class.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.
    thresholds:
        Of any of ``overlooked``, ``badloc`` and ``swap``, a number from 0 to 1 or one for each of K classes, instead of
        what `class_thresholds` gives. Overlooked boxes go by their predicted class, the others by their given class.
    overlapping_label_check:
        Whether an object that is annotated twice, with different classes, counts as swapped.

    Returns
    -------
    ``overlooked``: N arrays (M,), a flag for each prediction; ``badloc`` and ``swap``: N arrays (L,), one for each
    annotation.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [200, 200, 240, 240]], "labels": [0, 0]}]
    >>> predictions = [[[[10, 10, 30, 50, 0.99]]]]
    >>> find_box_issues(labels, predictions, thresholds={"badloc": 0.6})["badloc"]
    [array([ True, False])]
    """
    check = boolean("overlapping_label_check", overlapping_label_check)
    annotated, predicted = as_annotations(labels), as_predictions(predictions)
    given = {} if thresholds is None else thresholds
    expect_dict("thresholds", given, "from types to thresholds")
    unknown = [name for name in given if name not in TYPES]
    if unknown:
        raise ValueError(f"thresholds: unknown type {unknown[0]!r}, expected overlooked, badloc or swap")
    classes = 1 + max(int(boxes.class_id.max(initial=-1)) for boxes in (annotated, predicted))
    of_type = {name: _per_class(name, values, classes) for name, values in given.items()}
    if len(of_type) < len(TYPES):
        of_type = class_thresholds(annotated, predicted).thresholds | of_type
    issues = box_issues(dataset_columns(annotated, predicted), of_type, check)
    return {
        "overlooked": split(issues["overlooked"], predicted.offsets),
        "badloc": split(issues["badloc"], annotated.offsets),
        "swap": split(issues["swap"], annotated.offsets),
    }


def class_thresholds(labels: Labels, predictions: Predictions) -> ClassThresholds:
    """How good the detector is at each class, by average precision, and the thresholds that follow.

    A prediction matches the annotation of its class with which it has the greatest IoU, if that IoU is enough and no
    prediction of a higher score has taken it. Average precision is the area under the precision, made monotone, over
    recall. Equal scores count in the order of the images, then of the predictions.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [200, 200, 240, 240]], "labels": [0, 0]}]
    >>> found = class_thresholds(labels, [[[[10, 10, 50, 50, 0.9], [100, 100, 140, 140, 0.2]]]])
    >>> found.average_precision, found.annotations, found.predictions
    (array([0.5]), array([2]), array([2]))
    >>> found.thresholds["swap"]
    array([0.1])
    """
    annotated, predicted = as_annotations(labels), as_predictions(predictions)
    found = average_precision(dataset_columns(annotated, predicted))
    counts = (found[name].astype(np.int64) for name in ("annotations", "predictions"))
    return thresholds_of(found["average_precision"], *counts)


def thresholds_of(
    precision: NDArray[np.float64], annotations: NDArray[np.int64], predictions: NDArray[np.int64]
) -> ClassThresholds:
    """The thresholds that follow from average precision, and the numbers of boxes that go with them."""
    return ClassThresholds(precision, annotations, predictions, dict.fromkeys(TYPES, precision * THRESHOLD_FACTOR))


def _per_class(name: str, given: ArrayLike, classes: int) -> NDArray[np.float64]:
    values = as_array(f"thresholds: {name}", given)
    if values.dtype.kind not in "fiu":
        raise TypeError(f"thresholds: {name} is {given!r}, expected a number or one for each class")
    if values.ndim > 1 or (values.ndim == 1 and len(values) < classes):
        raise ValueError(f"thresholds: {name} has shape {values.shape}, expected a number or one for each of {classes}")
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"thresholds: {name} is {given!r}, expected numbers from 0 to 1")
    return np.ascontiguousarray(np.broadcast_to(values, (classes,)) if values.ndim == 0 else values, np.float64)
