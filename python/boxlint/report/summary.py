"""What a report says in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from itertools import islice
from typing import Any, NamedTuple, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from boxlint._core import CONFIDENT
from boxlint._kinds import KINDS, SWAP, Kind
from boxlint._text import Preview, counted, encodable, unbroken, wrapped
from boxlint._totals import WEAK, Sizes
from boxlint.dataset import Dataset, class_name
from boxlint.report.issues import LIKELY, Issues
from boxlint.report.learned import Learned
from boxlint.report.rows import EngineRows

__all__ = ["WORTH_A_LOOK", "Counts", "Summary", "Tally", "steps_from"]

_Key = TypeVar("_Key", tuple[Kind, int], tuple[int, int])

# Suspicions from which on rows are likelier errors than not, and worth a look.
WORTH_A_LOOK = 0.1
# Fewer predictions below that are a sign of a cut; fewer confident ones, beside the annotations, explain an empty list.
FEW = 0.1
# Omissions for each annotation from which on they are common.
COMMON = 0.1
# Classes of a kind that are named.
SHOWN = 10


class Counts(NamedTuple):
    """How large a data set is, and what its predictions are like."""

    images: int
    annotations: int
    predictions: int
    # Predictions that are likelier right than wrong, and about how many objects without annotation are seen for each
    # annotation.
    confident: int
    omitted: float
    # Classes that the detector often takes for others.
    mistaken: tuple[int, ...]
    # Predictions of a low score, and the lowest score.
    weak: int
    lowest_score: float
    # Annotations of each class, ignored ones left out.
    by_class: tuple[int, ...]

    @classmethod
    def of(cls, dataset: Dataset, confident: int, omitted: float, mistaken: tuple[int, ...]) -> Counts:
        """Those of a data set."""
        return cls.made(Sizes.of(dataset), confident, omitted, mistaken)

    @classmethod
    def made(cls, sizes: Sizes, confident: int, omitted: float, mistaken: tuple[int, ...]) -> Counts:
        """Those of a data set of these sizes."""
        boxes = (sizes.images, sizes.annotations, sizes.predictions)
        by_class = tuple(sizes.by_class[0].tolist())
        return cls(*boxes, confident, omitted, mistaken, sizes.weak, sizes.lowest_score, by_class)


class Tally(NamedTuple):
    """How many rows there are: those of parts merge, in any order, to those of the whole."""

    # Kind -> suspicion -> rows from it on.
    by_suspicion: dict[Kind, dict[float, int]]
    # Rows of suspicion 0.5 and more: kind and class, that of a missing object the predicted one; and of swaps, the
    # given and the suggested class.
    by_class: dict[tuple[Kind, int], int]
    swaps: dict[tuple[int, int], int]

    @classmethod
    def of_issues(cls, issues: Issues, kinds: tuple[Kind, ...], steps: tuple[float, ...]) -> Tally:
        """That of the rows of some kinds, by these suspicions."""
        columns = issues._columns
        given, suggested = (columns.numbers(name).values for name in ("given_class", "suggested_class"))
        return cls.of(columns.rows, given, suggested, kinds, steps)

    @classmethod
    def of(
        cls,
        rows: EngineRows,
        given: NDArray[np.int64],
        suggested: NDArray[np.int64],
        kinds: tuple[Kind, ...],
        steps: tuple[float, ...],
    ) -> Tally:
        """The same of the engine's rows, with the class that each gives and suggests, -1 for none."""
        suspicion, kind = rows.suspicion, rows.kind
        likely = suspicion >= LIKELY
        by_step = {step: np.bincount(kind[suspicion >= step], minlength=len(KINDS)).tolist() for step in steps}
        class_ids = np.where(given < 0, suggested, given)
        of_kind = ((KINDS[one], of_class) for one, of_class in _pairs(kind[likely], class_ids[likely]))
        swapped = likely & (kind == SWAP)
        return cls(
            {name: {step: rows[KINDS.index(name)] for step, rows in by_step.items()} for name in kinds},
            dict(Counter(of_kind)),
            dict(Counter(_pairs(given[swapped], suggested[swapped]))),
        )

    def merged(self, other: Tally) -> Tally:
        """That of two parts; a ValueError if they are of other kinds or suspicions."""
        mine = {(kind, step): rows for kind, of in self.by_suspicion.items() for step, rows in of.items()}
        theirs = {(kind, step): rows for kind, of in other.by_suspicion.items() for step, rows in of.items()}
        if mine.keys() != theirs.keys():
            raise ValueError("these are of other kinds or of another min_suspicion")
        by_suspicion = {
            kind: {step: rows + theirs[kind, step] for step, rows in of.items()}
            for kind, of in self.by_suspicion.items()
        }
        by_class = Counter(self.by_class) + Counter(other.by_class)
        return Tally(by_suspicion, dict(by_class), dict(Counter(self.swaps) + Counter(other.swaps)))


def steps_from(least: float) -> tuple[float, ...]:
    """The suspicions by which rows are counted, where those below the least are not listed."""
    return tuple(dict.fromkeys(max(step, least) for step in (LIKELY, WORTH_A_LOOK, 0.0)))


@final
class Summary:
    """What was found, by kind and class, and what the detector can show at all; prints as text.

    Attributes
    ----------
    images, annotations, predictions:
        How many there are.
    confident:
        Predictions that are likelier right than wrong.
    """

    def __init__(
        self,
        tally: Callable[[tuple[float, ...]], Tally],
        counts: Counts,
        class_names: Sequence[str] | None,
        kinds: tuple[Kind, ...],
        min_suspicion: float,
        left_out: Mapping[Kind, int],
        decided: int,
        learned: Learned | None,
    ) -> None:
        self.images, self.annotations, self.predictions, self.confident = counts[:4]
        self._omitted, self._mistaken, self._weak, self._lowest_score, by_class = counts[4:]
        self._judged = sum(by_class)
        self._class_names = class_names
        self._kinds = kinds
        self._min_suspicion = min_suspicion
        self._left_out = left_out
        self._decided = decided
        self._learned = learned
        # What was not listed cannot be counted; what was learned made listed rows as suspicious as they may be.
        self._steps = steps_from(min_suspicion if learned is None or not learned.estimates else 0.0)
        # How many rows there are by suspicion, told the steps.
        self._make_tally = tally

    @cached_property
    def _tally(self) -> Tally:
        return self._make_tally(self._steps)

    @property
    def by_suspicion(self) -> dict[Kind, dict[float, int]]:
        """Kind -> suspicion -> how many rows there are from it on: 0.5, 0.1, and the least that was listed."""
        return self._tally.by_suspicion

    @cached_property
    def by_class(self) -> dict[Kind, dict[str, int]]:
        """Kind -> class -> rows of suspicion 0.5 and more: by the given class, that of a missing object by the
        predicted one."""
        # Several classes can have the same name.
        of_names: Counter[tuple[Kind, str]] = Counter()
        for (kind, class_id), rows in _most_first(self._tally.by_class):
            of_names[kind, self._name(class_id)] += rows
        counts: dict[Kind, dict[str, int]] = {kind: {} for kind in self._kinds}
        for (kind, name), rows in of_names.most_common():
            counts[kind][name] = rows
        return counts

    @cached_property
    def confusions(self) -> dict[tuple[str, str], int]:
        """(given class, suggested class) -> swaps of suspicion 0.5 and more, most frequent first."""
        of_names: Counter[tuple[str, str]] = Counter()
        for (given, suggested), rows in _most_first(self._tally.swaps):
            of_names[self._name(given), self._name(suggested)] += rows
        return dict(of_names.most_common())

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What keeps the detector from showing errors, and whether omissions are common, one sentence each."""
        if self.predictions == 0:
            return ("There are no predictions, so only duplicates can be found.",)
        notes = []
        if self.confident < FEW * self.annotations:
            notes.append(
                f"{_few(self.confident)} of {self.predictions:,} predictions reach a confidence of {CONFIDENT}: "
                "the detector hardly agrees with the annotations, and the list can be short for that alone."
            )
        if self._weak < FEW * self.predictions:
            notes.append(
                f"{_few(self._weak)} of {self.predictions:,} predictions score below {WEAK} (the least is "
                f"{self._lowest_score:g}): the detector was cut at a high score. Weak predictions matter: keep those "
                "from 0.01 on."
            )
        # None where nothing is annotated: they are counted for each annotation.
        omitted = round(float(f"{self._omitted * self._judged:.2g}"))
        if self._omitted > COMMON and omitted > 0:
            notes.append(
                f"Omissions look common: the detector sees about {counted(omitted, 'object')} without annotation."
            )
        if self._mistaken and "swap" in self._kinds:
            notes.append(
                "The detector often takes objects of these classes for others, so swaps of their annotations stand low "
                f"in the list: {_first(self._name(class_id) for class_id in self._mistaken)}."
            )
        return tuple(notes)

    def __str__(self) -> str:
        details = "\n".join(wrapped(line, "  ") for line in self._details())
        tables = [table.text() for table in self._tables()]
        return "\n\n".join([wrapped(" ".join(self.lead())), *tables, details])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        details = "".join(f"<li>{escape(line)}</li>" for line in self._details())
        tables = "\n".join(table.html() for table in self._tables())
        return encodable(f"<p>{escape(' '.join(self.lead()))}</p>\n{tables}\n<ul>{details}</ul>")

    def lead(self) -> list[str]:
        """How many rows are likely errors, how many are worth a look, what the others are, and what is left out."""
        totals = {step: sum(rows[step] for rows in self.by_suspicion.values()) for step in self._steps}
        least, last = self._steps[0], self._steps[-1]
        kinds = ", ".join(
            unbroken(f"{kind} {rows[least]:,}") for kind, rows in self.by_suspicion.items() if rows[least]
        )
        found = counted(totals[least], "likely error") if totals[least] else "No likely errors"
        where = f"in {counted(self.images, 'image')}, {counted(self.annotations, 'annotation')}"
        lead = [f"{found} (suspicion {least:g} or more) {where}{f': {kinds}' if kinds else ''}."]
        if nothing_listed := bool(self._left_out) and totals[last] == 0:
            # What is left out may be likely errors.
            lead = [f"No row is listed {where}."]
        looked_at = totals[least]
        if WORTH_A_LOOK in totals and last != WORTH_A_LOOK and totals[last] > totals[least]:
            looked_at = totals[WORTH_A_LOOK]
            lead.append(f"{looked_at:,} of the {totals[last]:,} rows are worth a look ({WORTH_A_LOOK} or more).")
        if totals[last] > looked_at:
            lead.append(f"Of the other {totals[last] - looked_at:,}, few are errors.")
        if self._min_suspicion > 0:
            lead.append(f"Rows below {self._min_suspicion:g} are left out.")
        if self._left_out:
            rest = ", ".join(unbroken(f"{kind} {rows:,}") for kind, rows in self._left_out.items())
            lead.append(f"{'Rows' if nothing_listed else 'Less suspicious ones'} are left out: {rest}.")
        if self._decided:
            lead.append(f"{counted(self._decided, 'decided issue')} left out.")
        unwanted = [kind for kind in KINDS if kind not in self._kinds]
        if unwanted:
            lead.append(f"Not looked for: {', '.join(unwanted)}.")
        return lead + (["Suspicion is a score here, not a chance."] if self._learned is None else self._learned.basis())

    def _tables(self) -> list[Preview]:
        """Rows of each kind by suspicion; and how many errors there are, where that was learned."""
        learned = self._learned
        return [self._table(), *([learned.table()] if learned is not None and learned.estimates else [])]

    def _table(self) -> Preview:
        heads = {LIKELY: "likely errors", WORTH_A_LOOK: "worth a look"}
        columns: dict[str, list[str]] = {"": [*self._kinds, "all"]}
        for step in self._steps:
            rows = [counts[step] for counts in self.by_suspicion.values()]
            from_on = f" (>= {step:g})" if step else ""
            columns[f"{heads.get(step, 'listed')}{from_on}"] = [f"{count:,}" for count in [*rows, sum(rows)]]
        return Preview("", columns, numbers=[head for head in columns if head])

    def _details(self) -> list[str]:
        """Classes of the likely errors, and what the detector can show."""
        lines = [] if self._learned is None else self._learned.classes()
        lines += [f"likely {kind} by class: {_listed(counts)}" for kind, counts in self.by_class.items() if counts]
        if self.confusions:
            pairs = {f"{given} -> {suggested}": count for (given, suggested), count in self.confusions.items()}
            lines.append(f"likely swap, given class -> suggested class: {_listed(pairs)}")
        lines.append(f"{self.confident:,} of {self.predictions:,} predictions reach a confidence of {CONFIDENT}.")
        return [*lines, *self.notes]

    def _name(self, class_id: int) -> str:
        return class_name(self._class_names, class_id)


def _pairs(one: NDArray[Any], other: NDArray[Any]) -> Iterator[tuple[int, int]]:
    return zip(one.tolist(), other.tolist(), strict=True)


def _most_first(counts: dict[_Key, int]) -> list[tuple[_Key, int]]:
    """Keys with their rows, equal numbers in the order of the keys."""
    return sorted(counts.items(), key=lambda of_key: (-of_key[1], of_key[0]))


def _few(count: int) -> str:
    return f"Only {count:,}" if count else "None"


def _listed(counts: dict[str, int]) -> str:
    return _first(unbroken(f"{name} {count:,}") for name, count in counts.items())


def _first(texts: Iterable[str]) -> str:
    """The first few, and whether there are more."""
    shown = list(islice(texts, SHOWN + 1))
    return ", ".join([*shown[:SHOWN], *(["..."] if len(shown) > SHOWN else [])])
