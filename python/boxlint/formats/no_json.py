"""What a file is that should be JSON and is not: packed, empty, an image, or what people write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["explained", "other_kind"]

# The first bytes of a file -> what it is, and what to do.
_KINDS = (
    (b"PK\x03\x04", "a ZIP archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"BZh", "compressed with bzip2: unpack it"),
    (b"\xfd7zXZ\x00", "compressed with xz: unpack it"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard: unpack it"),
    (b"\xff\xd8\xff", "an image, expected boxes"),
    (b"\x89PNG", "an image, expected boxes"),
    (b"\x93NUMPY", "an array of numpy, expected a format of boxes"),
    (b"\x80", "a pickle of Python, expected a format of boxes"),
)
# The end of what the reader of JSON says -> what to do about it.
_HINTS = (
    (
        r":1:1: expected an object, found '\['",
        "a list is a detector's results, and the annotations come first",
    ),
    (r"expected a list, found '[^\]]'", "images, annotations and categories are lists of objects"),
    (r"expected an object, found '\]'", "take out the comma before it"),
    (r"expected a name in quotes, found '\}'", "take out the comma before it"),
    (r"found '\\''", "JSON has double quotes; json.dump writes it, print does not"),
    (r"expected UTF-8, found no character", "save the file as UTF-8"),
)
# What else records call a field, and how much of a file is searched for it.
_OTHER_NAMES = {
    "score": "confidence|conf|prob|probability|scores",
    "category_id": "category|class|class_id|class_name|cls|label",
    "image_id": "image|image_name|img|img_id",
    "bbox": "box|bounding_box|bndbox|rect",
}
_BEGINNING = 1 << 16


def other_kind(path: Path) -> str | None:
    """What to say of a file that is packed, an image or an object of Python; None if it is none of them."""
    with path.open("rb") as file:
        head = file.read(8)
    kind = next((kind for magic, kind in _KINDS if head.startswith(magic)), None)
    return None if kind is None else f"{path} is {kind}"


def explained(error: ValueError, paths: Iterable[str | bytes]) -> ValueError:
    """The error of the reader of JSON with a hint, or in better words where one of its files is no JSON at all."""
    for path in (Path(os.fsdecode(given)) for given in paths):
        if not path.is_file():
            continue
        if path.stat().st_size < 8 and not path.read_bytes().strip():
            return ValueError(f"{path}: the file is empty")
        if (why := other_kind(path)) is not None:
            return ValueError(why)
        lacking = next((field for field in _OTHER_NAMES if f": {field} is missing" in str(error)), None)
        if str(error).startswith(str(path)) and lacking is not None:
            with path.open("rb") as file:
                named = re.search(f'"({_OTHER_NAMES[lacking]})"\\s*:'.encode(), file.read(_BEGINNING))
            if named is not None:
                return ValueError(f"{error}; the records have {named[1].decode()!r}: name it {lacking}")
    hints = [hint for end, hint in _HINTS if re.search(f"{end}$", str(error))]
    return ValueError(f"{error}: {hints[0]}") if hints else error
