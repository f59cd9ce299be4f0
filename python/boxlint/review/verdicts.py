"""What reviewers said in a labelling tool, as decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from boxlint.report.decision import Decision
from boxlint.report.decisions import Decisions
from boxlint.report.identity import Fingerprint
from boxlint.review.record import Box, Record

__all__ = ["UNDECIDED", "Answer", "decisions_of", "only_verdict"]

# The value that stands for none in tools whose choices always have one.
UNDECIDED = "undecided"

# A corner that a tool gives back within so many pixels is where it was; CVAT keeps two decimals.
_TOLERANCE = 0.1


class Answer(NamedTuple):
    """A marked box as a tool gives it back.

    Attributes
    ----------
    place:
        Where it stands, for errors.
    record:
        What was exported with it.
    verdict:
        One of `VERDICTS`; None where the reviewer has not decided.
    label, box:
        Its class, and its corners in pixels.
    note, reviewer:
        What the reviewer wrote, and who it was, where the tool says so.
    """

    place: str
    record: Record
    verdict: str | None
    label: str
    box: Box
    note: str | None = None
    reviewer: str | None = None


def decisions_of(answers: Iterable[Answer], reviewer: str | None) -> Decisions:
    """A decision for each answer with a verdict.

    An accepted box that was moved, or whose class was changed, becomes a correction.

    Parameters
    ----------
    answers:
        The marked boxes of one data set.
    reviewer:
        Who decided, where the tool does not say so.

    Raises
    ------
    ValueError
        If there are no boxes, they are of several data sets, a verdict is none that was offered, or one reviewer
        answers an issue twice.
    """
    fingerprint: Fingerprint | None = None
    places: dict[tuple[str, str | None], str] = {}
    decisions = []
    for answer in answers:
        fingerprint = fingerprint or answer.record.fingerprint
        if answer.record.fingerprint != fingerprint:
            raise ValueError(f"{answer.place} is of another data set than the boxes before it: import them one by one")
        if answer.verdict is None:
            continue
        decision = _decision(answer, reviewer)
        first = places.setdefault((decision.issue_id, decision.reviewer), answer.place)
        if first != answer.place:
            raise ValueError(f"{answer.place} answers the same issue as {first}, by the same reviewer")
        decisions.append(decision)
    if fingerprint is None:
        raise ValueError("no box that boxlint export wrote is in there")
    return Decisions(decisions, *fingerprint)


def _decision(answer: Answer, reviewer: str | None) -> Decision:
    if not answer.label:
        raise ValueError(f"{answer.place}: there is a verdict, but no class any more")
    said = {"decision": answer.verdict, "reviewer": answer.reviewer or reviewer, "note": answer.note}
    correction = _correction(answer) if answer.verdict == "accept" else {}
    try:
        return Decision.from_record(answer.record.issue | said | correction)
    except ValueError as error:
        raise ValueError(f"{answer.place}: {error}") from error


def _correction(answer: Answer) -> dict[str, Any]:
    """The class and the box that the reviewer gave, where they are not as they were shown."""
    stays = all(abs(new - old) <= _TOLERANCE for new, old in zip(answer.box, answer.record.box, strict=True))
    correction: dict[str, Any] = {"label": answer.label} if answer.label != answer.record.label else {}
    return correction | ({} if stays else {"box": list(answer.box)})


def only_verdict(place: str, chosen: Sequence[str]) -> str | None:
    """The verdict in tools in which each can be ticked by itself; None where none is.

    Raises
    ------
    ValueError
        If there are two.
    """
    if len(chosen) > 1:
        raise ValueError(f"{place} has the verdicts {' and '.join(chosen)}, expected one")
    return chosen[0] if chosen else None
