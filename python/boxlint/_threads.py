"""How many threads a call may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boxlint._arguments import integer
from boxlint._core import limit_threads

__all__ = ["at_most", "room_for_thread"]

# More would be a mistake, and each takes memory.
_MOST = 1024
# Bytes that a thread of Python takes to start, and many times more.
_ROOM = 1 << 24


@contextmanager
def at_most(threads: int | None) -> Iterator[None]:
    """Limits the calls inside, of this Python thread, to so many threads; None leaves the limit as it is.

    Without a limit they use a thread a core, or as many as RAYON_NUM_THREADS says.
    """
    if threads is None:
        yield
        return
    count = integer("threads", threads, 1)
    if count > _MOST:
        raise ValueError(f"threads is {threads}, expected at most {_MOST}")
    before = limit_threads(count)
    try:
        yield
    finally:
        limit_threads(before)


def room_for_thread() -> None:
    """A MemoryError if there is little memory: Python waits for ever for a thread that finds none to start with."""
    bytearray(_ROOM)
