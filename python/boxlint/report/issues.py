"""The table of suspected errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, final, overload

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_list, fraction, integer
from boxlint._kinds import KINDS, Kind, kinds_of
from boxlint._selection import Selection, selected
from boxlint._table import BLOCK, Cells, engine_cells
from boxlint._text import HTML_ROWS, TEXT_ROWS, Preview, corners, counted, encodable, listed
from boxlint.plots.extra import plot_packages
from boxlint.report.columns import COLUMNS, FLAT_COLUMNS, MORE_COLUMNS, IssueColumns
from boxlint.report.issue import Issue, change_of_class, issue_of_several
from boxlint.report.support import as_dicts
from boxlint.report.tables import Tabular

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from boxlint.report.pictures.files import PictureFiles

__all__ = ["LIKELY", "Issues", "html_preview", "preview"]

# Suspicion from which on a row counts as a likely error.
LIKELY = 0.5

Array = NDArray[Any]


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
                            from 0 to 1, where the reason says how many were counted; none for a box without area
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

    Of several detectors, prediction, id and score are those of one of them, and there are two columns more:

    ======================= ============================================================================================
    detector                the detector that counts most of those that see what the row is about; ``prediction_index``,
                            ``prediction_id`` and ``score`` are of its prediction, while ``suggested_box`` is the mean
                            of the predictions of all
    support                 (n, D) how surely each detector sees it: the confidence of its prediction, 0 if it has none;
                            for ``spurious``, how surely it sees anything there. Masked where it was not run, and for
                            ``duplicate``. In a row it is a dict by the names of detectors; in tables there is a column
                            ``support_NAME`` for each
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
        return (*COLUMNS, *MORE_COLUMNS) if self._columns.detector_names else COLUMNS

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._columns)

    def __iter__(self) -> Iterator[Issue]:
        rows = zip(*(self._columns[name].tolist() for name in FLAT_COLUMNS), strict=True)
        names = self._columns.detector_names
        issues = map(Issue._make, rows)
        if names:
            issues = map(issue_of_several, rows, self["detector"].tolist(), as_dicts(names, self["support"].filled()))
        for row, issue in enumerate(issues):
            issue._row = self._columns, row
            yield issue

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: int) -> Issue: ...
    @overload
    def __getitem__(self, key: Selection) -> Issues: ...
    def __getitem__(self, key: str | int | Selection) -> Any:
        """A column by its name, a row by its position, or some of the rows: a slice, indices or a mask."""
        if isinstance(key, str):
            if key not in self.columns:
                raise KeyError(f"no column {key!r}, expected one of {', '.join(self.columns)}")
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
            labels = (
                [label]
                if isinstance(label, (str, int, np.integer))
                else as_list("label", label, "one class or several")
            )
            classes = [position for one in labels for position in self._classes(one)]
            chosen &= np.isin(columns, classes).any(axis=0)
        return Issues(self._columns.take(np.flatnonzero(chosen)))

    def show(self, n: int = 12, *, images: PictureFiles | None = None) -> Figure:
        """Draws the first rows, each as `Issue.plot` does, in rows of four.

        Returns a figure: notebooks show it as the value of a cell, scripts save it, as in
        ``issues.show().savefig("issues.png")``, without a window, and where pyplot has windows, ``pyplot.show()`` shows
        it.

        Parameters
        ----------
        n:
            How many rows at most.
        images:
            As for `Issue.plot`.

        Raises
        ------
        ValueError
            If n is less than 0, the folder holds none of the images, or the report has lost its data set, by pickling.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> issues = check(make_scenes(50).dataset).issues
        >>> figure = issues.where(kind="swap").show(6)
        >>> len(figure.axes)
        8
        """
        rows = self._columns.take(slice(integer("n", n, 0)))
        with plot_packages():
            from boxlint.plots.panels import GRID_PIXELS, grid
            from boxlint.report.pictures.panels import panels
        return grid(panels(rows, images, GRID_PIXELS))

    def _classes(self, label: str | int) -> list[int]:
        """The positions of the classes that are meant; several can have the same name."""
        names = self._columns.class_names
        if isinstance(label, str):
            if label not in names:
                known = f"one of {listed(names)}" if names else "a position: the data set has no class names"
                raise ValueError(f"label is {label!r}, expected {known}")
            return [position for position, name in enumerate(names) if name == label]
        position = integer("label", label, 0)
        if names and position >= len(names):
            raise ValueError(f"label is {label}, expected a position below {len(names)}")
        return [position]

    def _flat(self) -> dict[str, Array]:
        return {name: self._columns[name] for name in FLAT_COLUMNS} | _more(self._columns)

    def _blocks(self, rows: int = BLOCK, reasons: bool = True) -> Iterator[dict[str, Cells]]:
        names = [name for name in FLAT_COLUMNS if reasons or name != "reason"]
        for start in range(0, max(len(self), 1), rows):
            columns = self._columns.take(slice(start, start + rows))
            columns.prepare()
            yield {name: columns.cells(name) for name in names} | {
                name: engine_cells(column) for name, column in _more(columns).items()
            }

    def __repr__(self) -> str:
        return preview(self, f"Issues({counted(len(self), 'row')})", TEXT_ROWS).text()

    def _repr_html_(self) -> str:
        return html_preview(self, f"Issues({counted(len(self), 'row')})")


def _more(columns: IssueColumns) -> dict[str, Array]:
    """The columns that a table of several detectors has besides, one of support for each."""
    if not columns.detector_names:
        return {}
    support = columns["support"]
    each = {f"support_{encodable(name)}": support[:, at].copy() for at, name in enumerate(columns.detector_names)}
    return {"detector": columns["detector"], **each}


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


def html_preview(issues: Issues, title: str) -> str:
    """The first rows as a table for notebooks, with their pictures where the files of the images are known."""
    table, columns = preview(issues, title, HTML_ROWS), issues._columns
    if columns.dataset is None or columns.images is None:
        return table.html()
    from boxlint.report.pictures.thumbnails import thumbnails

    return table.html({"": thumbnails(columns.take(slice(HTML_ROWS)))})


def _first(*values: int | str | None) -> str:
    """The first that there is; empty for none."""
    return next((str(value) for value in values if value is not None), "")
