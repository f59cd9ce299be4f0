"""What is wrong with a line of words that should be numbers."""

from __future__ import annotations

from boxlint.formats.line_shapes import looks_like

__all__ = ["fault_of", "lines_in"]


def lines_in(text: str) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and not line.isspace()]


def fault_of(line: str, columns: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a line, and the kind of it; None if it holds numbers alone, at least one for each column."""
    words = line.split()
    if words[0].startswith(("#", "//", "%", ";")):
        return "is a comment, which these files cannot hold: take it out", "comments"
    wrong = next((index for index, word in enumerate(words) if not _is_number(word)), None)
    if wrong is not None and "\N{REPLACEMENT CHARACTER}" in line:
        return "is not UTF-8 text; save the file as UTF-8", "texts of another encoding"
    if wrong is not None and "," in words[wrong]:
        return _commas(words), "commas"
    if wrong is not None and ";" in words[wrong]:
        return "has numbers separated by semicolons, expected spaces", "semicolons"
    other = _other_format(words)
    if other:
        return f"looks like {other}, expected {' '.join(columns)}: convert it with panlabel", "lines of another format"
    if len(words) < len(columns):
        known = looks_like(len(words), "confidence" in columns)
        return f"{len(words)} columns{known}, expected {' '.join(columns)}", "lines of another length"
    if wrong is not None:
        column = columns[wrong] if wrong < len(columns) else f"column {wrong + 1}"
        hint = " the number of its class" if column == "class" else " a number"
        return f"{column} is {words[wrong]!r}, expected{hint}", "words that are no numbers"
    return None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word


def _commas(words: list[str]) -> str:
    if any(word.endswith(",") for word in words) or len(words) == 1:
        return "has numbers separated by commas, expected spaces"
    return "has numbers with a decimal comma, expected a point"


def _other_format(words: list[str]) -> str:
    """KITTI and DOTA put names beside numbers."""
    numbers = [_is_number(word) for word in words]
    if len(words) in (15, 16) and not numbers[0] and all(numbers[1:]):
        return "an object of KITTI"
    if len(words) in (9, 10) and all(numbers[:8]) and not numbers[8]:
        return "an oriented box of DOTA"
    return ""
