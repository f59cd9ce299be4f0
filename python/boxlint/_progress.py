"""What scoring prints: a progress bar if it takes longer than about a second, and a line on what was scored."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from boxlint._core import HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD
from boxlint._text import counted

if TYPE_CHECKING:
    from boxlint._core_types import ConfidenceCounts

__all__ = ["ProgressBar", "scored_line"]

# Seconds until an estimate is worth telling.
_ESTIMATED_FROM = 5.0


class ProgressBar:
    """Is drawn on standard error, from a second after it is made until it is closed; without a total only its label.

    Tells how much of the total is done, of which some may have been done before, and about how long the rest will take.
    """

    def __init__(self, total: int | None, label: str = "", done: int = 0) -> None:
        self._total = total
        self._label = f"{label} " if label else ""
        self._done = self._before = done
        self._begun = time.monotonic()
        self._next = self._begun + 1.0
        self._drawn = 0
        if total is None:
            self._draw(self._label)

    def __call__(self, done: int) -> None:
        """Adds what was done since the last call."""
        self._done += done
        if self._total is None or time.monotonic() < self._next:
            return
        now = time.monotonic()
        self._next = now + 0.1
        fraction = min(self._done / self._total, 1.0)
        rest = (now - self._begun) / max(self._done - self._before, 1) * max(self._total - self._done, 0)
        left = f", {_in_words(rest)} left" if now - self._begun > _ESTIMATED_FROM else ""
        self._draw(f"{self._label}[{'#' * round(30 * fraction):30}] {fraction:4.0%}{left}")

    def close(self) -> None:
        """Erases the bar, if it is drawn."""
        if self._drawn:
            self._draw(" " * self._drawn)
            self._draw("")

    def _draw(self, text: str) -> None:
        print(f"\r{text.ljust(self._drawn)}", end="", file=sys.stderr, flush=True)
        self._drawn = len(text)


def _in_words(seconds: float) -> str:
    """About how long, in one unit.

    >>> [_in_words(seconds) for seconds in (8.4, 100, 9000)]
    ['8 s', '2 min', '2.5 h']
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def scored_line(images: int, counts: ConfidenceCounts) -> str:
    """How many images and boxes were scored, with a warning if some types of error cannot be found."""
    low, high = LOW_PROBABILITY_THRESHOLD, HIGH_PROBABILITY_THRESHOLD
    line = (
        f"boxlint: scored {counted(images, 'image')}, {counted(counts['annotations'], 'annotation')}, "
        f"{counted(counts['predictions'], 'prediction')} ({counts['confident']:,} at or above {low}, "
        f"{counts['very_confident']:,} at or above {high})"
    )
    if counts["very_confident"] == 0:
        line += f"; warning: no prediction reaches {high}, so no overlooked or swapped box can be found"
    return line
