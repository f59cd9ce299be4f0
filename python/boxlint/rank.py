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
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import (
    as_array,
    as_list,
    boolean,
    expect_dict,
    fraction,
    list_or,
    number,
    optional_fraction,
)
from boxlint._auxiliary_inputs import inputs_of, make, split
from boxlint._core import (
    ImageScores,
    badloc_box_scores,
    confidence_counts,
    image_scores_of_lists,
    overlooked_box_scores,
    pooled_scores,
    swap_box_scores,
)
from boxlint._core import image_scores as image_scores_of_columns
from boxlint._progress import ProgressBar, scored_line
from boxlint.boxes import Boxes, Progress, as_annotations, as_predictions, dataset_columns, judged

if TYPE_CHECKING:
    from boxlint._core_types import ByType

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
    weights, check = weights_of(aggregation_weights), boolean("overlapping_label_check", overlapping_label_check)
    given, predicted = list_or("labels", labels, Boxes), list_or("predictions", predictions, Boxes)
    bar = ProgressBar(len(given)) if verbose else None
    try:
        if isinstance(given, Boxes) or isinstance(predicted, Boxes):
            columns = dataset_columns(as_annotations(given), as_predictions(predicted))
            scores = image_scores_of_columns(columns, weights=weights, overlapping_label_check=check, progress=bar)
            counts = confidence_counts(columns) if verbose else None
        else:
            scores, counts = image_scores_of_lists(
                given, predicted, weights=weights, overlapping_label_check=check, progress=bar
            )
    finally:
        if bar is not None:
            bar.close()
    if counts is not None and verbose:
        print(scored_line(len(given), counts))
    return scores.score


def image_scores(
    annotations: Boxes,
    predictions: Boxes,
    *,
    aggregation_weights: Mapping[str, float] | None = None,
    overlapping_label_check: bool = True,
    progress: Progress | None = None,
) -> ImageScores:
    """The score of each image and the pooled scores of each type of error that it is made of, each (N,).

    The arguments are those of `get_label_quality_scores`; ``progress`` is called now and then with the number of images
    scored since the last call.
    """
    return image_scores_of_columns(
        dataset_columns(annotations, predictions),
        weights=weights_of(aggregation_weights),
        overlapping_label_check=boolean("overlapping_label_check", overlapping_label_check),
        progress=progress,
    )


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
    alpha = optional_fraction("alpha", alpha)
    high = optional_fraction("high_probability_threshold", high_probability_threshold)
    annotations, predicted, given = inputs_of(labels, predictions, auxiliary_inputs)
    scores = overlooked_box_scores(dataset_columns(annotations, predicted), alpha=alpha, high=high, given=given)
    return split(scores, predicted.offsets)


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
    alpha = optional_fraction("alpha", alpha)
    low = optional_fraction("low_probability_threshold", low_probability_threshold)
    annotations, predicted, given = inputs_of(labels, predictions, auxiliary_inputs)
    scores = badloc_box_scores(dataset_columns(annotations, predicted), alpha=alpha, low=low, given=given)
    return split(scores, annotations.offsets)


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
    alpha = optional_fraction("alpha", alpha)
    high = optional_fraction("high_probability_threshold", high_probability_threshold)
    check = boolean("overlapping_label_check", overlapping_label_check)
    annotations, predicted, given = inputs_of(labels, predictions, auxiliary_inputs)
    columns = dataset_columns(annotations, predicted)
    scores = swap_box_scores(columns, alpha=alpha, high=high, overlapping_label_check=check, given=given)
    return split(scores, annotations.offsets)


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
    if temperature is not None and not 0.0 <= number("temperature", temperature) < np.inf:
        raise ValueError(f"temperature is {temperature}, expected a finite number of at least 0")
    scores = [_box_scores(image, of_image) for image, of_image in enumerate(as_list("box_scores", box_scores))]
    flat = np.concatenate([*scores, np.empty(0)])
    if np.isinf(flat).any():
        image = next(image for image, of_image in enumerate(scores) if np.isinf(of_image).any())
        raise ValueError(f"box_scores: image {image} has an infinite score, expected numbers or nan")
    offsets = np.concatenate([[0], np.cumsum([len(of_image) for of_image in scores])]).astype(np.int64)
    return pooled_scores(flat, offsets, temperature)


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
    return make(judged(as_annotations(labels)), as_predictions(predictions), optional_fraction("alpha", alpha))


def weights_of(given: Mapping[str, float] | None) -> ByType[float] | None:
    """The weight of each type of error; None, for which Rust has the default, stays None."""
    if given is None:
        return None
    expect_dict("aggregation_weights", given, "from types to weights")
    if set(given) != set(TYPES):
        found = ", ".join(map(str, given)) or "none"
        raise ValueError(f"aggregation_weights: expected the keys overlooked, swap and badloc, found {found}")
    overlooked, badloc, swap = (number(f"aggregation_weights[{key!r}]", given[key]) for key in TYPES)
    if not min(overlooked, badloc, swap) >= 0 or not np.isclose(overlooked + badloc + swap, 1.0):
        raise ValueError(
            f"aggregation_weights: found overlooked {overlooked}, swap {swap}, badloc {badloc}, "
            "expected none below 0 and a sum of 1"
        )
    return {"overlooked": overlooked, "badloc": badloc, "swap": swap}


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
