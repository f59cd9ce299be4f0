"""What each layout of boxes in Parquet costs to decode, and `from_arrow` beside the validation of the same boxes.

CPU time of one core for 1,000 images.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import boxlint
from boxlint import Boxes, Dataset
from speed import best_of
from workload import columns

IMAGES, ROW_GROUP, TIMES = 10_000, 5_000, 7
FORMS = ("structs", "parallel lists", "flat numbers", "struct of lists")


def main() -> None:
    """Prints all figures."""
    annotations, predictions = columns(IMAGES)
    for form in FORMS:
        for box in ("fixed", "list") if form != "flat numbers" else ("",):
            for nullable in (False, True):
                layout = Layout(form, box == "fixed", nullable)
                _measure(layout.named(), layout.table(annotations, predictions), "none")
    required = Layout("structs", True, False)
    for compression in ("none", "lz4", "snappy", "zstd"):
        _measure(compression, required.table(annotations, predictions), compression)
    for images in (64, 1_000, 10_000):
        _measure_batch(required.table(annotations[:images], predictions[:images]).to_batches()[0])


class Layout:
    """How boxes are laid out; `tests/formats/arrow_tables.py` has all the others that `from_arrow` reads."""

    def __init__(self, form: str, fixed: bool, nullable: bool) -> None:
        self.form, self.fixed, self.nullable = form, fixed, nullable

    def named(self) -> str:
        """The layout in words."""
        box = "" if self.form == "flat numbers" else ", fixed-size boxes" if self.fixed else ", boxes as lists"
        return f"{self.form}{box}, {'nullable' if self.nullable else 'required'}"

    def table(self, annotations: Boxes, predictions: Boxes) -> pa.Table:
        """The table of these boxes."""
        arrays: dict[str, Any] = {}
        for side, boxes in (("annotations", annotations), ("predictions", predictions)):
            arrays |= dict(self._columns(side, boxes))
        return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(self._fields(arrays)))

    def _columns(self, side: str, boxes: Boxes) -> Iterator[tuple[str, Any]]:
        fields = {"xyxy": self._boxes(boxes.xyxy), "class_id": pa.array(boxes.class_id)}
        if boxes.score is not None:
            fields["score"] = pa.array(boxes.score)
        if self.form == "structs":
            yield side, self._lists(boxes.offsets, self._struct(fields))
            return
        lists = {name: self._lists(boxes.offsets, array) for name, array in fields.items()}
        if self.form == "flat numbers":
            lists["xyxy"] = self._lists(boxes.offsets * 4, pa.array(boxes.xyxy.reshape(-1)))
        if self.form == "struct of lists":
            yield side, self._struct(lists)
        else:
            yield from ((f"{side}_{name}", array) for name, array in lists.items())

    def _boxes(self, xyxy: Any) -> Any:
        numbers = pa.array(xyxy.reshape(-1))
        if not self.fixed:
            return self._lists(np.arange(0, len(numbers) + 1, 4), numbers)
        return pa.FixedSizeListArray.from_arrays(numbers, type=pa.list_(self._field("element", numbers), 4))

    def _lists(self, offsets: Any, values: Any) -> Any:
        kind = pa.list_(self._field("element", values))
        return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values, type=kind)

    def _struct(self, arrays: dict[str, Any]) -> Any:
        return pa.StructArray.from_arrays(list(arrays.values()), fields=self._fields(arrays))

    def _fields(self, arrays: dict[str, Any]) -> list[Any]:
        return [self._field(name, array) for name, array in arrays.items()]

    def _field(self, name: str, array: Any) -> Any:
        return pa.field(name, array.type, self.nullable)


def _measure(what: str, table: pa.Table, compression: str) -> None:
    """One layout, class ids as a dictionary as `write_parquet` stores them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.parquet"
        pq.write_table(table[:0], path)
        leaves = pq.read_metadata(path).schema
        dictionary = [leaves.column(at).path for at in range(len(leaves)) if "class_id" in leaves.column(at).path]
        pq.write_table(table, path, row_group_size=ROW_GROUP, compression=compression, use_dictionary=dictionary)
        size = path.stat().st_size
        file = pq.ParquetFile(path)
        groups = range(file.num_row_groups)
        batches = [file.read_row_group(group).combine_chunks().to_batches()[0] for group in groups]
        datasets = [boxlint.from_arrow(batch) for batch in batches]
        decoding, reading, validating = best_of(
            TIMES,
            lambda: [file.read_row_group(group, use_threads=False) for group in groups],
            lambda: [boxlint.from_arrow(batch) for batch in batches],
            lambda: [_validated(dataset) for dataset in datasets],
            clock=time.process_time,
        )
    per = 1e6 / len(table)
    print(
        f"{what}: {size / len(table):,.0f} bytes an image, decoding {decoding * per:.2f} ms, from_arrow "
        f"{reading * per:.2f} ms, {reading / validating:.2f} times the validation"
    )


def _measure_batch(batch: pa.RecordBatch) -> None:
    dataset = boxlint.from_arrow(batch)
    calls = range(max(1, 20_000 // len(batch)))
    reading, validating = best_of(
        TIMES,
        lambda: [boxlint.from_arrow(batch) for _ in calls],
        lambda: [_validated(dataset) for _ in calls],
        clock=time.process_time,
    )
    each = reading / len(calls)
    print(f"a batch of {len(batch):,} images: {each * 1e3:.2f} ms, {reading / validating:.2f} times its validation")


def _validated(dataset: Dataset) -> Dataset:
    """The data set, made of its arrays."""
    sides = [
        Boxes(one.xyxy, one.class_id, one.score, one.offsets) for one in (dataset.annotations, dataset.predictions)
    ]
    return Dataset(sides[0], sides[1])


if __name__ == "__main__":
    main()
