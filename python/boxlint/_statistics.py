"""What spans a data set: the counts that `boxlint.check` makes before its last pass, and what ObjectLab needs.

They are small and merge: collect the parts, add them up, check the parts. Several detectors take a second round.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, final

import numpy as np

from boxlint._by_name import columns_by_name
from boxlint._core import Statistics as EngineStatistics
from boxlint._core import collect as collect_counts
from boxlint._counts import Several, content_of, counts_of, no_counts, several_of
from boxlint._files import atomic_write
from boxlint._fusion import Fusion, fuse
from boxlint._json import parsed_json
from boxlint._packed import packed_content, unpacked_content
from boxlint._text import counted
from boxlint._threads import at_most
from boxlint._totals import Summable, Totals
from boxlint.dataset import Dataset, as_dataset
from boxlint.rank import Labels, Predictions

__all__ = ["Statistics", "collect", "count_again", "count_each", "counted_part"]

# Of files, and of bytes that hold the same.
_VERSION = 7


@final
class Statistics(Summable):
    """What spans a data set, so that `check` and ObjectLab can judge a single image. Those of parts add up.

    How many predictions of each class and score match an annotation, how well annotations of each class and size are
    found and how closely, and which classes share images: all exact integers, so parts may be added in any order. And
    how many images and boxes there are, and the smallest similarity of ObjectLab. `collect` makes them.

    A part is named by its image ids, or else its image names, and their numbers of boxes, in 16 bytes; a part that is
    added twice is refused. Parts without ids and names are not known again.

    Pickling keeps all, in the form of `to_bytes`.

    Examples
    --------
    >>> from boxlint import Boxes, Dataset
    >>> parts = [Dataset(Boxes([[1, 1, 9, 9]], [k]), Boxes([[1, 1, 8, 9]], [k], [0.9])) for k in (0, 1)]
    >>> collect(parts[0]) + collect(parts[1]) == sum([collect(parts[1]), collect(parts[0])])
    True
    """

    __slots__ = ("_counts", "_several", "_totals")

    # Of several detectors, those of their predictions together.
    _counts: EngineStatistics
    _several: Several | None
    # None only inside a call of check, which needs the counts alone.
    _totals: Totals | None

    def __init__(self) -> None:
        raise TypeError("Statistics are made by collect, or read by Statistics.load")

    @classmethod
    def _of(cls, counts: EngineStatistics, several: Several | None = None, totals: Totals | None = None) -> Statistics:
        statistics = object.__new__(cls)
        statistics._counts = counts
        statistics._several = several
        statistics._totals = totals
        return statistics

    @property
    def totals(self) -> Totals:
        """How many images and boxes there are, and the smallest similarity."""
        assert self._totals is not None, "collect always makes them"
        return self._totals

    @property
    def classes(self) -> int:
        """Number of classes."""
        return max(counts.classes for counts in (self._counts, *(self._several.counts if self._several else ())))

    @property
    def detectors(self) -> int:
        """Number of detectors."""
        return len(self._several.counts) if self._several else 1

    @property
    def images(self) -> int:
        """Number of images."""
        return self.totals.sizes.images

    @property
    def min_similarity(self) -> float | None:
        """The smallest similarity of ObjectLab that is above 0, 1 if there is none; None for several detectors."""
        return self.totals.min_similarity

    @property
    def omitted(self) -> float:
        """About how many objects without annotation the detector sees for each annotation."""
        return self._counts.omitted

    @property
    def mistaken(self) -> tuple[int, ...]:
        """Class ids of which the detector often takes objects for those of other classes.

        Of several detectors, this and `omitted` tell what they say together: nothing before the second round of
        `collect`.
        """
        return tuple(self._counts.mistaken)

    def __add__(self, other: Statistics) -> Statistics:
        """The statistics of two parts together; a ValueError if a part is in both."""
        if not isinstance(other, Statistics):
            return NotImplemented
        if (self._several is None) != (other._several is None):
            raise ValueError(f"these are statistics of {self.detectors} and of {other.detectors} detectors")
        several = None if self._several is None or other._several is None else self._several.merged(other._several)
        totals = self.totals.merged(other.totals)
        return Statistics._of(self._counts.merged(other._counts), several, totals)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Statistics):
            return False
        same = self._several == other._several and self._counts == other._counts
        return same and self.totals == other.totals

    __hash__ = None  # type: ignore[assignment]  # equal by value, as lists are, and no key of a dict

    def __repr__(self) -> str:
        boxes = self.totals.sizes
        sizes = [(self.classes, "class"), (boxes.annotations, "annotation"), (boxes.predictions, "prediction")]
        if self._several:
            sizes.append((self.detectors, "detector"))
        return f"Statistics({', '.join(counted(*size) for size in sizes)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_bytes, (self.to_bytes(),)

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads: versioned and compressed, some 500 bytes a class and 16 bytes a part.

        Examples
        --------
        >>> from boxlint import Boxes, Dataset
        >>> statistics = collect(Dataset(Boxes([[1, 1, 9, 9]], [0]), Boxes([[1, 1, 8, 9]], [0], [0.9])))
        >>> Statistics.from_bytes(statistics.to_bytes()) == statistics
        True
        """
        return packed_content("statistics", _VERSION, self._content())

    @classmethod
    def from_bytes(cls, data: bytes) -> Statistics:
        """Reads what `to_bytes` returned. A process that is given the same bytes again does not read them again.

        Raises
        ------
        ValueError
            If they are something else, damaged, or hold numbers that no data set has.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"Statistics.from_bytes: expected bytes, found {type(data).__name__}")
        return _from_bytes(bytes(data))

    def _content(self) -> dict[str, Any]:
        """What a file holds; tables are arrays."""
        several = {} if self._several is None else self._several.content()
        counts = content_of(self._counts)
        return {"boxlint_statistics": _VERSION, **counts, **several, "totals": self.totals.content()}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a small JSON file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        with atomic_write(path) as beside:
            # A whole text is made many times as fast as one that goes to a file piece by piece.
            beside.write_text(json.dumps(self._content(), default=np.ndarray.tolist), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Statistics:
        """Reads what `save` has written.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it holds something else, or numbers that no data set has.
        """
        text, expected = Path(path).read_bytes(), f"{path}: expected statistics as Statistics.save writes them"
        return _read(lambda: parsed_json(text), expected)


# Each task of a cluster is handed the same statistics; what is prepared of them stays with the object.
@lru_cache(maxsize=4)
def _from_bytes(data: bytes) -> Statistics:
    content = unpacked_content("statistics", _VERSION, data)
    return _read(lambda: content, "expected statistics as Statistics.to_bytes returns them")


def _read(content: Callable[[], Any], expected: str) -> Statistics:
    """Those of what a file holds, or a ValueError that says what was expected."""
    try:
        return _from_content(content())
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        why = f"no {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"{expected}: {why}") from error


def _from_content(content: Any) -> Statistics:
    version = content["boxlint_statistics"]
    if version != _VERSION:
        raise ValueError(f"it is of version {version}, expected {_VERSION}")
    counts, several = counts_of(content), several_of(content)
    if several is not None and not several.fused and counts != no_counts():
        raise ValueError("the detectors are counted together in a first round")
    statistics = Statistics._of(counts, several)
    statistics._totals = Totals.from_content(content["totals"], statistics.classes, statistics.detectors)
    return statistics


def collect(
    dataset: Dataset | Labels,
    predictions: Predictions | Mapping[str, Predictions] | None = None,
    *,
    statistics: Statistics | None = None,
    threads: int | None = None,
) -> Statistics:
    """Counts a data set, or a part of one: what `check` does before its last pass, and what ObjectLab needs.

    Parts of a data set of several detectors are counted in two rounds, since what the detectors say together depends on
    how much each is to be believed: first each part, then each part with the sum of the first round.

    Parameters
    ----------
    dataset, predictions:
        As in `check`. All parts of a data set must number their classes alike, and have the same detectors in the same
        order.
    statistics:
        Of several detectors, for the second round: the sum of the first round over all parts.
    threads:
        Use at most so many threads; None for one a core.

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
    with at_most(threads):
        return counted_part(as_dataset(dataset, predictions), statistics)


def counted_part(dataset: Dataset, statistics: Statistics | None = None, so_far: float = 1.0) -> Statistics:
    """What `collect` returns; ``so_far`` is the smallest similarity of parts before it."""
    if statistics is not None:
        found = count_again(dataset, statistics)
    elif dataset.more_predictions:
        found = count_each(dataset)
    else:
        found = Statistics._of(collect_counts(columns_by_name(dataset)))
    found._totals = Totals.of(dataset, so_far)
    return found


def count_each(dataset: Dataset, progress: Callable[[int], object] | None = None) -> Statistics:
    """The first round for several detectors: each is counted alone."""
    alone = list(dataset.detectors.values())
    counts = tuple(collect_counts(columns_by_name(one), progress=progress) for one in alone)
    pairs = ((i, j) for j in range(len(alone)) for i in range(j))
    differ = frozenset((i, j) for i, j in pairs if _differ(alone[i], alone[j]))
    return Statistics._of(no_counts(), Several(counts, differ, False))


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
