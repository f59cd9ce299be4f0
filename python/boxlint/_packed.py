"""What goes from process to process as bytes: a line that says what it is, and its content, compressed."""

from __future__ import annotations

import zlib

__all__ = ["packed", "unpacked"]

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
