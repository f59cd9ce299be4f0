"""From answers about some rows to probabilities of all, on plain arrays: sampling, a penalised logistic fit, totals.

The symbols are those of docs/method.md, section "Suspicion as a probability".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Line",
    "fit",
    "inclusion",
    "learned",
    "logit",
    "neg_log_clean",
    "sampled",
    "total",
    "weigh",
    "with_unlisted",
]

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

# Suspicions are kept this far from 0 and 1, where logits are infinite.
_NEAREST = 1e-12
# What is believed of a and b before any answer: about where they are, and with which precision.
_BEFORE, _PRECISIONS = np.array([0.0, 1.0]), np.array([0.05, 4.0])
# The same of the weights of features, which are about 0, with few answers and with many; and where features are cut.
_OF_WEIGHTS, _MANY_ANSWERS, _CUT = (30.0, 10.0), 200, 4.0
# Newton's method ends when no parameter moves by more than this, which takes less than ten steps.
_MOVED = 1e-9
_MOST_STEPS = 50
# Draws for the interval of a total, the percentiles that bound it, and the steps that draws tell apart in a logit of 1.
_DRAWS = 200
_PERCENTILES = (5, 95)
_STEPS_OF_LOGIT = 64
# The least probability that nothing is wrong with an annotation.
_LEAST_CLEAN = 1e-6
# How far an image's own evidence beyond its rows counts after answers.
_UNLISTED = 0.5


class Line(NamedTuple):
    """The logit of the probability is a + b logit(suspicion): (a, b), and their covariance by answers and prior."""

    mean: Numbers
    covariance: Numbers


def logit(suspicion: Numbers) -> Numbers:
    """``ln(s/(1 - s))``, with s kept away from 0 and 1."""
    kept = np.clip(suspicion, _NEAREST, 1 - _NEAREST)
    return np.asarray(np.log(kept / (1 - kept)))


def _sigmoid(value: Numbers) -> Numbers:
    """``1/(1 + exp(-x))``, from exponentials that do not overflow."""
    small: Numbers = np.exp(-np.abs(value))
    return np.where(value < 0, small, 1.0) / (1 + small)


def inclusion(suspicion: Numbers, size: int) -> Numbers:
    """``pi_i = min(1, c sqrt(s_i))``: how likely each row is in a sample, with c such that they sum to the size.

    >>> inclusion(np.array([0.81, 0.01, 0.01, 0.04]), 2).round(3)
    array([1.  , 0.25, 0.25, 0.5 ])
    """
    weight = np.sqrt(np.maximum(suspicion, _NEAREST))
    if size >= len(weight):
        return np.ones(len(weight))
    falling = np.sort(weight)[::-1]
    # c if the first 0, 1, 2, ... rows are certain to be in; the first that makes no other row more than certain holds.
    factors = (size - np.arange(size + 1)) / np.cumsum(falling[::-1])[::-1][: size + 1]
    factor = factors[np.argmax(factors * falling[: size + 1] <= 1)]
    return np.asarray(np.minimum(factor * weight, 1.0))


def sampled(suspicion: Numbers, size: int, generator: np.random.Generator) -> Rows:
    """A systematic sample over a random order, by `inclusion`: so many different rows, or all there are, in order."""
    if size >= len(suspicion):
        return np.arange(len(suspicion))
    order = generator.permutation(len(suspicion))
    ends = np.cumsum(inclusion(suspicion, size)[order])
    marks = generator.random() + np.arange(size)
    return np.sort(order[np.searchsorted(ends * (size / max(ends[-1], _NEAREST)), marks, side="right")])


def fit(logits: Numbers, accepted: Flags) -> Line:
    """The a and b that maximise ``sum of ln p(answer) - .025 a^2 - 2 (b - 1)^2``, and their covariance by Laplace.

    ``p(accepted) = sigmoid(a + b logit)``. The covariance is the inverse of the negative second derivatives at the
    maximum.

    >>> fit(np.zeros(0), np.zeros(0, bool)).mean
    array([0., 1.])
    """
    features = np.stack([np.ones(len(logits)), logits], axis=1)
    moved, curvature = _maximum(logits, features, accepted, _PRECISIONS)
    return Line(moved + _BEFORE, np.asarray(np.linalg.inv(curvature), np.float64))


def weigh(logits: Numbers, features: Numbers, answered: Flags, accepted: Flags) -> tuple[Numbers, Numbers]:
    """Probabilities of all rows, and the weights g of (n, d) features, that answers about some of the rows teach.

    ``logit p = logit + a + b (logit - mean) + sum of g_i Z_i``, where Z are the features standardised over all rows and
    cut to 4 deviations. The penalties are those of `fit`, and ``15 g^2``; from 200 answers on ``5 g^2``.
    """
    z = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), _NEAREST)
    columns = np.column_stack([np.ones(len(logits)), logits - logits.mean(), np.clip(z, -_CUT, _CUT)])
    precision = _OF_WEIGHTS[int(answered.sum()) >= _MANY_ANSWERS]
    precisions = np.concatenate([_PRECISIONS, np.full(z.shape[1], precision)])
    found, _ = _maximum(logits[answered], columns[answered], accepted[answered], precisions)
    return _sigmoid(logits + columns @ found), found[len(_PRECISIONS) :]


def _maximum(
    logits: Numbers, features: Numbers, accepted: Flags, precisions: Numbers
) -> tuple[Numbers, NDArray[np.floating]]:
    """The x with the largest ``sum of ln p(answer) - sum of precision x^2/2``, for ``logit p = logit + features x``.

    Newton's method, whose steps are halved as long as they lead down. Returns x, and the negative second derivatives.
    """

    def objective(x: Numbers) -> float:
        eta = logits + features @ x
        return float((accepted * eta - np.logaddexp(0, eta)).sum() - (precisions * x**2).sum() / 2)

    x, steps = np.zeros(len(precisions)), 0
    while True:
        p = _sigmoid(logits + features @ x)
        slope = features.T @ (accepted - p) - precisions * x
        curvature = (features.T * (p * (1 - p))) @ features + np.diag(precisions)
        step, steps = np.linalg.solve(curvature, slope), steps + 1
        if np.abs(step).max() < _MOVED or steps > _MOST_STEPS:
            return x, curvature
        now = objective(x)
        while objective(x + step) < now and np.abs(step).max() > _MOVED:
            step = step / 2
        x = x + step


def learned(logits: Numbers, line: Line) -> Numbers:
    """``sigmoid(a + b logit)``."""
    return _sigmoid(line.mean[0] + line.mean[1] * logits)


def total(logits: Numbers, line: Line, generator: np.random.Generator) -> tuple[float, float, float]:
    """How many of these rows are errors, and the interval within which that lies at 90 %.

    The estimate is the sum of the probabilities p. The interval reaches from the 5th to the 95th percentile over 200
    draws of (a, b) from the normal distribution that `fit` found, each with ``sum p + sqrt(sum p (1 - p)) z``.

    Examples
    --------
    >>> certain = Line(np.array([0.0, 1.0]), np.zeros((2, 2)))
    >>> [round(number) for number in total(np.full(900, logit(0.1)), certain, np.random.default_rng(0))]
    [90, 76, 104]
    """
    if not len(logits):
        return 0.0, 0.0, 0.0
    # Rows of nearly the same logit count as one: a million rows would take seconds.
    step = np.rint((logits - logits.min()) * _STEPS_OF_LOGIT).astype(np.int64)
    rows = np.bincount(step)
    middle = np.bincount(step, logits) / np.maximum(rows, 1)
    draws = generator.multivariate_normal(line.mean, line.covariance, _DRAWS)
    p = _sigmoid(draws[:, :1] + draws[:, 1:] * middle)
    sums = p @ rows + np.sqrt((p * (1 - p)) @ rows) * generator.standard_normal(_DRAWS)
    low, high = np.percentile(sums, _PERCENTILES).tolist()
    return float(learned(logits, line).sum()), max(low, 0.0), min(high, float(len(logits)))


def _neg_log_clean_of(wrong: Numbers) -> Numbers:
    """``-ln(1 - p)``, where an error is never quite certain."""
    return np.asarray(-np.log(np.maximum(1 - wrong, _LEAST_CLEAN)))


def neg_log_clean(suspicion: Numbers, image: Rows, annotation: Rows, rival: Flags, images: int) -> Numbers:
    """``L = - sum over annotations of ln(1 - sum of its rivals) - sum over other rows of ln(1 - s)``: (images,).

    Parameters
    ----------
    suspicion, image, annotation:
        (n,) of each row; the annotation is its position within the image.
    rival:
        (n,) whether a row is one of the explanations of an annotation that exclude each other.
    images:
        How many there are.

    Examples
    --------
    >>> place, rival = np.array([0, 0, 0, 2]), np.array([True, True, False, False])
    >>> L = neg_log_clean(np.array([0.3, 0.2, 0.5, 0.1]), place, np.array([4, 4, 4, -1]), rival, 3)
    >>> np.exp(-L).round(3)
    array([0.25, 1.  , 0.9 ])
    """
    place = (image[rival].astype(np.int64) << 32) + annotation[rival]
    _, first, which = np.unique(place, return_index=True, return_inverse=True)
    wrong = np.concatenate([np.bincount(which.ravel(), suspicion[rival]), suspicion[~rival]])
    where = np.concatenate([image[rival][first], image[~rival]]).astype(np.int64)
    return np.bincount(where, _neg_log_clean_of(wrong), images).astype(np.float64)


def with_unlisted(
    own_neg_log_clean: Numbers, own_suspicion: Numbers, suspicion: Numbers, image: Rows, annotation: Rows, rival: Flags
) -> Numbers:
    """L after answers: that of the rows, and half of what an image had beyond its rows before: (images,).

    Rows that are cut off, better boxes, and errors that a detector cannot show are not listed, but count for images.
    Most of that are objects that may be missing, so it falls as far as the rows of no annotation do; it never rises.

    Parameters
    ----------
    own_neg_log_clean:
        (images,) that of the images before answers.
    own_suspicion, suspicion, image, annotation, rival:
        (n,) of each row: the method's own suspicion, that after answers, and what `neg_log_clean` takes.

    Examples
    --------
    >>> place, before, after = np.array([0, 1]), np.array([0.2, 0.2]), np.array([0.1, 0.1])
    >>> own = -np.log([0.8, 0.4])
    >>> L = with_unlisted(own, before, after, place, np.array([-1, -1]), np.zeros(2, bool))
    >>> np.exp(-L).round(3)
    array([0.9  , 0.764])
    """
    images = len(own_neg_log_clean)
    before = neg_log_clean(own_suspicion, image, annotation, rival, images)
    after = neg_log_clean(suspicion, image, annotation, rival, images)
    free, own_free = (_neg_log_clean_of(column[~rival]).sum() + _NEAREST for column in (suspicion, own_suspicion))
    beyond = np.maximum(own_neg_log_clean - before, 0.0)
    return np.asarray(after + _UNLISTED * min(free / own_free, 1.0) * beyond)
