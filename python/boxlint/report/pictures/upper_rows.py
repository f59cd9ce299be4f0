"""Files of pictures that hold the upper rows only, so that what lies below a crop is not decoded."""

from __future__ import annotations

from zlib import crc32

__all__ = ["upper_rows"]

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
# Markers of the header of a frame whose rows are stored from the top down: baseline, extended and progressive.
_FRAMES = (0xC0, 0xC1, 0xC2)
# Where the head of a PNG starts, and where it ends.
_HEAD = slice(12, 29)


def upper_rows(content: bytes, rows: int) -> bytes:
    """A file that states a smaller height, at which decoders stop; the same file where its format has no such way.

    JPEG and PNG are stored from the top down, and PNG has two exceptions: interlaced ones, and animations, whose
    frames state their heights as well. Deep ones are kept, as their grey is scaled by what all of the picture holds.
    """
    if content.startswith(_JPEG):
        return _upper_rows_of_jpeg(content, rows)
    if content.startswith(_PNG):
        return _upper_rows_of_png(content, rows)
    return content


def _upper_rows_of_jpeg(content: bytes, rows: int) -> bytes:
    start = 2
    while start + 7 <= len(content) and content[start] == 0xFF and 0xC0 <= content[start + 1] < 0xFF:
        if content[start + 1] in _FRAMES:
            return _with_height(content, slice(start + 5, start + 7), rows)
        start += 2 + int.from_bytes(content[start + 2 : start + 4], "big")
    return content


def _upper_rows_of_png(content: bytes, rows: int) -> bytes:
    head = content[_HEAD]
    if len(head) < 17 or head[12] > 8 or head[16] or b"acTL" in content[: content.find(b"IDAT")]:
        return content
    changed = _with_height(head, slice(8, 12), rows)
    return content[: _HEAD.start] + changed + crc32(changed).to_bytes(4, "big") + content[_HEAD.stop + 4 :]


def _with_height(content: bytes, place: slice, rows: int) -> bytes:
    """The content with this height in a place, unless a smaller one is there."""
    height = content[place]
    if int.from_bytes(height, "big") <= rows:
        return content
    return content[: place.start] + rows.to_bytes(len(height), "big") + content[place.stop :]
