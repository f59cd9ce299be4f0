"""A report whose issues are decided on in the tests, and decisions about them."""

from __future__ import annotations

from typing import Any

from boxlint import Decision, Decisions, Issue, Report
from check_scenes import report_on_all_scenes

REPORT = report_on_all_scenes(min_suspicion=0)
# One row of each kind: that of its scene.
BY_KIND: dict[str, Issue] = {kind: REPORT.top(1, kind)[0] for kind in REPORT.kinds}


def decision(kind: str = "swap", side: Any = "accept", reviewer: str | None = "anna", **changes: Any) -> Decision:
    """A decision about the row of a kind; ``changes`` replace its fields."""
    record = Decision.of(BY_KIND[kind], side, reviewer=reviewer).as_record()
    return Decision(**{**record, **changes})


def decisions(*given: Decision, report: Report = REPORT) -> Decisions:
    return Decisions(given, *report.fingerprint)


def on_annotation_of(kind: str, *, as_of: str, issue_id: str = "0" * 16, **changes: Any) -> Decision:
    """A decision of one kind about the annotation in the scene of another kind."""
    place = decision(as_of)
    names = ("image_id", "image_name", "image_index", "annotation_id", "annotation_index")
    return decision(kind, issue_id=issue_id, **{name: getattr(place, name) for name in names}, **changes)
