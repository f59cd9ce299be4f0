"""How many of the issues that people looked at were right, and how well the people agree."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from html import escape
from itertools import combinations, pairwise
from statistics import fmean
from typing import NamedTuple, final

from boxlint._kinds import KINDS, Kind
from boxlint._text import Preview, counted, wrapped
from boxlint.plots.reliability import Point, draw_reliability
from boxlint.report.agreement import verdict
from boxlint.report.decision import Decision, Verdict

__all__ = ["Band", "Reviewed"]

# The edges of the bands of suspicion, closer to each other where most issues are.
_EDGES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.0)
# Standard deviations within which 95 % of a normal distribution lie.
_Z = 1.959964


class Band(NamedTuple):
    """The issues of one kind, or of all, from one suspicion to another, that were looked at.

    Attributes
    ----------
    kind:
        None for all kinds.
    low, high:
        The suspicion from which on, and up to which.
    right, wrong, undecided:
        How many issues the majority accepts, how many it rejects, and the others.
    suspicion:
        The mean of those that are decided; NaN if none are.
    """

    kind: Kind | None
    low: float
    high: float
    right: int
    wrong: int
    undecided: int
    suspicion: float

    @property
    def fraction(self) -> float:
        """How many of those that are decided are right, from 0 to 1; NaN if none are decided."""
        decided = self.right + self.wrong
        return self.right / decided if decided else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Where the fraction lies at 95 % confidence if more were looked at: the interval of Wilson."""
        decided = self.right + self.wrong
        if not decided:
            return 0.0, 1.0
        middle = (self.right + _Z**2 / 2) / (decided + _Z**2)
        half = _Z / (decided + _Z**2) * math.sqrt(self.right * self.wrong / decided + _Z**2 / 4)
        return max(middle - half, 0.0), min(middle + half, 1.0)


class Pair(NamedTuple):
    """Two reviewers, how many issues both were sure about, and on how many of these they agree."""

    first: str
    second: str
    both: int
    agree: int


@final
class Reviewed:
    """How many of the issues that were looked at were right, by kind and suspicion; prints as text.

    Attributes
    ----------
    bands:
        The issues that were looked at, by kind and suspicion, from the most suspicious on; those of all kinds at the
        end. Bands in which nothing was looked at are left out.
    pairs:
        How well each two reviewers agree.
    """

    def __init__(self, by_issue: Sequence[Sequence[Decision]]) -> None:
        self._by_issue = by_issue

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        counts: dict[tuple[Kind | None, int], Counter[Verdict]] = {}
        suspicions: dict[tuple[Kind | None, int], list[float]] = {}
        for decisions in self._by_issue:
            first, side = decisions[0], verdict(decisions)
            band = next(at for at, low in enumerate(_EDGES[1:]) if first.suspicion >= low)
            for kind in (first.kind, None):
                counts.setdefault((kind, band), Counter())[side] += 1
                suspicions.setdefault((kind, band), []).extend([first.suspicion] if side != "unsure" else [])
        bands = []
        for kind in (*KINDS, None):
            for band, (high, low) in enumerate(pairwise(_EDGES)):
                if inside := counts.get((kind, band)):
                    mean = fmean(suspicions[kind, band] or [math.nan])
                    sides = inside["accept"], inside["reject"], inside["unsure"]
                    bands.append(Band(kind, low, high, *sides, mean))
        return tuple(bands)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        sure = [
            {one.reviewer or "without a name": one.decision for one in decisions if one.decision != "unsure"}
            for decisions in self._by_issue
        ]
        reviewers = sorted({reviewer for of_issue in sure for reviewer in of_issue})
        pairs = []
        for first, second in combinations(reviewers, 2):
            both = [one[first] == one[second] for one in sure if first in one and second in one]
            if both:
                pairs.append(Pair(first, second, len(both), sum(both)))
        return tuple(pairs)

    @property
    def notes(self) -> tuple[str, ...]:
        """For each kind, down to which suspicion more issues were right than wrong, and whether to stop there."""
        return tuple(note for kind in KINDS if (note := self._note(kind)))

    def __str__(self) -> str:
        notes = "\n".join(wrapped(line, "  ") for line in self.notes)
        return "\n\n".join(filter(None, [*(table.text() for table in self.tables()), notes]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tables = "\n".join(table.html() for table in self.tables())
        return f"{tables}\n<ul>{''.join(f'<li>{escape(line)}</li>' for line in self.notes)}</ul>"

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draws the fraction that was right over the suspicion of each band, with its interval; .png, .svg or .pdf.

        Needs matplotlib.

        Raises
        ------
        ValueError
            If the path ends otherwise, or nothing is decided.
        OSError
            If it cannot be written.
        """
        decided = [band for band in self.bands if band.kind is not None and band.right + band.wrong]
        if not decided:
            raise ValueError("no issue is accepted or rejected, expected some to draw how often they are right")
        points: dict[str, list[Point]] = {}
        for band in decided:
            points.setdefault(str(band.kind), []).append(Point(band.suspicion, band.fraction, *band.interval))
        draw_reliability(points, path)

    def tables(self) -> list[Preview]:
        """Bands and pairs for people to read."""
        heads = ("kind", "suspicion", "looked at", "right", "wrong", "undecided", "fraction", "95 % interval")
        rows = [_cells(band) for band in self.bands]
        title = f"{counted(len(self._by_issue), 'issue')} looked at" + (
            ", and the fraction that was right" if rows else ""
        )
        columns = {head: [row[at] for row in rows] for at, head in enumerate(heads)}
        tables = [Preview(title, columns, numbers=heads[2:])]
        if self.pairs:
            columns = {
                "reviewers": [f"{pair.first} and {pair.second}" for pair in self.pairs],
                "both sure": [f"{pair.both:,}" for pair in self.pairs],
                "agree": [f"{pair.agree:,}" for pair in self.pairs],
                "fraction": [f"{pair.agree / pair.both:.2f}" for pair in self.pairs],
            }
            numbers = ("both sure", "agree", "fraction")
            tables.append(Preview("how well the reviewers agree", columns, numbers=numbers, narrowed=("reviewers",)))
        return tables

    def _note(self, kind: Kind) -> str:
        """Whether to go on with a kind."""
        decided = [band for band in self.bands if band.kind == kind and band.right + band.wrong]
        if not decided:
            return ""
        stop = next((at for at, band in enumerate(decided) if band.right <= band.wrong), None)
        if stop is None:
            return f"{kind}: more right than wrong down to {decided[-1].low:g}, as far as was looked: go on."
        band = decided[stop]
        above = f"more right than wrong down to {decided[stop - 1].low:g}; " if stop else ""
        found = f"from {band.low:g} to {band.high:g}, {band.right:,} of {band.right + band.wrong:,} were right"
        what = "stop there" if band.interval[1] < 0.5 else "that may be chance, look at more there"
        return f"{kind}: {above}{found}: {what}."


def _cells(band: Band) -> tuple[str, ...]:
    counts = (band.right + band.wrong + band.undecided, band.right, band.wrong, band.undecided)
    fraction, interval = "", ""
    if band.right + band.wrong:
        fraction, interval = f"{band.fraction:.2f}", "{:.2f}-{:.2f}".format(*band.interval)
    return band.kind or "all", f"{band.low:g}-{band.high:g}", *(f"{count:,}" for count in counts), fraction, interval
