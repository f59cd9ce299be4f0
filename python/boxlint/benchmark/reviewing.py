"""A reviewer who knows the planted errors: what his answers about a sample teach, and how far that can be trusted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from boxlint._kinds import Kind
from boxlint.benchmark.evaluation import Measures, matched
from boxlint.benchmark.truth import Truth
from boxlint.report.decisions import Decisions, made_decisions
from boxlint.report.learned import chosen
from boxlint.report.report import Report

__all__ = ["Total", "gap", "reviewed", "totals"]

# Suspicion from which on the gap counts; there are few errors below it.
_FROM = 0.1


class Total(NamedTuple):
    """How many rows of a kind are errors, how many that is estimated to be, and the interval of the estimate."""

    errors: int
    estimated: float
    low: float
    high: float

    @property
    def within(self) -> bool:
        """Whether the errors lie within the interval."""
        return self.low <= self.errors <= self.high


def reviewed(report: Report, truth: Truth, n: int, seed: int = 0) -> Report:
    """What `Report.learn` makes of the report after true answers about the rows that `Report.sample` chooses.

    Parameters
    ----------
    report:
        What `boxlint.check` returns for the corrupted data set.
    truth:
        The planted errors: a row is accepted if `matched` counts it as a hit.
    n, seed:
        Rows of each kind, and which.

    Examples
    --------
    >>> from boxlint import check
    >>> from boxlint.benchmark import plant
    >>> from boxlint.synthetic import make_scenes
    >>> corrupted, truth = plant(make_scenes(50, error_rate=0).dataset, rate=0.1)
    >>> reviewed(check(corrupted), truth, 10).learned.answers
    40
    """
    rows = chosen(report.issues._columns, n, report.kinds, seed)
    hits = matched(report.issues, truth)[rows] >= 0
    decisions = made_decisions(report.issues[rows], np.where(hits, "accept", "reject").tolist(), None)
    return report.learn(Decisions(decisions, *report.fingerprint))


def totals(report: Report, truth: Truth) -> dict[Kind, Total]:
    """Kind -> how many errors are listed, beside the estimate of a report that has learned."""
    assert report.learned is not None, "a report that has learned"
    kinds, hits = report["kind"], matched(report.issues, truth) >= 0
    return {
        kind: Total(int(hits[kinds == kind].sum()), one.errors, one.low, one.high)
        for kind, one in report.learned.estimates.items()
        if kind in truth.kinds
    }


def gap(measures: Measures) -> float:
    """The mean distance between suspicion and the rate of errors, of rows from suspicion 0.1 on; NaN without any.

    Rows are compared by the ten steps of ``measures.reliability``.
    """
    steps = [step for step in measures.reliability if step.low >= _FROM and step.listed]
    rows = sum(step.listed for step in steps)
    return sum(step.listed * abs(step.suspicion - step.rate) for step in steps) / rows if steps else np.nan
