"""Arguments as they should be, or refused in one sentence that names them.

A wrong type reads ``names: expected a list, found str``, a wrong value ``top is -1, expected at least 0``.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "as_array", "as_ids", "as_list", "as_names", "boolean", "expect", "expect_dict", "expect_list", "fraction",
    "has_masked", "integer", "list_or", "names_in_order", "number", "on_cpu", "optional_fraction",
]  # fmt: skip

T = TypeVar("T")


def expect(name: str, given: Any, kind: type[Any]) -> None:
    """Refuses anything but an object of a type.

    >>> expect("decisions", 7, list)
    Traceback (most recent call last):
    TypeError: decisions: expected a list, found int
    """
    if not isinstance(given, kind):
        wanted = kind.__name__ if kind.__name__.endswith("s") else f"a {kind.__name__}"
        raise TypeError(f"{name}: expected {wanted}, found {type(given).__name__}")


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


def expect_dict(name: str, given: Any, of: str) -> None:
    """Refuses what is no dict, nor anything like one; ``of`` says from what to what it should lead.

    >>> expect_dict("priors", [0.1], "from kinds to odds")
    Traceback (most recent call last):
    TypeError: priors: expected a dict from kinds to odds, found list
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"{name}: expected a dict {of}, found {type(given).__name__}")


def expect_list(name: str, given: Any) -> None:
    """Refuses what has no length or no order, and text.

    >>> expect_list("names", "cat")
    Traceback (most recent call last):
    TypeError: names: expected a list, found str
    """
    # An array of no dimensions has the method, but no length.
    is_single = not hasattr(given, "__len__") or getattr(given, "shape", None) == ()
    if is_single or isinstance(given, (str, bytes, set, frozenset)):
        raise TypeError(f"{name}: expected a list, found {type(given).__name__}")


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
    if has_masked(values):
        raise ValueError(f"{argument} has masked values")
    try:
        return np.asarray(on_cpu(values))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{argument} is nothing that numpy can read as an array") from error


def has_masked(values: Any) -> bool:
    """Whether there are masked values, which numpy reads without their mask: in an array, or one in a list or tuple.

    >>> has_masked([np.ma.masked_less([1, 2], 2)]), has_masked(np.ma.masked_less([1, 2], 0))
    (True, False)
    """
    rows = values if isinstance(values, (list, tuple)) else [values]
    return any(isinstance(row, np.ma.MaskedArray) and bool(np.ma.is_masked(row)) for row in rows)


def as_ids(name: str, given: Any) -> Any:
    """Ids as a data set keeps them: arrays of integers of 64 bits as they are; else a list of integers, texts and None.

    Numbers of numpy become those of Python, and whole floats integers: a column of pandas has them beside empty cells,
    which are None.

    Raises
    ------
    TypeError
        If one is nothing of these.

    >>> as_ids("ids", np.array(["a", "b"])), as_ids("ids", [np.int64(7), 8.0]), as_ids("ids", np.array([1.0, 2.0]))
    (['a', 'b'], [7, 8], [1, 2])
    """
    given = on_cpu(given)
    if given is None or len(given) == 0:
        return given
    if isinstance(given, np.ndarray) and given.ndim == 1 and not np.ma.is_masked(given):
        kind = given.dtype.kind
        if kind == "i" or (kind == "u" and int(given.max()) <= np.iinfo(np.int64).max):
            return given
    ids = _walked(given)
    return ids if set(map(type, ids)) <= {int, str} else [_id(f"{name}[{row}]", one) for row, one in enumerate(ids)]


def as_names(name: str, given: Any) -> Sequence[str] | None:
    """Names as a data set keeps them: lists and tuples of texts as they are; else a list, also of paths, of texts.

    Raises
    ------
    TypeError
        If one is no text, or they are one text instead of a list.

    >>> as_names("names", np.array(["a", "b"])), as_names("names", ("a", "b"))
    (['a', 'b'], ('a', 'b'))
    """
    if given is None or (isinstance(given, (list, tuple)) and set(map(type, given)) <= {str}):
        return given
    if isinstance(given, (str, bytes)):
        raise TypeError(f"{name} is {given!r:.80}, expected a list")
    names = [os.fspath(one) if isinstance(one, os.PathLike) else one for one in _walked(given)]
    no_text = next((one for one in names if not isinstance(one, str)), given)
    if no_text is not given:
        raise TypeError(f"{name} holds {no_text!r}, expected texts")
    return list(map(str, names))


def names_in_order(name: str, given: Mapping[Any, str]) -> tuple[str, ...]:
    """The names of a dict from class ids.

    >>> names_in_order("names", {1: "dog", 0: "cat"})
    ('cat', 'dog')
    """
    if sorted(given, key=str) != sorted(range(len(given)), key=str):
        raise ValueError(f"{name} has the keys {list(given)!r:.80}, expected 0 to {len(given) - 1}")
    return tuple(given[class_id] for class_id in range(len(given)))


def _walked(given: Any) -> Any:
    """A list or tuple as it is, and what else can be walked as a list of objects of Python: None in empty cells."""
    if hasattr(given, "isna"):
        # pandas has NaN or a missing value of its own there.
        return [None if is_empty else one for one, is_empty in zip(given.tolist(), given.isna().tolist(), strict=True)]
    for method in ("tolist", "to_pylist"):
        if hasattr(given, method):
            return getattr(given, method)()
    return given if isinstance(given, (list, tuple)) else list(given)


def _id(name: str, given: Any) -> int | str | None:
    value = given.item() if isinstance(given, np.generic) else given
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return value
    raise TypeError(f"{name} is {given!r}, expected an integer or a text")


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
