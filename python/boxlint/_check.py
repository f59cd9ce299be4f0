"""`boxlint.check`: every suspicious box, with evidence and a fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import expect_dict, fraction, integer, number
from boxlint._by_name import columns_by_name
from boxlint._core import PRIORS, annotation_features, collect, examine
from boxlint._fusion import Fusion, fuse
from boxlint._kinds import KINDS, Kind, kinds_of
from boxlint._statistics import Statistics, count_again, count_each
from boxlint._threads import at_most
from boxlint.dataset import Dataset, as_dataset
from boxlint.inspection.classes import find_permuted_classes
from boxlint.rank import Labels, Predictions
from boxlint.report.report import Report
from boxlint.report.several import Ensemble

if TYPE_CHECKING:
    from boxlint._core import Statistics as EngineStatistics
    from boxlint._core_types import Search
    from boxlint._counts import Several

__all__ = ["check", "check_statistics", "passes", "report_on", "search_of", "usual_max_rows"]

_LARGEST_PRIOR = 1e6
# So many images show whether classes are numbered alike; more would take time for nothing.
_IMAGES_FOR_CLASSES = 2000
# Unless asked otherwise, so many rows of each kind are listed for each annotation, and at least so many in all.
# Where every fifth object lacks its annotation, two for each still cost missing .002 of average precision.
_ROWS_PER_ANNOTATION = 3
_LEAST_MAX_ROWS = 1000


def check(
    dataset: Dataset | Labels,
    predictions: Predictions | Mapping[str, Predictions] | None = None,
    *,
    kinds: Kind | Iterable[Kind] = KINDS,
    min_suspicion: float = 0.0,
    max_rows: int | None = None,
    priors: Mapping[Kind, float] | None = None,
    statistics: Statistics | None = None,
    threads: int | None = None,
) -> Report:
    """Lists every suspicious box, with evidence and a fix.

    The detector's scores are turned into confidences ("of the boxes scored like this one, 83 % sit on an annotation of
    their class"), so any detector will do, on any scale of scores; its low-scored predictions matter, too. For every
    annotation, explicit explanations are weighed as odds against "it is right". Nothing is trained. Annotations to
    ignore take no part, and nothing is missing in them. Warns if the predictions seem to number the classes otherwise
    than the annotations do: see `inspect`.

    Parameters
    ----------
    dataset:
        Annotations and predictions; or the annotations alone, as a list or Boxes, with ``predictions``. Where all dicts
        of a list have ``image_name``, no two the same, these are the names of the images.
    predictions:
        Predictions of the same images, as a list or Boxes, if they are not in ``dataset``. Those of several detectors
        are a list of them, or a dict from names. A list has None for an image that the detector was not run on.
    kinds:
        What to look for: some of ``missing`` (an object without annotation), ``swap`` (wrong class), ``badloc`` (badly
        placed box), ``spurious`` (an annotation where nothing is) and ``duplicate`` (a second annotation of an object).
        The other kinds are not listed, and don't make an image suspicious.
    min_suspicion:
        List rows from this suspicion on, in [0, 1].
    max_rows:
        List at most so many rows of each kind, the most suspicious. By default three for each annotation, and at least
        1,000: there is hardly an error further down, and what is listed takes 240 bytes an annotation at most.
    priors:
        Kind -> odds of such an error before any evidence, for annotators whose errors are others than usual; the
        method's own for kinds that are not given.
    statistics:
        What `collect` counted in the whole data set, if this is a part of it.
    threads:
        Use at most so many threads; None for one a core.

    Returns
    -------
    A `Report`.

    Raises
    ------
    ValueError, TypeError
        If the boxes, or a parameter, are not as described.

    Examples
    --------
    >>> cat, dog = [10, 10, 90, 90], [200, 10, 290, 80]
    >>> labels = [{"bboxes": [cat, dog], "labels": [0, 1]}] * 30 + [{"bboxes": [cat], "labels": [0]}]
    >>> predictions = [[[[*cat, 0.9]], [[*dog, 0.8]]]] * 31
    >>> report = check(labels, predictions, min_suspicion=0.1)
    >>> report
    Report(1 row, 31 images)
    suspicion  kind     image  annotation  class    box
        0.367  missing  30                 class 1  200 10 290 80
    >>> report[0].image_index, report[0].suggested_class, report[0].suggested_box
    (30, 1, (200.0, 10.0, 290.0, 80.0))
    """
    both = as_dataset(dataset, predictions)
    with at_most(threads):
        for name, one in both.detectors.items():
            who = f"{name}: " if both.more_predictions else ""
            for finding in find_permuted_classes(one, _IMAGES_FOR_CLASSES):
                warn(f"{who}{finding}; until then the rows of these classes mean nothing", stacklevel=2)
        return report_on(
            both,
            kinds=kinds,
            min_suspicion=min_suspicion,
            max_rows=max_rows,
            priors=priors,
            statistics=statistics,
        )


def report_on(
    dataset: Dataset,
    *,
    kinds: str | Iterable[str] = KINDS,
    min_suspicion: float = 0.0,
    max_rows: int | None = None,
    priors: Mapping[Kind, float] | None = None,
    statistics: Statistics | None = None,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """What `check` returns; ``progress`` is called with the number of images done since, each once in each pass."""
    if max_rows is None:
        max_rows = usual_max_rows(len(dataset.annotations.class_id))
    search = search_of(kinds, min_suspicion, max_rows, priors)
    wanted = kinds_of(kinds)
    if statistics is not None:
        check_statistics(statistics)
    fusion, counted = _counted(dataset, statistics, progress)
    counts, several = (None, None) if counted is None else (counted._counts, counted._several)
    found = examine(
        columns_by_name(dataset if fusion is None else fusion.dataset),
        counts,
        search,
        detectors=None if fusion is None else fusion.detectors,
        progress=progress,
    )
    return Report(
        dataset,
        found,
        found.image_neg_log_clean,
        found.confident_predictions,
        found.omitted,
        tuple(found.mistaken),
        kinds=wanted,
        min_suspicion=search["min_suspicion"],
        left_out={kind: rows for kind, rows in zip(KINDS, found.left_out, strict=True) if rows},
        measure=partial(_measured, counts, several),
        ensemble=None if fusion is None else Ensemble(tuple(dataset.detectors), fusion, found.seen),
    )


def search_of(
    kinds: str | Iterable[str], min_suspicion: float, max_rows: int, priors: Mapping[Kind, float] | None
) -> Search:
    """What to look for, or an error that names what is not as `check` takes it."""
    wanted = kinds_of(kinds)
    return {
        "priors": _priors(priors),
        "kinds": [kind in wanted for kind in KINDS],
        "min_suspicion": fraction("min_suspicion", min_suspicion),
        "max_rows": integer("max_rows", max_rows, 0),
    }


def check_statistics(statistics: Statistics) -> None:
    """A TypeError if it is something else."""
    if not isinstance(statistics, Statistics):
        raise TypeError(f"statistics: expected what boxlint.collect returns, found {type(statistics).__name__}")


def usual_max_rows(annotations: int) -> int:
    """How many rows of each kind are listed of a data set with so many annotations, unless asked otherwise."""
    return max(_LEAST_MAX_ROWS, _ROWS_PER_ANNOTATION * annotations)


def passes(dataset: Dataset) -> int:
    """How often `report_on` looks at every image: one detector is counted and examined.

    Several are counted one by one, fused, counted together and examined.
    """
    return 2 if not dataset.more_predictions else 4 + len(dataset.more_predictions)


def _counted(
    dataset: Dataset, statistics: Statistics | None, progress: Callable[[int], object] | None
) -> tuple[Fusion | None, Statistics | None]:
    """What several detectors say together, and the counts of it; of one detector, its counts, if they are known."""
    several = None if statistics is None else statistics._several
    if not dataset.more_predictions:
        if several is not None:
            raise ValueError(f"statistics are of {len(several.counts)} detectors, expected one as in the data set")
        return None, statistics
    first = statistics or count_each(dataset, progress)
    if first._several is None:
        raise ValueError(f"statistics are of one detector, expected {1 + len(dataset.more_predictions)}")
    if statistics is not None and not first._several.fused:
        raise ValueError("statistics are of a first round, expected those of boxlint.collect(..., statistics=them)")
    fusion = fuse(dataset, first._several.counts, first._several.originals, progress)
    return fusion, statistics or count_again(dataset, first, fusion, progress)


def _measured(counts: EngineStatistics | None, several: Several | None, dataset: Dataset) -> NDArray[np.float32]:
    """What the engine measures at each annotation.

    Without counts, those of one detector are made again: of many classes, they take as much memory as the issues.
    """
    if several is not None:
        dataset = fuse(dataset, several.counts, several.originals).dataset
    columns = columns_by_name(dataset)
    return annotation_features(columns, collect(columns) if counts is None else counts)


def _priors(given: Mapping[Kind, float] | None) -> list[float]:
    priors = dict(zip(KINDS, PRIORS, strict=True))
    given = {} if given is None else given
    expect_dict("priors", given, "from kinds to odds")
    for kind, value in given.items():
        if kind not in priors:
            raise ValueError(f"priors: unknown kind {kind!r}, expected some of {', '.join(KINDS)}")
        priors[kind] = number(f"priors[{kind!r}]", value)
        if not 0 <= priors[kind] <= _LARGEST_PRIOR:
            raise ValueError(f"priors: {kind} is {value}, expected odds from 0 to {_LARGEST_PRIOR:,.0f}")
    return list(priors.values())
