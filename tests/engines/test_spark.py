"""Spark gives what a single process gives, to the last bit, whatever happens to its workers."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("pyspark", reason="Spark is in an environment of its own: make test-spark")

from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from scale_page import run
from single import (
    CHECK,
    FILES,
    IMAGES,
    NAMES,
    SCORE,
    Killer,
    in_order,
    named,
    same_modules,
    scenes,
    statistics,
    tables,
    thresholds,
    written,
)

import boxlint.spark
from boxlint import parts
from boxlint._engines import Reader

# Spark warns of itself.
pytestmark = pytest.mark.filterwarnings(r"ignore:::pyspark\..*", "ignore::ResourceWarning")
READING: Any = {"class_names": NAMES}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """Two workers, and three attempts for each task."""
    options = {
        "spark.ui.enabled": "false",
        # Files and batches are so small that a task has several.
        "spark.sql.files.maxPartitionBytes": "60000",
        "spark.sql.files.openCostInBytes": "0",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "20",
        "spark.log.level": "OFF",
    }
    with same_modules():
        session = SparkSession.builder.master("local[2,3]").config(map=options).getOrCreate()
        yield session
    session.stop()


@pytest.fixture(scope="module")
def df(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    return read(spark, tmp_path_factory.mktemp("one"))


def read(spark: SparkSession, folder: Path, detectors: int = 1) -> DataFrame:
    written(folder, detectors)
    return spark.read.parquet(str(folder))


def rows(found: DataFrame) -> pa.Table:
    return in_order(found.toArrow())


def same(found: DataFrame, expected: pa.RecordBatch) -> bool:
    """Whether the rows are the same; Spark names the values of its lists otherwise, and everything may be null."""
    return bool(rows(found).cast(expected.schema) == in_order(expected))


def test_statistics_are_those_of_a_single_process(df: DataFrame) -> None:
    counted = boxlint.spark.collect(df)
    assert counted == statistics()
    assert counted.images == IMAGES
    assert 1 < len(counted.totals.parts) < IMAGES


def test_rows_are_those_of_a_single_process(df: DataFrame) -> None:
    issues = boxlint.spark.check(df, statistics(), **READING, **CHECK)
    assert same(issues, next(parts.check(named(), statistics(), **CHECK)))
    images = boxlint.spark.check_images(df, statistics(), **READING, **CHECK)
    assert same(images, next(parts.check_images(named(), statistics(), **CHECK)))
    scores = boxlint.spark.score(df, statistics(), **READING, **SCORE)
    assert same(scores, next(parts.score([scenes()], statistics(), **SCORE)))


def test_the_example_of_the_page_runs(spark: SparkSession, tmp_path: Path) -> None:
    assert run("Spark", tmp_path) == in_order(next(parts.check(named(), statistics())))


def test_several_detectors_take_two_rounds(spark: SparkSession, tmp_path: Path) -> None:
    several = read(spark, tmp_path, 2)
    first = boxlint.spark.collect(several)
    assert boxlint.spark.collect(several, first) == statistics(2)
    issues = boxlint.spark.check(several, **READING)
    assert same(issues, next(parts.check(named(2), statistics(2))))


def test_a_worker_that_is_killed_in_each_pass_changes_nothing(df: DataFrame, tmp_path: Path) -> None:
    killer = Killer(tmp_path, image_id=(IMAGES // 2) * 7 + 3)
    hurt = df.mapInArrow(killer.each, df.schema)
    assert boxlint.spark.collect(hurt) == statistics()
    assert killer.seen() == 2
    assert same(boxlint.spark.check(hurt, statistics(), **READING), next(parts.check(named(), statistics())))
    assert killer.seen() == 4
    # The matches, their places, the statistics, and the images.
    found = boxlint.spark.find_label_issues(hurt)
    assert same(found, next(parts.find_label_issues([scenes()], statistics(), thresholds())))
    assert killer.seen() == 12


def test_thresholds_are_those_of_a_single_process(df: DataFrame) -> None:
    found = boxlint.spark.class_thresholds(df)
    assert np.array_equal(found.average_precision, thresholds().average_precision)


def test_tasks_use_the_threads_that_they_have(df: DataFrame) -> None:
    schema = pa.schema([("threads", pa.int64())])
    found = boxlint.spark._SPARK.over_parts(df, partial(_threads, schema=schema), schema, Reader())
    assert {row.threads for row in found.collect()} == {1}


def _threads(datasets: Iterator[boxlint.Dataset], *, threads: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    yield pa.record_batch([pa.array([threads])], schema=schema)


def test_other_columns_are_refused_where_spark_would_take_them(df: DataFrame) -> None:
    schema = pa.schema([("threads", pa.float64())])
    other = pa.schema([("threads", pa.int64())])
    found = boxlint.spark._SPARK.over_parts(df, partial(_threads, schema=other), schema, Reader())
    with pytest.raises(PythonException, match="a task has columns threads: int64, expected threads: double"):
        found.collect()


def test_ids_without_sign_are_decimals_in_spark(spark: SparkSession, tmp_path: Path) -> None:
    table = pa.concat_tables(tables(tmp_path))
    table = table.set_column(0, "key", table["image_id"].cast(pa.uint64()))
    pq.write_table(table, tmp_path / "unsigned.parquet")
    df = spark.read.parquet(str(tmp_path / "unsigned.parquet"))
    assert dict(df.dtypes)["key"] == "decimal(20,0)"
    images = boxlint.spark.check_images(df, statistics(), columns={"image_id": "key"})
    assert same(images, next(parts.check_images([scenes()], statistics())))


def test_partitions_without_images_count_nothing(df: DataFrame) -> None:
    few = df.where(f"image_id < {IMAGES // FILES * 7}").repartition(3, "image_id").where("image_id % 2 = 1")
    images = np.arange(0, IMAGES // FILES, 2)
    assert boxlint.spark.collect(few) == parts.collect([scenes()[images]])
    issues = boxlint.spark.check(few, statistics(), **READING)
    assert same(issues, next(parts.check([named()[0][images]], statistics())))
    with pytest.raises(ValueError, match="the data set has no images"):
        boxlint.spark.collect(df.where("image_id < 0"))


def test_a_part_that_comes_twice_is_refused(df: DataFrame) -> None:
    # Of 12 batches, wherever Spark puts the seam.
    one = df.repartition(1).sortWithinPartitions("image_id")
    with pytest.raises(PythonException, match="of the same images would be counted twice"):
        boxlint.spark.collect(one.union(one))


def test_nothing_is_computed_before_it_is_asked_for(df: DataFrame, tmp_path: Path) -> None:
    killer = Killer(tmp_path, image_id=3)
    issues = boxlint.spark.check(df.mapInArrow(killer.each, df.schema), statistics())
    assert killer.seen() == 0
    issues.count()
    assert killer.seen() == 2


def test_bad_input_is_told_before_any_work(spark: SparkSession, df: DataFrame, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found no column annotations"):
        boxlint.spark.collect(spark.createDataFrame([(1, 2)], "image_id int, objects int"))
    no_data: Any = [1]
    with pytest.raises(TypeError, match="expected a DataFrame of Spark, found list"):
        boxlint.spark.collect(no_data)
    killer = Killer(tmp_path, image_id=3)
    marked = df.mapInArrow(killer.each, df.schema)
    wrong: list[tuple[Any, str]] = [
        ({"min_suspicion": 2}, "min_suspicion is 2"),
        ({"kinds": ["typo"]}, "typo"),
        ({"batch_size": 0}, "batch_size is 0, expected at least 1"),
        ({"columns": {"boxes": "objects"}}, "columns has the key 'boxes'"),
    ]
    for options, sentence in wrong:
        with pytest.raises(ValueError, match=sentence):
            boxlint.spark.check(marked, **options)
    with pytest.raises(TypeError, match=r"statistics: expected what boxlint\.collect returns, found int"):
        boxlint.spark.check(marked, 3)  # type: ignore[arg-type]
    assert killer.seen() == 0


def test_what_a_task_refuses_is_told_with_its_image(spark: SparkSession) -> None:
    box = {"xyxy": [1.0, 2.0], "class_id": 1, "score": 0.5}
    table = pa.table(
        {
            "image_id": ["x7"],
            "annotations": pa.array(
                [[]], pa.list_(pa.struct([("xyxy", pa.list_(pa.float64())), ("class_id", pa.int32())]))
            ),
            "predictions": [[box]],
        }
    )
    with pytest.raises(PythonException, match=r"image_id 'x7'\): predictions: row 0"):
        boxlint.spark.collect(spark.createDataFrame(table))


def test_images_are_looked_at_in_batches(df: DataFrame) -> None:
    counted = boxlint.spark.collect(df.repartition(1), batch_size=8)
    assert counted == statistics()
    # Spark hands out 20 at a time.
    assert len(counted.totals.parts) == IMAGES // 20 * 3


def test_the_example_of_the_module_runs(spark: SparkSession) -> None:
    found = doctest.testmod(boxlint.spark)
    assert found.attempted > 5
    assert found.failed == 0


def test_no_other_engine_is_imported() -> None:
    code = "import sys, boxlint.spark; sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code]).returncode == 0
