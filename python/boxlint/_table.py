"""Columns of tables as every output takes them: numbers as arrays, texts end to end, without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._core import texts_of, validity_bitmap

__all__ = [
    "BLOCK",
    "Cells",
    "Numbers",
    "Taken",
    "Texts",
    "arrow_array",
    "arrow_batch",
    "arrow_dictionary",
    "arrow_flags",
    "engine_cells",
    "engine_table",
    "is_empty",
    "number_of_rows",
    "object_array",
    "objects",
    "repeats",
    "texts",
    "validity",
]

Array = NDArray[Any]
Mask = NDArray[np.bool_]

#: Rows of a table that are made and written at a time.
BLOCK = 1 << 16


class Texts(NamedTuple):
    """Texts end to end, in UTF-8: that of row i is ``data[offsets[i]:offsets[i + 1]]``."""

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]
    # Where there is none.
    nothing: Mask | None = None
    # Which are the digits of an integer among texts.
    integer: Mask | None = None


class Taken(NamedTuple):
    """Texts of which each can stand in many rows: for each row which one it is, -1 for none."""

    rows: NDArray[np.int64]
    texts: Texts


class Numbers(NamedTuple):
    """Integers or floats of 64 bits, and where there is none."""

    values: Array
    nothing: Mask | None = None


# A column of a block of rows: numbers, in an array masked where there are none as well, or texts.
Cells = Array | Numbers | Texts | Taken


def texts(values: Iterable[Any] | Array) -> Texts:
    """Values as texts; None is none.

    >>> objects(texts(["a", None, 7])).tolist()
    ['a', None, '7']
    """
    are_integers = isinstance(values, np.ndarray) and values.dtype.kind == "i"
    return Texts._make(texts_of(np.ascontiguousarray(values, np.int64) if are_integers else list(values)))


def objects(column: Texts) -> Array:
    """Texts as Python has them; None for none.

    >>> objects(texts(["ä", "", None])).tolist()
    ['ä', '', None]
    """
    joined, ends = column.data.tobytes(), column.offsets.tolist()
    values = object_array([joined[start:end].decode() for start, end in pairwise(ends)])
    if column.nothing is not None:
        values[column.nothing] = None
    return values


def object_array(values: Sequence[Any]) -> Array:
    """An array (n,) of these objects, texts or None among them, as they are."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def number_of_rows(block: Mapping[str, Cells | Sequence[Any]]) -> int:
    """Of columns of equal length."""
    column = next(iter(block.values()))
    if isinstance(column, Texts):
        return len(column.offsets) - 1
    return len(column[0] if isinstance(column, Numbers | Taken) else column)


def engine_table(block: Mapping[str, Cells | Sequence[Any]]) -> list[tuple[str, Any]]:
    """The columns as the engine takes them: contiguous numbers with their mask, or texts."""
    return [(name, engine_cells(column)) for name, column in block.items()]


def engine_cells(column: Cells | Sequence[Any]) -> Any:
    """One column as `engine_table` has it."""
    if isinstance(column, Numbers | Texts | Taken):
        return column
    if not isinstance(column, np.ndarray) or column.dtype.kind not in "iuf":
        return texts(column.tolist() if isinstance(column, np.ndarray) else column)
    mask = np.ma.getmask(column)
    numbers = np.ascontiguousarray(np.ma.getdata(column), np.float64 if column.dtype.kind == "f" else np.int64)
    return Numbers(numbers, None if mask is np.ma.nomask else np.ascontiguousarray(mask))


def repeats(column: Numbers | Texts | Taken) -> bool:
    """Whether values of a column of the engine mostly stand in many rows."""
    return isinstance(column, Taken) or (isinstance(column, Numbers) and column.values.dtype.kind == "i")


def is_empty(column: Numbers | Texts | Taken) -> bool:
    """Whether there is nothing in any row of a column of the engine."""
    if isinstance(column, Taken):
        return len(column.texts.offsets) == 1 or bool((column.rows < 0).all())
    return column.nothing is not None and bool(column.nothing.all())


def arrow_batch(block: Mapping[str, Cells | Sequence[Any]], *, short: bool = False, dictionaries: bool = False) -> Any:
    """The columns as a record batch of pyarrow, made of their memory: pyarrow's own conversion imports pandas.

    Texts are of type large_string, or ``short``, where they are short enough: string. Those of which each can stand in
    many rows are ``dictionaries``, if that is wanted.
    """
    import pyarrow

    # Columns share what says where there is nothing, and its bitmap; and those without any text are one.
    shared: dict[int | str, Any] = {}
    arrays = [arrow_array(column, short, dictionaries, shared) for _, column in engine_table(block)]
    return pyarrow.RecordBatch.from_arrays(arrays, names=list(block))


def arrow_array(
    column: Any, short: bool = False, dictionaries: bool = False, shared: dict[int | str, Any] | None = None
) -> Any:
    """A column of the engine; ``shared`` has what is made of the table: bitmaps by the identity of their masks."""
    import pyarrow

    shared = {} if shared is None else shared
    if isinstance(column, Taken):
        once = arrow_array(column.texts, short)
        if not dictionaries and is_empty(column):
            if "texts" not in shared:
                shared["texts"] = pyarrow.nulls(len(column.rows), once.type)
            return shared["texts"]
        if dictionaries:
            return arrow_dictionary(column.rows, once)
        return once.take(arrow_array(Numbers(column.rows, column.rows < 0)))
    if isinstance(column, Texts):
        offsets, data, nothing, _ = column
        of_type: Any = pyarrow.large_string()
        if short and len(data) <= np.iinfo(np.int32).max:
            offsets, of_type = offsets.astype(np.int32), pyarrow.string()
        buffers = [validity(nothing), pyarrow.py_buffer(offsets), pyarrow.py_buffer(data)]
        return pyarrow.Array.from_buffers(of_type, len(offsets) - 1, buffers)
    numbers, nothing = column
    if id(nothing) not in shared:
        shared[id(nothing)] = validity(nothing)
    buffers = [shared[id(nothing)], pyarrow.py_buffer(numbers)]
    return pyarrow.Array.from_buffers(pyarrow.from_numpy_dtype(numbers.dtype), len(numbers), buffers)


def arrow_dictionary(rows: NDArray[np.int64], once: Any) -> Any:
    """Texts as a dictionary of pyarrow, given which one each row has, -1 for none.

    If these are many, those of no row are left out.
    """
    import pyarrow

    buffers = [validity(rows < 0), pyarrow.py_buffer(rows.astype(np.int32))]
    positions = pyarrow.Array.from_buffers(pyarrow.int32(), len(rows), buffers)
    if len(once) > len(rows):
        return once.take(positions).dictionary_encode()
    return pyarrow.DictionaryArray.from_arrays(positions, once)


def arrow_flags(flags: Mask) -> Any:
    """Flags as an array of pyarrow."""
    import pyarrow

    bits = pyarrow.py_buffer(np.packbits(flags, bitorder="little"))
    return pyarrow.Array.from_buffers(pyarrow.bool_(), len(flags), [None, bits])


def validity(nothing: Mask | None) -> Any:
    """Arrow's validity buffer of a mask of nulls; None without any null."""
    import pyarrow

    bitmap = None if nothing is None else validity_bitmap(np.ascontiguousarray(nothing))
    return None if bitmap is None else pyarrow.py_buffer(bitmap)
