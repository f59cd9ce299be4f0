"""The statistics of a data set in parts, and ObjectLab's scores of its images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from boxlint._arguments import boolean
from boxlint._check import check_statistics
from boxlint._core import image_issues, image_scores
from boxlint._statistics import Statistics, counted_part
from boxlint._threads import at_most
from boxlint.boxes import dataset_columns
from boxlint.dataset import Dataset
from boxlint.filter import ClassThresholds
from boxlint.parts.part import Part, added, walked
from boxlint.parts.schemas import LABEL_ISSUES, SCORES
from boxlint.rank import TYPES, weights_of

__all__ = ["collect", "find_label_issues", "score"]


def collect(
    parts: Iterable[Dataset | Any], statistics: Statistics | None = None, *, threads: int | None = None
) -> Statistics:
    """Counts a data set part by part: the first of two passes, before `check` and `score`.

    The statistics of any parts add up, with ``+`` or `sum`, in any order, to those of the whole: of a cluster each task
    collects its own.

    Parameters
    ----------
    parts:
        The parts of a data set, in any order and of any size: each a `boxlint.Dataset`, or a table of Arrow as
        `boxlint.from_arrow` takes it. Images need ids or names.
    statistics:
        Of several detectors, for their second round: the sum of the first round over all parts.
    threads:
        Use at most so many threads; None for one a core.

    Raises
    ------
    ValueError, TypeError
        If a part is not as described, or comes twice: as the same images in the same order.

    Examples
    --------
    >>> from boxlint import collect as collect_whole
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> collect([scenes[40:], scenes[:40]]) == collect_whole(scenes)
    True
    """
    if statistics is not None:
        check_statistics(statistics)
    total = added(_counted(walked(parts, threads), statistics, threads))
    if total is None:
        raise ValueError("there are no parts to count")
    return total


def score(
    parts: Iterable[Dataset | Any],
    statistics: Statistics,
    *,
    aggregation_weights: Mapping[str, float] | None = None,
    overlapping_label_check: bool = True,
    threads: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """ObjectLab's score of each image: that of `boxlint.rank.get_label_quality_scores` for the whole, to the last bit.

    Predictions of classes that were not looked for in their image are left out.

    Parameters
    ----------
    parts, threads:
        As in `collect`; of a single detector.
    statistics:
        The sum of `collect` over all parts.
    aggregation_weights, overlapping_label_check:
        As in `boxlint.rank.get_label_quality_scores`.

    Returns
    -------
    A batch for each part, one row an image, with the schema `SCORES`.

    Examples
    --------
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> parts = [scenes[:20], scenes[20:]]
    >>> [batch.num_rows for batch in score(parts, collect(parts))]
    [20, 40]
    """
    weights, check = weights_of(aggregation_weights), boolean("overlapping_label_check", overlapping_label_check)
    similarity = _min_similarity(statistics)

    def scored(part: Part) -> pa.RecordBatch:
        with at_most(threads):
            columns = dataset_columns(*part.boxes())
            scores = image_scores(columns, weights=weights, overlapping_label_check=check, min_similarity=similarity)
        return part.batch(SCORES, score=scores.score, **{name: getattr(scores, name) for name in TYPES})

    return map(scored, walked(parts, threads))


def find_label_issues(
    parts: Iterable[Dataset | Any],
    statistics: Statistics,
    thresholds: ClassThresholds,
    *,
    overlapping_label_check: bool = True,
    threads: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """The images with an issue: what `boxlint.filter.find_label_issues` tells of the whole.

    Parameters
    ----------
    parts, statistics, threads:
        As in `score`.
    thresholds:
        What `class_thresholds` returns.
    overlapping_label_check:
        As in `boxlint.filter.find_label_issues`.

    Returns
    -------
    A batch for each part, one row an image, with the schema `LABEL_ISSUES`.

    Examples
    --------
    >>> from boxlint.parts import class_thresholds, collect_matches, collect_places
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> parts = [scenes[:20], scenes[20:]]
    >>> matches = collect_matches(parts)
    >>> thresholds = class_thresholds(matches, collect_places(parts, matches))
    >>> found = find_label_issues(parts, collect(parts), thresholds)
    >>> [sum(batch["is_issue"].to_pylist()) for batch in found]
    [0, 1]
    """
    check, similarity = boolean("overlapping_label_check", overlapping_label_check), _min_similarity(statistics)
    by_class = np.ascontiguousarray(thresholds.thresholds["swap"], np.float64)

    def found(part: Part) -> pa.RecordBatch:
        with at_most(threads):
            issues = image_issues(dataset_columns(*part.boxes()), check, of_whole=(similarity, by_class))
        return part.batch(LABEL_ISSUES, is_issue=issues)

    return map(found, walked(parts, threads))


def _min_similarity(statistics: Statistics) -> float:
    check_statistics(statistics)
    if statistics.min_similarity is None:
        raise ValueError(f"statistics are of {statistics.detectors} detectors, and ObjectLab takes one")
    return statistics.min_similarity


def _counted(parts: Iterable[Part], statistics: Statistics | None, threads: int | None) -> Iterator[Statistics]:
    """The statistics of each part; the smallest similarity so far makes the search in the next one short."""
    similarity = 1.0
    for part in parts:
        with at_most(threads):
            counts = counted_part(part.dataset, statistics, similarity)
        similarity = counts.min_similarity or similarity
        yield counts
