"""What a person decided about one issue."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple, final, get_args

import numpy as np
from numpy.typing import NDArray

from boxlint._kinds import KINDS, Kind
from boxlint.report.issue import Box, Issue

__all__ = ["VERDICTS", "Decision", "Verdict", "shown"]

#: An error; none; or nobody can say.
Verdict = Literal["accept", "reject", "unsure"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Kinds that suggest a class and a box; the others suggest to delete the annotation.
_SUGGESTING = ("missing", "swap", "badloc")


@final
@dataclass(frozen=True)
class Decision:
    """A decision about one issue, with what the issue says, so that it can be carried out without the predictions.

    Attributes
    ----------
    issue_id, kind, suspicion, image_..., annotation_..., given_..., suggested_...:
        Those of the issue: see `Issues`.
    decision:
        ``accept``: it is an error; ``reject``: it is none; ``unsure``.
    reviewer:
        Who decided; None if that is not known.
    note:
        Anything in words.
    label, box:
        The class and the corners that are right, for an accepted issue whose suggestion is not; else None. A spurious
        or doubled annotation that is given a class or a box stays.

    Raises
    ------
    ValueError
        If a value is not as described: names it, what was found and what is expected.

    Examples
    --------
    >>> from boxlint import check
    >>> from boxlint.synthetic import make_scenes
    >>> issue = check(make_scenes(50).dataset).top(1, "missing")[0]
    >>> decision = Decision.of(issue, "accept", reviewer="anna")
    >>> decision.kind, decision.suggested_label, decision.decision
    ('missing', 'diamond', 'accept')
    """

    issue_id: str
    kind: Kind
    suspicion: float
    decision: Verdict
    reviewer: str | None
    note: str | None
    image_id: int | float | str | None
    image_name: str | None
    image_index: int
    annotation_id: int | float | str | None
    annotation_index: int | None
    given_class: int | None
    given_label: str | None
    given_box: Box | None
    suggested_class: int | None
    suggested_label: str | None
    suggested_box: Box | None
    label: str | None = None
    box: Box | None = None

    def __post_init__(self) -> None:
        for name, (fits, expected) in _FIELDS.items():
            value = getattr(self, name)
            if not fits(value):
                raise ValueError(f"{name} is {shown(value)}, expected {expected}")
        self._check_presence(("annotation_index", "given_class", "given_box"), self.kind != "missing")
        self._check_presence(("suggested_class", "suggested_box"), self.kind in _SUGGESTING)
        for name in ("label", "box"):
            if getattr(self, name) is not None and self.decision != "accept":
                raise ValueError(f"decision is {self.decision!r} and there is a {name}, expected one with accept alone")
        plain: dict[str, Any] = {
            "suspicion": float(self.suspicion),
            "reviewer": self.reviewer or None,
            "note": self.note or None,
        }
        for name in ("given_box", "suggested_box", "box"):
            box = getattr(self, name)
            plain[name] = None if box is None else tuple(map(float, box))
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    def _check_presence(self, names: tuple[str, ...], wanted: bool) -> None:
        for name in names:
            value = getattr(self, name)
            if (value is not None) != wanted:
                expected = "one" if wanted else "none"
                raise ValueError(f"{name} is {shown(value)}, expected {expected} where kind is {self.kind!r}")

    @classmethod
    def of(
        cls,
        issue: Issue,
        decision: Verdict,
        *,
        reviewer: str | None = None,
        note: str | None = None,
        label: str | None = None,
        box: Box | NDArray[Any] | None = None,
    ) -> Decision:
        """That about a row of a report; the box may be a row of `Boxes.xyxy`."""
        plain: Any = box.tolist() if isinstance(box, np.ndarray) else box
        if isinstance(box, (list, tuple)):
            plain = [side.item() if isinstance(side, np.generic) else side for side in box]
        added: dict[str, Any] = {"decision": decision, "reviewer": reviewer, "note": note, "label": label, "box": plain}
        row = {field.name: getattr(issue, field.name) for field in fields(cls) if field.name not in added}
        return cls(**row, **added)

    @classmethod
    def from_record(cls, record: Any) -> Decision:
        """That of a record of a file.

        Raises
        ------
        ValueError
            If something is missing, not known or not as described.
        """
        if not isinstance(record, dict):
            raise ValueError(f"expected an object, found {shown(record)}")
        for name in sorted(record.keys() - _FIELDS.keys()):
            raise ValueError(f"{shown(name)} is not known, expected {', '.join(_FIELDS)}")
        for name in sorted(_FIELDS.keys() - record.keys() - set(_OF_CORRECTIONS)):
            raise ValueError(f"there is no {name}")
        return cls(**record)

    def as_record(self) -> dict[str, Any]:
        """The same for a file."""
        record = {name: getattr(self, name) for name in _FIELDS}
        return {name: value for name, value in record.items() if value is not None or name not in _OF_CORRECTIONS}

    def image(self) -> str:
        """What to call the image: its name, its id, or else its position."""
        names = (self.image_name, self.image_id, self.image_index)
        return next(str(name) for name in names if name is not None)


class _Field(NamedTuple):
    """What the values of a field are like, as a check and in words."""

    fits: Callable[[Any], bool]
    expected: str


def shown(value: Any) -> str:
    """A value in a sentence, cut if it is long."""
    return "null" if value is None else f"{value!r:.80}"


def _is_number(value: Any) -> bool:
    # Comparing takes integers of any size, of which isfinite knows those alone that are a float.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_position(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_box(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 4 and all(map(_is_number, value))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) or _is_number(value)


def _optional(fits: Callable[[Any], bool], expected: str) -> _Field:
    return _Field(lambda value: value is None or fits(value), f"{expected} or null")


_TEXT = _optional(lambda value: isinstance(value, str), "a text")
_ID = _optional(_is_id, "a number, a text")
_CLASS = _optional(_is_position, "a position from 0")
_BOX = _optional(_is_box, "four finite numbers x1, y1, x2, y2")

_FIELDS: dict[str, _Field] = {
    "issue_id": _Field(
        lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{16}", value) is not None, "16 hex digits"
    ),
    "kind": _Field(lambda value: value in KINDS, f"one of {', '.join(KINDS)}"),
    "suspicion": _Field(lambda value: _is_number(value) and 0 <= value <= 1, "a number from 0 to 1"),
    "decision": _Field(lambda value: value in VERDICTS, f"one of {', '.join(VERDICTS)}"),
    "reviewer": _TEXT,
    "note": _TEXT,
    "image_id": _ID,
    "image_name": _TEXT,
    "image_index": _Field(_is_position, "a position from 0"),
    "annotation_id": _ID,
    "annotation_index": _CLASS,
    "given_class": _CLASS,
    "given_label": _TEXT,
    "given_box": _BOX,
    "suggested_class": _CLASS,
    "suggested_label": _TEXT,
    "suggested_box": _BOX,
    "label": _TEXT,
    "box": _optional(
        lambda value: _is_box(value) and value[0] < value[2] and value[1] < value[3],
        "four finite numbers x1, y1, x2, y2, of which x1 is less than x2 and y1 less than y2,",
    ),
}
# What is there only where the reviewer corrects.
_OF_CORRECTIONS = ("label", "box")
