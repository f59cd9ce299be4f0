"""What goes from process to process as bytes: a line that says what it is, and its content, compressed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["packed", "packed_arrays", "unpacked", "unpacked_arrays"]

# A few damaged bytes could ask for any amount of memory. Nothing that is packed here is as large.
_LARGEST = 2**34


def packed(what: str, version: int, content: bytes) -> bytes:
    """The bytes of something, with its version.

    >>> unpacked("statistics", 1, packed("statistics", 1, b"numbers"))
    b'numbers'
    """
    return b"boxlint %s %d\n" % (what.encode(), version) + zlib.compress(content, 1)


def unpacked(what: str, version: int, data: bytes) -> bytes:
    """The content.

    Raises
    ------
    ValueError
        If the bytes are of something else or of another version, cut short or damaged.
    """
    head, _, body = data.partition(b"\n")
    begins = b"boxlint %s " % what.encode()
    if not head.startswith(begins) or not head[len(begins) :].isdigit():
        raise ValueError(f"these bytes are no {what} of boxlint")
    if int(head[len(begins) :]) != version:
        raise ValueError(f"{what} are of version {head[len(begins) :].decode()}, expected {version}")
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(body, _LARGEST)
    except zlib.error as error:
        raise ValueError(f"the bytes of {what} are damaged: {error}") from error
    if not reader.eof or reader.unused_data:
        raise ValueError(f"the bytes of {what} are damaged: they end too soon, or go on after the end")
    return content


def packed_arrays(what: str, version: int, columns: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of columns, one after the other."""
    out = BytesIO()
    for column in columns.values():
        np.lib.format.write_array(out, np.ascontiguousarray(column), allow_pickle=False)
    return packed(what, version, out.getvalue())


def unpacked_arrays(what: str, version: int, data: bytes, types: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """The columns, each of its type; ``S`` is bytes of any length.

    >>> unpacked_arrays("ages", 1, packed_arrays("ages", 1, {"years": np.array([7, 8])}), {"years": "<i8"})
    {'years': array([7, 8])}
    """
    content = BytesIO(unpacked(what, version, data))
    columns = {}
    for name, of_type in types.items():
        try:
            column = np.lib.format.read_array(content, allow_pickle=False)
        except (ValueError, EOFError, SyntaxError, TypeError) as error:
            raise ValueError(f"the bytes of {what} are damaged: no column {name}") from error
        same = column.dtype.kind == "S" if of_type == "S" else column.dtype == np.dtype(of_type)
        if column.ndim != 1 or not same:
            raise ValueError(f"the bytes of {what} are damaged: {name} is of type {column.dtype}")
        columns[name] = column
    if content.read(1):
        raise ValueError(f"the bytes of {what} are damaged: they go on after the last column")
    return columns
