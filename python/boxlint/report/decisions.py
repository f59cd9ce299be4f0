"""What reviewers decided about the issues of a data set: merged, read, written, and carried out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, final

from boxlint._arguments import expect
from boxlint._text import counted
from boxlint.dataset import Dataset
from boxlint.report.agreement import Agreed, Disagreement, agreed, verdict
from boxlint.report.corrections import Changes, corrected
from boxlint.report.decision import VERDICTS, Decision, Verdict
from boxlint.report.decisions_file import read_file, write_file
from boxlint.report.identity import annotations_fingerprint
from boxlint.report.issue import Issue
from boxlint.report.reviewed import Reviewed

__all__ = ["Decisions", "made_decisions"]

# What a reviewer says of an issue.
_OF_REVIEWERS = ("decision", "note", "label", "box")


@final
class Decisions:
    """Decisions about the issues of a data set, by one reviewer or several; a reviewer's last one on an issue counts.

    ``len(decisions)`` is their number, and a loop runs over them. `Report.decide` and `read` make them, `apply` carries
    out what the majority accepts, and `summary` says how many issues were right.

    Parameters
    ----------
    decisions:
        A reviewer's later decision on an issue replaces the earlier one.
    annotations_fingerprint, predictions_fingerprint:
        Those of the data set (`Report.fingerprint`); None for predictions of several kinds.

    Examples
    --------
    >>> from boxlint import check
    >>> from boxlint.synthetic import make_scenes
    >>> report = check(make_scenes(50).dataset)
    >>> first, second = report["issue_id"][:2]
    >>> decisions = report.decide({first: "accept", second: "reject"}, reviewer="anna")
    >>> decisions
    Decisions(2 decisions on 2 issues: 1 accept, 1 reject, 0 unsure)
    """

    def __init__(
        self, decisions: Iterable[Decision], annotations_fingerprint: str, predictions_fingerprint: str | None
    ) -> None:
        last = {(one.issue_id, one.reviewer): one for one in decisions}
        self._decisions = tuple(last.values())
        self.annotations_fingerprint = annotations_fingerprint
        self.predictions_fingerprint = predictions_fingerprint

    @classmethod
    def read(cls, *paths: str | os.PathLike[str]) -> Decisions:
        """Reads files of decisions, and merges them; docs/decisions.md describes the format.

        Of several files, a reviewer without a name is called as the file. They can be about different predictions, such
        as those of a second round.

        Raises
        ------
        OSError
            If a file cannot be read.
        ValueError
            If a file holds something else: names the file, the decision, what was found and what is expected. Or if the
            files are about different annotations.
        """
        if not paths:
            raise TypeError("Decisions.read: expected at least one path")
        files = [cls(*read_file(path)) for path in paths]
        for path, file in zip(paths, files, strict=True):
            if file.annotations_fingerprint != files[0].annotations_fingerprint:
                raise ValueError(f"{path}: decided on other annotations than {paths[0]}: their fingerprints differ")
        predictions = {file.predictions_fingerprint for file in files}
        if len(files) == 1:
            return files[0]
        named = (
            one if one.reviewer is not None else replace(one, reviewer=os.fspath(path))
            for path, file in zip(paths, files, strict=True)
            for one in file
        )
        return cls(named, files[0].annotations_fingerprint, predictions.pop() if len(predictions) == 1 else None)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes them as a file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        write_file(path, self, self.annotations_fingerprint, self.predictions_fingerprint)

    def __len__(self) -> int:
        """Number of decisions."""
        return len(self._decisions)

    def __iter__(self) -> Iterator[Decision]:
        return iter(self._decisions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decisions) and self._key() == other._key()

    __hash__ = None  # type: ignore[assignment]  # equal by value, as lists are, and no key of a dict

    def _key(self) -> tuple[Any, ...]:
        return self._decisions, self.annotations_fingerprint, self.predictions_fingerprint

    def __repr__(self) -> str:
        found = [one.decision for one in self]
        counts = ", ".join(f"{found.count(side)} {side}" for side in VERDICTS)
        issues = counted(len(self._by_issue), "issue")
        return f"Decisions({counted(len(self), 'decision')} on {issues}: {counts})"

    @cached_property
    def _by_issue(self) -> dict[str, list[Decision]]:
        """Issue -> the decisions on it, in an order that does not depend on that of the files."""
        by_issue: dict[str, list[Decision]] = {}
        for one in sorted(self, key=lambda one: (one.image_index, one.issue_id, one.reviewer or "")):
            by_issue.setdefault(one.issue_id, []).append(one)
        return by_issue

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """Issue id -> what the majority says of those who are sure; ``unsure`` if there is none."""
        return {issue_id: verdict(decisions) for issue_id, decisions in self._by_issue.items()}

    @cached_property
    def _agreed(self) -> Agreed:
        return agreed(self._by_issue.values())

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Issues that some accept and others reject or correct in another way, and accepted ones that contradict."""
        return self._agreed.disagreements

    @property
    def corrections(self) -> int:
        """How many annotations `apply` changes, deletes or adds."""
        return len(self._agreed.changes)

    def apply(self, dataset: Dataset) -> Dataset:
        """A corrected copy of the data set that was decided on; its predictions do not matter.

        What more reviewers accept than reject is carried out, as suggested or with the class and the box that most of
        them give; docs/decisions.md has the rules.

        Raises
        ------
        ValueError
            If it is another data set, or has not the image, annotation or class of a decision.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> report = check(make_scenes(50).dataset)
        >>> issue = report.top(1, "missing")[0]
        >>> decisions = report.decide({issue.issue_id: {"decision": "accept", "label": "cross"}})
        >>> added = decisions.apply(report.dataset)[issue.image_index]
        >>> added.class_names[added.annotations.class_id[-1]]
        'cross'
        """
        expect("Decisions.apply", dataset, Dataset)
        found = annotations_fingerprint(dataset)
        if found != self.annotations_fingerprint:
            raise ValueError(
                f"the annotations are not those that were decided on: their fingerprint is {found}, expected "
                f"{self.annotations_fingerprint}; are they the same files, read with the same options?"
            )
        suggested = max((one.suggested_class for one in self if one.suggested_class is not None), default=-1)
        return corrected(dataset, Changes.to_make(dataset, self._agreed.changes, 1 + suggested))

    def summary(self) -> Reviewed:
        """How many of the issues that were looked at were right, by kind and suspicion; prints as text."""
        return Reviewed(list(self._by_issue.values()))


def made_decisions(
    issues: Iterable[Issue], verdicts: Iterable[str | Mapping[str, Any]], reviewer: str | None
) -> list[Decision]:
    """A decision about each of the issues: see `Report.decide`."""
    decisions = []
    for issue, given in zip(issues, verdicts, strict=True):
        place = f"verdicts: {issue.issue_id}:"
        fields: Any = {"decision": given} if isinstance(given, str) else given
        if not isinstance(fields, Mapping):
            raise TypeError(f"{place} expected a verdict, or a dict with a decision, found {type(fields).__name__}")
        other = next((name for name in fields if name not in _OF_REVIEWERS), None)
        if other is not None or "decision" not in fields:
            found = "no decision" if other is None else repr(other)
            raise ValueError(f"{place} expected {', '.join(_OF_REVIEWERS)}, found {found}")
        try:
            decisions.append(Decision.of(issue, reviewer=reviewer, **fields))
        except ValueError as error:
            raise ValueError(f"{place} {error}") from error
    return decisions
