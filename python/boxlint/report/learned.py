"""What reviewers' answers say about a whole report: probabilities in place of scores, and how many errors there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import integer
from boxlint._kinds import DUPLICATE, KINDS, MISSING, Kind
from boxlint._text import Preview, counted, unbroken
from boxlint.dataset import class_name
from boxlint.report.columns import IssueColumns
from boxlint.report.decisions import Decisions
from boxlint.report.features import WEIGHED, RowFeatures
from boxlint.report.learning import fit, learned, logit, sampled, total, weigh, with_unlisted
from boxlint.report.reviewed import Reviewed

__all__ = ["Estimate", "Learned", "OfClass", "chosen", "learn"]

# What errors of each kind are called in a sentence.
_WORDS: dict[Kind, str] = {
    "missing": "missing objects",
    "swap": "wrong classes",
    "badloc": "badly placed boxes",
    "spurious": "spurious boxes",
    "duplicate": "duplicates",
}
# Classes of a kind that are named.
_SHOWN = 10
_SEED = 0
# Answers from which on features get weights.
_FOR_WEIGHTS = 100
_NEAREST = 1e-12


class OfClass(NamedTuple):
    """Errors of one kind in one class, as estimated, and of how many annotations or, for ``missing``, objects."""

    errors: float
    out_of: float

    @property
    def fraction(self) -> float:
        """How many are wrong, from 0 to 1; 0 where there is none."""
        return self.errors / self.out_of if self.out_of else 0.0


class Estimate(NamedTuple):
    """How many errors of one kind the list holds, by the answers about some of its rows; prints as a sentence.

    Attributes
    ----------
    kind:
        What kind of error.
    right, wrong:
        Rows that reviewers accepted, and rejected.
    errors, low, high:
        How many rows are errors: those accepted, and the sum of the suspicions of the rows without an answer; and
        the interval within which that lies at 90 %.
    intercept, slope:
        The logit of a suspicion is intercept + slope times that of the score, where there are no weights.
    weights:
        From 100 answers about swap, badloc or spurious on: what is known of an annotation -> how far it counts for an
        error in this data set, for one standard deviation; see docs/method.md.
    by_class:
        Class -> its errors, most first: of the class that was given, of a missing object of the suggested one.
    """

    kind: Kind
    right: int
    wrong: int
    errors: float
    low: float
    high: float
    intercept: float
    slope: float
    weights: dict[str, float]
    by_class: dict[str, OfClass]

    @property
    def answers(self) -> int:
        """Rows with an answer."""
        return self.right + self.wrong

    @property
    def fraction(self) -> float:
        """Errors as a fraction of all annotations, or, for ``missing``, of all objects."""
        return OfClass(self.errors, sum(one.out_of for one in self.by_class.values())).fraction

    def __str__(self) -> str:
        return f"about {self.errors:,.0f} {_WORDS[self.kind]}, {self.low:,.0f} to {self.high:,.0f}"


@final
class Learned:
    """What a report has learned from answers: see `Report.learn`.

    Attributes
    ----------
    estimates:
        Kind -> `Estimate`, of the kinds with answers.
    reviewed:
        How often rows were accepted, by the suspicion that they have now: how far it can be trusted.
    undecided:
        Listed rows that nobody is sure about, and ties: they do not count.
    not_listed:
        Issues that are decided but not in this report: they do not count.
    """

    def __init__(
        self,
        estimates: dict[Kind, Estimate],
        scores: Sequence[Kind],
        reviewed: Reviewed,
        undecided: int,
        not_listed: int,
    ) -> None:
        self.estimates = estimates
        self.reviewed = reviewed
        self.undecided = undecided
        self.not_listed = not_listed
        # The other kinds that are listed.
        self._scores = scores

    @property
    def answers(self) -> int:
        """Rows that reviewers accepted or rejected."""
        return sum(one.answers for one in self.estimates.values())

    def as_record(self) -> dict[str, Any]:
        """The estimates as a JSON object, and what does not count."""
        kinds = {
            kind: {
                "answers": one.answers,
                "right": one.right,
                "errors": round(one.errors, 1),
                "interval": [round(one.low, 1), round(one.high, 1)],
                "fraction": round(one.fraction, 6),
            }
            for kind, one in self.estimates.items()
        }
        return {"estimates": kinds, "undecided": self.undecided, "not_listed": self.not_listed}

    def basis(self) -> list[str]:
        """On how many answers suspicion stands, where it stands on any, and which decisions do not count."""
        if not self.estimates:
            return ["No answer counts: suspicion is a score, not a chance.", *self._left_out()]
        stand = ", ".join(unbroken(f"{kind} {one.answers:,}") for kind, one in self.estimates.items())
        lines = [f"Suspicion is a probability here, and stands on {counted(self.answers, 'answer')}: {stand}."]
        if self._scores:
            lines.append(f"For {', '.join(self._scores)} it is a score, not a chance: no answer is about these.")
        return lines + self._left_out()

    def _left_out(self) -> list[str]:
        lines = []
        if self.undecided:
            lines.append(f"{counted(self.undecided, 'row')} that reviewers are unsure or split about do not count.")
        if self.not_listed:
            lines.append(f"{counted(self.not_listed, 'decided issue')} not listed here, not counted.")
        return lines

    def table(self) -> Preview:
        """How many errors of each kind there are."""
        rows = self.estimates.values()
        columns = {
            "": [str(kind) for kind in self.estimates],
            "answers": [f"{one.answers:,}" for one in rows],
            "right": [f"{one.right:,}" for one in rows],
            "of all": [_percent(one.fraction) for one in rows],
            "estimate, 90 % interval": [str(one) for one in rows],
        }
        return Preview("", columns, numbers=["answers", "right", "of all"])

    def classes(self) -> list[str]:
        """Which fraction of each class is wrong, by kind, for the classes with most errors."""
        lines = []
        for kind, one in self.estimates.items():
            wrong = {name: of_class for name, of_class in one.by_class.items() if round(of_class.errors)}
            shown = [unbroken(f"{name} {_percent(wrong[name].fraction)}") for name in list(wrong)[:_SHOWN]]
            what = "objects that are missing" if kind == "missing" else f"annotations that are {kind}"
            if shown:
                lines.append(f"{what}, by class: {', '.join(shown)}{', ...' * (len(wrong) > _SHOWN)}")
        return lines


def chosen(columns: IssueColumns, n: int, kinds: Sequence[Kind], seed: int) -> NDArray[np.intp]:
    """Of each of the kinds so many rows to review, in the order of the list."""
    n, seed = integer("n", n, 0), integer("seed", seed, 0)
    rows: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
    for number in map(KINDS.index, kinds):
        of_kind = np.flatnonzero(columns.is_kind(number))
        generator = np.random.default_rng([seed, number])
        rows.append(of_kind[sampled(columns["suspicion"][of_kind], n, generator)])
    return np.sort(np.concatenate(rows))


def _percent(fraction: float) -> str:
    percent = f"{100 * fraction:.1f} %"
    return "below 0.1 %" if percent == "0.0 %" and fraction > 0 else percent


class _Rows(NamedTuple):
    """Rows, listed and left out, and their answers."""

    image: NDArray[np.uint32]
    annotation: NDArray[np.int32]
    own_suspicion: NDArray[np.float64]
    class_id: NDArray[np.int64]
    answered: NDArray[np.bool_]
    accepted: NDArray[np.bool_]


def learn(
    parts: Sequence[IssueColumns],
    decisions: Decisions,
    annotations: Sequence[int],
    own_neg_log_clean: NDArray[np.float64],
    features: RowFeatures,
) -> tuple[NDArray[np.float64], NDArray[np.float64], Learned]:
    """The probabilities of the rows of all parts, -ln of that of each image to be clean, and how they were learned.

    Rows of a kind without answers keep the method's own suspicion; without any answers images do so, too.

    Parameters
    ----------
    parts:
        The rows that are listed, and those left out as decided.
    annotations:
        How many there are of each class.
    own_neg_log_clean:
        That of each image before.
    features:
        What is known of rows.
    """
    kind, image, annotation = (
        np.concatenate([getattr(part.rows, name) for part in parts]) for name in ("kind", "image", "annotation")
    )
    row_of_issue = _rows_by_issue(parts, decisions)
    sides = {row_of_issue[one]: side for one, side in decisions.verdicts.items() if one in row_of_issue}
    rows = _Rows(
        image,
        annotation,
        np.concatenate([part["own_suspicion"] for part in parts]),
        np.concatenate([_classes(part) for part in parts]),
        _flags(len(kind), [row for row, side in sides.items() if side != "unsure"]),
        _flags(len(kind), [row for row, side in sides.items() if side == "accept"]),
    )
    suspicion, estimates, scores = rows.own_suspicion.copy(), {}, []
    for number, name in enumerate(KINDS):
        of_kind = np.flatnonzero(kind == number)
        if rows.answered[of_kind].any():
            some = _Rows._make(column[of_kind] for column in rows)
            suspicion[of_kind], estimates[name] = _of_kind(number, some, annotations, parts[0].class_names, features)
        elif len(of_kind):
            scores.append(name)
    by_issue = [
        [replace(one, suspicion=suspicion[row_of_issue[one.issue_id]]) for one in of_issue]
        for issue_id, of_issue in decisions._by_issue.items()
        if issue_id in row_of_issue
    ]
    undecided = len(sides) - int(rows.answered.sum())
    found = Learned(estimates, scores, Reviewed(by_issue), undecided, len(decisions.verdicts) - len(sides))
    if not estimates:
        return suspicion, own_neg_log_clean, found
    rival = (kind != MISSING) & (kind != DUPLICATE)
    images = with_unlisted(own_neg_log_clean, rows.own_suspicion, suspicion, image, annotation, rival)
    return suspicion, images, found


def _flags(count: int, rows: Sequence[int]) -> NDArray[np.bool_]:
    flags = np.zeros(count, bool)
    flags[rows] = True
    return flags


def _rows_by_issue(parts: Sequence[IssueColumns], decisions: Decisions) -> dict[str, int]:
    """Issue id -> its row among those of all parts."""
    named = ((one.image_id, one.image_name, one.image_index) for one in decisions)
    images = {str(next(name for name in names if name is not None)) for names in named}
    rows: dict[str, int] = {}
    start = 0
    for part in parts:
        rows |= {issue_id: start + row for issue_id, row in part.named(images).items()}
        start += len(part)
    return rows


def _classes(columns: IssueColumns) -> NDArray[np.int64]:
    """The class that each row counts to: the one given, of a missing object the suggested one."""
    given = columns["given_class"]
    classes: NDArray[np.int64] = np.where(np.ma.getmaskarray(given), columns["suggested_class"].data, given.data)
    return classes


def _of_kind(
    number: int, rows: _Rows, annotations: Sequence[int], class_names: Sequence[str], features: RowFeatures
) -> tuple[NDArray[np.float64], Estimate]:
    """The probabilities of the rows of a kind, and how many of them are errors."""
    logits = logit(rows.own_suspicion)
    line = fit(logits[rows.answered], rows.accepted[rows.answered])
    suspicion, weights = learned(logits, line), {}
    of_line = suspicion[~rows.answered].sum()
    if number in WEIGHED and rows.answered.sum() >= _FOR_WEIGHTS:
        known = features.of(number, rows.image, rows.annotation)
        suspicion, found = weigh(logits, np.stack(list(known.values()), axis=1), rows.answered, rows.accepted)
        weights = dict(zip(known, found.tolist(), strict=True))
    right = int(rows.accepted.sum())
    low, high = total(logits[~rows.answered], line, np.random.default_rng([_SEED, number]))[1:]
    # Weights move the sum by a few percent, and the interval with it.
    others = suspicion[~rows.answered].sum()
    low, high = (others / max(of_line, _NEAREST) * end for end in (low, high))
    errors = np.bincount(rows.class_id, np.where(rows.answered, rows.accepted, suspicion), len(annotations))
    out_of = np.zeros(len(errors))
    out_of[: len(annotations)] = annotations
    if number == MISSING:
        out_of = out_of + errors
    by_class: dict[str, OfClass] = {}
    for class_id in np.argsort(-errors, kind="stable").tolist():
        if out_of[class_id]:
            # Several classes can have the same name.
            name = class_name(class_names, class_id)
            others_of_name = by_class.get(name, OfClass(0.0, 0.0))
            by_class[name] = OfClass(*(others_of_name + np.array([errors[class_id], out_of[class_id]])).tolist())
    by_class = dict(sorted(by_class.items(), key=lambda one: -one[1].errors))
    wrong = int(rows.answered.sum()) - right
    intercept, slope = line.mean.tolist()
    errors_of_all = (right + float(others), float(right + low), float(right + high))
    return suspicion, Estimate(KINDS[number], right, wrong, *errors_of_all, intercept, slope, weights, by_class)
