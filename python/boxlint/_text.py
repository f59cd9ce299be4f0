"""Text for people: numbers in sentences, and the first rows of a table."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from urllib.parse import quote

__all__ = [
    "HTML_ROWS",
    "TEXT_ROWS",
    "WIDTH",
    "Preview",
    "corners",
    "counted",
    "encodable",
    "in_address",
    "listed",
    "printable",
    "unbroken",
    "wrapped",
]

# Columns of characters in a terminal.
WIDTH = 80
# Rows that are shown in a terminal and in a notebook.
TEXT_ROWS, HTML_ROWS = 10, 20
# Characters that a cell keeps when its column is narrowed.
_SHORTEST = 8
_GAP = "  "
# Stands for a space at which no line may end.
_UNBROKEN = "\N{NO-BREAK SPACE}"


def counted(count: int, noun: str) -> str:
    """A number of things, with the noun as it should be.

    >>> counted(1, "box"), counted(2_000, "box"), counted(0, "image")
    ('1 box', '2,000 boxes', '0 images')
    """
    plural = noun + ("es" if noun.endswith(("s", "x")) else "s")
    return f"{count:,} {noun if count == 1 else plural}"


def listed(values: Iterable[object], most: int = 10) -> str:
    """The first of some values, for a sentence.

    >>> listed(["cat", "dog"]), listed(range(100), 3)
    ('cat, dog', '0, 1, 2, ...')
    """
    shown = [str(value) for value in islice(values, most + 1)]
    return ", ".join([*shown[:most], *(["..."] if len(shown) > most else [])])


def corners(box: Sequence[float] | None) -> str:
    """The corners of a box: whole pixels, or three decimals if all lie within 0 to 1; empty for none.

    >>> corners([12.4, 40, 88, 120.6]), corners([0.1, 0.25, 0.5, 1])
    ('12 40 88 121', '0.100 0.250 0.500 1.000')
    """
    if box is None:
        return ""
    within = all(0 <= corner <= 1 for corner in box)
    return " ".join(f"{corner:.3f}" if within else f"{corner:.0f}" for corner in box)


def printable(text: str, kept: str = "") -> str:
    """The text for a terminal: a space for each character that moves the cursor, turns the text or is not seen.

    Those that are ``kept`` stay.

    >>> printable(f"a{chr(27)}[2Jb{chr(0x202E)}gpj.exe")
    'a [2Jb gpj.exe'
    """
    return "".join(character if character.isprintable() or character in kept else " " for character in text)


def encodable(text: str) -> str:
    """The text in characters that UTF-8 has; a half of a surrogate pair, as in names of files that no text is in,
    becomes what Python calls it.

    >>> encodable(f"ä{chr(0xDCE9)}.jpg")
    'ä\\\\udce9.jpg'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def in_address(path: str) -> str:
    """A path in an address: the bytes of its file name, where it can be one.

    >>> in_address(f"a b/{chr(0xDCE9)}.jpg"), in_address(chr(0xD800))
    ('a%20b/%E9.jpg', '%5Cud800')
    """
    try:
        return quote(os.fsencode(path))
    except UnicodeEncodeError:
        return quote(encodable(path))


def unbroken(text: str) -> str:
    """The text for `wrapped`, which does not break it over two lines."""
    return text.replace(" ", _UNBROKEN)


def wrapped(text: str, indent: str = "") -> str:
    """The text in lines of at most 80 characters, those after the first indented, without control characters.

    >>> print(wrapped("a dog " * 14 + unbroken("and a cat"), "  "))
    a dog a dog a dog a dog a dog a dog a dog a dog a dog a dog a dog a dog a dog
      a dog and a cat
    """
    clean = _UNBROKEN.join(map(printable, text.split(_UNBROKEN)))
    return textwrap.fill(clean, WIDTH, subsequent_indent=indent).replace(_UNBROKEN, " ")


@dataclass(frozen=True)
class Preview:
    """The first rows of a table as text for a terminal or as HTML for a notebook.

    Attributes
    ----------
    title:
        The line above.
    columns:
        Head -> the cells that are shown, the same number for each. A head may have several lines.
    more:
        What is not shown, such as "1,200 more rows"; empty if there is nothing.
    numbers:
        Heads of the columns that are aligned at the right.
    narrowed:
        Heads of the columns whose cells are cut first where the text is too wide.
    """

    title: str
    columns: Mapping[str, Sequence[str]]
    more: str = ""
    numbers: Collection[str] = ()
    narrowed: Collection[str] = ()

    def text(self, width: int = WIDTH) -> str:
        """Lines of at most so many characters; cells are cut where they must be, heads never."""
        cells = {head: [printable(cell) for cell in column] for head, column in self.columns.items()}
        widths = self._widths(cells, width)
        lines = [_cut(printable(self.title), width)] if self.title else []
        if any(cells.values()):
            lines += [self._line(heads, widths) for heads in _head_lines(cells)]
        for row in zip(*cells.values(), strict=True):
            lines.append(self._line(dict(zip(cells, row, strict=True)), widths))
        return "\n".join([*lines, *([self.more] if self.more else [])])

    def html(self, pictures: Mapping[str, Sequence[str]] | None = None) -> str:
        """A plain table; all texts are escaped. ``pictures`` are columns of HTML elements, which stand on the left."""
        drawn = pictures or {}
        side = {head: ' style="text-align: right"' if head in self.numbers else "" for head in self.columns}
        cells = {head: [f"<td>{element}</td>" for element in column] for head, column in drawn.items()}
        cells |= {
            head: [f"<td{side[head]}>{escape(cell)}</td>" for cell in column] for head, column in self.columns.items()
        }
        heads = "".join(f"<th{side.get(head, '')}>{escape(head)}</th>" for head in cells)
        rows = ["".join(row) for row in zip(*cells.values(), strict=True)]
        body = "\n".join(f"<tr>{row}</tr>" for row in rows)
        table = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>" if rows else ""
        above, below = (f"<p>{escape(line)}</p>" if line else "" for line in (self.title, self.more))
        return encodable("\n".join(filter(None, [above, table, below])))

    def _widths(self, cells: Mapping[str, list[str]], width: int) -> dict[str, int]:
        """Characters of each column: as many as the cells need, fewer where a line would be too long."""
        shortest = {head: max(map(len, head.split("\n"))) for head in cells}
        widths = {head: max([shortest[head], *map(len, column)]) for head, column in cells.items()}
        excess = sum(widths.values()) + len(_GAP) * (len(widths) - 1) - width
        for heads in (self.narrowed, widths):
            while excess > 0:
                wide = [head for head in heads if widths[head] > max(shortest[head], _SHORTEST)]
                if not wide:
                    break
                widths[max(wide, key=widths.__getitem__)] -= 1
                excess -= 1
        return widths

    def _line(self, cells: Mapping[str, str], widths: Mapping[str, int]) -> str:
        parts = []
        for head, cell in cells.items():
            shown = _cut(cell, widths[head])
            parts.append(shown.rjust(widths[head]) if head in self.numbers else shown.ljust(widths[head]))
        return _GAP.join(parts).rstrip()


def _head_lines(heads: Iterable[str]) -> list[dict[str, str]]:
    """The lines of the heads from the top, by head; short heads stand at the bottom."""
    split = {head: head.split("\n") for head in heads}
    depth = max(map(len, split.values()))
    return [
        {head: lines[row - depth] if depth - row <= len(lines) else "" for head, lines in split.items()}
        for row in range(depth)
    ]


def _cut(text: str, width: int) -> str:
    """The text in at most so many characters, its middle left out."""
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return text[: width - 1 - end] + "…" + text[len(text) - end :]
