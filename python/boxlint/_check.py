"""The native method: every suspicious box, with evidence and a fix.

`check` says which annotations are probably wrong, how, and what they should be. What spans the data set is collected
first, as `Statistics` that merge, so that the work can be shared out: collect the parts, add them up, check the parts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, final

import numpy as np

from boxlint import _core
from boxlint._arguments import fraction, number
from boxlint._files import atomic_write
from boxlint._text import counted
from boxlint.dataset import Dataset, as_annotations, as_predictions, dataset_columns
from boxlint.rank import Labels, Predictions
from boxlint.report.report import KINDS, Report

__all__ = ["KINDS", "Statistics", "check", "collect"]

# The largest count in a file: the sum of any thousand files is still exact.
_LARGEST = 2**53
_LARGEST_PRIOR = 1e6
_VERSION = 1
# Suspicion from which on rows are listed, unless asked otherwise.
MIN_SUSPICION = 0.01
_SHAPES = {"scores": 4, "bests": 4, "pairs": 3}


@final
class Statistics:
    """What spans a data set, as exact integers: parts add up in any order to the same as the whole.

    How many predictions of each class and score match an annotation, how well annotations of each class and size are
    found, and which classes share images. `collect` makes them.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> parts = [Dataset(Boxes([[1, 1, 9, 9]], [k]), Boxes([[1, 1, 8, 9]], [k], [0.9])) for k in (0, 1)]
    >>> collect(parts[0]) + collect(parts[1]) == collect(parts[1]) + collect(parts[0])
    True
    """

    __slots__ = ("_counts",)

    _counts: _core.Statistics

    def __init__(self) -> None:
        raise TypeError("Statistics are made by collect, or read by Statistics.load")

    @classmethod
    def _of(cls, counts: _core.Statistics) -> Statistics:
        statistics = object.__new__(cls)
        statistics._counts = counts
        return statistics

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self._counts.classes

    def __add__(self, other: Statistics) -> Statistics:
        """The statistics of two parts together."""
        if not isinstance(other, Statistics):
            return NotImplemented
        return Statistics._of(self._counts.merged(other._counts))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statistics) and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        scores, bests, _ = self._counts.entries()
        predictions, annotations = int(scores[:, 2].sum()), int(bests[:, 3].sum())
        sizes = (self.classes, "class"), (annotations, "annotation"), (predictions, "prediction")
        return f"Statistics({', '.join(counted(*size) for size in sizes)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_entries, (self.classes, *self._counts.entries())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a small JSON file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        entries = dict(zip(_SHAPES, (array.tolist() for array in self._counts.entries()), strict=True))
        with atomic_write(path) as beside, beside.open("w", encoding="utf-8") as out:
            json.dump({"boxlint_statistics": _VERSION, "classes": self.classes, **entries}, out)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Statistics:
        """Reads what `save` has written.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it holds something else.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            if content["boxlint_statistics"] != _VERSION:
                raise ValueError(f"it is of version {content['boxlint_statistics']}, expected {_VERSION}")
            entries = [_entries(content[name], width) for name, width in _SHAPES.items()]
            return _from_entries(content["classes"], *entries)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            why = f"no {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"{path}: expected statistics as Statistics.save writes them: {why}") from error


def _entries(rows: Any, width: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Counts of a file: (n, width) integers."""
    array = np.array(rows if rows else np.empty((0, width), np.int64))
    if array.dtype.kind != "i" or array.shape != (len(rows), width) or (array < 0).any() or (array > _LARGEST).any():
        raise ValueError(f"expected rows of {width} integers from 0 to {_LARGEST}")
    return array


def _from_entries(classes: int, *entries: Any) -> Statistics:
    return Statistics._of(_core.Statistics(classes, *entries))


def collect(dataset: Dataset | Labels, predictions: Predictions | None = None) -> Statistics:
    """What spans a data set or a part of it: the first of two passes that `check` makes.

    Parameters
    ----------
    dataset, predictions:
        As in `check`. Parts of one data set number their classes alike.

    Raises
    ------
    ValueError, TypeError
        If the boxes are not as described, or a class id is above 1,048,575.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> collect(Dataset(Boxes([[1, 1, 9, 9]], [0]), Boxes([[1, 1, 8, 9]], [0], [0.9])))
    Statistics(1 class, 1 annotation, 1 prediction)
    """
    return Statistics._of(_collected(_dataset(dataset, predictions)))


def check(
    dataset: Dataset | Labels,
    predictions: Predictions | None = None,
    *,
    kinds: Iterable[str] = KINDS,
    min_suspicion: float = MIN_SUSPICION,
    priors: Mapping[str, float] | None = None,
    statistics: Statistics | None = None,
) -> Report:
    """Lists every suspicious box, with evidence and a fix.

    The detector's scores are turned into confidences ("of the boxes scored like this one, 83 % sit on an annotation of
    their class"), so any detector will do, on any scale of scores; its low-scored predictions matter, too. For every
    annotation, explicit explanations are weighed as odds against "it is right". Nothing is trained. Annotations that
    are flagged ``ignore`` are regions where nothing is judged.

    Parameters
    ----------
    dataset:
        Annotations and predictions; or the annotations alone, as a list or Boxes, with ``predictions``.
    predictions:
        Predictions of the same images, as a list or Boxes, if they are not in ``dataset``.
    kinds:
        What to look for: some of ``missing`` (an object without annotation), ``swap`` (wrong class), ``badloc`` (badly
        placed box), ``spurious`` (an annotation where nothing is) and ``duplicate`` (a second annotation of an object).
        The others are neither listed nor count for the image.
    min_suspicion:
        List rows from this suspicion on, in [0, 1].
    priors:
        Odds before any evidence of some of the kinds, instead of the method's own, for annotators who err otherwise.
    statistics:
        What `collect` made of the whole data set, if this is a part of it.

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
    >>> worst = check(labels, predictions).top(1)
    >>> worst["kind"], worst["image_index"], worst["suggested_class"]
    (array(['missing'], dtype='<U9'), array([30]), array([1]))
    """
    return report_on(
        _dataset(dataset, predictions),
        kinds=kinds,
        min_suspicion=min_suspicion,
        priors=priors,
        statistics=statistics,
    )


def report_on(
    dataset: Dataset,
    *,
    kinds: Iterable[str],
    min_suspicion: float,
    priors: Mapping[str, float] | None = None,
    statistics: Statistics | None = None,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """What `check` returns; ``progress`` is called with the number of images done since, each once in each pass."""
    wanted = kinds_of(kinds)
    search: _core.Search = {
        "priors": _priors(priors),
        "kinds": [kind in wanted for kind in KINDS],
        "min_suspicion": fraction("min_suspicion", min_suspicion),
    }
    if statistics is not None and not isinstance(statistics, Statistics):
        raise TypeError(f"statistics is {type(statistics).__name__}, expected what boxlint.collect returns")
    counts = _collected(dataset, progress) if statistics is None else statistics._counts
    columns = dataset_columns(dataset.annotations, dataset.predictions)
    found = _core.examine(columns, counts, search, progress=progress)
    return Report(dataset, *found)


def _collected(dataset: Dataset, progress: Callable[[int], object] | None = None) -> _core.Statistics:
    names = 0 if dataset.class_names is None else len(dataset.class_names)
    columns = dataset_columns(dataset.annotations, dataset.predictions)
    return _core.collect(columns, names, progress=progress)


def _dataset(dataset: Dataset | Labels, predictions: Predictions | None) -> Dataset:
    if isinstance(dataset, Dataset):
        if predictions is not None:
            raise TypeError("found a Dataset and predictions, expected a Dataset, or labels and predictions")
        return dataset
    if predictions is None:
        raise TypeError(f"found {type(dataset).__name__} alone, expected a Dataset, or labels and predictions")
    return Dataset(as_annotations(dataset), as_predictions(predictions))


def kinds_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """What to look for, if these are kinds of errors."""
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    unknown = [kind for kind in wanted if kind not in KINDS]
    if unknown:
        raise ValueError(f"kinds: unknown kind {unknown[0]!r}, expected some of {', '.join(KINDS)}")
    return wanted


def _priors(given: Mapping[str, float] | None) -> list[float]:
    priors = dict(zip(KINDS, _core.PRIORS, strict=True))
    for kind, value in (given or {}).items():
        if kind not in priors:
            raise ValueError(f"priors: unknown kind {kind!r}, expected some of {', '.join(KINDS)}")
        priors[kind] = number(f"priors[{kind!r}]", value)
        if not 0 <= priors[kind] <= _LARGEST_PRIOR:
            raise ValueError(f"priors: {kind} is {value}, expected odds from 0 to {_LARGEST_PRIOR:,.0f}")
    return list(priors.values())
