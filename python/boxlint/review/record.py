"""What goes with a marked box through a labelling tool: the issue, whose data it is of, and what was shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from boxlint._json import parsed_json
from boxlint.report.decision import Decision
from boxlint.report.identity import Fingerprint
from boxlint.report.issue import Box, Issue

__all__ = ["Box", "Record", "read_record", "record_text"]

# What a decision says besides its issue.
_SAID = ("decision", "reviewer", "note")


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

    fingerprint: Fingerprint
    issue: dict[str, Any]
    label: str
    box: Box
    width: float
    height: float


def record_text(fingerprint: Fingerprint, issue: Issue, label: str, box: Box, size: tuple[float, float]) -> str:
    """The JSON text of a record, which the tool keeps with the box."""
    row = {name: value for name, value in Decision.of(issue, "unsure").as_record().items() if name not in _SAID}
    record: dict[str, Any] = {
        "fingerprint": fingerprint._asdict(),
        "issue": row,
        "shown": {"label": label, "box": box, "width": size[0], "height": size[1]},
    }
    return json.dumps(record)


def read_record(place: str, text: Any) -> Record:
    """The record in the text that was exported with a box.

    Raises
    ------
    ValueError
        If it is not as it was exported.
    """
    try:
        content = parsed_json(text)
        shown = content["shown"]
        x1, y1, x2, y2 = map(float, shown["box"])
        sides = float(shown["width"]), float(shown["height"])
        return Record(
            Fingerprint(**content["fingerprint"]), dict(content["issue"]), str(shown["label"]), (x1, y1, x2, y2), *sides
        )
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(
            f"{place}: the text that boxlint export wrote with the box is {text!r:.60}, and cannot be read any more"
        ) from error
