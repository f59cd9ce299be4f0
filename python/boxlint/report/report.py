"""What `boxlint.check` returns: the suspicious boxes, the suspicious images, and the corrected data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any, final, overload

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import expect, expect_dict, integer
from boxlint._kinds import Kind, kinds_of
from boxlint._selection import Selection
from boxlint._table import BLOCK, Cells
from boxlint._text import TEXT_ROWS, counted
from boxlint.dataset import Dataset
from boxlint.report.columns import IssueColumns
from boxlint.report.corrections import Accept, Changes, accepted, corrected, first_of_each_annotation
from boxlint.report.decisions import Decisions, made_decisions
from boxlint.report.features import Measure, RowFeatures
from boxlint.report.identity import Fingerprint, fingerprint
from boxlint.report.issue import Issue
from boxlint.report.issues import LIKELY, Issues, html_preview, preview
from boxlint.report.learned import Learned, chosen, learn
from boxlint.report.pickled import whole
from boxlint.report.pictured import Pictured
from boxlint.report.rows import EngineRows
from boxlint.report.several import Ensemble, issue_columns
from boxlint.report.summary import Counts, Summary, Tally

__all__ = ["Report"]

Array = NDArray[Any]


@final
class Report(Pictured):
    """The suspicious boxes of a data set, and how suspicious its images are.

    A report is a table, too: ``len(report)``, ``report["kind"]``, ``report[0]`` and ``for issue in report`` are those
    of ``report.issues``, and pandas, polars, pyarrow and duckdb take it as it is. `boxlint.check` makes it.

    Pickling it leaves the data set out, which can be a thousand times as large: ``dataset`` is None afterwards, and all
    else is as before but for `apply` and pictures, until `with_dataset` gives it back, and `with_images` the files of
    the images. To keep both, pickle ``(report, dataset)``.

    Attributes
    ----------
    dataset:
        What was checked.
    kinds:
        The kinds of error that were looked for.
    min_suspicion:
        Suspicion from which on rows are listed; those below are left out.
    left_out:
        Kind -> how many rows there are beside those that are listed, all less suspicious; without kinds that have none.
    learned:
        What was learned from answers, if any was: see `learn`.
    """

    def __init__(
        self,
        dataset: Dataset,
        rows: EngineRows,
        image_neg_log_clean: NDArray[np.float64],
        confident: int,
        omitted: float,
        mistaken: tuple[int, ...],
        *,
        kinds: tuple[Kind, ...],
        min_suspicion: float,
        left_out: Mapping[Kind, int],
        measure: Measure,
        ensemble: Ensemble | None = None,
    ) -> None:
        self.dataset: Dataset | None = dataset
        self._rows: EngineRows | None = rows
        self.kinds = kinds
        self.min_suspicion = min_suspicion
        self.left_out = left_out
        # -ln(1 - suspicion) of each image.
        self._image_neg_log_clean = image_neg_log_clean
        self._confident, self._omitted, self._mistaken = confident, omitted, mistaken
        self._measure, self._ensemble = measure, ensemble
        # The rows that are decided; -ln(1 - suspicion) of each image as the method itself has it.
        self._decided_rows: tuple[IssueColumns, ...] = ()
        self._own_neg_log_clean = image_neg_log_clean
        self.learned: Learned | None = None

    def _of(self, columns: IssueColumns, **changed: Any) -> Report:
        """The report with these rows in place of its own, and with other attributes changed."""
        report = object.__new__(Report)
        report.__dict__ |= self.__dict__ | {"issues": Issues(columns), "_rows": columns.rows} | changed
        return report

    @property
    def decided(self) -> int:
        """How many rows `without` has left out."""
        return sum(map(len, self._decided_rows))

    @cached_property
    def issues(self) -> Issues:
        """One row for each suspected error, most suspicious first: see `Issues` for the columns."""
        assert self.dataset is not None, "made before the data set is left out"
        assert self._rows is not None
        return Issues(issue_columns(self.dataset, self._rows, self._ensemble))

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

    def _blocks(self, rows: int = BLOCK, reasons: bool = True) -> Iterator[dict[str, Cells]]:
        return self.issues._blocks(rows, reasons)

    def __repr__(self) -> str:
        return preview(self.issues, self._title(), TEXT_ROWS).text()

    def _repr_html_(self) -> str:
        return html_preview(self.issues, self._title())

    def _title(self) -> str:
        return f"Report({counted(len(self), 'row')}, {counted(len(self._image_neg_log_clean), 'image')})"

    def __getstate__(self) -> dict[str, Any]:
        kept = {"issues": self.issues, "_counts": self._counts, "fingerprint": self.fingerprint}
        return {**self.__dict__, "dataset": None, "_rows": None, "_ensemble": None, **kept}

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
        expect("with_dataset", dataset, Dataset)
        columns = self.issues._columns
        counts = Counts.of(dataset, self._confident, self._omitted, self._mistaken)
        if counts != self._counts or not columns.fit(dataset):
            raise ValueError("this is not the data set that was checked: the rows of the report are of other boxes")
        return self._of(columns.of(dataset), dataset=dataset)

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
        return (self.issues if kind is None else self.issues.where(kind=kind))[: integer("n", n, 0)]

    def summary(self) -> Summary:
        """What was found, by kind and class, and whether the detector can show it at all; prints as text."""
        tally = partial(Tally.of_issues, self.issues, self.kinds)
        of_list = (self.kinds, self.min_suspicion, self.left_out, self.decided, self.learned)
        return Summary(tally, self._counts, self.issues._columns.class_names, *of_list)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What names the annotations and the predictions that were checked, for decisions about them."""
        assert self.dataset is not None, "made before the data set is left out"
        return fingerprint(self.dataset)

    @cached_property
    def _counts(self) -> Counts:
        assert self.dataset is not None, "made before the data set is left out"
        return Counts.of(self.dataset, self._confident, self._omitted, self._mistaken)

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
        dataset = whole(self.dataset)
        if isinstance(accept, Decisions):
            return accept.apply(dataset)
        return corrected(dataset, Changes.suggested(self.changes(accept)._columns))

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
        >>> missing = report.top(1, "missing")[0]
        >>> verdicts[missing.issue_id] = {"decision": "accept", "label": "cross", "note": "seen from the side"}
        >>> report.decide(verdicts, reviewer="anna").corrections
        6
        """
        expect_dict("verdicts", verdicts, "from issue ids to verdicts")
        row = {issue_id: position for position, issue_id in enumerate(self["issue_id"].tolist())}
        unknown = next((issue_id for issue_id in verdicts if issue_id not in row), None)
        if unknown is not None:
            raise ValueError(f"verdicts: there is no issue {unknown!r}, expected one of the {len(self)} rows")
        issues = self.issues[[row[issue_id] for issue_id in verdicts]]
        return Decisions(made_decisions(issues, verdicts.values(), reviewer), *self.fingerprint)

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
        expect("decisions", decisions, Decisions)
        issue_ids = self["issue_id"].tolist()
        is_open = np.array([decisions.verdicts.get(one, "unsure") == "unsure" for one in issue_ids], bool)
        rest, decided = (self.issues._columns.take(np.flatnonzero(rows)) for rows in (is_open, ~is_open))
        return self._of(rest, _decided_rows=(*self._decided_rows, decided))

    def sample(self, n: int, kind: Kind | None = None, seed: int = 0) -> Report:
        """The report with the rows alone that are to be reviewed, so that `learn` can tell how often others are errors.

        ``n`` rows of each kind, or of the one that is given; all of them where there are fewer. A hundred suffice.
        Suspicious rows are likelier chosen, in proportion to the root of the suspicion. Equal seeds choose equal rows.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> len(check(make_scenes(50).dataset).sample(20, "missing"))
        20
        """
        columns, kinds = self.issues._columns, self.kinds if kind is None else kinds_of(kind, "kind")
        return self._of(columns.take(chosen(columns, n, kinds, seed)))

    def learn(self, decisions: Decisions) -> Report:
        """The report with a probability in place of each suspicion, learned from what reviewers decided.

        What the majority accepts or rejects counts, of each kind on its own: ties, ``unsure`` and issues that are not
        listed do not. Kinds without answers keep their suspicion, which is a score; without any, nothing changes. Rows
        and images are in the order of their new suspicion; ``summary()`` and ``learned`` say how many errors there are.
        Learning again begins anew, so give all decisions at once; those that `without` left out count as well.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> report = check(make_scenes(50).dataset)
        >>> rows = report.sample(20, "swap")
        >>> report = report.learn(report.decide(dict.fromkeys(rows["issue_id"], "reject")))
        >>> report.learned.answers, report.top(1, "swap")[0].suspicion < 0.1
        (8, True)
        """
        expect("decisions", decisions, Decisions)
        parts = [self.issues._columns, *self._decided_rows]
        known = self._counts.by_class, self._own_neg_log_clean, RowFeatures(self.dataset, self._measure)
        suspicion, images, learned = learn(parts, decisions, *known)
        return self._of(parts[0].ranked(suspicion[: len(self)]), _image_neg_log_clean=images, learned=learned)
