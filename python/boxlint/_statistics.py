"""The counts that `boxlint.check` makes of a whole data set, before its last pass.

They are small and merge: collect the parts, add them up, check the parts. Several detectors take a second round.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from boxlint._by_name import columns_by_name
from boxlint._core import Statistics as EngineStatistics
from boxlint._core import collect as collect_counts
from boxlint._files import atomic_write
from boxlint._fusion import Fusion, fuse
from boxlint._json import parsed_json
from boxlint._text import counted
from boxlint.dataset import Dataset, as_dataset
from boxlint.rank import Labels, Predictions

__all__ = ["Several", "Statistics", "collect", "count_again", "count_each"]

# The largest count in a file: the sum of any thousand files is still exact.
_LARGEST = 2**53
_VERSION = 3
_SHAPES = {"scores": 5, "bests": 4, "pairs": 3, "gaps": 4}


class Several(NamedTuple):
    """The counts of each of several detectors."""

    counts: tuple[EngineStatistics, ...]
    # The pairs of detectors whose predictions differ anywhere: of those that are copies, one counts.
    differ: frozenset[tuple[int, int]]
    # Whether their predictions together are counted, too.
    fused: bool

    @property
    def originals(self) -> tuple[int, ...]:
        """For each detector, the first one of which it is a copy: mostly itself."""
        detectors = range(len(self.counts))
        return tuple(next(i for i in detectors if i == j or (i, j) not in self.differ) for j in detectors)

    def merged(self, other: Several) -> Several:
        """Those of two parts together."""
        if len(self.counts) != len(other.counts):
            raise ValueError(f"these are statistics of {len(self.counts)} and of {len(other.counts)} detectors")
        if self.fused != other.fused:
            raise ValueError("these are statistics of a first and of a second round of collect")
        if self.fused:
            if self != other:
                raise ValueError("the second round of collect had other statistics of the first round for each part")
            return self
        counts = (one.merged(more) for one, more in zip(self.counts, other.counts, strict=True))
        return Several(tuple(counts), self.differ | other.differ, False)


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

    __slots__ = ("_counts", "_several")

    # Of several detectors, those of their predictions together.
    _counts: EngineStatistics
    _several: Several | None

    def __init__(self) -> None:
        raise TypeError("Statistics are made by collect, or read by Statistics.load")

    @classmethod
    def _of(cls, counts: EngineStatistics, several: Several | None = None) -> Statistics:
        statistics = object.__new__(cls)
        statistics._counts = counts
        statistics._several = several
        return statistics

    @property
    def classes(self) -> int:
        """Number of classes."""
        return max(counts.classes for counts in (self._counts, *(self._several.counts if self._several else ())))

    @property
    def detectors(self) -> int:
        """Number of detectors."""
        return len(self._several.counts) if self._several else 1

    def __add__(self, other: Statistics) -> Statistics:
        """The statistics of two parts together."""
        if not isinstance(other, Statistics):
            return NotImplemented
        if (self._several is None) != (other._several is None):
            raise ValueError(f"these are statistics of {self.detectors} and of {other.detectors} detectors")
        several = None if self._several is None or other._several is None else self._several.merged(other._several)
        return Statistics._of(self._counts.merged(other._counts), several)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Statistics):
            return False
        return self._several == other._several and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]  # equal by value, as lists are, and no key of a dict

    def __repr__(self) -> str:
        entries = [counts.entries() for counts in (self._several.counts if self._several else (self._counts,))]
        predictions = sum(int(scores[:, 2].sum()) for scores, *_ in entries)
        annotations = max(int(bests[:, 3].sum()) for _, bests, *_ in entries)
        sizes = [(self.classes, "class"), (annotations, "annotation"), (predictions, "prediction")]
        if self._several:
            sizes.append((self.detectors, "detector"))
        return f"Statistics({', '.join(counted(*size) for size in sizes)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_content, (self._content(),)

    def _content(self) -> dict[str, Any]:
        """What a file holds."""
        content = {"boxlint_statistics": _VERSION, **_content_of(self._counts)}
        if self._several is not None:
            content["detectors"] = [_content_of(counts) for counts in self._several.counts]
            content["differ"] = sorted(map(list, self._several.differ))
            content["fused"] = self._several.fused
        return content

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a small JSON file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        with atomic_write(path) as beside, beside.open("w", encoding="utf-8") as out:
            json.dump(self._content(), out)

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
            return _from_content(parsed_json(Path(path).read_bytes()))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            why = f"no {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"{path}: expected statistics as Statistics.save writes them: {why}") from error


def _entries(rows: Any, width: int) -> NDArray[np.int64]:
    """Counts of a file: (n, width) integers."""
    array = np.array(rows if rows else np.empty((0, width), np.int64))
    if array.dtype.kind != "i" or array.shape != (len(rows), width) or (array < 0).any() or (array > _LARGEST).any():
        raise ValueError(f"expected rows of {width} integers from 0 to {_LARGEST}")
    return array


def _content_of(counts: EngineStatistics) -> dict[str, Any]:
    entries = zip(_SHAPES, counts.entries(), strict=True)
    return {"classes": counts.classes, **{name: rows.tolist() for name, rows in entries}}


def _counts_of(content: Any) -> EngineStatistics:
    return EngineStatistics(content["classes"], *(_entries(content[name], width) for name, width in _SHAPES.items()))


def _from_content(content: Any) -> Statistics:
    version = content["boxlint_statistics"]
    if version != _VERSION:
        raise ValueError(f"it is of version {version}, expected {_VERSION}")
    several = None
    if "detectors" in content:
        differ = frozenset((int(one), int(other)) for one, other in content["differ"])
        several = Several(tuple(map(_counts_of, content["detectors"])), differ, bool(content["fused"]))
    return Statistics._of(_counts_of(content), several)


def collect(
    dataset: Dataset | Labels,
    predictions: Predictions | Mapping[str, Predictions] | None = None,
    *,
    statistics: Statistics | None = None,
) -> Statistics:
    """Counts a data set, or a part of one: what `check` does before its last pass.

    Parts of a data set of several detectors are counted in two rounds, since what the detectors say together depends on
    how much each is to be believed: first each part, then each part with the sum of the first round.

    Parameters
    ----------
    dataset, predictions:
        As in `check`. All parts of a data set must number their classes alike, and have the same detectors in the same
        order.
    statistics:
        Of several detectors, for the second round: the sum of the first round over all parts.

    Raises
    ------
    ValueError, TypeError
        If the boxes are not as described, or a class id is above 1,048,575; or ``statistics`` are of other detectors.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> collect(Dataset(Boxes([[1, 1, 9, 9]], [0]), Boxes([[1, 1, 8, 9]], [0], [0.9])))
    Statistics(1 class, 1 annotation, 1 prediction)

    >>> annotations = Boxes([[1, 1, 9, 9]], [0])
    >>> predictions = [Boxes([[1, 1, 8, 9]], [0], [0.9]), Boxes([[2, 1, 9, 9]], [0], [0.8])]
    >>> first = collect(annotations, predictions)
    >>> collect(annotations, predictions, statistics=first)
    Statistics(1 class, 1 annotation, 2 predictions, 2 detectors)
    """
    both = as_dataset(dataset, predictions)
    if statistics is not None:
        return count_again(both, statistics)
    return count_each(both) if both.more_predictions else Statistics._of(collect_counts(columns_by_name(both)))


def count_each(dataset: Dataset, progress: Callable[[int], object] | None = None) -> Statistics:
    """The first round for several detectors: each is counted alone."""
    alone = list(dataset.detectors.values())
    counts = tuple(collect_counts(columns_by_name(one), progress=progress) for one in alone)
    pairs = ((i, j) for j in range(len(alone)) for i in range(j))
    differ = frozenset((i, j) for i, j in pairs if _differ(alone[i], alone[j]))
    nothing = EngineStatistics(0, *(np.empty((0, width), np.int64) for width in _SHAPES.values()))
    return Statistics._of(nothing, Several(counts, differ, False))


def _differ(one: Dataset, other: Dataset) -> bool:
    """Whether two detectors see anything else, or on other images."""
    a, b = one.predictions, other.predictions
    columns = ("offsets", "class_id", "score", "xyxy")
    nowhere = np.zeros((len(one), 1), bool)
    absent, other_absent = (nowhere if each.not_run is None else each.not_run for each in (one, other))
    return not np.array_equal(absent, other_absent) or not all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in columns
    )


def count_again(
    dataset: Dataset,
    statistics: Statistics,
    fusion: Fusion | None = None,
    progress: Callable[[int], object] | None = None,
) -> Statistics:
    """The second round for several detectors: what they say together is counted."""
    several = statistics._several if isinstance(statistics, Statistics) else None
    if several is None or not dataset.more_predictions:
        raise ValueError("a second round needs several detectors, and the statistics of their first round")
    if fusion is None:
        fusion = fuse(dataset, several.counts, several.originals)
    counts = collect_counts(columns_by_name(fusion.dataset), progress=progress)
    return Statistics._of(counts, several._replace(fused=True))
