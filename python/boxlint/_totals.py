"""What spans a data set beside the counts of `check`: its size, ObjectLab's smallest similarity, and its parts."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from boxlint._by_name import verified_boxes
from boxlint._core import min_similarity
from boxlint._detectors import all_predictions
from boxlint._table import texts
from boxlint._text import counted
from boxlint.boxes import dataset_columns
from boxlint.dataset import Dataset

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["LARGEST", "WEAK", "Sizes", "Summable", "Totals", "all_parts", "check_new", "from_whole_numbers", "part_ids"]

# Scores below this make up most of what a detector gives, unless it was cut.
WEAK = 0.3
# The largest count in a file: the sum of any thousand files is still exact.
LARGEST = 2**53
_NUMBERS = ("images", "annotations", "predictions", "weak", "lowest_score")
_PART_BYTES = 16


class Summable:
    """What `sum`, which begins with 0, adds up by ``+``."""

    __slots__ = ()

    def __radd__(self, other: object) -> Self:
        return self if type(other) is int and other == 0 else NotImplemented


@final
@dataclass(frozen=True, eq=False)
class Sizes:
    """How large a data set is, and which scores it has: those of parts merge, in any order, to those of the whole.

    Attributes
    ----------
    images, annotations, predictions:
        How many there are: ignored annotations, too, and the predictions of all detectors.
    weak, lowest_score:
        Predictions of a low score, and the lowest score, 1 if there is none.
    by_class:
        (2, K) annotations of each class, ignored ones left out, and predictions of each.
    """

    images: int
    annotations: int
    predictions: int
    weak: int
    lowest_score: float
    by_class: NDArray[np.int64]

    @classmethod
    def of(cls, dataset: Dataset) -> Sizes:
        """Those of a data set."""
        annotations, sets = dataset.annotations, all_predictions(dataset)
        score = _joined([boxes.score for boxes in sets if boxes.score is not None])
        judged = annotations.class_id if annotations.ignore is None else annotations.class_id[~annotations.ignore]
        predicted = _joined([boxes.class_id for boxes in sets])
        return cls(
            len(dataset),
            len(annotations.class_id),
            len(score),
            int(np.count_nonzero(score < WEAK)),
            float(score.min(initial=1)),
            _side_by_side(np.bincount(judged), np.bincount(predicted)),
        )

    def merged(self, other: Sizes) -> Sizes:
        """Those of two parts together."""
        return Sizes(
            self.images + other.images,
            self.annotations + other.annotations,
            self.predictions + other.predictions,
            self.weak + other.weak,
            min(self.lowest_score, other.lowest_score),
            _added(self.by_class, other.by_class),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sizes) and self.content() == other.content()

    __hash__ = None  # type: ignore[assignment]  # equal by value

    def content(self) -> dict[str, Any]:
        """What a file holds."""
        found = np.flatnonzero(self.by_class.any(axis=0))
        by_class = np.column_stack([found, self.by_class[:, found].T])
        return {name: getattr(self, name) for name in _NUMBERS} | {"by_class": by_class.tolist()}

    @classmethod
    def from_content(cls, content: Any, classes: int) -> Sizes:
        """Those of a file; a ValueError says what no data set has."""
        *numbers, lowest = (content[name] for name in _NUMBERS)
        if not all(type(number) is int and 0 <= number <= LARGEST for number in numbers):
            raise ValueError(f"{', '.join(_NUMBERS[:-1])} are {numbers}, expected integers from 0 to {LARGEST}")
        if not (type(lowest) is float and 0 <= lowest <= 1):
            raise ValueError(f"lowest_score is {lowest!r}, expected a number from 0 to 1")
        rows = from_whole_numbers(content["by_class"], 3)
        rising = (np.diff(rows[:, 0]) > 0).all()
        if not rising or (rows[:, 0] >= classes).any() or not rows[:, 1:].any(axis=1).all():
            raise ValueError(f"by_class is of no rising classes below {classes} that have boxes")
        by_class = np.zeros((2, int(rows[-1, 0]) + 1 if len(rows) else 0), np.int64)
        by_class[:, rows[:, 0]] = rows[:, 1:].T
        images, annotations, predictions, weak = numbers
        sizes = cls(images, annotations, predictions, weak, lowest, by_class)
        sizes._check()
        return sizes

    def _check(self) -> None:
        annotations, predictions = self.by_class.sum(axis=1).tolist()
        if predictions != self.predictions or annotations > self.annotations or self.weak > predictions:
            raise ValueError("the numbers of boxes by class, and of weak predictions, are not those of all boxes")
        if (self.weak > 0) != (self.lowest_score < WEAK) or (predictions == 0 and self.lowest_score < 1):
            raise ValueError(f"the lowest score is {self.lowest_score}, and {self.weak} predictions are below {WEAK}")
        if self.images == 0 and (self.annotations or predictions):
            raise ValueError("there are boxes, and no images")


@final
@dataclass(frozen=True)
class Totals:
    """What spans a data set beside the counts of `check`; those of parts merge to those of the whole.

    Attributes
    ----------
    sizes:
        How large it is.
    min_similarity:
        The smallest similarity of ObjectLab above 0, 1 if there is none; None for several detectors.
    parts:
        16 bytes for each part that has image ids or names. They say how a data set was counted, and not what it is.
    """

    sizes: Sizes
    min_similarity: float | None
    parts: frozenset[bytes] = field(compare=False)

    @classmethod
    def of(cls, dataset: Dataset, so_far: float = 1.0) -> Totals:
        """Those of a data set that is one part; ``so_far`` is the smallest similarity of parts before it."""
        similarity = None
        if not dataset.more_predictions:
            similarity = min_similarity(dataset_columns(*verified_boxes(dataset)), so_far)
        return cls(Sizes.of(dataset), similarity, part_ids(dataset))

    def merged(self, other: Totals) -> Totals:
        """Those of two parts together; a ValueError if a part is in both."""
        similarity = None
        if self.min_similarity is not None and other.min_similarity is not None:
            similarity = min(self.min_similarity, other.min_similarity)
        return Totals(self.sizes.merged(other.sizes), similarity, all_parts(self.parts, other.parts))

    def content(self) -> dict[str, Any]:
        """What a file holds."""
        parts = sorted(part.hex() for part in self.parts)
        return {**self.sizes.content(), "min_similarity": self.min_similarity, "parts": parts}

    @classmethod
    def from_content(cls, content: Any, classes: int, detectors: int) -> Totals:
        """Those of a file; a ValueError says what no data set has."""
        sizes, similarity = Sizes.from_content(content, classes), content["min_similarity"]
        if not (similarity is None if detectors > 1 else type(similarity) is float and 0 < similarity <= 1):
            raise ValueError(f"min_similarity is {similarity!r}, expected a number above 0 up to 1")
        parts = frozenset(map(bytes.fromhex, content["parts"]))
        if any(len(part) != _PART_BYTES for part in parts) or not len(content["parts"]) == len(parts) <= sizes.images:
            raise ValueError("parts are not 32 hex digits each, without one that stands twice")
        return cls(sizes, similarity, parts)


def all_parts(some: frozenset[bytes], others: frozenset[bytes]) -> frozenset[bytes]:
    """The parts of both; a ValueError if a part is in both."""
    check_new(some, others)
    return some | others


def check_new(some: Set[bytes], others: Set[bytes]) -> None:
    """A ValueError if a part is in both."""
    twice = some & others
    if twice:
        raise ValueError(f"{counted(len(twice), 'part')} of the same images would be counted twice")


def from_whole_numbers(rows: Any, width: int) -> NDArray[np.int64]:
    """Counts of a file: (n, width) integers."""
    array = np.asarray(rows) if len(rows) else np.empty((0, width), np.int64)
    if array.dtype.kind != "i" or array.shape != (len(rows), width) or (array < 0).any() or (array > LARGEST).any():
        raise ValueError(f"expected rows of {width} integers from 0 to {LARGEST}")
    return array.astype(np.int64, copy=False)


def _side_by_side(annotations: NDArray[np.intp], predictions: NDArray[np.intp]) -> NDArray[np.int64]:
    sides = np.zeros((2, max(len(annotations), len(predictions))), np.int64)
    sides[0, : len(annotations)], sides[1, : len(predictions)] = annotations, predictions
    return sides


def _added(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (one, other) if one.shape[1] >= other.shape[1] else (other, one)
    total = longer.copy()
    total[:, : shorter.shape[1]] += shorter
    return total


def part_ids(dataset: Dataset) -> frozenset[bytes]:
    """What names a part: the ids or names of its images, in their order, and how many boxes each has."""
    names = dataset.image_ids if dataset.image_ids is not None else dataset.image_names
    if names is None or not len(dataset):
        return frozenset()
    digest = blake2b(_between_zeros(names), digest_size=_PART_BYTES)
    for boxes in (dataset.annotations, *all_predictions(dataset)):
        digest.update(boxes.offsets.tobytes())
    return frozenset([digest.digest()])


def _between_zeros(names: Any) -> bytes:
    """Texts or integers with a zero between each two."""
    if isinstance(names, np.ndarray) and names.dtype.kind == "i":
        offsets, data, *_ = texts(names)
        return np.insert(data, offsets[1:-1], 0).tobytes()
    listed = names.tolist() if isinstance(names, np.ndarray) else names
    return "\0".join(map(str, listed)).encode(errors="surrogatepass")


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)
