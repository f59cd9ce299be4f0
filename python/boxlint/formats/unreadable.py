"""Records of files that cannot be read: counted by kind, and refused or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boxlint.inspection.findings import Finding

__all__ = ["Fault", "is_utf16", "text_of", "unreadable", "utf8_text"]

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Fault:
    """A record that cannot be read.

    Attributes
    ----------
    place:
        The file, and what it is of it: a line, an object or nothing.
    what:
        What was found and what is expected.
    kind:
        The sort of fault in a few words, to count by.
    """

    place: str
    what: str
    kind: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def unreadable(where: str, faults: Sequence[Fault], skip: bool) -> list[Finding]:
    """A finding that counts the records that are left out; none if all could be read.

    Raises
    ------
    ValueError
        If they are not to be skipped: names the first, and says how many there are of each kind.
    """
    if not faults:
        return []
    kinds = Counter(fault.kind for fault in faults)
    by_kind = ", ".join(f"{kind} ({count:,})" for kind, count in kinds.items())
    if not skip:
        more = f"; in all, {len(faults):,} cannot be read: {by_kind}" if len(faults) > 1 else ""
        raise ValueError(f"{faults[0]}{more}; skip_unreadable leaves out what cannot be read")
    of_kinds = f", of {by_kind}" if len(kinds) > 1 else ""
    return [Finding("unreadable", where, len(faults), f"{faults[0]}{of_kinds}")]


def text_of(file: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; bytes of another encoding become U+FFFD.

    Raises
    ------
    ValueError
        If the file is UTF-16, or no text at all.
    """
    content = file.read_bytes()
    if is_utf16(content):
        raise ValueError("this is UTF-16; save it as UTF-8")
    if b"\0" in content:
        raise ValueError("holds NUL bytes, expected text: the file is damaged or no text")
    return content.decode("utf-8-sig", errors="replace")


def utf8_text(file: Path) -> str:
    """The text of a file that is UTF-8 as a whole, with or without a byte order mark.

    Raises
    ------
    ValueError
        If it is of another encoding, or no text.
    """
    try:
        text_of(file)
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: is not UTF-8 text; save it as UTF-8") from error
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def is_utf16(content: bytes) -> bool:
    """Whether bytes look like UTF-16: a byte order mark, or zeros in every other byte."""
    if content.startswith(_UTF16):
        return True
    even, odd = content[::2].count(0), content[1::2].count(0)
    return len(content) > 3 and max(even, odd) > len(content) / 4 and min(even, odd) == 0
