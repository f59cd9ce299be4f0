"""What goes from process to process as bytes: a line that says what it is, and its content, compressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._json import parsed_json

__all__ = ["packed", "packed_arrays", "packed_content", "unpacked", "unpacked_arrays", "unpacked_content"]

# Integers from 0 on, by how many bytes they take.
_WHOLE = {size: np.dtype(f"<u{size}") for size in (1, 2, 4, 8)}

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


def packed_content(what: str, version: int, content: Mapping[str, Any]) -> bytes:
    """The bytes of what JSON can hold, and of tables in it: (n, width) integers from 0 on.

    The tables follow the JSON, one column after the other, each in as few bytes as its largest number takes.
    """
    columns: list[bytes] = []

    def described(table: NDArray[np.int64]) -> dict[str, Any]:
        sizes = [np.min_scalar_type(column.max(initial=0)).itemsize for column in table.T]
        columns.extend(column.astype(_WHOLE[size]).tobytes() for column, size in zip(table.T, sizes, strict=True))
        return {"rows": len(table), "sizes": sizes}

    head = json.dumps(content, default=described, separators=(",", ":"))
    return packed(what, version, b"\n".join([head.encode(), b"".join(columns)]))


def unpacked_content(what: str, version: int, data: bytes) -> Any:
    """The content; its tables are of 64 bits.

    Raises
    ------
    ValueError
        As `unpacked`.

    >>> ages = packed_content("ages", 1, {"unit": "years", "ages": np.array([[7, 300], [8, 301]])})
    >>> unpacked_content("ages", 1, ages)["ages"].tolist()
    [[7, 300], [8, 301]]
    """
    head, _, body = unpacked(what, version, data).partition(b"\n")
    at = 0

    def read(found: dict[str, Any]) -> Any:
        nonlocal at
        if found.keys() != {"rows", "sizes"}:
            return found
        columns = []
        for size in found["sizes"]:
            end = at + size * found["rows"]
            if size not in _WHOLE or not at <= end <= len(body):
                raise ValueError("a table is not as described")
            columns.append(np.frombuffer(body[at:end], _WHOLE[size]))
            at = end
        return np.stack(columns, axis=1).astype(np.int64)

    try:
        content = parsed_json(head, read)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"the bytes of {what} are damaged: {error}") from error
    if at != len(body):
        raise ValueError(f"the bytes of {what} are damaged: they go on after the last table")
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
