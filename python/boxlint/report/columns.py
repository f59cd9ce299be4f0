"""The columns of a table of issues, each made from the engine's rows and the data set when it is first read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from boxlint._core import CheckResult, gathered, issue_ids, reasons, suggested_boxes
from boxlint._kinds import BADLOC, DUPLICATE, KINDS, MISSING, SPURIOUS
from boxlint._table import Cells, Taken, Texts, engine_cells, objects, texts
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, Ids, class_name

__all__ = ["COLUMNS", "EngineRows", "IssueColumns"]

Array = NDArray[Any]
Mask = NDArray[np.bool_]

# The engine does not measure overlaps up to this IoU.
_LEAST_IOU = 0.05


class Rows(NamedTuple):
    """The rows as the engine finds them; boxes are named by their position within the image, -1 for none."""

    suspicion: NDArray[np.float64]
    image: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    annotation: NDArray[np.int32]
    prediction: NDArray[np.int32]
    kept_annotation: NDArray[np.int32]
    # NaN for none.
    iou: NDArray[np.float32]
    detectability: NDArray[np.float32]


# What pass 2 returned, which makes each array when it is first read; or some rows of it.
EngineRows = CheckResult | Rows


@final
class IssueColumns:
    """The columns, by name. Once all that come from the data set are made, it is no longer needed.

    Parameters
    ----------
    dataset:
        What was checked; None if ``made`` holds all that come from it.
    rows:
        What the engine found.
    class_names, category_ids:
        Those of the data set.
    made:
        Columns that are made already.
    """

    def __init__(
        self,
        dataset: Dataset | None,
        rows: EngineRows,
        class_names: Sequence[str] | None,
        category_ids: Ids | None,
        made: dict[str, Array] | None = None,
    ) -> None:
        self.dataset = dataset
        self.rows = rows
        self.class_names = [] if class_names is None else [str(name) for name in class_names]
        self.category_ids = category_ids
        self._made = {} if made is None else made
        self._boxes: dict[str, NDArray[np.int64]] = {}
        # Parts of a table share it: to look at all ids of a data set for each of them would take too long.
        self._ids: dict[str, Ids | None] = {"category_ids": _integers(category_ids)}

    def boxes(self, name: str) -> NDArray[np.int64]:
        """For each row which of all annotations or predictions it names; -1 for none."""
        if name not in self._boxes:
            assert self.dataset is not None, "made before the data set is left out"
            self._boxes[name] = _BOXES[name](self, self.dataset)
        return self._boxes[name]

    def ids(self, name: str) -> Ids | None:
        """The source's ids: an array if all are integers."""
        if name not in self._ids:
            self._ids[name] = _integers(getattr(self.dataset, name))
        return self._ids[name]

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            made = _FROM_ROWS[name](self) if name in _FROM_ROWS else _FROM_DATASET[name](self, self.dataset)
            self._made[name] = _read_only(made)
        return self._made[name]

    def cells(self, name: str) -> Cells:
        """A column as tables take it."""
        if name in _CELLS:
            return _CELLS[name](self)
        column = self[name]
        return texts(column.tolist()) if column.dtype.kind == "O" else column

    def engine_cells(self, *names: str) -> list[Any]:
        """Columns as the engine takes them."""
        return [engine_cells(self.cells(name)) for name in names]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows.suspicion)

    def __reduce__(self) -> tuple[type[IssueColumns], tuple[Any, ...]]:
        # The data set can be a thousand times as large as what the rows need of it.
        needed = {name: self[name] for name in _FROM_DATASET}
        return IssueColumns, (None, self._rows_in(slice(None)), self.class_names, self.category_ids, needed)

    def take(self, rows: NDArray[np.intp] | slice) -> IssueColumns:
        """The columns of some of the rows; those of a slice are on the same memory."""
        made = {name: _read_only(column[rows]) for name, column in self._made.items()}
        taken = IssueColumns(self.dataset, self._rows_in(rows), self.class_names, self.category_ids, made)
        taken._ids = self._ids
        return taken

    def _rows_in(self, rows: NDArray[np.intp] | slice) -> Rows:
        return Rows._make(getattr(self.rows, name)[rows] for name in Rows._fields)

    def fit(self, dataset: Dataset) -> bool:
        """Whether the rows name the same boxes in this data set."""
        rows = self.rows
        if (rows.image >= len(dataset)).any():
            return False
        for boxes, positions in (
            (dataset.annotations, rows.annotation),
            (dataset.annotations, rows.kept_annotation),
            (dataset.predictions, rows.prediction),
        ):
            if (positions >= np.diff(boxes.offsets)[rows.image]).any():
                return False
        again = IssueColumns(dataset, rows, dataset.class_names, dataset.category_ids)
        names = (*_FROM_DATASET, "given_label", "given_category_id")
        return all(again[name].tolist() == self[name].tolist() for name in names)


def _read_only(column: Array) -> Array:
    """The column, which nobody can write to: what a report says does not change."""
    column.flags.writeable = False
    if isinstance(column, np.ma.MaskedArray):
        column.mask.flags.writeable = False
    return column


def _number(values: Array, nothing: Mask) -> Array:
    """A column of numbers that is masked where there are none; below the mask stand -1 and NaN."""
    whole = values.dtype.kind in "iu"
    column = values.astype(np.int64 if whole else np.float64)
    np.copyto(column, -1 if whole else np.nan, where=nothing)
    return _masked(column, nothing)


def _masked(column: Array, nothing: Mask) -> Array:
    return np.ma.MaskedArray(column, nothing, fill_value=-1 if column.dtype.kind == "i" else np.nan)


def _objects(values: list[Any]) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _position(rows: Array) -> Array:
    return _number(rows, rows < 0)


def _rows_of(boxes: Boxes, columns: IssueColumns, positions: Array) -> NDArray[np.int64]:
    """Positions within their images as rows of the boxes of all images; -1 stays."""
    return np.where(positions >= 0, boxes.offsets[columns.rows.image] + positions, -1)


# Where the boxes of the rows stand among those of the data set.
_BOXES: dict[str, Callable[[IssueColumns, Dataset], NDArray[np.int64]]] = {
    "annotation": lambda columns, dataset: _rows_of(dataset.annotations, columns, columns.rows.annotation),
    "prediction": lambda columns, dataset: _rows_of(dataset.predictions, columns, columns.rows.prediction),
    "kept_annotation": lambda columns, dataset: _rows_of(dataset.annotations, columns, columns.rows.kept_annotation),
}


def _at(values: Array | None, rows: NDArray[np.int64]) -> Array:
    """The numbers in some rows; masked for row -1."""
    assert values is not None
    return _masked(*gathered(values, rows))


def _ids(columns: IssueColumns, name: str, rows: NDArray[np.int64]) -> Array:
    """The source's ids in some rows: masked integers, or texts with None; nothing for rows that are not there."""
    ids = columns.ids(name)
    if ids is None:
        return _number(rows, np.ones(len(rows), bool))
    if isinstance(ids, np.ndarray):
        return _at(ids, rows)
    return _objects([ids[row] if 0 <= row < len(ids) else None for row in rows.tolist()])


def _integers(ids: Ids | None) -> Ids | None:
    """Ids as an array, if all of them are integers."""
    array = ids if isinstance(ids, np.ndarray) or ids is None or not len(ids) else None
    if array is None and isinstance(ids, Sequence) and isinstance(ids[0], int):
        array = np.asarray(ids)
    if isinstance(array, np.ndarray) and array.dtype.kind in "iu":
        return np.ascontiguousarray(array, np.int64)
    return ids


def _labels(columns: IssueColumns, classes: Any) -> Array:
    """Names of classes; None where there is no class or it has no name."""
    known = np.where(classes.data < len(columns.class_names), classes.data, -1)
    return _objects([*columns.class_names, None])[known]


def _image_names(columns: IssueColumns, dataset: Dataset) -> Array:
    names = dataset.image_names
    images = columns.rows.image.tolist()
    return _objects([None] * len(images) if names is None else [names[image] for image in images])


def _suggested_class(columns: IssueColumns, dataset: Dataset) -> Array:
    seen, _ = gathered(dataset.predictions.class_id, columns.boxes("prediction"))
    kind = columns.rows.kind
    classes = np.where(kind == BADLOC, columns["given_class"].data, seen)
    return _number(classes, (kind == SPURIOUS) | (kind == DUPLICATE))


def _suggested_box(columns: IssueColumns, dataset: Dataset) -> Array:
    seen, _ = gathered(dataset.predictions.xyxy, columns.boxes("prediction"))
    rows, given = columns.rows, columns["given_box"].data
    return _masked(*suggested_boxes(rows.kind, given, seen, rows.image, dataset.image_sizes))


def _iou(columns: IssueColumns) -> Array:
    iou = columns.rows.iou
    return _number(iou, np.isnan(iou) | ((columns.rows.kind == MISSING) & (iou <= _LEAST_IOU)))


def _detectability(columns: IssueColumns) -> Array:
    # In single precision, more than six decimals are noise.
    found = np.round(columns.rows.detectability.astype(np.float64), 6)
    return _number(found, np.isnan(found))


def _class_names(columns: IssueColumns, *classes: Array) -> Texts:
    """What to call the classes, those without a name as well."""
    count = max((int(column.max(initial=-1)) for column in classes)) + 1
    return texts(class_name(columns.class_names, number) for number in range(count))


def _reasons(columns: IssueColumns) -> Texts:
    given, suggested, kept = (columns[name].data for name in ("given_class", "suggested_class", "kept_class"))
    return Texts._make(
        reasons(
            {
                "kind": columns.rows.kind,
                "class_names": _class_names(columns, given, suggested, kept),
                "given_class": given,
                "suggested_class": suggested,
                "kept_class": kept,
                "kept": columns.engine_cells("kept_annotation_id", "kept_annotation_index"),
                "score": columns["score"].data,
                "iou": columns["iou"].data,
                "detectability": columns["detectability"].data,
            }
        )
    )


def _issue_ids(columns: IssueColumns) -> Texts:
    given, suggested = columns["given_class"].data, columns["suggested_class"].data
    missing = (columns.rows.kind == MISSING)[:, None]
    return Texts._make(
        issue_ids(
            {
                "kind": columns.rows.kind,
                "class_names": _class_names(columns, given, suggested),
                "given_class": given,
                "suggested_class": suggested,
                "image": columns.engine_cells("image_id", "image_name", "image_index"),
                "annotation": columns.engine_cells("annotation_id", "annotation_index"),
                "corners": np.where(missing, columns["suggested_box"].data, columns["given_box"].data),
            }
        )
    )


def _image_name_cells(columns: IssueColumns) -> Cells:
    names = None if columns.dataset is None else columns.dataset.image_names
    if names is None or len(names) > len(columns):
        return texts(columns["image_name"].tolist())
    return Taken(columns["image_index"], texts(names))


def _label_cells(columns: IssueColumns, classes: Any) -> Cells:
    names = columns.class_names
    return Taken(np.where(classes.data < len(names), classes.data, -1), texts(names))


# What comes from the data set; kept_class is not shown.
_FROM_DATASET: dict[str, Callable[[IssueColumns, Any], Array]] = {
    "image_id": lambda columns, dataset: _ids(columns, "image_ids", columns["image_index"]),
    "image_name": _image_names,
    "annotation_id": lambda columns, dataset: _ids(columns, "annotation_ids", columns.boxes("annotation")),
    "prediction_id": lambda columns, dataset: _ids(columns, "prediction_ids", columns.boxes("prediction")),
    "score": lambda columns, dataset: _at(dataset.predictions.score, columns.boxes("prediction")),
    "kept_annotation_id": lambda columns, dataset: _ids(columns, "annotation_ids", columns.boxes("kept_annotation")),
    "kept_class": lambda columns, dataset: _at(dataset.annotations.class_id, columns.boxes("kept_annotation")),
    "given_class": lambda columns, dataset: _at(dataset.annotations.class_id, columns.boxes("annotation")),
    "suggested_class": _suggested_class,
    "given_box": lambda columns, dataset: _at(dataset.annotations.xyxy, columns.boxes("annotation")),
    "suggested_box": _suggested_box,
}

# What follows from the rows and from other columns.
_FROM_ROWS: dict[str, Callable[[IssueColumns], Array]] = {
    "image_index": lambda columns: columns.rows.image.astype(np.int64),
    "kind": lambda columns: np.array(KINDS)[columns.rows.kind],
    "suspicion": lambda columns: columns.rows.suspicion,
    "annotation_index": lambda columns: _position(columns.rows.annotation),
    "prediction_index": lambda columns: _position(columns.rows.prediction),
    "kept_annotation_index": lambda columns: _position(columns.rows.kept_annotation),
    "iou": _iou,
    "detectability": _detectability,
    "given_category_id": lambda columns: _ids(columns, "category_ids", columns["given_class"].data),
    "given_label": lambda columns: _labels(columns, columns["given_class"]),
    "suggested_category_id": lambda columns: _ids(columns, "category_ids", columns["suggested_class"].data),
    "suggested_label": lambda columns: _labels(columns, columns["suggested_class"]),
    "reason": lambda columns: objects(columns.cells("reason")),
    "issue_id": lambda columns: objects(columns.cells("issue_id")),
}

# Columns of texts as tables take them, where that needs no object for each.
_CELLS: dict[str, Callable[[IssueColumns], Cells]] = {
    "image_name": _image_name_cells,
    "kind": lambda columns: Taken(columns.rows.kind.astype(np.int64), texts(KINDS)),
    "given_label": lambda columns: _label_cells(columns, columns["given_class"]),
    "suggested_label": lambda columns: _label_cells(columns, columns["suggested_class"]),
    "reason": _reasons,
    "issue_id": _issue_ids,
}

#: Names of the columns of a table of issues, in their order.
COLUMNS = (
    "image_index", "image_id", "image_name", "kind", "suspicion", "annotation_index", "annotation_id",
    "prediction_index", "prediction_id", "score", "iou", "detectability", "kept_annotation_index",
    "kept_annotation_id", "given_class", "given_category_id", "given_label", "suggested_class",
    "suggested_category_id", "suggested_label", "given_box", "suggested_box", "reason", "issue_id",
)  # fmt: skip
