"""The counts that `boxlint.check` makes of a whole data set, in its first of two passes.

They are small and merge: collect the parts, add them up, check the parts.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from boxlint._core import Statistics as EngineStatistics
from boxlint._core import collect as collect_counts
from boxlint._files import atomic_write
from boxlint._text import counted
from boxlint.dataset import Dataset, as_dataset, columns_by_name
from boxlint.rank import Labels, Predictions

__all__ = ["Statistics", "collect"]

# The largest count in a file: the sum of any thousand files is still exact.
_LARGEST = 2**53
_VERSION = 2
_SHAPES = {"scores": 5, "bests": 4, "pairs": 3, "gaps": 4}


@final
class Statistics:
    """The counts of a data set that `check` needs to judge a single image; those of parts add up to those of the whole.

    How many predictions of each class and score match an annotation, how well annotations of each class and size are
    found and how closely, and which classes share images. They are exact integers, so parts may be added in any order.
    `collect` makes them.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> parts = [Dataset(Boxes([[1, 1, 9, 9]], [k]), Boxes([[1, 1, 8, 9]], [k], [0.9])) for k in (0, 1)]
    >>> collect(parts[0]) + collect(parts[1]) == collect(parts[1]) + collect(parts[0])
    True
    """

    __slots__ = ("_counts",)

    _counts: EngineStatistics

    def __init__(self) -> None:
        raise TypeError("Statistics are made by collect, or read by Statistics.load")

    @classmethod
    def _of(cls, counts: EngineStatistics) -> Statistics:
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

    __hash__ = None  # type: ignore[assignment]  # equal by value, as lists are, and no key of a dict

    def __repr__(self) -> str:
        entries = self._counts.entries()
        predictions, annotations = int(entries.scores[:, 2].sum()), int(entries.best[:, 3].sum())
        sizes = (self.classes, "class"), (annotations, "annotation"), (predictions, "prediction")
        return f"Statistics({', '.join(counted(*size) for size in sizes)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_entries, (self.classes, *self._entries())

    def _entries(self) -> tuple[NDArray[np.int64], ...]:
        """The counts, in the order of a file."""
        entries = self._counts.entries()
        return entries.scores, entries.best, entries.pairs, entries.gaps

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a small JSON file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        entries = dict(zip(_SHAPES, (array.tolist() for array in self._entries()), strict=True))
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


def _entries(rows: Any, width: int) -> NDArray[np.int64]:
    """Counts of a file: (n, width) integers."""
    array = np.array(rows if rows else np.empty((0, width), np.int64))
    if array.dtype.kind != "i" or array.shape != (len(rows), width) or (array < 0).any() or (array > _LARGEST).any():
        raise ValueError(f"expected rows of {width} integers from 0 to {_LARGEST}")
    return array


def _from_entries(classes: int, *entries: Any) -> Statistics:
    return Statistics._of(EngineStatistics(classes, *entries))


def collect(dataset: Dataset | Labels, predictions: Predictions | None = None) -> Statistics:
    """Counts a data set, or a part of one: the first of the two passes that `check` makes.

    Parameters
    ----------
    dataset, predictions:
        As in `check`. All parts of a data set must number their classes alike.

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
    return Statistics._of(collect_counts(columns_by_name(as_dataset(dataset, predictions))))
