"""Lists and numbers in arrays of Arrow as numpy has them, whatever their layout: slices, nulls, views, decimals.

Arrays without nulls become views of the memory of Arrow. Imports pyarrow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = [
    "Fault",
    "Lists",
    "corners",
    "detectors_in",
    "fields_of",
    "flags",
    "ids",
    "integers",
    "lists_of",
    "numbers",
    "sizes",
]

Array = NDArray[Any]
# Makes the exception for a fault of the value at a position; and makes that for the offsets of the images.
Fault = Callable[[int, str], Exception]
Faults = Callable[[NDArray[np.int64]], Fault]

_LIST_KINDS = {pa.lib.Type_LIST, pa.lib.Type_LARGE_LIST}
_OTHER_LIST_KINDS = {pa.lib.Type_FIXED_SIZE_LIST, pa.lib.Type_LIST_VIEW, pa.lib.Type_LARGE_LIST_VIEW}
_DECIMALS = {pa.lib.Type_DECIMAL128, pa.lib.Type_DECIMAL256}
_TEXTS = {pa.lib.Type_STRING, pa.lib.Type_LARGE_STRING, pa.lib.Type_STRING_VIEW}
# What numpy calls the types of numbers.
_DTYPES = {
    pa.lib.Type_INT8: np.int8, pa.lib.Type_UINT8: np.uint8, pa.lib.Type_INT16: np.int16, pa.lib.Type_UINT16: np.uint16,
    pa.lib.Type_INT32: np.int32, pa.lib.Type_UINT32: np.uint32, pa.lib.Type_INT64: np.int64,
    pa.lib.Type_UINT64: np.uint64, pa.lib.Type_HALF_FLOAT: np.float16, pa.lib.Type_FLOAT: np.float32,
    pa.lib.Type_DOUBLE: np.float64,
}  # fmt: skip
_BOX = 4
_EXPECTED = "expected 4 numbers: x1, y1, x2, y2"
# Boxes are looked at in blocks that stay in the cache.
_BLOCK = 1 << 16


class Lists(NamedTuple):
    """A list an image: that of image i is ``values[offsets[i]:offsets[i + 1]]``."""

    offsets: NDArray[np.int64]
    # An array of Arrow.
    values: Any
    # Which of the lists are null, and so without values; None if none is.
    null: NDArray[np.bool_] | None


def lists_of(array: Any) -> Lists:
    """The lists in an array of any type of list.

    Raises
    ------
    TypeError
        If it holds no lists.

    >>> array = pa.array([[7.0, 8.0], None, [9.0]], pa.list_view(pa.float32()))
    >>> offsets, values, null = lists_of(array[1:])
    >>> offsets, values.to_pylist(), null
    (array([0, 0, 1]), [9.0], array([ True, False]))
    """
    given = array.type
    array = _plain(array)
    kind, length = array.type.id, len(array)
    null = _nulls(array)
    if kind == pa.lib.Type_NA:
        return Lists(np.zeros(length + 1, np.int64), array[:0], null)
    if kind in _LIST_KINDS:
        # Unlike `values`, `offsets` heeds that an array is a slice of another.
        offsets = _array(array.offsets)
        if null is None or not np.diff(offsets)[null].any():
            start = int(offsets[0])
            values = array.values.slice(start, int(offsets[-1]) - start)
            return Lists(np.subtract(offsets, start, dtype=np.int64), values, null)
    elif kind not in _OTHER_LIST_KINDS:
        raise TypeError(f"expected lists, found {given}")
    # Views may overlap or be out of order, and null lists may own values: `flatten` copies what counts.
    lengths = _array(pc.fill_null(pc.list_value_length(array), 0))
    return Lists(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]), array.flatten(), null)


def fields_of(array: Any, names: dict[str, str], faults: Faults) -> dict[str, Lists]:
    """The fields of boxes in lists of structs, or in structs of lists, as a list an image each.

    Parameters
    ----------
    array:
        The array, an entry an image.
    names:
        Field -> what it is called in the structs. Fields that are not there are left out.
    faults:
        Makes what makes exceptions for faults of boxes, given their offsets.

    Raises
    ------
    TypeError
        If it holds no structs.
    """
    structs = _plain(array)
    if structs.type.id == pa.lib.Type_STRUCT:
        return {field: lists_of(_child(structs, at)) for field, at in _positions(structs.type, names)}
    lists = lists_of(array)
    values = _plain(lists.values)
    if values.null_count:
        raise faults(lists.offsets)(first_null(values), f"is null, {_EXPECTED}")
    if values.type.id == pa.lib.Type_NA:
        # The type of lists that are all empty.
        return {field: Lists(lists.offsets, values, lists.null) for field in names}
    if values.type.id != pa.lib.Type_STRUCT:
        raise TypeError(f"expected lists of structs, found {array.type}")
    found = _positions(values.type, names)
    return {field: Lists(lists.offsets, _child(values, at), lists.null) for field, at in found}


def names_in_structs(kind: Any) -> list[str]:
    """The names of the fields of structs, or of lists of them.

    >>> names_in_structs(pa.list_(pa.struct({"bbox": pa.float32(), "label": pa.int64()})))
    ['bbox', 'label']
    """
    structs = kind if kind.id == pa.lib.Type_STRUCT else kind.value_type
    return [field.name for field in structs]


def detectors_in(array: Any, box: str) -> dict[str, Any]:
    """The arrays of the boxes of several detectors in a struct of them, by name; none if it is of one detector.

    Parameters
    ----------
    array:
        An array of any type.
    box:
        What the field of boxes is called, which a struct of one detector has.
    """
    array = _plain(array)
    kind = array.type
    if kind.id != pa.lib.Type_STRUCT or kind.get_all_field_indices(box):
        return {}
    return {kind.field(at).name: _child(array, at) for at in range(kind.num_fields)}


def _child(array: Any, at: int) -> Any:
    """A field of structs; `field` is free but forgets which structs are null."""
    return pc.struct_field(array, indices=[at]) if array.null_count else array.field(at)


def _positions(struct: Any, names: dict[str, str]) -> list[tuple[str, int]]:
    """Field -> its place in a struct, of those that are there."""
    found = {field: struct.get_all_field_indices(name) for field, name in names.items()}
    twice = next((field for field, places in found.items() if len(places) > 1), None)
    if twice is not None:
        raise TypeError(f"expected one field {names[twice]}, found {len(found[twice])}")
    return [(field, places[0]) for field, places in found.items() if places]


def corners(lists: Lists, faults: Faults) -> tuple[Array, NDArray[np.int64]]:
    """The boxes (n, 4) of lists of four numbers each, or of flat numbers, and the offsets of the images among them.

    Raises
    ------
    TypeError
        If they are neither.
    Exception
        The fault of the first box that is null or has other than four numbers.
    """
    values, offsets = _plain(lists.values), lists.offsets
    are_lists = values.type.id in _LIST_KINDS | _OTHER_LIST_KINDS
    # Boxes that are all null are of no type.
    if values.null_count and (are_lists or values.type.id == pa.lib.Type_NA):
        raise faults(offsets)(first_null(values), f"is null, {_EXPECTED}")
    if are_lists:
        fault = faults(offsets)
        values = _of_four(values, fault)
    else:
        if not _are_numbers(values.type):
            hint = "; a query makes lists of structs: docs/guide/parquet.md" if pa.types.is_struct(values.type) else ""
            raise TypeError(f"expected lists of 4 numbers, found {values.type}{hint}")
        counts = np.diff(offsets)
        if (counts % _BOX).any():
            image = int((counts % _BOX > 0).argmax())
            raise faults(offsets)(int(offsets[image]), f"begins {counts[image]} numbers, expected 4 for each box")
        offsets = offsets // _BOX
        fault = faults(offsets)
    return numbers(values, lambda at, what: fault(at // _BOX, f"has a number that {what}")).reshape(-1, _BOX), offsets


def _of_four(values: Any, fault: Fault) -> Any:
    """The numbers of lists that have four each, one after the other."""
    if values.type.id == pa.lib.Type_FIXED_SIZE_LIST and values.type.list_size == _BOX:
        # `values` has the numbers of the whole array that this one is a slice of.
        return values.values.slice(_BOX * values.offset, _BOX * len(values))
    if values.type.id in _LIST_KINDS:
        ends = _array(values.offsets)
        blocks = range(0, len(values), _BLOCK)
        # As many numbers as there have to be, and no box with fewer than four: then none has more.
        enough = int(ends[-1]) - int(ends[0]) == _BOX * len(values)
        if enough and all(np.diff(ends[start : start + _BLOCK + 1]).min() >= _BOX for start in blocks):
            return values.values.slice(int(ends[0]), _BOX * len(values))
    lengths = _array(pc.list_value_length(values))
    wrong = np.flatnonzero(lengths != _BOX)
    if len(wrong):
        raise fault(int(wrong[0]), f"has {lengths[wrong[0]]} numbers, {_EXPECTED}")
    return values.flatten()


def numbers(values: Any, fault: Fault) -> Array:
    """Numbers as float32 or float64: those of single and half precision as the former.

    Raises
    ------
    TypeError
        If they are no numbers.
    Exception
        The fault of the first null.
    """
    return _floats(_without_nulls(values, "a number", fault))


def integers(values: Any, fault: Fault) -> NDArray[np.int32]:
    """Class ids as int32.

    Raises
    ------
    TypeError
        If they are no integers.
    Exception
        The fault of the first null, or of the first beyond 32 bits.
    """
    values = _without_nulls(values, "an integer", fault)
    if not _are_integers(values.type):
        raise TypeError(f"expected integers, the positions, from 0, of the names of the classes, found {values.type}")
    try:
        narrow = values if values.type.id == pa.lib.Type_INT32 else values.cast(pa.int32())
    except pa.ArrowInvalid:
        limits = np.iinfo(np.int32)
        wide = [limits.min <= value <= limits.max for value in values.to_pylist()].index(False)
        raise fault(wide, f"is {values[wide]}, expected an integer from 0 to {limits.max}") from None
    return _array(narrow)


def flags(values: Any, fault: Fault) -> NDArray[np.bool_]:
    """Booleans, or integers of which 0 is false."""
    values = _without_nulls(values, "true or false", fault)
    if values.type.id == pa.lib.Type_BOOL:
        return _flags(values)
    return np.asarray(_floats(values) != 0)


def ids(values: Any, fault: Fault) -> NDArray[np.int64] | list[Any]:
    """Ids: int64 where all fit, else a list of texts or of integers.

    Raises
    ------
    TypeError
        If they are neither texts nor integers.
    Exception
        The fault of the first null.
    """
    values = _without_nulls(values, "a text or an integer", fault)
    kind = values.type
    if kind.id in _TEXTS:
        texts: list[Any] = values.to_pylist()
        return texts
    if not _are_integers(kind):
        raise TypeError(f"expected texts or integers, found {kind}")
    try:
        return _array(values if kind.id == pa.lib.Type_INT64 else values.cast(pa.int64()))
    except pa.ArrowInvalid:
        return [int(value) for value in values.to_pylist()]


def sizes(values: Any) -> NDArray[np.float64]:
    """Widths or heights; NaN for null.

    >>> sizes(pa.array([640, None], pa.uint16()))
    array([640.,  nan])
    """
    values = _plain(values)
    found = np.full(len(values), np.nan)
    found[_flags(values.is_valid())] = _floats(values.drop_null())
    return found


def first_null(array: Any) -> int:
    """The position of the first null of an array that has one."""
    return int(_flags(array.is_null()).argmax())


def _floats(values: Any) -> Array:
    """Numbers without nulls, as `numbers`."""
    kind = values.type
    if not _are_numbers(kind):
        raise TypeError(f"expected numbers, found {kind}")
    if kind.id in _DECIMALS or kind.id == pa.lib.Type_NA:
        values = values.cast(pa.float64())
    array = _array(values)
    single = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    return array.astype(np.float32 if single else np.float64, copy=False)


def _array(values: Any) -> Array:
    """Numbers without nulls as a view; a copy if they are not aligned, as buffers from a network may be.

    pyarrow's own conversion imports pandas.
    """
    dtype = np.dtype(_DTYPES[values.type.id])
    if not len(values):
        return np.empty(0, dtype)
    array: Array = np.frombuffer(values.buffers()[1], dtype, len(values), values.offset * dtype.itemsize)
    if not array.flags.aligned:
        return array.copy()
    array.flags.writeable = False
    return array


def _flags(values: Any) -> NDArray[np.bool_]:
    """Booleans without nulls, of which Arrow has eight in a byte."""
    if not len(values):
        return np.empty(0, bool)
    first, skipped = divmod(values.offset, 8)
    bits = np.frombuffer(values.buffers()[1], np.uint8, -(-(skipped + len(values)) // 8), first)
    return np.unpackbits(bits, count=skipped + len(values), bitorder="little")[skipped:].astype(bool)


def _are_numbers(kind: Any) -> bool:
    """Whether a type holds numbers, or nothing."""
    return kind.id in _DECIMALS or pa.types.is_floating(kind) or _are_integers(kind)


def _are_integers(kind: Any) -> bool:
    """Whether a type holds integers; Spark has decimals for those of 64 bits without sign."""
    return kind.id == pa.lib.Type_NA or pa.types.is_integer(kind) or (kind.id in _DECIMALS and kind.scale == 0)


def _without_nulls(values: Any, expected: str, fault: Fault) -> Any:
    values = _plain(values)
    if values.null_count:
        raise fault(first_null(values), f"is null, expected {expected}")
    return values


def _nulls(array: Any) -> NDArray[np.bool_] | None:
    return _flags(array.is_null()) if array.null_count else None


def _plain(array: Any) -> Any:
    """What an extension type stores, and what a dictionary encodes."""
    while isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if array.type.id != pa.lib.Type_DICTIONARY:
        return array
    if array.dictionary.type.id == pa.lib.Type_STRING_VIEW:
        # Categories of polars, which pyarrow does not decode.
        texts = pa.array(array.dictionary.to_pylist(), pa.large_string())
        array = pa.DictionaryArray.from_arrays(array.indices, texts)
    return array.dictionary_decode()
