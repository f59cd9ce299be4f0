"""The share of a unit in the summary, and the summary of all, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boxlint.dataset import class_name
from boxlint.parts.checking import PartSummary
from boxlint.report.summary import Summary, Tally

__all__ = ["content_of", "part_summary", "summary_content"]


def content_of(part: PartSummary) -> dict[str, Any]:
    """What a file holds of a part, or of all parts."""
    tally, names = part.tally, part.class_names
    by_class = [
        {"kind": kind, "class_id": class_id, "class": class_name(names, class_id), "rows": rows}
        for (kind, class_id), rows in sorted(tally.by_class.items())
    ]
    swaps = [
        {
            "given_class": given,
            "suggested_class": suggested,
            "given_label": class_name(names, given),
            "suggested_label": class_name(names, suggested),
            "rows": rows,
        }
        for (given, suggested), rows in sorted(tally.swaps.items())
    ]
    by_suspicion = [
        {"kind": kind, "suspicion": step, "rows": rows}
        for kind, steps in tally.by_suspicion.items()
        for step, rows in steps.items()
    ]
    return {
        "confident": part.confident,
        "min_suspicion": part.min_suspicion,
        "rows_by_suspicion": by_suspicion,
        "likely_errors_by_class": by_class,
        "likely_swaps": swaps,
    }


def part_summary(content: Mapping[str, Any], class_names: Sequence[str] | None) -> PartSummary:
    """The share of a part in the summary, as `content_of` made it."""
    by_suspicion: dict[Any, dict[float, int]] = {}
    for row in content["rows_by_suspicion"]:
        by_suspicion.setdefault(row["kind"], {})[row["suspicion"]] = row["rows"]
    tally = Tally(
        by_suspicion,
        {(row["kind"], row["class_id"]): row["rows"] for row in content["likely_errors_by_class"]},
        {(row["given_class"], row["suggested_class"]): row["rows"] for row in content["likely_swaps"]},
    )
    names = None if class_names is None else tuple(class_names)
    return PartSummary(tally, content["confident"], content["min_suspicion"], names)


def summary_content(part: PartSummary, summary: Summary) -> dict[str, Any]:
    """What the file of the summary of all holds."""
    sizes = {name: getattr(summary, name) for name in ("images", "annotations", "predictions")}
    return {**sizes, **content_of(part), "notes": list(summary.notes)}
