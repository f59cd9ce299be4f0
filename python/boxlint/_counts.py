"""What `check` counts of one detector and of several, and how a file holds it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from boxlint._core import Statistics as EngineStatistics
from boxlint._totals import from_whole_numbers

__all__ = ["Several", "content_of", "counts_of", "no_counts", "several_of"]

_WIDTHS = {"scores": 6, "bests": 4, "pairs": 3, "gaps": 4, "seen": 4}


class Several(NamedTuple):
    """The counts of each of several detectors."""

    counts: tuple[EngineStatistics, ...]
    # The pairs of detectors whose predictions differ anywhere; of detectors that are copies of each other, one counts.
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

    def content(self) -> dict[str, Any]:
        """What a file holds."""
        detectors = [content_of(counts) for counts in self.counts]
        return {"detectors": detectors, "differ": sorted(map(list, self.differ)), "fused": self.fused}


def no_counts() -> EngineStatistics:
    """Those of no class."""
    return EngineStatistics(0, *(np.empty((0, width), np.int64) for width in _WIDTHS.values()))


def content_of(counts: EngineStatistics) -> dict[str, Any]:
    """What a file holds of one detector; tables are arrays."""
    entries = zip(_WIDTHS, counts.entries(), strict=True)
    return {"classes": counts.classes, **dict(entries)}


def counts_of(content: Any) -> EngineStatistics:
    """The counts of one detector; a ValueError says what no data set has."""
    widths = _WIDTHS.items()
    return EngineStatistics(content["classes"], *(from_whole_numbers(content[name], width) for name, width in widths))


def several_of(content: Any) -> Several | None:
    """The counts of several detectors; None of one; a ValueError says what no data set has."""
    if "detectors" not in content:
        return None
    counts, fused = tuple(map(counts_of, content["detectors"])), content["fused"]
    differ = frozenset((one, other) for one, other in content["differ"])
    pairs = {(one, other) for other in range(len(counts)) for one in range(other)}
    if len(counts) < 2 or not differ <= pairs or not isinstance(fused, bool):
        raise ValueError(f"expected two detectors or more, and pairs of them that differ, found {len(counts)}")
    return Several(counts, differ, fused)
