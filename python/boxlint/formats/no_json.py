"""What a file is that should be JSON and is not: archives, empty files, and what people write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["archive", "explained"]

_ARCHIVES = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ\x00", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
)
# The end of what the reader of JSON says -> what to do about it.
_HINTS = (
    (r"expected an object, found '\]'", "take out the comma before it"),
    (r"expected a name in quotes, found '\}'", "take out the comma before it"),
    (r"found '\\''", "JSON has double quotes; json.dump writes it, print does not"),
    (r"expected UTF-8, found no character", "save the file as UTF-8"),
)


def archive(path: Path) -> str | None:
    """What to do about a file that is an archive, or compressed with another program than gzip; None if it is not."""
    with path.open("rb") as file:
        head = file.read(8)
    kind = next((kind for magic, kind in _ARCHIVES if head.startswith(magic)), None)
    return None if kind is None else f"{path} is {kind}: unpack it"


def explained(error: ValueError, paths: Iterable[str | bytes]) -> ValueError:
    """The error of the reader of JSON with a hint, or in better words where one of its files is no JSON at all."""
    for path in (Path(os.fsdecode(given)) for given in paths):
        if not path.is_file():
            continue
        if path.stat().st_size < 8 and not path.read_bytes().strip():
            return ValueError(f"{path}: the file is empty")
        if (why := archive(path)) is not None:
            return ValueError(why)
    hints = [hint for end, hint in _HINTS if re.search(f"{end}$", str(error))]
    return ValueError(f"{error}: {hints[0]}") if hints else error
