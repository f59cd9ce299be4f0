"""The table of suspected errors, and one row of it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, final, overload

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import fraction
from boxlint._kinds import KINDS, Kind, kinds_of
from boxlint._selection import Selection, selected
from boxlint._table import BLOCK, Cells
from boxlint._text import HTML_ROWS, TEXT_ROWS, Preview, corners, counted
from boxlint.report.columns import COLUMNS, FLAT_COLUMNS, IssueColumns
from boxlint.report.tables import Tabular

__all__ = ["LIKELY", "Issue", "Issues", "change_of_class", "preview"]

# Suspicion from which on a row counts as a likely error.
LIKELY = 0.5

Array = NDArray[Any]
Box = tuple[float, float, float, float]


class Issue(NamedTuple):
    """One suspected error: a row of `Issues`, where its fields are described. What there is not is None.

    Beside ``given_x1`` to ``suggested_y2`` there are ``given_box`` and ``suggested_box``, the four corners as a tuple.
    """

    image_index: int
    image_id: int | str | None
    image_name: str | None
    kind: Kind
    suspicion: float
    annotation_index: int | None
    annotation_id: int | str | None
    prediction_index: int | None
    prediction_id: int | str | None
    score: float | None
    iou: float | None
    detectability: float | None
    kept_annotation_index: int | None
    kept_annotation_id: int | str | None
    given_class: int | None
    given_category_id: int | str | None
    given_label: str | None
    suggested_class: int | None
    suggested_category_id: int | str | None
    suggested_label: str | None
    given_x1: float | None
    given_y1: float | None
    given_x2: float | None
    given_y2: float | None
    suggested_x1: float | None
    suggested_y1: float | None
    suggested_x2: float | None
    suggested_y2: float | None
    reason: str
    issue_id: str

    @property
    def given_box(self) -> Box | None:
        """The annotated corners."""
        return _box(self.given_x1, self.given_y1, self.given_x2, self.given_y2)

    @property
    def suggested_box(self) -> Box | None:
        """The suggested corners."""
        return _box(self.suggested_x1, self.suggested_y1, self.suggested_x2, self.suggested_y2)

    def __repr__(self) -> str:
        """All that there is."""
        fields = {name: getattr(self, name) for name in COLUMNS}
        return f"Issue({', '.join(f'{name}={value!r}' for name, value in fields.items() if value is not None)})"


@final
class Issues(Tabular):
    """Suspected errors, one row each, most suspicious first; rows of equal suspicion by image, kind and box.

    ``len(issues)`` is the number of rows, ``issues["kind"]`` a column, ``issues[0]`` a row (an `Issue`), and a loop
    runs over the rows. Slices, indices and masks select rows, and `where` does by kind, class and suspicion.

    pandas, polars, pyarrow and duckdb take the table as it is. Only `to_pandas` has nullable integers, and all columns
    where there is no row: ``pandas.DataFrame(issues)`` reads the rows.

    Where there is nothing, numbers are masked and texts None: columns that can be empty are numpy masked arrays of
    numbers (with -1 and NaN below the mask, which ``column.filled()`` shows), or arrays of objects. Ids are numbers
    where all those of the source are, else texts.

    ======================= ============================================================================================
    column                  what it holds
    ======================= ============================================================================================
    image_index             position of the image in the data set, from 0
    image_id                its id in the source, if that has ids
    image_name              its name, if there are names
    kind                    ``missing``: an object without annotation; ``swap``: a wrong class; ``badloc``: a badly
                            placed box; ``spurious``: an annotation where nothing is; ``duplicate``: a second
                            annotation of an object
    suspicion               from 0 to 1: a score, which orders the rows well and is no promise of a rate; once the
                            report has learned from answers, the probability of the error
    annotation_index        position of the wrong annotation among those of its image, from 0; none for ``missing``
    annotation_id           its id in the source
    prediction_index        position of the prediction that contradicts the annotation, or shows the missing object,
                            among those of its image; none for ``spurious`` and ``duplicate``
    prediction_id           its id in the source
    score                   its score, from 0 to 1
    iou                     IoU of annotation and prediction; for ``duplicate``, of the two annotations; for
                            ``missing``, of the prediction and the annotation that overlaps it most, none up to 0.05
    detectability           for ``spurious``: how likely the detector finds an annotation of this class and size,
                            from 0 to 1; none for a box without area
    kept_annotation_index   for ``duplicate``: position of the annotation that stays
    kept_annotation_id      its id in the source
    given_class             class of the annotation: its position among all classes, from 0
    given_category_id       its id in the source
    given_label             its name
    suggested_class         class that the annotation should have; none for ``spurious`` and ``duplicate``, where it
                            should be deleted
    suggested_category_id   its id in the source
    suggested_label         its name
    given_box               (n, 4) corners ``x1, y1, x2, y2`` of the annotation, in pixels
    suggested_box           (n, 4) corners that the annotation should have: those of the prediction, cut to the image
                            where its size is known, for ``missing`` and ``badloc``; those given for ``swap``, where
                            the class alone is wrong; none where it should be deleted
    reason                  why, as a sentence
    issue_id                16 hex digits that name the issue on every run on the same data: made of the image, kind,
                            annotation, classes and box
    ======================= ============================================================================================

    Examples
    --------
    >>> import boxlint
    >>> labels = [{"bboxes": [[10, 10, 90, 90]], "labels": [0]}] * 30 + [{"bboxes": [], "labels": []}]
    >>> issues = boxlint.check(labels, [[[[10, 10, 90, 90, 0.9]]]] * 31, min_suspicion=0.1).issues
    >>> issues
    Issues(1 row)
    suspicion  kind     image  annotation  class    box
        0.540  missing  30                 class 0  10 10 90 90
    >>> issues[0].reason, issues["suggested_class"], issues["annotation_index"].tolist()
    ('detected as class 0 with score 0.90, and no annotation is there',
    masked_array(data=[0], mask=[False], fill_value=-1),
    [None])
    """

    def __init__(self, columns: IssueColumns) -> None:
        self._columns = columns

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return COLUMNS

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._columns)

    def __iter__(self) -> Iterator[Issue]:
        columns = [column.tolist() for column in self._flat().values()]
        return map(Issue._make, zip(*columns, strict=True))

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: int) -> Issue: ...
    @overload
    def __getitem__(self, key: Selection) -> Issues: ...
    def __getitem__(self, key: str | int | Selection) -> Any:
        """A column by its name, a row by its position, or some of the rows: a slice, indices or a mask."""
        if isinstance(key, str):
            if key not in COLUMNS:
                raise KeyError(f"no column {key!r}, expected one of {', '.join(COLUMNS)}")
            return self._columns[key]
        rows = selected(key, len(self), "row")
        taken = Issues(self._columns.take(np.atleast_1d(rows)))
        return taken if rows.ndim else next(iter(taken))

    def where(
        self,
        *,
        kind: Kind | Iterable[Kind] | None = None,
        label: str | int | Iterable[str | int] | None = None,
        min_suspicion: float = 0.0,
    ) -> Issues:
        """The rows of some kinds, of some classes, or from a suspicion on.

        Parameters
        ----------
        kind:
            One kind or several; None for all.
        label:
            One class or several, by name or by position from 0: rows whose given or suggested class it is. None for
            all.
        min_suspicion:
            Least suspicion, from 0 to 1.

        Raises
        ------
        ValueError
            If there is no such kind or class.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> issues = check(make_scenes(50).dataset).issues
        >>> {issue.kind for issue in issues.where(kind=["swap", "badloc"], label="cross", min_suspicion=0.5)}
        {'swap'}
        """
        chosen = self["suspicion"] >= fraction("min_suspicion", min_suspicion)
        if kind is not None:
            chosen &= self._columns.is_kind(*map(KINDS.index, kinds_of(kind, "kind")))
        if label is not None:
            columns = (self["given_class"].data, self["suggested_class"].data)
            labels = [label] if isinstance(label, (str, int, np.integer)) else label
            classes = [position for one in labels for position in self._classes(one)]
            chosen &= np.isin(columns, classes).any(axis=0)
        return Issues(self._columns.take(np.flatnonzero(chosen)))

    def _classes(self, label: str | int) -> list[int]:
        """The positions of the classes that are meant; several can have the same name."""
        names = self._columns.class_names
        if isinstance(label, str):
            if label not in names:
                known = f"one of {', '.join(names)}" if names else "a position: the data set has no class names"
                raise ValueError(f"label is {label!r}, expected {known}")
            return [position for position, name in enumerate(names) if name == label]
        position = operator.index(label)
        if position < 0 or (names and position >= len(names)):
            raise ValueError(
                f"label is {label}, expected a position" + (f" below {len(names)}" if names else " from 0")
            )
        return [position]

    def _flat(self) -> dict[str, Array]:
        return {name: self._columns[name] for name in FLAT_COLUMNS}

    def _blocks(self) -> Iterator[dict[str, Cells]]:
        for start in range(0, max(len(self), 1), BLOCK):
            columns = self._columns.take(slice(start, start + BLOCK))
            columns.prepare()
            yield {name: columns.cells(name) for name in FLAT_COLUMNS}

    def __repr__(self) -> str:
        return preview(self, f"Issues({counted(len(self), 'row')})", TEXT_ROWS).text()

    def _repr_html_(self) -> str:
        return preview(self, f"Issues({counted(len(self), 'row')})", HTML_ROWS).html()


def preview(issues: Issues, title: str, limit: int) -> Preview:
    """The first rows under a title. The annotation is named by its id, or by its index if the source has no ids."""
    shown = list(issues[:limit])
    with_ids = all(issue.annotation_id is not None or issue.annotation_index is None for issue in shown)
    names = [issue.annotation_id if with_ids else issue.annotation_index for issue in shown]
    columns = {
        "suspicion": [f"{issue.suspicion:.3f}" for issue in shown],
        "kind": [str(issue.kind) for issue in shown],
        "image": [_first(issue.image_name, issue.image_id, issue.image_index) for issue in shown],
        "annotation": [_first(name) for name in names],
        "class": [change_of_class(issue) for issue in shown],
        "box": [corners(issue.suggested_box or issue.given_box) for issue in shown],
    }
    more = len(issues) - len(shown)
    return Preview(title, columns, counted(more, "more row") if more else "", ("suspicion",), ("image", "class"))


def _first(*values: int | str | None) -> str:
    """The first that there is; empty for none."""
    return next((str(value) for value in values if value is not None), "")


def change_of_class(issue: Issue) -> str:
    """The class of a row, or the change of class that it suggests."""
    classes = ((issue.given_class, issue.given_label), (issue.suggested_class, issue.suggested_label))
    told = [f"class {number}" if name is None else name for number, name in classes if number is not None]
    return " -> ".join(dict.fromkeys(told))


def _box(*sides: float | None) -> Box | None:
    x1, y1, x2, y2 = sides
    return None if x1 is None or y1 is None or x2 is None or y2 is None else (x1, y1, x2, y2)
