"""The bytes of files, plain or gzip; a small file cannot expand to exhaust the memory."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from boxlint._core import MAX_EXPANSION

__all__ = ["beginning_of", "content_of"]

_GZIP = b"\x1f\x8b"
# Tells zlib that there is a head as gzip writes it.
_WITH_HEAD = 16 + zlib.MAX_WBITS


def content_of(path: Path) -> bytes:
    """All bytes of a file, unpacked if it is compressed.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is damaged, or expands to far more than any file of boxes would.
    """
    content = path.read_bytes()
    if not content.startswith(_GZIP):
        return content
    limit = len(content) * MAX_EXPANSION
    try:
        with gzip.open(path) as unpacked:
            found = unpacked.read(limit + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: the gzip file is damaged: {error}") from error
    if len(found) > limit:
        raise ValueError(f"{path}: {len(content)} gzip bytes expand to more than {limit}, too many for real data")
    return found


def beginning_of(path: Path, size: int) -> bytes:
    """The first bytes of a file, at most so many, unpacked if it is compressed; none if it is damaged there."""
    with path.open("rb") as file:
        head = file.read(size)
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(_WITH_HEAD).decompress(head, size)
    except zlib.error:
        return b""
