"""Arguments as they should be, or refused in one sentence that names them."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "as_array", "as_ids", "as_list", "boolean", "fraction", "integer", "list_or", "number", "on_cpu",
    "optional_fraction",
]  # fmt: skip

T = TypeVar("T")


def number(name: str, given: float) -> float:
    """A number; infinite if it is too large for a float."""
    if isinstance(given, bool) or not isinstance(given, Real):
        raise TypeError(f"{name} is {given!r}, expected a number")
    try:
        return float(given)
    except OverflowError:
        return np.inf if given > 0 else -np.inf


def fraction(name: str, given: float) -> float:
    """A number from 0 to 1."""
    value = number(name, given)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {given}, expected a number from 0 to 1")
    return value


def optional_fraction(name: str, given: float | None) -> float | None:
    """A number from 0 to 1; None, for which Rust has the default, stays None."""
    return None if given is None else fraction(name, given)


def integer(name: str, given: int, least: int) -> int:
    """An integer that is not below the least one."""
    try:
        value = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        value = None
    if value is None:
        raise TypeError(f"{name} is {given!r}, expected an integer")
    if value < least:
        raise ValueError(f"{name} is {given}, expected at least {least}")
    return value


def boolean(name: str, given: bool | None) -> bool:
    """True or False; None counts as False, as in cleanlab."""
    if given is not None and not isinstance(given, (bool, np.bool_)):
        raise TypeError(f"{name} is {given!r}, expected True or False")
    return bool(given)


def as_list(argument: str, images: Any, expected: str = "a list with one entry an image") -> list[Any]:
    """Lists as they are, other iterables as a list; text, dicts and single numbers are refused."""
    if isinstance(images, list):
        return images
    scalar = getattr(images, "ndim", 1) == 0
    if scalar or isinstance(images, (str, bytes, dict)) or not isinstance(images, Iterable):
        raise TypeError(f"{argument}: expected {expected}, found {type(images).__name__}")
    return list(images)


def list_or(argument: str, images: Any, columns: type[T]) -> T | list[Any]:
    """Objects of the type `columns` as they are, anything else as by `as_list`."""
    if isinstance(images, columns):
        return images
    return as_list(argument, images, f"a list with one entry an image, or {columns.__name__}")


def as_array(argument: str, values: ArrayLike) -> NDArray[Any]:
    """`numpy.asarray` with an error that names the argument, also of a tensor on any device."""
    if np.ma.is_masked(values):
        raise ValueError(f"{argument} has masked values")
    try:
        return np.asarray(on_cpu(values))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{argument} is nothing that numpy can read as an array") from error


def as_ids(given: Any) -> Any:
    """Ids as a data set keeps them: as they are, but numpy's own numbers in lists, and arrays of all else than integers
    of 64 bits, as Python has them.

    >>> as_ids(np.array(["a", "b"])), as_ids([np.int64(7), "a"]), as_ids(np.array([2**63], np.uint64))
    (['a', 'b'], [7, 'a'], [9223372036854775808])
    """
    if given is None or len(given) == 0:
        return given
    if isinstance(given, np.ndarray):
        kind = given.dtype.kind
        fits = kind == "i" or (kind == "u" and int(given.max()) <= np.iinfo(np.int64).max)
        return given if fits else as_ids(given.tolist())
    if not any(issubclass(kind, np.generic) for kind in set(map(type, given))):
        return given
    return [one.item() if isinstance(one, np.generic) else one for one in given]


def on_cpu(values: Any) -> Any:
    """A tensor on any device as an array of numpy, which may share its memory; anything else as it is."""
    if not hasattr(values, "detach"):
        return values
    values = values.detach().cpu()
    try:
        return values.numpy()
    except TypeError:
        # numpy has no bfloat16.
        return values.float().numpy()
