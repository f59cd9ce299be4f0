"""A progress bar for work that takes longer than about a second."""

from __future__ import annotations

import sys
import time

__all__ = ["ProgressBar"]


class ProgressBar:
    """Draws on standard error, from a second after it was made until it is closed."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._next = time.monotonic() + 1.0
        self._drawn = False

    def __call__(self, done: int) -> None:
        """Counts what was done since the last call."""
        self._done += done
        if time.monotonic() < self._next:
            return
        self._next += 0.1
        self._drawn = True
        share = min(self._done / self._total, 1.0)
        print(f"\r[{'#' * round(30 * share):30}] {share:4.0%}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Wipes the bar, if there is one."""
        if self._drawn:
            print(f"\r{'':40}\r", end="", file=sys.stderr, flush=True)
