"""Scores for images and boxes: how likely is it that the annotation is right?

A drop-in for ``cleanlab.object_detection.rank``: the scores of ObjectLab (Tkachenko, Thyagarajan, Mueller 2023,
https://arxiv.org/abs/2309.00832), number for number.

Everywhere, ``labels`` is a list of N dicts with ``bboxes`` (L, 4) and ``labels`` (L,), and ``predictions`` a list of N
lists of K arrays (M, 5), one a class, with columns ``x1, y1, x2, y2, score``; or either is a `boxlint.Boxes`. Boxes are
in pixels. Class ids count from 0. The predictions of an image are numbered class by class. Bad input is a ValueError,
or a TypeError for a wrong type, that names the argument, image, class and row before anything is computed.

Annotations that their Boxes say to ignore take no part and have the score NaN, and a prediction with at least half its
area in one is never reported as overlooked. Lists have no such annotations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint import _auxiliary_inputs, _core
from boxlint._arguments import boolean, fraction, number
from boxlint._progress import ProgressBar
from boxlint.dataset import (
    Boxes,
    Progress,
    as_annotations,
    as_array,
    as_list,
    as_predictions,
    boxes_or_list,
    scatter,
    without_ignored,
)

__all__ = [
    "compute_badloc_box_scores",
    "compute_overlooked_box_scores",
    "compute_swap_box_scores",
    "get_label_quality_scores",
    "issues_from_scores",
    "make_auxiliary_inputs",
    "pool_box_scores_per_image",
]

Labels = Sequence[Mapping[str, Any]] | Boxes
Predictions = Sequence[Any] | Boxes
Scores = NDArray[np.float64]

TYPES = ("overlooked", "badloc", "swap")


def get_label_quality_scores(
    labels: Labels,
    predictions: Predictions,
    *,
    aggregation_weights: Mapping[str, float] | None = None,
    overlapping_label_check: bool = True,
    verbose: bool = True,
) -> Scores:
    """A score for each image: the lower, the likelier an error in its annotations.

    The box scores of each of the three types of error are pooled by softmin, and the three pooled scores aggregated by
    a weighted geometric mean (ObjectLab, section 3).

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes.
    aggregation_weights:
        Weights of ``overlooked``, ``swap`` and ``badloc``, not negative, summing to 1. By default a third each.
    overlapping_label_check:
        Whether an object that is annotated twice, with different classes, counts as swapped.
    verbose:
        Print one line on what was scored, and show a progress bar if it takes longer than about a second.

    Returns
    -------
    (N,) scores in [0, 1].

    Examples
    --------
    >>> boxes = [[10, 10, 50, 50], [200, 200, 240, 240]]
    >>> labels = [{"bboxes": boxes, "labels": [0, 0]}, {"bboxes": boxes, "labels": [1, 0]}]
    >>> predictions = [[[[12, 10, 50, 50, 0.99], [200, 200, 240, 240, 0.98]], []]] * 2  # class 0, everywhere
    >>> get_label_quality_scores(labels, predictions, verbose=False).round(4)
    array([0.9884, 0.3793])
    """
    formula = _formula(aggregation_weights, overlapping_label_check)
    given, detected = boxes_or_list("labels", labels), boxes_or_list("predictions", predictions)
    bar = ProgressBar(len(given)) if verbose else None
    try:
        if isinstance(given, Boxes) or isinstance(detected, Boxes):
            annotations, predicted = as_annotations(given), as_predictions(detected)
            scores = _core.image_scores(*without_ignored(annotations, predicted), formula, progress=bar)
            counts = _counted(annotations, predicted) if verbose else []
        else:
            scores, counts = _core.image_scores_of_lists(given, detected, formula, progress=bar)
    finally:
        if bar is not None:
            bar.close()
    if verbose:
        print(_said(len(scores), *counts))
    return np.ascontiguousarray(scores[:, 0])


def image_scores(
    annotations: Boxes,
    predictions: Boxes,
    *,
    aggregation_weights: Mapping[str, float] | None = None,
    overlapping_label_check: bool = True,
    progress: Progress | None = None,
) -> Scores:
    """The score of each image and its three parts: (N, 4), the columns score, overlooked, badloc, swap.

    The arguments are those of `get_label_quality_scores`; ``progress`` is called now and then with the number of images
    scored since.
    """
    formula = _formula(aggregation_weights, overlapping_label_check)
    return _core.image_scores(*without_ignored(annotations, predictions), formula, progress=progress)


def issues_from_scores(label_quality_scores: ArrayLike, *, threshold: float = 0.1) -> NDArray[np.intp]:
    """The images whose score is at or below a threshold, lowest score first.

    Parameters
    ----------
    label_quality_scores:
        (N,) scores.
    threshold:
        In [0, 1].

    Returns
    -------
    Indices of images; equal scores in the order of the images.

    Examples
    --------
    >>> issues_from_scores([0.9, 0.05, 0.01, 0.05])
    array([2, 1, 3])
    """
    scores = as_array("label_quality_scores", label_quality_scores)
    if scores.size == 0:
        scores = scores.astype(np.float64)
    if scores.ndim != 1:
        raise ValueError(f"label_quality_scores: expected an array of shape (N,), found one of shape {scores.shape}")
    if scores.dtype.kind not in "fiu":
        raise TypeError(f"label_quality_scores: expected numbers, found dtype {scores.dtype}")
    if np.isnan(scores).any():
        raise ValueError(f"label_quality_scores: row {np.flatnonzero(np.isnan(scores))[0]} is nan, expected a number")
    listed = np.flatnonzero(scores <= fraction("threshold", threshold))
    return listed[np.argsort(scores[listed], kind="stable")]


def compute_overlooked_box_scores(
    *,
    labels: Labels | None = None,
    predictions: Predictions | None = None,
    alpha: float | None = None,
    high_probability_threshold: float | None = None,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
) -> list[Scores]:
    """A score for each prediction: the lower, the likelier that its object was overlooked by the annotator.

    NaN for predictions below the threshold and for those that meet any annotation. Otherwise the greatest similarity to
    an annotation of the same class; where the image has none, ``(1 - score)`` times the least similarity in the data
    set that is not 0 (ObjectLab, section 3.1).

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Not needed with ``auxiliary_inputs``.
    alpha:
        Weight of IoU against distance in the similarity, in [0, 1]; 0.9 by default.
    high_probability_threshold:
        Predictions with at least this score are considered, in [0, 1]; 0.95 by default.
    auxiliary_inputs:
        What `make_auxiliary_inputs` returns.

    Returns
    -------
    N arrays (M,), in the order of the predictions.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50]], "labels": [0]}]
    >>> predictions = [[[[10, 10, 50, 50, 0.99], [300, 300, 340, 340, 0.97], [70, 70, 90, 90, 0.6]]]]
    >>> compute_overlooked_box_scores(labels=labels, predictions=predictions)[0].round(4)
    array([nan,  0., nan])
    """
    alpha, high = _alpha(alpha), _high(high_probability_threshold)
    annotations, predicted, given = _auxiliary_inputs.inputs(labels, predictions, auxiliary_inputs)
    scores = _core.overlooked_box_scores(*without_ignored(annotations, predicted), alpha=alpha, high=high, given=given)
    return _auxiliary_inputs.split(scores, predicted.offsets)


def compute_badloc_box_scores(
    *,
    labels: Labels | None = None,
    predictions: Predictions | None = None,
    alpha: float | None = None,
    low_probability_threshold: float | None = None,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
) -> list[Scores]:
    """A score for each annotation: the lower, the likelier that its box is badly located.

    The greatest similarity to a prediction of the same class that meets it; 1 where there is none (ObjectLab, section
    3.2).

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Not needed with ``auxiliary_inputs``.
    alpha:
        Weight of IoU against distance in the similarity, in [0, 1]; 0.9 by default.
    low_probability_threshold:
        Predictions with a score above this are considered, in [0, 1]; 0.5 by default.
    auxiliary_inputs:
        What `make_auxiliary_inputs` returns.

    Returns
    -------
    N arrays (L,), in the order of the annotations.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [10, 10, 30, 50]], "labels": [0, 0]}]
    >>> predictions = [[[[10, 10, 50, 50, 0.9]]]]
    >>> compute_badloc_box_scores(labels=labels, predictions=predictions)[0].round(4)
    array([1.    , 0.4868])
    """
    alpha = _alpha(alpha)
    low = fraction("low_probability_threshold", low_probability_threshold, _core.LOW_PROBABILITY_THRESHOLD)
    annotations, predicted, given = _auxiliary_inputs.inputs(labels, predictions, auxiliary_inputs)
    scores = _core.badloc_box_scores(*without_ignored(annotations, predicted), alpha=alpha, low=low, given=given)
    return _auxiliary_inputs.split(scatter(scores, annotations, np.nan), annotations.offsets)


def compute_swap_box_scores(
    *,
    labels: Labels | None = None,
    predictions: Predictions | None = None,
    alpha: float | None = None,
    high_probability_threshold: float | None = None,
    overlapping_label_check: bool = True,
    auxiliary_inputs: Sequence[Mapping[str, Any]] | None = None,
) -> list[Scores]:
    """A score for each annotation: the lower, the likelier that it has the wrong class.

    1 less the greatest similarity to a prediction of another class, at least the least similarity in the data set that
    is not 0; 1 where there is no such prediction (ObjectLab, section 3.3).

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Not needed with ``auxiliary_inputs``.
    alpha:
        Weight of IoU against distance in the similarity, in [0, 1]; 0.9 by default.
    high_probability_threshold:
        Predictions with a score above this are considered, in [0, 1]; 0.95 by default.
    overlapping_label_check:
        Whether annotations of different classes with an IoU of at least 0.95 have the least score.
    auxiliary_inputs:
        What `make_auxiliary_inputs` returns.

    Returns
    -------
    N arrays (L,), in the order of the annotations.

    Examples
    --------
    >>> labels = [{"bboxes": [[10, 10, 50, 50], [80, 80, 90, 90]], "labels": [1, 1]}]
    >>> predictions = [[[[12, 10, 50, 50, 0.99]], [[80, 80, 90, 90, 0.99]]]]
    >>> compute_swap_box_scores(labels=labels, predictions=predictions)[0].round(4)
    array([0.0545, 1.    ])
    """
    alpha, high = _alpha(alpha), _high(high_probability_threshold)
    check = boolean("overlapping_label_check", overlapping_label_check)
    annotations, predicted, given = _auxiliary_inputs.inputs(labels, predictions, auxiliary_inputs)
    scores = _core.swap_box_scores(
        *without_ignored(annotations, predicted), alpha=alpha, high=high, overlapping_label_check=check, given=given
    )
    return _auxiliary_inputs.split(scatter(scores, annotations, np.nan), annotations.offsets)


def pool_box_scores_per_image(box_scores: Sequence[ArrayLike], *, temperature: float | None = None) -> Scores:
    """Softmin of the box scores of each image, NaN left out.

    Their mean, weighted by ``softmax(-scores / temperature)``; 1 for an image without scores (ObjectLab, section 3.4).

    Parameters
    ----------
    box_scores:
        N arrays of scores, of any length.
    temperature:
        At least 0: the lower, the closer to the least score. 0.1 by default.

    Returns
    -------
    (N,) scores.

    Examples
    --------
    >>> pool_box_scores_per_image([[0.2, 1.0, float("nan")], []]).round(4)
    array([0.2003, 1.    ])
    """
    coldness = number("temperature", temperature, _core.TEMPERATURE)
    if not 0.0 <= coldness < np.inf:
        raise ValueError(f"temperature is {temperature}, expected a finite number of at least 0")
    scores = [_box_scores(image, of_image) for image, of_image in enumerate(as_list("box_scores", box_scores))]
    flat = np.concatenate([*scores, np.empty(0)])
    if np.isinf(flat).any():
        image = next(image for image, of_image in enumerate(scores) if np.isinf(of_image).any())
        raise ValueError(f"box_scores: image {image} has an infinite score, expected numbers or nan")
    offsets = np.concatenate([[0], np.cumsum([len(of_image) for of_image in scores])]).astype(np.int64)
    return _core.pooled_scores(flat, offsets, coldness)


def make_auxiliary_inputs(
    labels: Labels, predictions: Predictions, *, alpha: float | None = None
) -> list[dict[str, Any]]:
    """What the three scorers take as ``auxiliary_inputs``, so that they share one computation.

    Parameters
    ----------
    labels, predictions:
        Annotations and predictions of N images, as lists or Boxes. Annotations to ignore are left out.
    alpha:
        Weight of IoU against distance in the similarity, in [0, 1]; 0.9 by default.

    Returns
    -------
    N dicts with ``lab_labels`` (L,), ``lab_bboxes`` (L, 4), ``pred_labels`` (M,), ``pred_label_probs`` (M,),
    ``pred_bboxes`` (M, 4), ``similarity_matrix`` (L, M), ``iou_matrix`` (L, M), and ``min_possible_similarity``, the
    least similarity in the data set that is not 0.

    Examples
    --------
    >>> inputs = make_auxiliary_inputs([{"bboxes": [[10, 10, 50, 50]], "labels": [0]}], [[[[10, 10, 50, 30, 0.9]]]])
    >>> inputs[0]["iou_matrix"]
    array([[0.5]])
    >>> compute_badloc_box_scores(auxiliary_inputs=inputs)[0].round(4)
    array([0.4868])
    """
    annotations = as_annotations(labels)
    if annotations.ignore is not None:
        annotations = annotations.keep(~annotations.ignore)
    return _auxiliary_inputs.make(annotations, as_predictions(predictions), _alpha(alpha))


def _formula(weights: Mapping[str, float] | None, overlapping_label_check: bool) -> _core.Formula:
    return {
        "alpha": _core.ALPHA,
        "low": _core.LOW_PROBABILITY_THRESHOLD,
        "high": _core.HIGH_PROBABILITY_THRESHOLD,
        "temperature": _core.TEMPERATURE,
        "weights": _weights(weights),
        "overlapping_label_check": boolean("overlapping_label_check", overlapping_label_check),
    }


def _counted(annotations: Boxes, predictions: Boxes) -> list[int]:
    scores = predictions.score if predictions.score is not None else np.empty(0)
    thresholds = (_core.LOW_PROBABILITY_THRESHOLD, _core.HIGH_PROBABILITY_THRESHOLD)
    from_thresholds = [int(np.count_nonzero(scores >= threshold)) for threshold in thresholds]
    return [len(annotations.class_id), len(scores), *from_thresholds]


def _said(images: int, annotations: int, predictions: int, confident: int, very_confident: int) -> str:
    low, high = _core.LOW_PROBABILITY_THRESHOLD, _core.HIGH_PROBABILITY_THRESHOLD
    line = (
        f"boxlint: scored {images:,} images, {annotations:,} annotations, {predictions:,} predictions "
        f"({confident:,} at or above {low}, {very_confident:,} at or above {high})"
    )
    if very_confident == 0:
        line += f"; warning: no prediction reaches {high}, so no overlooked or swapped box can be found"
    return line


def _weights(given: Mapping[str, float] | None) -> tuple[float, float, float]:
    if given is None:
        return (_core.WEIGHT,) * 3
    if not isinstance(given, Mapping):
        raise TypeError(f"aggregation_weights: expected a dict, found {type(given).__name__}")
    if set(given) != set(TYPES):
        found = ", ".join(map(str, given)) or "none"
        raise ValueError(f"aggregation_weights: expected the keys overlooked, swap and badloc, found {found}")
    overlooked, badloc, swap = (number(f"aggregation_weights[{key!r}]", given[key]) for key in TYPES)
    if not min(overlooked, badloc, swap) >= 0 or not np.isclose(overlooked + badloc + swap, 1.0):
        raise ValueError(
            f"aggregation_weights: found overlooked {overlooked}, swap {swap}, badloc {badloc}, "
            "expected none below 0 and a sum of 1"
        )
    return overlooked, badloc, swap


def _alpha(given: float | None) -> float:
    return fraction("alpha", given, _core.ALPHA)


def _high(given: float | None) -> float:
    return fraction("high_probability_threshold", given, _core.HIGH_PROBABILITY_THRESHOLD)


def _box_scores(image: int, scores: ArrayLike) -> Scores:
    array = as_array(f"box_scores: image {image}", scores)
    if array.size == 0:
        return np.empty(0)
    if array.ndim != 1:
        raise ValueError(
            f"box_scores: image {image}: expected an array of shape (n,), found one of shape {array.shape}"
        )
    if array.dtype.kind not in "fiu":
        raise TypeError(f"box_scores: image {image}: expected numbers, found dtype {array.dtype}")
    return array.astype(np.float64, copy=False)
