"""How far suspicions can be trusted: the last table of `boxlint benchmark --reviewed` and `--rates`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxlint._kinds import Kind
from boxlint._text import Preview
from boxlint.benchmark.evaluation import Measures
from boxlint.benchmark.reviewing import Total, gap
from boxlint.cli.common import show

__all__ = ["Results", "show_trust", "trust_rows"]

Results = dict[str, Measures]

_HEADS = ("rate", "", "score:\ngap", "answers:\ngap", "errors\nlisted", "estimated", "within the\ninterval")
_OF_SCORES = 3


def trust_rows(
    rate: str, results: Results, learned: tuple[Results, Sequence[dict[Kind, Total]]] | None
) -> list[tuple[str, ...]]:
    """The cells of each kind at one rate of errors: before answers, and after them if there were any."""
    rows = []
    for kind, measures in results.items():
        cells = [rate, kind, _number(gap(measures))]
        if learned is not None:
            after, found = learned
            of_kind = [one[kind] for one in found if kind in one]
            cells += [_number(gap(after[kind])), *_totals(of_kind)]
        rows.append(tuple(cells))
    return rows


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"


def _totals(found: Sequence[Total]) -> tuple[str, str, str]:
    """The mean over seeds of the errors and of the estimates, and how often the interval holds the errors."""
    if not found:
        return "", "", ""
    errors, estimated = (np.mean([getattr(one, name) for one in found]) for name in ("errors", "estimated"))
    return f"{errors:,.0f}", f"{estimated:,.0f}", f"{sum(one.within for one in found)} of {len(found)}"


def show_trust(rows: Sequence[tuple[str, ...]], reviewed: int | None) -> None:
    """The table of all rates."""
    heads = _HEADS[:_OF_SCORES] if reviewed is None else _HEADS
    columns = {head: [row[at] for row in rows] for at, head in enumerate(heads)}
    after = "" if reviewed is None else f", and after {reviewed:,} answers a kind"
    title = f"mean gap between suspicion and the rate of errors, rows from 0.1 on{after}"
    show(Preview(title, columns, numbers=heads[_OF_SCORES - 1 :]))
