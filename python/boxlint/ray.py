"""Data sets of Ray Data: what `boxlint.parts` computes, in tasks, the same to the last bit.

A row is an image, with the columns of `boxlint.from_arrow`; what makes it should have ``batch_format="pyarrow"``.

>>> import pyarrow, ray
>>> from boxlint.ray import check, collect
>>> cat = {"xyxy": [1.0, 1.0, 9.0, 9.0], "class_id": 0, "score": 0.9}
>>> rows = {"image_id": ["a", "b"], "annotations": [[cat], []], "predictions": [[cat], [cat]]}
>>> ds = ray.data.from_arrow(pyarrow.table(rows))
>>> statistics = collect(ds)
>>> statistics
Statistics(1 class, 1 annotation, 2 predictions)
>>> issues = check(ds, statistics, class_names=["cat"])
>>> [(row["image_id"], row["kind"], row["suggested_label"]) for row in issues.take_all()]
[('b', 'missing', 'cat')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

try:
    import pyarrow as pa
    import ray.data
except ImportError as error:
    raise ImportError(f"boxlint.ray needs Ray Data: pip install 'boxlint[ray]' ({error})") from error

from boxlint._engines import SUM, Engine, Look, Reader, Sum, merged

__all__ = ["check", "check_images", "class_thresholds", "collect", "find_label_issues", "score"]

# Sums that a task merges.
_FAN_IN = 64
# The types that Ray's other formats of batches make of columns.
_EXTENSIONS = "ray.data."


class _Ray(Engine[ray.data.Dataset]):
    def empty(self, data: ray.data.Dataset) -> pa.Table | None:
        if not isinstance(data, ray.data.Dataset):
            raise TypeError(f"boxlint.ray: expected a ray.data.Dataset, found {type(data).__name__}")
        schema = data.schema(fetch_if_missing=False)
        if schema is None or not isinstance(schema.base_schema, pa.Schema):
            return None
        _check_types(schema.base_schema)
        return pa.Table.from_batches([], schema.base_schema)

    def over_parts(self, data: ray.data.Dataset, look: Look, schema: pa.Schema, reader: Reader) -> ray.data.Dataset:
        task = partial(_task, look=look, schema=schema, reader=reader)
        return _mapped(data, task, reader.batch_size)

    def few_sums(self, sums: ray.data.Dataset, kind: type[Sum]) -> Iterable[pa.Table]:
        merge = partial(_merge, kind=kind)
        # Ray does this in the tasks that count.
        sums = _mapped(sums, merge, _FAN_IN).materialize()
        while sums.count() > _FAN_IN:
            sums = _mapped(sums, merge, _FAN_IN).materialize()
        tables: Iterable[pa.Table] = sums.iter_batches(batch_size=_FAN_IN, batch_format="pyarrow")
        return tables


def _mapped(data: ray.data.Dataset, function: Callable[[pa.Table], pa.Table], batch_size: int) -> ray.data.Dataset:
    return data.map_batches(function, batch_format="pyarrow", batch_size=batch_size, zero_copy_batch=True)


def _task(table: pa.Table, look: Look, schema: pa.Schema, reader: Reader) -> pa.Table:
    _check_types(table.schema)
    # A share of a CPU is one thread.
    threads = max(1, int(ray.get_runtime_context().get_assigned_resources().get("CPU", 1)))
    return pa.Table.from_batches(reader.batches([table], look, threads), schema)


def _merge(table: pa.Table, kind: type[Sum]) -> pa.Table:
    return pa.Table.from_batches([merged([table], kind)] if table.num_rows else [], SUM)


def _check_types(schema: pa.Schema) -> None:
    """A TypeError if a map has turned a column into objects or tensors."""
    for field in schema:
        if isinstance(field.type, pa.BaseExtensionType) and field.type.extension_name.startswith(_EXTENSIONS):
            raise TypeError(
                f"boxlint.ray: column {field.name} is of Ray's type {field.type.extension_name}: "
                'the map that made it needs batch_format="pyarrow"'
            )


_RAY = _Ray()
collect = _RAY.collect
check = _RAY.check
check_images = _RAY.check_images
score = _RAY.score
class_thresholds = _RAY.class_thresholds
find_label_issues = _RAY.find_label_issues
