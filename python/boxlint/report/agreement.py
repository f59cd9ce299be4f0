"""What several reviewers agree on, and what follows for each annotation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from boxlint.dataset import class_name
from boxlint.report.corrections import Change
from boxlint.report.decision import Decision, Verdict
from boxlint.report.issue import Box

__all__ = ["Agreed", "Disagreement", "agreed", "verdict"]


class Disagreement(NamedTuple):
    """Decisions that do not go together; prints as a sentence.

    Attributes
    ----------
    decisions:
        Those on one issue, or on several issues of one annotation.
    why:
        What they differ in.
    carried_out:
        Whether one of the sides has the majority, and is carried out.
    """

    decisions: tuple[Decision, ...]
    why: str
    carried_out: bool

    def __str__(self) -> str:
        first = self.decisions[0]
        index = first.annotation_index if first.annotation_id is None else first.annotation_id
        what = "" if first.annotation_index is None else f"annotation {index}: "
        suggested = " and ".join(dict.fromkeys(map(_suggestion, self.decisions)))
        return f"{first.image()}: {what}{suggested}: {self.why}: {'' if self.carried_out else 'not '}carried out"


class Agreed(NamedTuple):
    """What is to be carried out, one change for each annotation, and what the reviewers disagree on."""

    changes: tuple[Change, ...]
    disagreements: tuple[Disagreement, ...]


def _suggestion(decision: Decision) -> str:
    """The kind and the class, or the change of class."""
    labels = (decision.given_label, decision.suggested_label)
    return f"{decision.kind} {' -> '.join(dict.fromkeys(label for label in labels if label is not None))}".rstrip()


def verdict(decisions: Sequence[Decision]) -> Verdict:
    """That of the majority of those who are sure about an issue; unsure if there is none."""
    accepts, rejects = (sum(one.decision == side for one in decisions) for side in ("accept", "reject"))
    return "accept" if accepts > rejects else "reject" if rejects > accepts else "unsure"


def agreed(by_issue: Iterable[Sequence[Decision]]) -> Agreed:
    """What follows from the decisions on each issue."""
    changes: list[Change] = []
    disagreements: list[Disagreement] = []
    of_annotations: dict[tuple[int, int], list[tuple[Decision, Change]]] = {}
    for decisions in by_issue:
        change, disagreement = _of_issue(decisions)
        if disagreement is not None:
            disagreements.append(disagreement)
        if change is None:
            continue
        if change.annotation_index is None:
            changes.append(change)
        else:
            place = (change.image_index, change.annotation_index)
            of_annotations.setdefault(place, []).append((decisions[0], change))
    for accepted in of_annotations.values():
        together, why = _together(accepted)
        if together is None:
            disagreements.append(Disagreement(tuple(decision for decision, _ in accepted), why, False))
        else:
            changes.append(together)
    return Agreed(tuple(changes), tuple(disagreements))


def _of_issue(decisions: Sequence[Decision]) -> tuple[Change | None, Disagreement | None]:
    """What the majority wants done about an issue, and what they disagree on."""
    accepts = [one for one in decisions if one.decision == "accept"]
    rejects = [one for one in decisions if one.decision == "reject"]
    why = [f"accepted by {_names(accepts)}, rejected by {_names(rejects)}"] if accepts and rejects else []
    change = None
    if len(accepts) > len(rejects):
        change, differ = _correction(accepts)
        why += [differ] if differ else []
    return change, Disagreement(tuple(decisions), "; ".join(why), change is not None) if why else None


def _names(decisions: Sequence[Decision]) -> str:
    return ", ".join(sorted(one.reviewer or "a reviewer without a name" for one in decisions))


def _correction(accepts: Sequence[Decision]) -> tuple[Change | None, str]:
    """What most of those who accept want, and what they differ in; no change if no class has the most votes.

    Where there are as many votes for a correction as for the suggestion, the correction is taken: somebody looked
    closer.
    """
    first = accepts[0]
    place = first.image_index, first.annotation_index
    stays = [one for one in accepts if not _deletes(one)]
    if 2 * len(stays) < len(accepts):
        return Change(*place, True, None, None), "corrected by a minority" if stays else ""
    label, tied = _most_common_label(stays)
    if tied:
        return None, f"corrected to {' and to '.join(tied)}"
    differ = {(_deletes(one), _label(one), _box(one)) for one in accepts}
    return Change(*place, False, label, _middle_box(stays)), "corrected differently" if len(differ) > 1 else ""


def _deletes(decision: Decision) -> bool:
    suggested = decision.kind in ("spurious", "duplicate")
    return suggested and decision.label is None and decision.box is None


def _label(decision: Decision) -> str | None:
    """The class that the annotation gets; None if it keeps its own."""
    if decision.label is not None or decision.kind not in ("missing", "swap"):
        return decision.label
    assert decision.suggested_class is not None
    return decision.suggested_label or class_name(None, decision.suggested_class)


def _box(decision: Decision) -> Box | None:
    """The box that the annotation gets; None if it keeps its own."""
    return decision.suggested_box if decision.box is None and decision.kind in ("missing", "badloc") else decision.box


def _most_common_label(decisions: Sequence[Decision]) -> tuple[str | None, list[str]]:
    """The class with the most votes; or those that have equally many."""
    votes = Counter(map(_label, decisions))
    most = [label for label, count in votes.items() if count == max(votes.values())]
    corrected = {one.label for one in decisions if one.label is not None}
    most = [label for label in most if label in corrected] or most
    return (most[0], []) if len(most) == 1 else (None, sorted(str(label) for label in most))


def _middle_box(decisions: Sequence[Decision]) -> Box | None:
    """The median, corner by corner, of the corrected boxes, or of the suggested ones if these have more votes."""
    corrected = [one.box for one in decisions if one.box is not None]
    boxes = corrected if 2 * len(corrected) >= len(decisions) else [_box(one) for one in decisions if one.box is None]
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    x1, y1, x2, y2 = map(median, zip(*known, strict=True))
    return x1, y1, x2, y2


def _together(accepted: Sequence[tuple[Decision, Change]]) -> tuple[Change | None, str]:
    """One change for all accepted issues of an annotation; else why they do not go together.

    A duplicate is deleted whatever else is wrong with it. Where nothing is, no class or box can be wrong.
    """
    changes = [change for _, change in accepted]
    deleting = {decision.kind for decision, change in accepted if change.delete}
    if "duplicate" in deleting or (deleting and all(change.delete for change in changes)):
        return changes[0]._replace(delete=True, label=None, box=None), ""
    if deleting:
        return None, "accepted together, though one deletes what another corrects"
    labels = {change.label for change in changes if change.label is not None}
    boxes = {change.box for change in changes if change.box is not None}
    if len(labels) > 1:
        return None, f"accepted together, with the classes {' and '.join(sorted(labels))}"
    if len(boxes) > 1:
        return None, "accepted together, with different boxes"
    return changes[0]._replace(label=next(iter(labels), None), box=next(iter(boxes), None)), ""
