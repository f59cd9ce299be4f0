"""Which annotations of a file are which annotations of a data set that was read from it and changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

__all__ = ["Alignment", "Annotation", "align", "expect_source"]

# Corrections change few annotations: where a file has so many, at least one is unchanged.
_MANY = 10


class Annotation(NamedTuple):
    """The class and the corners of an annotation."""

    label: Hashable
    box: tuple[float, float, float, float]


class Alignment(NamedTuple):
    """Position in the file -> position in the data set, the positions that are new, and how many are unchanged.

    Also how many annotations the file has.
    """

    pairs: dict[int, int]
    added: list[int]
    equal: int
    old: int


def align(old: Sequence[Annotation], new: Sequence[Annotation]) -> Alignment:
    """Pairs equal annotations first, then those of one box, then those of one class whose boxes overlap."""
    pairs = _paired(old, new, {}, lambda one: one)
    equal = len(pairs)
    pairs = _paired(old, new, pairs, lambda one: one.box)
    left = [position for position in range(len(old)) if position not in pairs]
    taken = set(pairs.values())
    for position in left:
        overlaps = [
            (_overlap(old[position].box, one.box), -other)
            for other, one in enumerate(new)
            if other not in taken and one.label == old[position].label
        ]
        best, other = max(overlaps, default=(0.0, 0))
        if best > 0:
            pairs[position] = -other
            taken.add(-other)
    return Alignment(pairs, [position for position in range(len(new)) if position not in taken], equal, len(old))


def expect_source(folder: object, alignments: Sequence[Alignment]) -> None:
    """Raises ValueError if the files are not those that the data set was read from."""
    old = sum(alignment.old for alignment in alignments)
    paired = any(alignment.pairs for alignment in alignments)
    added = any(alignment.added for alignment in alignments)
    unchanged = any(alignment.equal for alignment in alignments)
    if (old and added and not paired) or (old >= _MANY and paired and not unchanged):
        raise ValueError(f"{folder}: has none of the boxes, expected the folder that the data set was read from")


def _paired(
    old: Sequence[Annotation],
    new: Sequence[Annotation],
    pairs: dict[int, int],
    key: Callable[[Annotation], Hashable],
) -> dict[int, int]:
    """The pairs, and those of the others that have the same key, in order."""
    taken = set(pairs.values())
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for position in reversed(range(len(new))):
        if position not in taken:
            waiting[key(new[position])].append(position)
    more = {
        position: same.pop()
        for position, one in enumerate(old)
        if position not in pairs and (same := waiting[key(one)])
    }
    return pairs | more


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0
