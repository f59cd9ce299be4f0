"""What `boxlint.check` returns: the suspicious boxes, the suspicious images, and the corrected data set."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, final, overload

import numpy as np
from numpy.typing import NDArray

from boxlint._kinds import Kind
from boxlint._selection import Selection
from boxlint._table import Cells
from boxlint._text import HTML_ROWS, TEXT_ROWS, counted
from boxlint.dataset import Dataset
from boxlint.report.columns import EngineRows, IssueColumns
from boxlint.report.corrections import Accept, Changes, accepted, corrected, first_of_each_annotation
from boxlint.report.decision import Decision
from boxlint.report.decisions import Decisions
from boxlint.report.identity import Fingerprint, fingerprint
from boxlint.report.issues import LIKELY, Issue, Issues, preview
from boxlint.report.summary import Counts, Summary
from boxlint.report.tables import Tabular

__all__ = ["Report"]

Array = NDArray[Any]


@final
class Report(Tabular):
    """The suspicious boxes of a data set, and how suspicious its images are.

    A report is a table, too: ``len(report)``, ``report["kind"]``, ``report[0]`` and ``for issue in report`` are those
    of ``report.issues``, and pandas, polars, pyarrow and duckdb take it as it is. `boxlint.check` makes it.

    Pickling it leaves the data set out, which can be a thousand times as large: ``dataset`` is None afterwards, and all
    else is as before but for `apply`, until `with_dataset` gives it back. To keep both, pickle ``(report, dataset)``.

    Attributes
    ----------
    dataset:
        What was checked.
    kinds:
        The kinds of error that were looked for.
    min_suspicion:
        Suspicion from which on rows are listed; those below are left out.
    left_out:
        Kind -> how many more rows there are, less suspicious than those that are listed; kinds without any are not in
        it.
    decided:
        How many rows `without` has left out.
    """

    def __init__(
        self,
        dataset: Dataset,
        rows: EngineRows,
        image_neg_log_clean: NDArray[np.float64],
        confident: int,
        omitted: float,
        *,
        kinds: tuple[Kind, ...],
        min_suspicion: float,
        left_out: Mapping[Kind, int],
        decided: int = 0,
    ) -> None:
        self.dataset: Dataset | None = dataset
        self._rows: EngineRows | None = rows
        self.kinds = kinds
        self.min_suspicion = min_suspicion
        self.left_out = left_out
        # -ln(1 - suspicion) of each image.
        self._image_neg_log_clean = image_neg_log_clean
        self._confident = confident
        self._omitted = omitted
        self.decided = decided

    @cached_property
    def issues(self) -> Issues:
        """One row for each suspected error, most suspicious first: see `Issues` for the columns."""
        assert self.dataset is not None, "made before the data set is left out"
        assert self._rows is not None
        return Issues(IssueColumns(self.dataset, self._rows, self.dataset.class_names))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.issues)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: int) -> Issue: ...
    @overload
    def __getitem__(self, key: Selection) -> Issues: ...
    def __getitem__(self, key: str | int | Selection) -> Any:
        """A column, a row or some of the rows, as of ``issues``."""
        return self.issues[key]

    def _flat(self) -> dict[str, Array]:
        return self.issues._flat()

    def _blocks(self) -> Iterator[dict[str, Cells]]:
        return self.issues._blocks()

    def __repr__(self) -> str:
        return preview(self.issues, self._title(), TEXT_ROWS).text()

    def _repr_html_(self) -> str:
        return preview(self.issues, self._title(), HTML_ROWS).html()

    def _title(self) -> str:
        return f"Report({counted(len(self), 'row')}, {counted(len(self._image_neg_log_clean), 'image')})"

    def __getstate__(self) -> dict[str, Any]:
        kept = {"issues": self.issues, "_counts": self._counts, "fingerprint": self.fingerprint}
        return {**self.__dict__, "dataset": None, "_rows": None, **kept}

    def __copy__(self) -> Report:
        # Nothing of a report changes, and a copy must not lose the data set as a pickle does.
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Report:
        return self

    def with_dataset(self, dataset: Dataset) -> Report:
        """The report with its data set, which pickling leaves out.

        Raises
        ------
        ValueError
            If it is another data set: one with other numbers of boxes, or where the rows are of other boxes.

        Examples
        --------
        >>> import pickle
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> dataset = make_scenes(50).dataset
        >>> report = pickle.loads(pickle.dumps(check(dataset)))
        >>> len(report.with_dataset(dataset).apply())
        50
        """
        columns = self.issues._columns
        if Counts.of(dataset, self._confident, self._omitted) != self._counts or not columns.fit(dataset):
            raise ValueError("this is not the data set that was checked: the rows of the report are of other boxes")
        return Report(
            dataset,
            columns.rows,
            self._image_neg_log_clean,
            self._confident,
            self._omitted,
            kinds=self.kinds,
            min_suspicion=self.min_suspicion,
            left_out=self.left_out,
            decided=self.decided,
        )

    @property
    def image_scores(self) -> NDArray[np.float64]:
        """(N,) 1 less the suspicion of each image: the lower, the likelier an error in its annotations."""
        return np.exp(-self._image_neg_log_clean)

    @property
    def image_order(self) -> NDArray[np.intp]:
        """(N,) indices of the images, most suspicious first, also where their scores are so low that they are equal."""
        return np.argsort(-self._image_neg_log_clean, kind="stable")

    def top(self, n: int, kind: Kind | None = None) -> Issues:
        """The most suspicious rows, of all kinds or of one."""
        if operator.index(n) < 0:
            raise ValueError(f"n is {n}, expected at least 0")
        return (self.issues if kind is None else self.issues.where(kind=kind))[:n]

    def summary(self) -> Summary:
        """What was found, by kind and class, and whether the detector can show it at all; prints as text."""
        return Summary(self.issues, self._counts, self.kinds, self.min_suspicion, self.left_out, self.decided)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What names the annotations and the predictions that were checked, for decisions about them."""
        assert self.dataset is not None, "made before the data set is left out"
        return fingerprint(self.dataset)

    @cached_property
    def _counts(self) -> Counts:
        assert self.dataset is not None, "made before the data set is left out"
        return Counts.of(self.dataset, self._confident, self._omitted)

    def changes(self, accept: Accept = LIKELY) -> Issues:
        """The rows that `apply` carries out: of those accepted, the most suspicious of each annotation."""
        return self.issues[first_of_each_annotation(self.issues._columns, accepted(self.issues, accept))]

    def apply(self, accept: Accept | Decisions = LIKELY) -> Dataset:
        """A corrected copy of the data set, with `changes` carried out, or what reviewers decided.

        Annotations get the suggested class and box; spurious and doubled ones are deleted, and missing ones are added
        after the others of their image, with ids above all that there are. An annotation is changed once at most.

        Parameters
        ----------
        accept:
            Which rows to believe: those from a suspicion on, those of a mask or of a list of indices, those of what a
            function of `issues` returns; or `Decisions`, see `Decisions.apply`.

        Raises
        ------
        ValueError
            If the report has lost its data set, by pickling. Or if the decisions are about other annotations.

        Examples
        --------
        >>> import boxlint
        >>> labels = [{"bboxes": [[10, 10, 90, 90]], "labels": [0]}] * 30 + [{"bboxes": [], "labels": []}]
        >>> report = boxlint.check(labels, [[[[10, 10, 90, 90, 0.9]]]] * 31)
        >>> len(report.apply(accept=0.5).annotations.class_id)
        31
        >>> len(report.apply(accept=lambda issues: issues["kind"] == "swap").annotations.class_id)
        30
        """
        if self.dataset is None:
            raise ValueError("the report was pickled, without its data set: give it back with report.with_dataset")
        if isinstance(accept, Decisions):
            return accept.apply(self.dataset)
        return corrected(self.dataset, Changes.suggested(self.changes(accept)._columns))

    def decide(self, verdicts: Mapping[str, str | Mapping[str, Any]], *, reviewer: str | None = None) -> Decisions:
        """Decisions about some of the rows, to write, to merge with those of others, and to carry out.

        Parameters
        ----------
        verdicts:
            Issue id -> ``accept``, ``reject`` or ``unsure``; or a dict of ``decision`` and, where there are any,
            ``note``, and the ``label`` and the ``box`` that are right instead of those suggested.
        reviewer:
            Who decides.

        Raises
        ------
        ValueError
            If there is no such row, or a value is not as described.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> report = check(make_scenes(50).dataset)
        >>> verdicts = {issue.issue_id: "accept" for issue in report.top(5, "swap")}
        >>> verdicts[report[0].issue_id] = {"decision": "accept", "label": "cross", "note": "seen from the side"}
        >>> report.decide(verdicts, reviewer="anna").corrections
        6
        """
        row = {issue_id: position for position, issue_id in enumerate(self["issue_id"].tolist())}
        unknown = next((issue_id for issue_id in verdicts if issue_id not in row), None)
        if unknown is not None:
            raise ValueError(f"verdicts: there is no issue {unknown!r}, expected one of the {len(self)} rows")
        issues = self.issues[[row[issue_id] for issue_id in verdicts]]
        decisions = []
        for issue, given in zip(issues, verdicts.values(), strict=True):
            fields: Any = {"decision": given} if isinstance(given, str) else given
            try:
                decisions.append(Decision.of(issue, reviewer=reviewer, **fields))
            except (TypeError, ValueError) as error:
                raise type(error)(f"verdicts: {issue.issue_id}: {error}") from error
        return Decisions(decisions, *self.fingerprint)

    def without(self, decisions: Decisions) -> Report:
        """The report without the rows that are decided, such as for a second round or a gate that sees new ones alone.

        An issue is decided if the majority of its reviewers accepts it or rejects it; those that nobody is sure about
        stay. The decisions may be about annotations that were edited since, and about other predictions: an issue has
        the same id as long as its image, annotation, classes and box are the same. `image_scores` stay as they are.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> report = check(make_scenes(50).dataset)
        >>> decided = report.decide({issue.issue_id: "reject" for issue in report.top(5)})
        >>> len(report) - len(report.without(decided))
        5
        """
        issue_ids = self["issue_id"].tolist()
        open_rows = [decisions.verdicts.get(issue_id, "unsure") == "unsure" for issue_id in issue_ids]
        rest = Issues(self.issues._columns.take(np.flatnonzero(open_rows)))
        report = object.__new__(Report)
        kept = {"issues": rest, "_rows": rest._columns.rows, "decided": self.decided + len(self) - len(rest)}
        report.__dict__ |= self.__dict__ | kept
        return report
