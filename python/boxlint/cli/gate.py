"""Whether a data set can be judged at all: what decides about data must not pass what it could not see."""

from __future__ import annotations

from collections.abc import Sequence

from boxlint._text import counted
from boxlint.cli.common import tell
from boxlint.formats.source import Source

__all__ = ["refuse_unfit"]

# Reasons in the sentence; boxlint inspect has the others.
_SHOWN = 2


def refuse_unfit(source: Source, options: Sequence[str], despite_errors: bool) -> None:
    """Refuses options that decide or correct where the data set is unfit for it; with ``despite_errors`` it is told.

    Raises
    ------
    ValueError
        If `boxlint inspect` reports an error, or there are no predictions or no annotations.
    """
    reasons = _reasons(source)
    if not reasons or not options:
        return
    more = len(reasons) - _SHOWN
    why = "; ".join(reasons[:_SHOWN]) + (f"; and {counted(more, 'more reason')}" if more > 0 else "")
    if despite_errors:
        tell(f"going on despite errors, as asked, though this data cannot be judged: {why}")
        return
    raise ValueError(
        f"{' and '.join(options)}: this data cannot be judged: {why}; boxlint inspect tells all, "
        "--despite-errors goes on"
    )


def _reasons(source: Source) -> list[str]:
    dataset = source.dataset
    empty = {
        "no prediction was read": len(dataset.predictions.class_id) == 0,
        "no annotation was read": len(dataset.annotations.class_id) == 0,
    }
    errors = [str(finding) for finding in source.findings if finding.is_error]
    return [reason for reason, holds in empty.items() if holds] + errors
