"""The same boxes in every layout that a table of Arrow can have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

import boxlint

LISTS = {
    "list": pa.list_,
    "large_list": pa.large_list,
    "list_view": pa.list_view,
    "large_list_view": pa.large_list_view,
}
BOXES = {"fixed": lambda field: pa.list_(field, 4), **LISTS}
FORMS = ("structs", "struct of lists", "parallel lists", "flat numbers")

# x1, y1, x2, y2 and a class id; for predictions a score, too.
Row = tuple[list[float], int, float]


@dataclass(frozen=True)
class Layout:
    """How a table holds boxes."""

    form: str = "structs"
    lists: str = "list"
    boxes: str = "fixed"
    inner: str = "item"
    nullable: bool = True
    number: Any = field(default_factory=pa.float32)
    class_id: Any = field(default_factory=pa.int32)

    def columns(self, side: str, images: list[list[Row] | None]) -> dict[str, pa.Array]:
        """The columns of one side."""
        listed = LISTS[self.lists]
        kinds = {"xyxy": BOXES[self.boxes](self.inside(self.number)), "class_id": self.class_id, "score": self.number}
        names = list(kinds)[: 3 if side == "predictions" else 2]
        if self.form == "structs":
            struct = pa.struct([pa.field(name, kinds[name], self.nullable) for name in names])
            records: list[Any] = [boxes and [dict(zip(names, box, strict=False)) for box in boxes] for boxes in images]
            return {side: pa.array(records, listed(self.inside(struct)))}
        columns = {}
        for at, name in enumerate(names):
            rows: list[Any] = [None if boxes is None else [box[at] for box in boxes] for boxes in images]
            kind = kinds[name]
            if name == "xyxy" and self.form == "flat numbers":
                rows = [None if boxes is None else [number for box in boxes for number in box] for boxes in rows]
                kind = self.number
            columns[name] = pa.array(rows, listed(self.inside(kind)))
        if self.form == "struct of lists":
            return {side: pa.StructArray.from_arrays(list(columns.values()), names)}
        return {f"{side}_{name}": array for name, array in columns.items()}

    def inside(self, kind: Any) -> pa.Field:
        return pa.field(self.inner, kind, self.nullable)

    def table(self, annotations: list[list[Row] | None], predictions: list[list[Row] | None]) -> pa.Table:
        """A table with numbers of images as ids."""
        ids = {"image_id": pa.array(range(len(annotations)))}
        return pa.table({**ids, **self.columns("annotations", annotations), **self.columns("predictions", predictions)})


def plain(annotations: list[list[Row] | None], predictions: list[list[Row] | None], dtype: Any) -> boxlint.Dataset:
    """The data set, made without Arrow."""
    not_run = np.array([boxes is None for boxes in predictions], bool)
    return boxlint.Dataset(
        _boxes(annotations, dtype, False),
        _boxes(predictions, dtype, True),
        image_ids=np.arange(len(annotations)),
        not_run=not_run if not_run.any() else None,
    )


def _boxes(images: list[list[Row] | None], dtype: Any, scored: bool) -> boxlint.Boxes:
    rows = [row for boxes in images for row in boxes or []]
    return boxlint.Boxes(
        np.array([row[0] for row in rows], dtype).reshape(-1, 4),
        np.array([row[1] for row in rows], np.int32),
        np.array([row[2] for row in rows], dtype) if scored else None,
        np.cumsum([0, *(len(boxes or []) for boxes in images)]),
    )


def assert_same(found: boxlint.Dataset, expected: boxlint.Dataset) -> None:
    """Both hold the same, in numbers of the same types."""
    sets = [(found.annotations, expected.annotations), (found.predictions, expected.predictions)]
    for one, other in [*sets, *zip(found.more_predictions, expected.more_predictions, strict=True)]:
        for column in ("xyxy", "class_id", "score", "offsets", "ignore"):
            a, b = getattr(one, column), getattr(other, column)
            assert (a is None) == (b is None), column
            assert a is None or a.dtype == b.dtype, column
            np.testing.assert_array_equal(a, b, err_msg=column)
    for name in ("image_ids", "image_names", "annotation_ids", "prediction_ids", "image_sizes", "not_run"):
        a, b = getattr(found, name), getattr(expected, name)
        assert (a is None) == (b is None), name
        np.testing.assert_array_equal(a, b, err_msg=name)
    for name in ("class_names", "category_ids", "detector_names"):
        a, b = getattr(found, name), getattr(expected, name)
        assert (a if a is None else list(a)) == (b if b is None else list(b)), name
    for a, b in zip(found.more_prediction_ids, expected.more_prediction_ids, strict=True):
        assert (a is None) == (b is None)
        np.testing.assert_array_equal(a, b)
    assert (found.verified_classes is None) == (expected.verified_classes is None)
    for a, b in zip(found.verified_classes or (), expected.verified_classes or (), strict=True):
        np.testing.assert_array_equal(a, b)
