"""How well a report finds the errors of a `Truth`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import expect
from boxlint.benchmark.truth import SAME_OBJECT, Truth, pairwise_iou
from boxlint.dataset import first_of_name

__all__ = ["Measures", "Ranking", "Step", "averaged", "evaluate", "matched"]

# Smallest IoU with the right box at which a suggested box counts as right.
GOOD_BOX = 0.7
# Rows of `precision_at_100`.
FIRST = 100
# Equal steps of suspicion in a reliability table.
STEPS = 10

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class ListedColumns(Protocol):
    """Columns by their name, as `boxlint.Issues` and a dict of arrays have them."""

    def __getitem__(self, column: str, /) -> NDArray[Any]: ...


class Ranking(Protocol):
    """Lists that `evaluate` can measure: a `boxlint.Report`, or lists made from other scores."""

    @property
    def issues(self) -> ListedColumns:
        """Columns ``kind``, ``suspicion``, ``image_index``, ``annotation_index``, ``suggested_class`` and
        ``suggested_box``."""

    @property
    def image_scores(self) -> Numbers:
        """(N,) from 0 to 1, low is bad."""

    @property
    def image_order(self) -> NDArray[np.int64]:
        """(N,) images, worst first."""


class Step(NamedTuple):
    """One step of a reliability table: suspicions from ``low`` to ``high``.

    ``listed`` is the number of rows in it, ``suspicion`` their mean and ``rate`` the fraction of them that are errors;
    mean and fraction are NaN for a step without rows.
    """

    low: float
    high: float
    listed: float
    suspicion: float
    rate: float


@dataclass(frozen=True)
class Measures:
    """How well a ranking finds the errors of one kind, or the images that hold any.

    A measure is NaN where its denominator is 0.

    Attributes
    ----------
    truths, listed:
        Number of errors, and number of rows listed.
    average_precision:
        Mean over the errors of the precision of the list down to their row; 0 for errors that are not listed. Rows of
        equal suspicion count as one step.
    precision_at_100:
        Fraction of hits among the first 100 rows, or among all rows of a shorter list.
    recall:
        Fraction of the errors that are listed at all.
    auroc:
        Probability that an error ranks above a row or annotation that is none; ties count half. Of images: among all
        images; of missing: among the rows and the errors not listed; of other kinds: among all annotations, those not
        listed at suspicion 0.
    right_suggestions:
        Fraction of the hits with a right suggestion. Missing, swap: the class; badloc: a box with IoU of at least 0.7
        with the right one; duplicate: to delete the copy and not the original; spurious: always. NaN for images.
    reliability:
        Ten equal steps of suspicion, with the rate of errors observed in each.
    """

    truths: float
    listed: float
    average_precision: float
    precision_at_100: float
    recall: float
    auroc: float
    right_suggestions: float
    reliability: tuple[Step, ...]


def evaluate(report_or_scores: Ranking | NDArray[Any], truth: Truth) -> dict[str, Measures]:
    """How well a report finds the planted errors.

    A row is a hit when it names the wrong annotation of an error of its kind (of a duplicate, either of the two); a row
    of missing, when its suggested box has an IoU of at least 0.5 with a removed box. Each error is hit once, by the
    first such row. An image is wrong if it holds any error.

    Errors that the report does not list count as not found.

    Parameters
    ----------
    report_or_scores:
        What `boxlint.check` returns for the corrupted data set, or (N,) scores of its images, low is bad.
    truth:
        The planted errors.

    Returns
    -------
    ``"image"`` -> the measures of images and, for a report, each kind that was to be planted -> its measures.

    Raises
    ------
    ValueError
        If the number of images is not that of the truth.

    Examples
    --------
    >>> from boxlint.benchmark import plant
    >>> from boxlint.synthetic import make_scenes
    >>> corrupted, truth = plant(make_scenes(50, error_rate=0).dataset, rate=0.05)
    >>> wrong = np.isin(np.arange(50), truth.image_index)
    >>> evaluate(1.0 - wrong, truth)["image"].average_precision
    1.0
    """
    expect("truth", truth, Truth)
    if not isinstance(report_or_scores, np.ndarray) and not hasattr(report_or_scores, "image_scores"):
        found = type(report_or_scores).__name__
        raise TypeError(f"report_or_scores: expected a report, or an array of scores, found {found}")
    scores = report_or_scores if isinstance(report_or_scores, np.ndarray) else report_or_scores.image_scores
    images = len(truth.annotations)
    if scores.shape != (images,):
        raise ValueError(f"report_or_scores: scores of shape {scores.shape}, expected ({images},) as in truth")
    wrong = np.isin(np.arange(images), truth.image_index)
    level = -scores.astype(np.float64)
    if not isinstance(report_or_scores, np.ndarray):
        # Scores near 0 round to the same number; the order of the report still tells these images apart.
        level = np.empty(images)
        level[report_or_scores.image_order] = -np.arange(images)
    measures = {"image": _measures(level, wrong, int(wrong.sum()), 1 - scores, _auroc(level, wrong), np.nan)}
    if isinstance(report_or_scores, np.ndarray):
        return measures
    issues = report_or_scores.issues
    hits = matched(issues, truth)
    return measures | {kind: _measures_of_kind(issues, hits, truth, kind) for kind in truth.kinds}


def matched(issues: ListedColumns, truth: Truth) -> NDArray[np.int64]:
    """The error that each row hits, as `evaluate` counts: (rows,) rows of the truth, -1 for none.

    Examples
    --------
    >>> from boxlint.benchmark import objectlab_ranking, plant
    >>> from boxlint.synthetic import make_scenes
    >>> corrupted, truth = plant(make_scenes(50, error_rate=0).dataset, kinds=["swap"])
    >>> hits = matched(objectlab_ranking(corrupted).issues, truth)
    >>> bool((truth.kind[hits[hits >= 0]] == "swap").all())
    True
    """
    hits = np.full(len(issues["kind"]), -1)
    error_at: dict[tuple[str, int, int], int] = {}
    for error, kind in enumerate(truth.kind.tolist()):
        image = int(truth.image_index[error])
        for annotation in {int(truth.annotation_index[error]), int(truth.partner_index[error])} - {-1}:
            error_at[kind, image, annotation] = error
    removed: dict[int, list[int]] = {}
    for error in np.flatnonzero(truth.kind == "missing").tolist():
        removed.setdefault(int(truth.image_index[error]), []).append(error)
    taken: set[int] = set()
    columns = zip(*(issues[name].tolist() for name in ("kind", "image_index", "annotation_index")), strict=True)
    places = list(columns)
    suggested = np.asarray(issues["suggested_box"])
    for row in np.argsort(-issues["suspicion"], kind="stable").tolist():
        kind, image, _ = places[row]
        if kind == "missing":
            error = _uncovered(suggested[row], removed.get(image, []), truth)
        else:
            error = error_at.get(places[row], -1)
        if error >= 0 and error not in taken:
            taken.add(error)
            hits[row] = error
            if kind == "missing":
                removed[image].remove(error)
    return hits


def averaged(results: Sequence[Mapping[str, Measures]]) -> dict[str, Measures]:
    """The mean of the measures of several seeds; their reliability tables are pooled.

    Parameters
    ----------
    results:
        What `evaluate` returned for each seed, of the same kinds.
    """
    return {kind: _mean([result[kind] for result in results]) for kind in results[0]}


def _mean(measures: Sequence[Measures]) -> Measures:
    numbers = [name for name in Measures.__dataclass_fields__ if name != "reliability"]
    means = {name: float(np.mean([getattr(one, name) for one in measures])) for name in numbers}
    return Measures(**means, reliability=tuple(map(_pooled, *(one.reliability for one in measures))))


def _pooled(*steps: Step) -> Step:
    filled = [step for step in steps if step.listed]
    listed = sum(step.listed for step in filled)
    if not filled:
        return steps[0]
    suspicion = sum(step.suspicion * step.listed for step in filled) / listed
    return Step(*steps[0][:2], listed, suspicion, sum(step.rate * step.listed for step in filled) / listed)


def _uncovered(box: Numbers, errors: list[int], truth: Truth) -> int:
    """The removed box that a suggested box shows, as a row of the truth; -1 for none."""
    if not errors:
        return -1
    iou = pairwise_iou(truth.box[errors], box[None])[:, 0]
    return errors[int(iou.argmax())] if iou.max() >= SAME_OBJECT else -1


def _measures_of_kind(issues: ListedColumns, hits: NDArray[np.int64], truth: Truth, kind: str) -> Measures:
    rows = np.flatnonzero(issues["kind"] == kind)
    suspicion, hit = issues["suspicion"][rows], hits[rows] >= 0
    truths = int(np.count_nonzero(truth.kind == kind))
    lost = truths - int(hit.sum())
    unlisted = lost if kind == "missing" else max(lost, len(truth.annotations.class_id) - len(rows))
    level = np.concatenate([suspicion, np.zeros(unlisted)])
    auroc = _auroc(level, np.concatenate([hit, np.arange(unlisted) < lost]))
    right = _right_suggestions(issues, truth, kind, rows[hit], hits[rows[hit]])
    return _measures(suspicion, hit, truths, suspicion, auroc, right)


def _right_suggestions(
    issues: ListedColumns, truth: Truth, kind: str, rows: NDArray[np.int64], errors: NDArray[np.int64]
) -> float:
    """The fraction of rows whose suggestion corrects the error that they hit."""
    if len(rows) == 0:
        return np.nan
    if kind in ("missing", "swap"):
        suggested, classes = np.asarray(issues["suggested_class"])[rows], truth.class_id[errors]
        first = first_of_name(truth.class_names)
        # ObjectLab's swaps suggest no class, which is -1.
        right = suggested == classes if first is None else (suggested >= 0) & (first[suggested] == first[classes])
    elif kind == "badloc":
        pairs = zip(np.asarray(issues["suggested_box"])[rows], truth.box[errors], strict=True)
        right = np.array([pairwise_iou(suggested[None], box[None])[0, 0] >= GOOD_BOX for suggested, box in pairs])
    elif kind == "duplicate":
        right = np.asarray(issues["annotation_index"])[rows] == truth.annotation_index[errors]
    else:
        right = np.ones(len(rows), bool)
    return float(right.mean())


def _measures(level: Numbers, hit: Flags, truths: int, suspicion: Numbers, auroc: float, right: float) -> Measures:
    """The measures of a list; ``level`` ranks its rows, high first, and ``hit`` says which are errors."""
    first = hit[np.argsort(-level, kind="stable")[:FIRST]]
    return Measures(
        truths=truths,
        listed=len(hit),
        average_precision=_average_precision(level, hit, truths),
        precision_at_100=float(first.mean()) if len(first) else np.nan,
        recall=float(hit.sum() / truths) if truths else np.nan,
        auroc=auroc,
        right_suggestions=right,
        reliability=_reliability(suspicion, hit),
    )


def _average_precision(level: Numbers, hit: Flags, truths: int) -> float:
    if truths == 0:
        return np.nan
    if len(level) == 0:
        return 0.0
    order = np.argsort(-level, kind="stable")
    found = np.cumsum(hit[order])
    # The last row of each group of equal levels.
    last = np.append(np.flatnonzero(np.diff(level[order])), len(order) - 1)
    gained = np.diff(found[last], prepend=0)
    return float((gained * found[last] / (last + 1)).sum() / truths)


def _auroc(level: Numbers, wrong: Flags) -> float:
    """From the ranks of the wrong ones; equal levels share their mean rank."""
    many, total = int(wrong.sum()), len(wrong)
    if many in (0, total):
        return np.nan
    _, which, count = np.unique(level, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[which]
    return float((rank[wrong].sum() - many * (many + 1) / 2) / (many * (total - many)))


def _reliability(suspicion: Numbers, hit: Flags) -> tuple[Step, ...]:
    step = np.clip((suspicion * STEPS).astype(np.int64), 0, STEPS - 1)
    table = []
    for number in range(STEPS):
        inside = step == number
        means = (suspicion[inside].mean(), hit[inside].mean()) if inside.any() else (np.nan, np.nan)
        table.append(Step(number / STEPS, (number + 1) / STEPS, int(inside.sum()), *map(float, means)))
    return tuple(table)
