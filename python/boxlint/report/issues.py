"""The rows of a report as columns, each made when it is first read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from boxlint import _core
from boxlint._text import counted
from boxlint.dataset import Boxes, Dataset, Ids

__all__ = ["KINDS", "Issues", "Rows", "class_name"]

KINDS: tuple[str, ...] = tuple(_core.KINDS)
MISSING, SWAP, BADLOC, SPURIOUS, DUPLICATE = range(len(KINDS))

Array = NDArray[Any]


class Rows(NamedTuple):
    """Some rows of what the engine returns, with the same columns.

    Boxes are named by their row within the image, -1 for none; a number that a kind does not have is NaN.
    """

    suspicion: NDArray[np.float64]
    image: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    annotation: NDArray[np.int32]
    prediction: NDArray[np.int32]
    # Of duplicates, the annotation to keep.
    kept_annotation: NDArray[np.int32]
    # Of annotation and prediction; of a duplicate, of the two annotations; of a missing object, of the prediction with
    # the annotation that overlaps it most.
    iou: NDArray[np.float32]
    # Of a spurious annotation, how likely the detector finds such annotations.
    detectability: NDArray[np.float32]

    @classmethod
    def of(cls, found: Rows | _core.CheckResult, rows: Array | slice = slice(None)) -> Rows:
        """Rows of the whole, by their indices, a mask or a slice."""
        return cls(*(getattr(found, name)[rows] for name in cls._fields))


@final
class Issues(Mapping[str, Array]):
    """One row for each suspected error, most suspicious first: a mapping of column name to array.

    Columns: ``image_index``, ``image_name``, ``kind``, ``suspicion``, ``annotation_index`` (row within the image) and
    ``annotation_id`` of the annotation that is wrong, ``prediction_index`` and ``prediction_id`` of the prediction that
    speaks, its ``score``, and its ``iou`` with the annotation (for a duplicate, that of the two annotations),
    ``given_class``, ``suggested_class``, ``given_box`` and ``suggested_box`` (n, 4), and ``reason``, a sentence. Where
    there is none, an index, id or class is -1 and a number NaN.
    """

    def __init__(self, dataset: Dataset, rows: Rows | _core.CheckResult) -> None:
        self._dataset = dataset
        self._rows = rows
        self._made: dict[str, Array] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Issues, (self._dataset, Rows.of(self._rows))

    def __getitem__(self, column: str) -> Array:
        if column not in self._made:
            self._made[column] = _COLUMNS[column](self)
        return self._made[column]

    def __iter__(self) -> Iterator[str]:
        return iter(_COLUMNS)

    def __len__(self) -> int:
        """Number of columns."""
        return len(_COLUMNS)

    def __repr__(self) -> str:
        return f"Issues({counted(self.rows, 'row')}: {', '.join(self)})"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self._rows.suspicion)

    def take(self, rows: Array) -> Issues:
        """Some of the rows, by their indices or a mask."""
        return Issues(self._dataset, Rows.of(self._rows, rows))

    def flat(self) -> dict[str, Array]:
        """The columns as a table has them: a box is four of them, like ``given_x1``."""
        table: dict[str, Array] = {}
        for name, column in self.items():
            if column.ndim == 1:
                table[name] = column
            else:
                table |= {name.replace("box", side): column[:, at] for at, side in enumerate(("x1", "y1", "x2", "y2"))}
        return table

    def annotation_rows(self) -> NDArray[np.int64]:
        """Row of each annotation among those of all images, -1 for none."""
        return _place(self._dataset.annotations, self._rows.image, self._rows.annotation)

    def prediction_rows(self) -> NDArray[np.int64]:
        """Row of each prediction among those of all images, -1 for none."""
        return _place(self._dataset.predictions, self._rows.image, self._rows.prediction)

    def _is(self, *kinds: int) -> NDArray[np.bool_]:
        return np.isin(self._rows.kind, kinds)

    def _names(self) -> Array:
        names = self._dataset.image_names
        image = self._rows.image
        return _texts(map(str, image.tolist())) if names is None else _texts(names)[image]

    def _suggested_class(self) -> Array:
        seen = _at(self._dataset.predictions.class_id, self.prediction_rows(), -1)
        return np.where(self._is(BADLOC), self["given_class"], np.where(self._is(SWAP, MISSING), seen, -1))

    def _suggested_box(self) -> Array:
        return _at(self._dataset.predictions.xyxy, np.where(self._is(BADLOC, MISSING), self.prediction_rows(), -1))

    def _reasons(self) -> Array:
        rows = self._rows
        kept = _place(self._dataset.annotations, rows.image, rows.kept_annotation)
        kept_class = _at(self._dataset.annotations.class_id, kept, -1)
        columns = (rows.kind, self["given_class"], self["suggested_class"], self["score"], rows.iou, rows.detectability)
        lists = [column.tolist() for column in (*columns, rows.kept_annotation, kept_class)]
        return _texts(_reason(self._dataset, *row) for row in zip(*lists, strict=True))


_COLUMNS: dict[str, Any] = {
    "image_index": lambda of: of._rows.image.astype(np.int64),
    "image_name": Issues._names,
    "kind": lambda of: np.array(KINDS)[of._rows.kind],
    "suspicion": lambda of: of._rows.suspicion,
    "annotation_index": lambda of: of._rows.annotation.astype(np.int64),
    "annotation_id": lambda of: _ids(of._dataset.annotation_ids, of.annotation_rows()),
    "prediction_index": lambda of: of._rows.prediction.astype(np.int64),
    "prediction_id": lambda of: _ids(of._dataset.prediction_ids, of.prediction_rows()),
    "score": lambda of: _at(of._dataset.predictions.score, of.prediction_rows()),
    "iou": lambda of: np.where(of._is(MISSING), np.nan, of._rows.iou.astype(np.float64)),
    "given_class": lambda of: _at(of._dataset.annotations.class_id, of.annotation_rows(), -1).astype(np.int64),
    "suggested_class": lambda of: of._suggested_class().astype(np.int64),
    "given_box": lambda of: _at(of._dataset.annotations.xyxy, of.annotation_rows()),
    "suggested_box": Issues._suggested_box,
    "reason": Issues._reasons,
}


def class_name(dataset: Dataset, class_id: int) -> str:
    """The name of a class, or its number."""
    names = dataset.class_names
    return names[class_id] if names is not None and class_id < len(names) else f"class {class_id}"


def _reason(
    dataset: Dataset,
    kind: int,
    given: int,
    suggested: int,
    score: float,
    iou: float,
    detectability: float,
    kept: int,
    kept_class: int,
) -> str:
    if kind == MISSING:
        # Below this IoU, overlaps are not measured.
        overlap = "is there" if iou <= 0.05 else f"overlaps it by more than IoU {iou:.2f}"
        return f"detected as {class_name(dataset, suggested)} with score {score:.2f}, and no annotation {overlap}"
    annotated = f"annotated as {class_name(dataset, given)}"
    if kind == SWAP:
        seen = class_name(dataset, suggested)
        return f"{annotated}, but detected as {seen} with score {score:.2f} at IoU {iou:.2f}"
    if kind == BADLOC:
        return f"{annotated}, and detected so with score {score:.2f}, in a box that overlaps by IoU {iou:.2f} only"
    if kind == SPURIOUS:
        return f"{annotated}, but hardly detected, although {detectability:.0%} of such boxes are"
    return f"{annotated}, and overlaps annotation {kept}, {class_name(dataset, kept_class)}, by IoU {iou:.2f}"


def _place(boxes: Boxes, image: Array, row: Array) -> NDArray[np.int64]:
    """Rows within their images as rows of the columns; -1 stays."""
    return np.where(row >= 0, boxes.offsets[image] + row, -1)


def _at(column: Array | None, rows: Array, nothing: float = np.nan) -> Array:
    """The values of a column in some rows; in row -1, nothing."""
    assert column is not None
    dtype = column.dtype if nothing == -1 else np.dtype(np.float64)
    values = np.full((len(rows), *column.shape[1:]), nothing, dtype)
    values[rows >= 0] = column[rows[rows >= 0]]
    return values


def _ids(ids: Ids | None, rows: Array) -> Array:
    if ids is None:
        return np.full(len(rows), -1)
    column = np.asarray(ids) if all(isinstance(one, (int, np.integer)) for one in ids[:1]) else _texts(ids)
    return _at(column, rows, -1)


def _texts(values: Any) -> Array:
    values = list(values)
    array = np.empty(len(values), object)
    array[:] = values
    return array
