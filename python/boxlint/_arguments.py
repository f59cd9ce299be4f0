"""Arguments that are a number or a flag: as they should be, or refused in one sentence."""

from __future__ import annotations

from numbers import Real

import numpy as np

__all__ = ["boolean", "fraction", "number"]


def number(name: str, given: float | None, default: float | None = None) -> float:
    """A number, or the default for None."""
    value = default if given is None else given
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}, expected a number")
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def fraction(name: str, given: float | None, default: float | None = None) -> float:
    """A number from 0 to 1, or the default for None."""
    value = number(name, given, default)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {given}, expected a number from 0 to 1")
    return value


def boolean(name: str, given: bool | None) -> bool:
    """True or False; None, which the reference takes, is False."""
    if given is not None and not isinstance(given, (bool, np.bool_)):
        raise TypeError(f"{name} is {given!r}, expected True or False")
    return bool(given)
