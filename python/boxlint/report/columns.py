"""The columns of a table of issues, each made from the engine's rows and the data set when it is first read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from boxlint._core import CheckResult
from boxlint._kinds import BADLOC, DUPLICATE, KINDS, MISSING, SPURIOUS, SWAP
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, Ids, class_name
from boxlint.report.identity import issue_ids
from boxlint.report.reasons import reason, reason_of_several
from boxlint.report.support import Ensemble, Support, in_words, support_of

__all__ = ["COLUMNS", "MORE_COLUMNS", "EngineRows", "IssueColumns"]

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
    ensemble:
        What several detectors say together: the predictions of the rows are theirs.
    detector_names:
        The names of several detectors; none of a single one.
    """

    def __init__(
        self,
        dataset: Dataset | None,
        rows: EngineRows,
        class_names: Sequence[str] | None,
        category_ids: Ids | None,
        made: dict[str, Array] | None = None,
        ensemble: Ensemble | None = None,
        detector_names: tuple[str, ...] = (),
    ) -> None:
        self.dataset = dataset
        self.rows = rows
        self.class_names = [] if class_names is None else [str(name) for name in class_names]
        self.category_ids = category_ids
        self._made = {} if made is None else made
        self.ensemble = ensemble
        self.detector_names = detector_names

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            made = _FROM_ROWS[name](self) if name in _FROM_ROWS else _FROM_DATASET[name](self, self.dataset)
            self._made[name] = _read_only(made)
        return self._made[name]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows.suspicion)

    def __reduce__(self) -> tuple[type[IssueColumns], tuple[Any, ...]]:
        # The data set can be a thousand times as large as what the rows need of it.
        needed = {name: self[name] for name in _FROM_DATASET}
        rows = self._rows_in(slice(None))
        return IssueColumns, (None, rows, self.class_names, self.category_ids, needed, None, self.detector_names)

    def take(self, rows: NDArray[np.intp]) -> IssueColumns:
        """The columns of some of the rows."""
        made = {name: _read_only(column[rows]) for name, column in self._made.items()}
        taken = self.dataset, self._rows_in(rows), self.class_names, self.category_ids, made
        return IssueColumns(*taken, self.ensemble, self.detector_names)

    def with_dataset(self, dataset: Dataset) -> IssueColumns:
        """The same columns of a data set that they fit, with what needs no data set any more."""
        given = dataset, self.rows, self.class_names, self.category_ids, dict(self._made)
        return IssueColumns(*given, self.ensemble, self.detector_names)

    @cached_property
    def support(self) -> Support:
        """What each of several detectors has to do with the rows."""
        assert self.dataset is not None
        assert self.ensemble is not None
        images, spurious = self.rows.image.astype(np.intp), self.is_kind(SPURIOUS)
        annotations = np.where(spurious, _annotations(self, self.dataset), -1)
        return support_of(self.ensemble, self.dataset, images, _predictions(self, self.dataset), annotations)

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
        again = IssueColumns(dataset, rows, dataset.class_names, dataset.category_ids)
        names = _FROM_ANNOTATIONS if several else _FROM_DATASET
        return all(again[name].tolist() == self[name].tolist() for name in (*names, "given_label", "given_category_id"))

    def is_kind(self, *kinds: int) -> Mask:
        """Whether each row is of one of the kinds, given by their numbers."""
        return np.array([kind in kinds for kind in range(len(KINDS))])[self.rows.kind]


def _read_only(column: Array) -> Array:
    """The column, which nobody can write to: what a report says does not change."""
    column.flags.writeable = False
    if isinstance(column, np.ma.MaskedArray):
        column.mask.flags.writeable = False
    return column


def _number(values: Array, nothing: Mask) -> Array:
    """A column of numbers that is masked where there are none; below the mask stand -1 and NaN."""
    none = -1 if values.dtype.kind in "iu" else np.nan
    column = values.astype(np.int64 if none == -1 else np.float64)
    column[nothing] = none
    mask = np.broadcast_to(nothing.reshape(-1, *[1] * (column.ndim - 1)), column.shape).copy()
    return np.ma.MaskedArray(column, mask, fill_value=none)


def _objects(values: list[Any]) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _position(rows: Array) -> Array:
    return _number(rows, rows < 0)


def _rows_of(boxes: Boxes, columns: IssueColumns, positions: Array) -> NDArray[np.int64]:
    """Positions within their images as rows of the boxes of all images; -1 stays."""
    return np.where(positions >= 0, boxes.offsets[columns.rows.image] + positions, -1)


def _annotations(columns: IssueColumns, dataset: Dataset) -> NDArray[np.int64]:
    return _rows_of(dataset.annotations, columns, columns.rows.annotation)


def _predicted(columns: IssueColumns, dataset: Dataset) -> Boxes:
    """The predictions that the rows name: those of the only detector, or those of several together."""
    return dataset.predictions if columns.ensemble is None else columns.ensemble.fusion.dataset.predictions


def _predictions(columns: IssueColumns, dataset: Dataset) -> NDArray[np.int64]:
    return _rows_of(_predicted(columns, dataset), columns, columns.rows.prediction)


def _kept(columns: IssueColumns, dataset: Dataset) -> NDArray[np.int64]:
    return _rows_of(dataset.annotations, columns, columns.rows.kept_annotation)


def _at(values: Array | None, rows: NDArray[np.int64]) -> Array:
    """The numbers in some rows; masked for row -1."""
    return _number(_gathered(values, rows), rows < 0)


def _gathered(values: Array | None, rows: NDArray[np.int64]) -> Array:
    """The numbers in some rows; anything for row -1."""
    assert values is not None
    return values[rows] if len(values) else np.zeros((len(rows), *values.shape[1:]), values.dtype)


def _ids(ids: Ids | None, rows: NDArray[np.int64]) -> Array:
    """The source's ids in some rows: masked integers, or texts with None; nothing for rows that are not there."""
    if ids is None:
        return _number(rows, np.ones(len(rows), bool))
    rows = np.where(rows < len(ids), rows, -1)
    numbers = ids if isinstance(ids, np.ndarray) else None
    if numbers is None and len(ids) and isinstance(ids[0], int):
        numbers = np.asarray(ids)
    if numbers is not None and numbers.dtype.kind in "iu":
        return _at(numbers, rows)
    return _objects([None if row < 0 else ids[row] for row in rows.tolist()])


def _labels(columns: IssueColumns, classes: Any) -> Array:
    """Names of classes; None where there is no class or it has no name."""
    known = np.where(classes.data < len(columns.class_names), classes.data, -1)
    return _objects([*columns.class_names, None])[known]


def _image_names(columns: IssueColumns, dataset: Dataset) -> Array:
    names = dataset.image_names
    images = columns.rows.image.tolist()
    return _objects([None] * len(images) if names is None else [names[image] for image in images])


def _suggested_class(columns: IssueColumns, dataset: Dataset) -> Array:
    seen = _gathered(_predicted(columns, dataset).class_id, _predictions(columns, dataset))
    classes = np.where(columns.is_kind(BADLOC), columns["given_class"].data, seen)
    return _number(classes, columns.is_kind(SPURIOUS, DUPLICATE))


def _suggested_box(columns: IssueColumns, dataset: Dataset) -> Array:
    seen = _gathered(_predicted(columns, dataset).xyxy, _predictions(columns, dataset))
    if dataset.image_sizes is not None:
        seen = _within(seen, np.asarray(dataset.image_sizes, np.float64)[columns.rows.image])
    boxes = np.where(columns.is_kind(SWAP)[:, None], columns["given_box"].data, seen)
    return _number(boxes, columns.is_kind(SPURIOUS, DUPLICATE))


def _within(boxes: Array, sizes: NDArray[np.float64]) -> Array:
    """Boxes cut to images of these sizes; as they are where the size is NaN, or all of the box lies outside."""
    limits = np.where(np.isnan(sizes), np.inf, sizes)[:, [0, 1, 0, 1]]
    lowest = np.where(np.isnan(sizes), -np.inf, 0.0)[:, [0, 1, 0, 1]]
    cut = np.clip(boxes, lowest, limits)
    inside = np.all(cut[:, 2:] > cut[:, :2], axis=1)
    return np.where(inside[:, None], cut, boxes)


def _prediction_index(columns: IssueColumns, dataset: Dataset) -> Array:
    return _position(columns.rows.prediction if columns.ensemble is None else columns.support.position)


def _prediction_id(columns: IssueColumns, dataset: Dataset) -> Array:
    if columns.ensemble is None:
        return _ids(dataset.prediction_ids, _predictions(columns, dataset))
    support, alone = columns.support, list(dataset.detectors.values())
    ids = [None if one.prediction_ids is None else np.asarray(one.prediction_ids).tolist() for one in alone]
    pairs = zip(support.detector.tolist(), support.row.tolist(), strict=True)
    of_rows = [None if at < 0 else ids[at] and ids[at][row] for at, row in pairs]
    known = [one for one in of_rows if one is not None]
    if all(isinstance(one, int) for one in known):
        return _position(np.array([-1 if one is None else one for one in of_rows], np.int64))
    return _objects(of_rows)


def _score(columns: IssueColumns, dataset: Dataset) -> Array:
    if columns.ensemble is None:
        return _at(dataset.predictions.score, _predictions(columns, dataset))
    support, scores = columns.support, np.full(len(columns), np.nan)
    for at, one in enumerate(dataset.detectors.values()):
        assert one.predictions.score is not None
        of_one = support.detector == at
        scores[of_one] = one.predictions.score[support.row[of_one]]
    return _number(scores, np.isnan(scores))


def _detector(columns: IssueColumns, dataset: Dataset) -> Array:
    if columns.ensemble is None:
        return _objects([None] * len(columns))
    return _objects([*columns.detector_names, None])[columns.support.detector]


def _support(columns: IssueColumns, dataset: Dataset) -> Array:
    if columns.ensemble is None:
        return np.ma.MaskedArray(np.empty((len(columns), 0)), np.empty((len(columns), 0), bool))
    confidence = np.round(columns.support.confidence, 6)
    return np.ma.MaskedArray(confidence, np.isnan(confidence), fill_value=np.nan)


def _iou(columns: IssueColumns) -> Array:
    iou = columns.rows.iou
    return _number(iou, np.isnan(iou) | (columns.is_kind(MISSING) & (iou <= _LEAST_IOU)))


def _detectability(columns: IssueColumns) -> Array:
    # In single precision, more than six decimals are noise.
    found = np.round(columns.rows.detectability.astype(np.float64), 6)
    return _number(found, np.isnan(found))


def _reasons(columns: IssueColumns) -> Array:
    ids, indices = columns["kept_annotation_id"].tolist(), columns["kept_annotation_index"].tolist()
    kept = [index if one is None else one for one, index in zip(ids, indices, strict=True)]
    classes = [_names(columns, columns[name]) for name in ("given_class", "suggested_class", "kept_class")]
    numbers = [columns[name].tolist() for name in ("score", "iou", "detectability")]
    rows = zip(columns.rows.kind.tolist(), *classes, *numbers, kept, strict=True)
    if not columns.detector_names:
        return _objects([reason(*row) for row in rows])
    seen = [in_words(confidence) for confidence in np.ma.filled(columns["support"], np.nan).tolist()]
    return _objects([reason_of_several(who, *row) for who, row in zip(seen, rows, strict=True)])


def _names(columns: IssueColumns, classes: Any) -> list[str]:
    """What to call the classes; anything where there is none."""
    numbers = classes.data.tolist()
    names = {number: class_name(columns.class_names, number) for number in set(numbers)}
    return [names[number] for number in numbers]


def _issue_ids(columns: IssueColumns) -> Array:
    images = next(
        (column for column in (columns["image_id"], columns["image_name"]) if None not in column.tolist()),
        columns["image_index"],
    )
    ids, indices = columns["annotation_id"].tolist(), columns["annotation_index"].tolist()
    annotations = [index if one is None else one for one, index in zip(ids, indices, strict=True)]
    classes = [_names(columns, columns[name]) for name in ("given_class", "suggested_class")]
    boxes = np.where(columns.is_kind(MISSING)[:, None], columns["suggested_box"].data, columns["given_box"].data)
    return _objects(
        issue_ids(
            images.tolist(), columns["kind"].tolist(), annotations, list(zip(*classes, strict=True)), boxes.tolist()
        )
    )


def _image_ids(columns: IssueColumns, dataset: Dataset) -> Array:
    return _ids(dataset.image_ids, columns.rows.image.astype(np.int64))


# What comes from the data set; kept_class is not shown.
_FROM_DATASET: dict[str, Callable[[IssueColumns, Any], Array]] = {
    "image_id": _image_ids,
    "image_name": _image_names,
    "annotation_id": lambda columns, dataset: _ids(dataset.annotation_ids, _annotations(columns, dataset)),
    "prediction_index": _prediction_index,
    "prediction_id": _prediction_id,
    "score": _score,
    "detector": _detector,
    "support": _support,
    "kept_annotation_id": lambda columns, dataset: _ids(dataset.annotation_ids, _kept(columns, dataset)),
    "kept_class": lambda columns, dataset: _at(dataset.annotations.class_id, _kept(columns, dataset)),
    "given_class": lambda columns, dataset: _at(dataset.annotations.class_id, _annotations(columns, dataset)),
    "suggested_class": _suggested_class,
    "given_box": lambda columns, dataset: _at(dataset.annotations.xyxy, _annotations(columns, dataset)),
    "suggested_box": _suggested_box,
}

# Those that are the same whatever the predictions.
_FROM_ANNOTATIONS = (
    "image_id", "image_name", "annotation_id", "kept_annotation_id", "kept_class", "given_class", "given_box",
)  # fmt: skip

# What follows from the rows and from other columns.
_FROM_ROWS: dict[str, Callable[[IssueColumns], Array]] = {
    "image_index": lambda columns: columns.rows.image.astype(np.int64),
    "kind": lambda columns: np.array(KINDS)[columns.rows.kind],
    "suspicion": lambda columns: columns.rows.suspicion,
    "annotation_index": lambda columns: _position(columns.rows.annotation),
    "kept_annotation_index": lambda columns: _position(columns.rows.kept_annotation),
    "iou": _iou,
    "detectability": _detectability,
    "given_category_id": lambda columns: _ids(columns.category_ids, columns["given_class"].data),
    "given_label": lambda columns: _labels(columns, columns["given_class"]),
    "suggested_category_id": lambda columns: _ids(columns.category_ids, columns["suggested_class"].data),
    "suggested_label": lambda columns: _labels(columns, columns["suggested_class"]),
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

#: And those of several detectors.
MORE_COLUMNS = ("detector", "support")
