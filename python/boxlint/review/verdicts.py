"""What reviewers said in a labelling tool, as decisions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from boxlint.review.queue import Box

__all__ = [
    "UNDECIDED",
    "VERDICTS",
    "Answer",
    "Record",
    "box_around",
    "decisions_of",
    "field_of",
    "only_verdict",
    "read_json",
    "read_record",
    "text_or_none",
    "turned",
]

T = TypeVar("T")

#: What a reviewer can say of a suspected error.
VERDICTS = ("accept", "reject", "unsure")
# The value that stands for none in tools whose choices always have one.
UNDECIDED = "undecided"

# A corner that a tool gives back within so many pixels is where it was; CVAT keeps two decimals.
_TOLERANCE = 0.1


@dataclass(frozen=True)
class Record:
    """What was exported with a marked box; see `Mark`.

    Attributes
    ----------
    fingerprint:
        That of annotations and predictions.
    issue:
        What a decision says about its issue.
    label, box:
        What is shown: the class, and the corners in pixels.
    width, height:
        The size of the image in pixels.
    """

    fingerprint: dict[str, str]
    issue: dict[str, Any]
    label: str
    box: Box
    width: float
    height: float


class Answer(NamedTuple):
    """A marked box as a tool gives it back.

    Attributes
    ----------
    place:
        Where it stands, for errors.
    record:
        What was exported with it.
    verdict:
        One of `VERDICTS`; None where the reviewer has not decided.
    label, box:
        Its class, and its corners in pixels.
    note, reviewer:
        What the reviewer wrote, and who it was, where the tool says so.
    """

    place: str
    record: Record
    verdict: str | None
    label: str
    box: Box
    note: str | None = None
    reviewer: str | None = None


def read_record(place: str, text: Any) -> Record:
    """The record in the text that was exported with a box.

    Raises
    ------
    ValueError
        If it is not as it was exported.
    """
    try:
        content = json.loads(text)
        shown = content["shown"]
        x1, y1, x2, y2 = map(float, shown["box"])
        sides = float(shown["width"]), float(shown["height"])
        return Record(
            dict(content["fingerprint"]), dict(content["issue"]), str(shown["label"]), (x1, y1, x2, y2), *sides
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{place}: the text that boxlint export wrote with the box is {text!r:.60}, and cannot be read any more"
        ) from error


def decisions_of(answers: Iterable[Answer], reviewer: str | None) -> dict[str, Any]:
    """The content of a decisions file: a decision for each answer with a verdict.

    An accepted box that was moved, or whose class was changed, becomes a correction.

    Parameters
    ----------
    answers:
        The marked boxes of one data set.
    reviewer:
        Who decided, where the tool does not say so.

    Raises
    ------
    ValueError
        If there are no boxes, they are of several data sets, a verdict is none that was offered, or one reviewer
        answers an issue twice.
    """
    fingerprint = None
    places: dict[tuple[str, str | None], str] = {}
    decisions = []
    for answer in answers:
        fingerprint = fingerprint or answer.record.fingerprint
        if answer.record.fingerprint != fingerprint:
            raise ValueError(f"{answer.place} is of another data set than the boxes before it: import them one by one")
        if answer.verdict is None:
            continue
        if answer.verdict not in VERDICTS:
            raise ValueError(
                f"{answer.place}: the verdict is {answer.verdict!r:.40}, expected one of {', '.join(VERDICTS)}"
            )
        who = answer.reviewer or reviewer
        first = places.setdefault((answer.record.issue["issue_id"], who), answer.place)
        if first != answer.place:
            raise ValueError(f"{answer.place} answers the same issue as {first}, by the same reviewer")
        said = {"decision": answer.verdict, "reviewer": who, "note": answer.note}
        decisions.append(answer.record.issue | said | (_correction(answer) if answer.verdict == "accept" else {}))
    return {"format": "boxlint decisions", "version": 1, "fingerprint": fingerprint, "decisions": decisions}


def _correction(answer: Answer) -> dict[str, Any]:
    """The class and the box that the reviewer gave, where they are not as they were shown."""
    moved = any(abs(new - old) > _TOLERANCE for new, old in zip(answer.box, answer.record.box, strict=True))
    correction: dict[str, Any] = {"label": answer.label} if answer.label != answer.record.label else {}
    return correction | ({"box": list(answer.box)} if moved else {})


def only_verdict(place: str, chosen: Sequence[str]) -> str | None:
    """The verdict in tools in which each can be ticked by itself; None where none is.

    Raises
    ------
    ValueError
        If there are two.
    """
    if len(chosen) > 1:
        raise ValueError(f"{place} has the verdicts {' and '.join(chosen)}, expected one")
    return chosen[0] if chosen else None


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
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
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
        value = float(value)
    if not isinstance(value, kind) or (isinstance(value, float) and not math.isfinite(value)):
        found = f"{name} is {value!r:.40}" if isinstance(record, dict) and name in record else f"has no {name}"
        raise ValueError(f"{place}: {found}, expected {_KINDS[kind]}")
    return value


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text", float: "a finite number"}


def text_or_none(text: Any) -> str | None:
    """The text without spaces around it; None where there is none."""
    return (text.strip() or None) if isinstance(text, str) else None
