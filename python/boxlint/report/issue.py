"""One suspected error: a row of the table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from boxlint._kinds import Kind
from boxlint.plots.extra import plot_packages
from boxlint.report.columns import COLUMNS, MORE_COLUMNS, IssueColumns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from boxlint.report.pictures.files import PictureFiles

__all__ = ["Box", "Issue", "change_of_class", "classes_of", "image_of", "issue_of_several"]

Box = tuple[float, float, float, float]


class _Fields(NamedTuple):
    """The fields of an issue."""

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


class Issue(_Fields):
    """One suspected error: a row of `Issues`, where its fields are described. What there is not is None.

    Beside ``given_x1`` to ``suggested_y2`` there are ``given_box`` and ``suggested_box``, the four corners as a tuple.
    """

    # The table and the position there; None for what was pickled, or made by hand.
    _row: tuple[IssueColumns, int] | None = None

    @property
    def detector(self) -> str | None:
        """Of several detectors, the one whose prediction this is about."""
        return None

    @property
    def support(self) -> dict[str, float | None] | None:
        """Of several detectors, how surely each sees it; None for one that was not run on the image."""
        return None

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
        fields = {name: getattr(self, name) for name in (*COLUMNS, *MORE_COLUMNS)}
        return f"Issue({', '.join(f'{name}={value!r}' for name, value in fields.items() if value is not None)})"

    def __getstate__(self) -> dict[str, Any]:
        """Pickles have the fields alone: the table has the data set."""
        return {name: value for name, value in vars(self).items() if name != "_row"}

    def plot(self, images: PictureFiles | None = None, ax: Axes | None = None) -> Axes:
        """Draws the boxes over their part of the image, with names and scores, in the coordinates of the image.

        The annotation is red, the suggestion blue and dashed, and the annotation that stays beside a duplicate green
        and dotted. Needs matplotlib and pillow. Notebooks show it; where pyplot has windows,
        ``pyplot.show()`` does.

        Parameters
        ----------
        images:
            The folder of the images, or a list with the path of each image of the data set; those of
            `Report.with_images` if it is not given. Without any, and where a file cannot be read, the ground is blank.
        ax:
            Where to draw; by default on axes of a new figure.

        Raises
        ------
        ValueError
            If the folder does not hold the image, or the issue was pickled and lost its data set.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> axes = check(make_scenes(50).dataset).top(1, "swap")[0].plot()
        >>> [text.get_text() for text in axes.texts]
        ['square', 'diamond 0.93']
        """
        if self._row is None:
            raise ValueError("the issue was pickled, or made by hand, and has no data set: take it from a report")
        columns, row = self._row
        with plot_packages():
            from boxlint.plots.panels import SINGLE_PIXELS, fill, single
            from boxlint.report.pictures.panels import panels
        panel = panels(columns.take(np.array([row])), images, SINGLE_PIXELS)[0]
        if ax is None:
            return single(panel)
        fill(ax, panel)
        return ax


class _IssueOfSeveral(Issue):
    """A row about what several detectors see."""

    detector: str | None = None
    support: dict[str, float | None] | None = None


def issue_of_several(row: Iterable[Any], detector: str | None, support: dict[str, float | None] | None) -> Issue:
    """The row with these fields, and what each detector says."""
    issue = _IssueOfSeveral._make(row)
    issue.detector, issue.support = detector, support
    return issue


def change_of_class(issue: Issue) -> str:
    """The class of a row, or the change of class that it suggests."""
    return " -> ".join(dict.fromkeys(name for name in classes_of(issue) if name is not None))


def classes_of(issue: Issue) -> tuple[str | None, str | None]:
    """What to call the given and the suggested class of a row: by name, or by number; None where there is none."""
    classes = ((issue.given_class, issue.given_label), (issue.suggested_class, issue.suggested_label))
    given, suggested = (f"class {number}" if name is None and number is not None else name for number, name in classes)
    return given, suggested


def image_of(issue: Issue) -> str:
    """What to call the image of a row: its name, or ``image`` with its id, or else with its position."""
    if issue.image_name is not None:
        return issue.image_name
    return f"image {issue.image_index if issue.image_id is None else issue.image_id}"


def _box(*sides: float | None) -> Box | None:
    x1, y1, x2, y2 = sides
    return None if x1 is None or y1 is None or x2 is None or y2 is None else (x1, y1, x2, y2)
