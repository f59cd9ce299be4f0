"""The columns of a table of issues, each made from the engine's rows and the data set when it is first read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from boxlint._core import issue_ids, issue_numbers, reasons
from boxlint._kinds import KINDS
from boxlint._table import Cells, Numbers, Taken, Texts, engine_cells, is_empty, object_array, objects, texts
from boxlint.dataset import Dataset, class_name
from boxlint.report.given import IDS, Given
from boxlint.report.rows import EngineRows, Rows, rows_of

__all__ = ["COLUMNS", "FLAT_COLUMNS", "MORE_COLUMNS", "IssueColumns"]

Array = NDArray[Any]


@final
class IssueColumns:
    """The columns, by name. Once all that come from the data set are made, it is no longer needed.

    Parameters
    ----------
    dataset:
        What was checked; None if ``made`` holds all that come from it.
    rows:
        What the engine found.
    class_names:
        Those of the data set.
    made, given:
        Columns that are made already, and what the data set has, if it is known.
    images:
        The file of each image of the data set, where they are known.
    detector_names:
        The names of several detectors, whose predictions together are those of ``dataset``; none of a single one.
    of_detectors:
        Makes the columns about the predictions of each of them, given the rows; None if ``made`` holds them.
    """

    def __init__(
        self,
        dataset: Dataset | None,
        rows: EngineRows,
        class_names: Sequence[str] | None,
        made: dict[str, Array] | None = None,
        given: Given | None = None,
        images: list[Path | None] | None = None,
        detector_names: tuple[str, ...] = (),
        of_detectors: Callable[[EngineRows], dict[str, Array]] | None = None,
    ) -> None:
        self.dataset = dataset
        self.rows = rows
        self.class_names = [] if class_names is None else [str(name) for name in class_names]
        self.images = images
        self._made = {name: _read_only(column) for name, column in (made or {}).items()}
        self.given = Given(dataset) if given is None else given
        self.detector_names = detector_names
        self._of_detectors = of_detectors
        # Columns of numbers that tables take.
        self._numbers: dict[str, Numbers] = {}

    def __getitem__(self, name: str) -> Any:
        if name in _SIDES:
            box, side = _SIDES[name]
            return self[box][:, side]
        if not self._is_made(name):
            made = _COLUMNS[name](self) if name in _COLUMNS else _ids(self, name) if self._are_texts(name) else None
            self._made[name] = _read_only(self._masked(name) if made is None else made)
        return self._made[name]

    def cells(self, name: str) -> Cells:
        """A column as tables take it."""
        if self._is_made(name):
            column = self[name]
            return texts(column.tolist()) if column.dtype.kind in "OU" else column
        if self._are_texts(name):
            return _id_cells(self, name)
        return _CELLS[name](self) if name in _CELLS else self.numbers(name)

    def numbers(self, name: str) -> Numbers:
        """A column of numbers; below those that there are not stand -1 and NaN."""
        if numbers := self._numbers.get(name):  # read once: other threads may prepare them anew
            return numbers
        if self._is_made(name):
            made: Numbers = engine_cells(self[name])
            return made
        return self._engine_numbers(name)[0]

    def prepare(self) -> None:
        """Makes all columns of numbers that a table has, at once."""
        names = [name for name in _NUMBERS if not self._is_made(name) and not self._are_texts(name)]
        self._numbers = dict(zip(names, self._engine_numbers(*names), strict=True))

    def _is_made(self, name: str) -> bool:
        name = _SIDES[name][0] if name in _SIDES else name
        if name in _OF_DETECTORS and name not in self._made and self._of_detectors is not None:
            made = self._of_detectors(self.rows)
            self._made |= {name: _read_only(column) for name, column in made.items()}
        return name in self._made

    def _engine_numbers(self, *names: str) -> list[Numbers]:
        return [Numbers._make(made) for made in issue_numbers(self.rows, self.given.numbers, list(names))]

    def _masked(self, name: str) -> Array:
        numbers, nothing = self.numbers(name)
        if name == "image_index" or nothing is None:
            return numbers
        return np.ma.MaskedArray(numbers, nothing, fill_value=-1 if numbers.dtype.kind == "i" else np.nan)

    def _are_texts(self, name: str) -> bool:
        """Whether it is a column of ids that are not all integers."""
        return name in IDS and IDS[name] in self.given.texts

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows.suspicion)

    def __reduce__(self) -> tuple[type[IssueColumns], tuple[Any, ...]]:
        # The data set can be a thousand times as large as what the rows need of it.
        more = ("own_suspicion", "issue_id", *_OF_DETECTORS * bool(self.detector_names))
        needed = {name: self[name] for name in (*_FROM_DATASET, *more)}
        rows = self._rows_in(slice(None))
        return IssueColumns, (None, rows, self.class_names, needed, None, None, self.detector_names)

    def take(self, rows: NDArray[np.intp] | slice) -> IssueColumns:
        """The columns of some of the rows; those of a slice are on the same memory."""
        made = {name: column[rows] for name, column in self._made.copy().items()}  # threads add to it
        of = self.dataset, self._rows_in(rows), self.class_names
        return IssueColumns(*of, made, self.given, self.images, self.detector_names, self._of_detectors)

    def with_images(self, images: list[Path | None]) -> IssueColumns:
        """The same columns, where the files of the images are known."""
        of = self.dataset, self.rows, self.class_names
        return IssueColumns(*of, self._made.copy(), self.given, images, self.detector_names, self._of_detectors)

    def ranked(self, suspicion: NDArray[np.float64]) -> IssueColumns:
        """The rows with these suspicions, most suspicious first; the column own_suspicion stays the method's own."""
        self["own_suspicion"]
        order = np.argsort(-suspicion, kind="stable")
        ranked = self.take(order)
        assert isinstance(ranked.rows, Rows)
        ranked.rows = ranked.rows._replace(suspicion=_read_only(suspicion[order]))
        ranked._made.pop("suspicion", None)
        return ranked

    def of(self, dataset: Dataset) -> IssueColumns:
        """The same rows, of this data set, which `fit` says is theirs."""
        if self.detector_names:
            # What several detectors say together is not made again.
            known = self.dataset, self.rows, dataset.class_names, self._made.copy()
            return IssueColumns(*known, None, self.images, self.detector_names, self._of_detectors)
        return IssueColumns(
            dataset, self.rows, dataset.class_names, {"own_suspicion": self["own_suspicion"]}, images=self.images
        )

    def named(self, images: Collection[str]) -> dict[str, int]:
        """Issue id -> row, of the rows in some images; quick, since the other rows get no id.

        An image is named by its id, else by its name, else by its position.
        """
        row_of_image = np.full(int(self.rows.image.max(initial=0)) + 1, -1)
        row_of_image[self.rows.image] = np.arange(len(self))
        present = np.flatnonzero(row_of_image >= 0)
        names = (self[name][row_of_image[present]].tolist() for name in ("image_id", "image_name", "image_index"))
        here = np.zeros(len(row_of_image), bool)
        here[present] = [str(next(one for one in of if one is not None)) in images for of in zip(*names, strict=True)]
        rows = np.flatnonzero(here[self.rows.image])
        return dict(zip(self.take(rows)["issue_id"].tolist(), rows.tolist(), strict=True))

    def _rows_in(self, rows: NDArray[np.intp] | slice) -> Rows:
        return Rows._make(getattr(self.rows, name)[rows] for name in Rows._fields)

    def fit(self, dataset: Dataset) -> bool:
        """Whether the rows name the same boxes in this data set."""
        rows, several = self.rows, bool(self.detector_names)
        if (rows.image >= len(dataset)).any() or (several and dataset.detector_names != self.detector_names):
            return False
        # What several detectors say together is known no more.
        predictions = [] if several else [(dataset.predictions, rows.prediction)]
        sides = [(dataset.annotations, rows.annotation), (dataset.annotations, rows.kept_annotation), *predictions]
        if any((positions >= np.diff(boxes.offsets)[rows.image]).any() for boxes, positions in sides):
            return False
        if several:
            rows = self._rows_in(slice(None))._replace(prediction=np.full(len(self), -1, np.int32))
        again = IssueColumns(dataset, rows, dataset.class_names)
        names = _FROM_ANNOTATIONS if several else _FROM_DATASET
        return all(again[name].tolist() == self[name].tolist() for name in (*names, "given_label"))

    def is_kind(self, *kinds: int) -> NDArray[np.bool_]:
        """Whether each row is of one of the kinds, given by their numbers."""
        return np.isin(self.rows.kind, kinds)


def _read_only(column: Array) -> Array:
    """The column, which nobody can write to: what a report says does not change."""
    column.flags.writeable = False
    if isinstance(column, np.ma.MaskedArray):
        column.mask.flags.writeable = False
    return column


def _ids(columns: IssueColumns, name: str) -> Array:
    """The source's ids in a column of them, of which not all are integers; None for rows that are not there."""
    ids = columns.given.texts[IDS[name]]
    return object_array([None if row < 0 else ids[row] for row in _id_rows(columns, name).tolist()])


def _id_rows(columns: IssueColumns, name: str) -> NDArray[np.int64]:
    """Which of the source's ids stand in a column; -1 for none."""
    ids, of = columns.given.texts[IDS[name]], name.removesuffix("_id")
    if name == "image_id":
        rows = columns.rows.image.astype(np.int64)
    elif name.endswith("category_id"):
        rows = columns.numbers(name.replace("category_id", "class")).values
    else:
        assert columns.dataset is not None, "made before the data set is left out"
        boxes = columns.dataset.predictions if of == "prediction" else columns.dataset.annotations
        rows = rows_of(boxes, columns.rows.image, getattr(columns.rows, of))
    return np.where(rows < len(ids), rows, -1)


def _id_cells(columns: IssueColumns, name: str) -> Cells:
    if name != "image_id" or len(columns.given.texts[IDS[name]]) > _MANY * len(columns):
        return texts(columns[name].tolist())
    return Taken(_id_rows(columns, name), columns.given.image_id_texts)


def _image_names(columns: IssueColumns) -> Array:
    names = None if columns.dataset is None else columns.dataset.image_names
    images = columns.rows.image.tolist()
    return object_array([None] * len(images) if names is None else [names[image] for image in images])


def _image_name_cells(columns: IssueColumns) -> Cells:
    names = None if columns.dataset is None else columns.dataset.image_names
    if names is not None and len(names) > _MANY * len(columns):
        return texts(_image_names(columns).tolist())
    rows = columns.rows.image.astype(np.int64) if names else np.full(len(columns), -1)
    return Taken(rows, columns.given.image_names)


# A table with fewer rows than images by this does not make the names of all images.
_MANY = 10


def _labels(columns: IssueColumns, which: str) -> Array:
    """Names of classes; None where there is no class or it has no name."""
    return object_array([*columns.class_names, None])[_named(columns, which)]


def _label_cells(columns: IssueColumns, which: str) -> Cells:
    return Taken(_named(columns, which), _once(tuple(columns.class_names)))


def _named(columns: IssueColumns, which: str) -> NDArray[np.int64]:
    """The classes, -1 for those without a name."""
    classes = columns.numbers(which).values
    return np.where(classes < len(columns.class_names), classes, -1)


def _class_names(columns: IssueColumns, *classes: Array) -> Texts:
    """What to call the classes, those without a name as well."""
    count = max(int(column.max(initial=-1)) for column in classes) + 1
    return _called(tuple(columns.class_names), max(count, len(columns.class_names)))


# The parts of a data set have the same classes, and texts are read alone.
@lru_cache(maxsize=8)
def _called(class_names: tuple[str, ...], count: int) -> Texts:
    return texts(class_name(class_names, number) for number in range(count))


_once = lru_cache(maxsize=8)(texts)


def _naming(columns: IssueColumns, *names: str) -> list[Any]:
    """Columns of which the first that has something names a thing, up to one that has something in every row.

    Those that have nothing in any row are left out, but for the last.
    """
    naming = []
    for name in names:
        column = engine_cells(columns.cells(name))
        if name != names[-1] and is_empty(column):
            continue
        naming.append(column)
        if isinstance(column, Numbers) and (column.nothing is None or not column.nothing.any()):
            break
    return naming


def _reasons(columns: IssueColumns) -> Texts:
    classes = {name: columns.numbers(name).values for name in ("given_class", "suggested_class", "kept_class")}
    numbers = {name: columns.numbers(name).values for name in ("score", "iou", "detectability")}
    evidence = {
        "kind": columns.rows.kind,
        "class_names": _class_names(columns, *classes.values()),
        "kept": _naming(columns, "kept_annotation_id", "kept_annotation_index"),
        "alike": columns.rows.alike,
        "support": np.ascontiguousarray(columns["support"].filled()) if columns.detector_names else None,
    }
    return Texts._make(reasons(evidence | classes | numbers))


def _issue_ids(columns: IssueColumns) -> Texts:
    classes = {name: columns.numbers(name).values for name in ("given_class", "suggested_class")}
    boxes = {
        f"{of}_box": [columns.numbers(name).values for name, (box, _) in _SIDES.items() if box == f"{of}_box"]
        for of in ("given", "suggested")
    }
    hashed = columns.dataset is not None and len(columns.dataset) <= len(columns)
    identity = {
        "kind": columns.rows.kind,
        "class_names": _class_names(columns, *classes.values()),
        "image_index": columns.rows.image,
        "image_hashes": columns.given.image_hashes if hashed else None,
        "image": [] if hashed else columns.given.naming(columns.cells, columns.rows.image.astype(np.int64)),
        "annotation": [*columns.given.names(columns.rows), *_naming(columns, "annotation_id", "annotation_index")],
    }
    return Texts._make(issue_ids(identity | classes | boxes))


# Columns that are not made of numbers alone.
_COLUMNS: dict[str, Callable[[IssueColumns], Array]] = {
    "image_name": _image_names,
    "kind": lambda columns: np.array(KINDS)[columns.rows.kind],
    "suspicion": lambda columns: columns.rows.suspicion,
    # That before any answers, which is not shown.
    "own_suspicion": lambda columns: columns.rows.suspicion,
    "given_label": lambda columns: _labels(columns, "given_class"),
    "suggested_label": lambda columns: _labels(columns, "suggested_class"),
    "reason": lambda columns: objects(_reasons(columns)),
    "issue_id": lambda columns: objects(_issue_ids(columns)),
}

# The same as tables take them, without an object for each text.
_CELLS: dict[str, Callable[[IssueColumns], Cells]] = {
    "image_name": _image_name_cells,
    "kind": lambda columns: Taken(columns.rows.kind.astype(np.int64), _once(KINDS)),
    "suspicion": lambda columns: columns.rows.suspicion,
    "given_label": lambda columns: _label_cells(columns, "given_class"),
    "suggested_label": lambda columns: _label_cells(columns, "suggested_class"),
    "reason": _reasons,
    "issue_id": _issue_ids,
}

# Those about the predictions of several detectors.
_OF_DETECTORS = ("prediction_index", "prediction_id", "score", "detector", "support")

# What comes from the data set; kept_class is not shown.
_FROM_DATASET = (
    *IDS, "image_name", "score", "kept_class", "given_class", "suggested_class", "given_box", "suggested_box",
)  # fmt: skip

# Those that are the same whatever the predictions.
_FROM_ANNOTATIONS = (
    "image_id", "image_name", "annotation_id", "kept_annotation_id", "kept_class", "given_class", "given_box",
)  # fmt: skip

#: Names of the columns of a table of issues, in their order.
COLUMNS = (
    "image_index", "image_id", "image_name", "kind", "suspicion", "annotation_index", "annotation_id",
    "prediction_index", "prediction_id", "score", "iou", "detectability", "kept_annotation_index",
    "kept_annotation_id", "given_class", "given_category_id", "given_label", "suggested_class",
    "suggested_category_id", "suggested_label", "given_box", "suggested_box", "reason", "issue_id",
)  # fmt: skip

#: And those of several detectors.
MORE_COLUMNS = ("detector", "support")

# The sides of boxes, which are columns of their own in tables.
_SIDES = {
    f"{box.removesuffix('box')}{side}": (box, at)
    for box in ("given_box", "suggested_box")
    for at, side in enumerate(("x1", "y1", "x2", "y2"))
}

#: The names of the columns where a box is four of them.
FLAT_COLUMNS = (*COLUMNS[:-4], *_SIDES, *COLUMNS[-2:])

# Those of numbers that the engine makes for tables, and what texts are made of.
_NUMBERS = (
    *(name for name in COLUMNS if name not in (*_COLUMNS, "given_box", "suggested_box")),
    *_SIDES,
    "kept_class",
)
