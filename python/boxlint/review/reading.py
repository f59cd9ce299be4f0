"""What the readers of labelling tools share: JSON, the types of its values, and boxes around what was drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from boxlint._arguments import number
from boxlint._json import parsed_json
from boxlint.review.record import Box

__all__ = ["box_around", "field_of", "read_json", "text_or_none", "turned"]

T = TypeVar("T")


def box_around(points: Sequence[tuple[float, float]]) -> Box:
    """The box around points, in any order.

    >>> box_around([(9, 1), (2, 5)])
    (2, 1, 9, 5)
    """
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def turned(corners: Box, pivot: tuple[float, float], degrees: float) -> Box:
    """The box around a rectangle that is turned clockwise about a point.

    >>> [round(corner) for corner in turned((0, 0, 4, 2), (0, 0), 90)]
    [-2, 0, 0, 4]
    """
    if degrees == 0:
        return corners
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x1, y1, x2, y2 = corners
    from_pivot = [(x - pivot[0], y - pivot[1]) for x in (x1, x2) for y in (y1, y2)]
    return box_around([(pivot[0] + x * cosine - y * sine, pivot[1] + x * sine + y * cosine) for x, y in from_pivot])


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no JSON in UTF-8.
    """
    try:
        return parsed_json(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON: {error}") from error


def field_of(place: str, record: Any, name: str, kind: type[T]) -> T:
    """A value of a record, which must be of a type; numbers can be integers or floats.

    Raises
    ------
    ValueError
        If the record has none: says where.

    >>> field_of("task 3", {"id": 3}, "id", float)
    3.0
    """
    value = record.get(name) if isinstance(record, dict) else None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = number(name, value)
    if not isinstance(value, kind) or (isinstance(value, float) and not math.isfinite(value)):
        found = f"{name} is {value!r:.40}" if isinstance(record, dict) and name in record else f"has no {name}"
        raise ValueError(f"{place}: {found}, expected {_KINDS[kind]}")
    return value


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text", float: "a finite number"}


def text_or_none(text: Any) -> str | None:
    """The text without spaces around it; None where there is none."""
    return (text.strip() or None) if isinstance(text, str) else None
