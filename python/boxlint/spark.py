"""DataFrames of Spark: what `boxlint.parts` computes, in tasks, the same to the last bit.

A row is an image, with the columns of `boxlint.from_arrow`.

>>> import pyarrow
>>> from pyspark.sql import SparkSession
>>> from boxlint.spark import check, collect
>>> spark = SparkSession.builder.getOrCreate()
>>> cat = {"xyxy": [1.0, 1.0, 9.0, 9.0], "class_id": 0, "score": 0.9}
>>> rows = {"image_id": ["a", "b"], "annotations": [[cat], []], "predictions": [[cat], [cat]]}
>>> df = spark.createDataFrame(pyarrow.table(rows))
>>> statistics = collect(df)
>>> statistics
Statistics(1 class, 1 annotation, 2 predictions)
>>> issues = check(df, statistics, class_names=["cat"])
>>> [(row.image_id, row.kind, row.suggested_label) for row in issues.collect()]
[('b', 'missing', 'cat')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

try:
    import pyarrow as pa
    from pyspark import TaskContext
    from pyspark.sql import DataFrame
except ImportError as error:
    raise ImportError(f"boxlint.spark needs Spark: pip install 'boxlint[spark]' ({error})") from error

from boxlint._engines import SUM, Engine, Look, Reader, Sum, merged

__all__ = ["check", "check_images", "class_thresholds", "collect", "find_label_issues", "score"]

_DDL = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "binary",
    pa.list_(pa.float64()): "array<double>",
}


class _Spark(Engine[DataFrame]):
    def empty(self, data: DataFrame) -> pa.Table:
        if not isinstance(data, DataFrame):
            raise TypeError(f"boxlint.spark: expected a DataFrame of Spark, found {type(data).__name__}")
        return data.limit(0).toArrow()

    def over_parts(self, data: DataFrame, look: Look, schema: pa.Schema, reader: Reader) -> DataFrame:
        return _mapped(data, partial(_task, look=look, schema=schema, reader=reader), schema)

    def few_sums(self, sums: DataFrame, kind: type[Sum]) -> Iterable[pa.Table]:
        # As many partitions as their size needs: a shuffle of a few rows.
        return [_mapped(sums.hint("rebalance"), partial(_merge, kind=kind), SUM).toArrow()]


def _mapped(
    data: DataFrame, function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]], schema: pa.Schema
) -> DataFrame:
    return data.mapInArrow(function, ", ".join(f"{field.name} {_DDL[field.type]}" for field in schema))


def _task(batches: Iterator[pa.RecordBatch], look: Look, schema: pa.Schema, reader: Reader) -> Iterator[pa.RecordBatch]:
    context = TaskContext.get()
    threads = 1 if context is None else context.cpus()
    for batch in reader.batches(batches, look, threads):
        # Spark goes by position, and reads other types wrongly.
        if not batch.schema.equals(schema):
            raise TypeError(f"boxlint.spark: a task has columns {batch.schema}, expected {schema}")
        yield batch


def _merge(batches: Iterator[pa.RecordBatch], kind: type[Sum]) -> Iterator[pa.RecordBatch]:
    for first in batches:
        yield merged(chain([first], batches), kind)


_SPARK = _Spark()
collect = _SPARK.collect
check = _SPARK.check
check_images = _SPARK.check_images
score = _SPARK.score
class_thresholds = _SPARK.class_thresholds
find_label_issues = _SPARK.find_label_issues
