"""How many threads a call may use."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager

from boxlint._core import limit_threads

__all__ = ["at_most"]

# More would be a mistake, and each takes memory.
_MOST = 1024


@contextmanager
def at_most(threads: int | None) -> Iterator[None]:
    """Limits the calls inside, of this Python thread, to so many threads; None leaves the limit as it is.

    Without a limit they use a thread a core, or as many as RAYON_NUM_THREADS says.
    """
    if threads is None:
        yield
        return
    if not 1 <= operator.index(threads) <= _MOST:
        raise ValueError(f"threads is {threads}, expected 1 to {_MOST}")
    before = limit_threads(operator.index(threads))
    try:
        yield
    finally:
        limit_threads(before)
