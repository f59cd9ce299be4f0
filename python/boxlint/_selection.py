"""Which rows or images a key in square brackets selects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Selection", "selected"]

# Indices or a mask; a mask that is itself masked selects nothing where it is.
Selection = slice | Sequence[int] | Sequence[bool] | NDArray[Any]


def selected(key: int | Selection, count: int, noun: str) -> NDArray[np.intp]:
    """The positions that a key selects of ``count``: a single number for an integer, (n,) for anything else.

    Raises
    ------
    IndexError
        If there is no such position, or a mask has another length.
    TypeError
        If the key is neither an integer, a slice, a list of indices nor a mask.

    >>> selected(-1, 3, "row"), selected([True, False, True], 3, "row")
    (array(2), array([0, 2]))
    """
    if isinstance(key, slice):
        return np.arange(*key.indices(count))
    given = np.asarray(key)
    if isinstance(key, np.ma.MaskedArray) and key.dtype.kind == "b":
        given = key.filled(False)
    if given.size == 0 and given.ndim == 1:
        given = given.astype(np.intp)
    # boxes[0, 1] would be a tuple: two dimensions, which there are not.
    if isinstance(key, tuple) or given.ndim > 1 or given.dtype.kind not in ("iu" if given.ndim == 0 else "iub"):
        raise TypeError(f"expected an index, a slice, a list of indices or a mask of {noun}s, found {key!r}")
    if given.dtype.kind == "b":
        if len(given) != count:
            raise IndexError(f"the mask has {len(given)} entries, expected {count}, one for each {noun}")
        return np.flatnonzero(given)
    outside = (given < -count) | (given >= count)
    if outside.any():
        raise IndexError(f"{noun} {given[outside].flat[0]} is out of range: there are {count}")
    return np.where(given < 0, given + count, given).astype(np.intp)
