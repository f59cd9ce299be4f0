"""Ray Data gives what a single process gives, to the last bit, whatever happens to its workers."""

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
import pytest

pytest.importorskip("ray.data", reason="Ray is in an environment of its own: make test-ray")

import ray
from pyarrow.fs import LocalFileSystem
from ray.exceptions import RayTaskError
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

import boxlint.ray
from boxlint import parts
from boxlint._engines import SUM, Reader

# Ray warns of itself.
pytestmark = pytest.mark.filterwarnings(r"ignore:::ray\..*", "ignore::ResourceWarning")
# So small that a data set of 240 images is shared out, and that no task has it all.
READING: Any = {"class_names": NAMES, "batch_size": 25}


@pytest.fixture(scope="module", autouse=True)
def started() -> Iterator[None]:
    """Two workers of one CPU each."""
    with same_modules():
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def ds(tmp_path_factory: pytest.TempPathFactory) -> ray.data.Dataset:
    return ray.data.from_arrow(tables(tmp_path_factory.mktemp("one")))


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> ray.data.Dataset:
    """Of two detectors."""
    return ray.data.from_arrow(tables(tmp_path_factory.mktemp("two"), 2))


def rows(found: ray.data.Dataset, schema: pa.Schema) -> pa.Table:
    """All rows of what a function returned, whose schema is as it says."""
    given = [table for table in ray.get(found.to_arrow_refs()) if table.num_rows]
    assert all(table.schema.equals(schema) for table in given)
    return in_order(pa.concat_tables(given))


def test_statistics_are_those_of_a_single_process(ds: ray.data.Dataset) -> None:
    counted = boxlint.ray.collect(ds, **READING)
    assert counted == statistics()
    assert counted.images == IMAGES
    assert 1 < len(counted.totals.parts) < IMAGES


def test_rows_are_those_of_a_single_process(ds: ray.data.Dataset) -> None:
    issues = boxlint.ray.check(ds, statistics(), **READING, **CHECK)
    assert rows(issues, parts.ISSUES) == in_order(next(parts.check(named(), statistics(), **CHECK)))
    images = boxlint.ray.check_images(ds, statistics(), **READING, **CHECK)
    assert rows(images, parts.IMAGES) == in_order(next(parts.check_images(named(), statistics(), **CHECK)))
    scores = boxlint.ray.score(ds, statistics(), **READING, **SCORE)
    assert rows(scores, parts.SCORES) == in_order(next(parts.score([scenes()], statistics(), **SCORE)))


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    assert run("Ray", tmp_path) == in_order(next(parts.check(named(), statistics())))


def test_several_detectors_take_two_rounds(several: ray.data.Dataset) -> None:
    first = boxlint.ray.collect(several, **READING)
    assert boxlint.ray.collect(several, first, **READING) == statistics(2)
    issues = boxlint.ray.check(several, **READING)
    assert rows(issues, parts.ISSUES) == in_order(next(parts.check(named(2), statistics(2))))
    assert {"one", None} == set(rows(issues, parts.ISSUES)["detector"].to_pylist())


def test_a_worker_that_is_killed_in_each_pass_changes_nothing(ds: ray.data.Dataset, tmp_path: Path) -> None:
    context = ray.data.DataContext.get_current()
    size = context.target_max_block_size
    # A task hands out many blocks before it is killed, and again when it is tried again.
    context.target_max_block_size = 1
    try:
        killer = Killer(tmp_path, image_id=(IMAGES // 2) * 7 + 3)
        hurt = ds.map_batches(killer, batch_format="pyarrow", batch_size=10)
        assert boxlint.ray.collect(hurt, **READING) == statistics()
        assert killer.seen() == 2
        issues = boxlint.ray.check(hurt, statistics(), **READING)
        assert rows(issues, parts.ISSUES) == in_order(next(parts.check(named(), statistics())))
        assert killer.seen() == 4
        # The matches, their places, the statistics, and the images.
        found = boxlint.ray.find_label_issues(hurt, **READING)
        assert rows(found, parts.LABEL_ISSUES) == in_order(
            next(parts.find_label_issues([scenes()], statistics(), thresholds()))
        )
        assert killer.seen() == 12
    finally:
        context.target_max_block_size = size


def test_thresholds_are_those_of_a_single_process(ds: ray.data.Dataset) -> None:
    found = boxlint.ray.class_thresholds(ds, **READING)
    assert np.array_equal(found.average_precision, thresholds().average_precision)


def test_sums_of_many_tasks_are_merged_in_tasks(ds: ray.data.Dataset) -> None:
    # Blocks of one image each, which are not bundled.
    each = ds.repartition(IMAGES)
    counted = boxlint.ray.collect(each, batch_size=1)
    assert counted == statistics()
    assert len(counted.totals.parts) == IMAGES
    sums = boxlint.ray._RAY.over_parts(each, _one_sum, SUM, Reader(batch_size=1))
    assert sums.count() == IMAGES
    assert sum(table.num_rows for table in boxlint.ray._RAY.few_sums(sums, boxlint.Statistics)) < 10


def _one_sum(datasets: Iterator[boxlint.Dataset], *, threads: int) -> Iterator[pa.RecordBatch]:
    for dataset in datasets:
        yield pa.record_batch([pa.array([parts.collect([dataset]).to_bytes()], pa.binary())], schema=SUM)


def test_tasks_use_the_threads_that_they_have(ds: ray.data.Dataset) -> None:
    schema = pa.schema([("threads", pa.int64())])
    found = boxlint.ray._RAY.over_parts(ds, partial(_threads, schema=schema), schema, Reader())
    assert {row["threads"] for row in found.take_all()} == {1}


def _threads(datasets: Iterator[boxlint.Dataset], *, threads: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    yield pa.record_batch([pa.array([threads])], schema=schema)


def test_files_are_read_in_any_order(tmp_path: Path) -> None:
    written(tmp_path)
    ds = ray.data.read_parquet(str(tmp_path), filesystem=LocalFileSystem(), shuffle="files")
    issues = boxlint.ray.check(ds, **READING)
    assert rows(issues, parts.ISSUES) == in_order(next(parts.check(named(), statistics())))


def test_what_maps_return_is_taken(ds: ray.data.Dataset) -> None:
    """Rows through Python are of wider numbers; ids may be without sign, and columns have other names."""
    wider = ds.map(_same)
    assert boxlint.ray.collect(wider, **READING) == statistics()
    renamed = ds.map_batches(_renamed, batch_format="pyarrow")
    columns = {"image_id": "key", "annotations": "objects"}
    images = boxlint.ray.check_images(renamed, statistics(), columns=columns, **READING)
    assert rows(images, parts.IMAGES) == in_order(next(parts.check_images([scenes()], statistics())))


def _same(row: dict[str, Any]) -> dict[str, Any]:
    return row


def _renamed(table: pa.Table) -> pa.Table:
    table = table.rename_columns({"image_id": "key", "annotations": "objects"})
    return table.set_column(0, "key", table["key"].cast(pa.uint64()))


def test_partitions_without_images_count_nothing(ds: ray.data.Dataset) -> None:
    few = ds.filter(_of_first_file)
    issues = boxlint.ray.check(few, statistics(), **READING)
    first = named()[0][: IMAGES // FILES]
    assert rows(issues, parts.ISSUES) == in_order(next(parts.check([first], statistics())))
    assert boxlint.ray.collect(few, **READING) == parts.collect([first])
    with pytest.raises(ValueError, match="the data set has no images"):
        boxlint.ray.collect(ds.limit(0), **READING)


def _of_first_file(row: dict[str, Any]) -> bool:
    return bool(row["image_id"] < IMAGES // FILES * 7)


def test_a_part_that_comes_twice_is_refused(ds: ray.data.Dataset) -> None:
    table = pa.table(pa.concat_tables(ray.get(ds.to_arrow_refs())))
    with pytest.raises(ValueError, match="1 part of the same images would be counted twice"):
        boxlint.ray.collect(ray.data.from_arrow([table, table]), batch_size=IMAGES)


def test_nothing_is_computed_before_it_is_asked_for(ds: ray.data.Dataset, tmp_path: Path) -> None:
    marked = ds.map_batches(_Mark(tmp_path / "computed"), batch_format="pyarrow")
    issues = boxlint.ray.check(marked, statistics(), **READING)
    assert not (tmp_path / "computed").exists()
    issues.count()
    assert (tmp_path / "computed").exists()


class _Mark:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, table: pa.Table) -> pa.Table:
        self.path.touch()
        return table


def test_bad_input_is_told_before_any_work(ds: ray.data.Dataset, tmp_path: Path) -> None:
    unknown: Any = ray.data.from_arrow(pa.table({"image_id": [1], "objects": [[]]}))
    with pytest.raises(ValueError, match="found no column annotations"):
        boxlint.ray.collect(unknown)
    no_data: Any = [1]
    with pytest.raises(TypeError, match=r"expected a ray\.data\.Dataset, found list"):
        boxlint.ray.collect(no_data)
    marked = ds.map_batches(_Mark(tmp_path / "computed"), batch_format="pyarrow")
    wrong: list[tuple[Any, str]] = [
        ({"min_suspicion": 2}, "min_suspicion is 2"),
        ({"kinds": ["typo"]}, "typo"),
        ({"batch_size": 0}, "batch_size is 0, expected at least 1"),
        ({"columns": {"boxes": "objects"}}, "columns has the key 'boxes'"),
    ]
    for options, sentence in wrong:
        with pytest.raises(ValueError, match=sentence):
            boxlint.ray.check(marked, **options)
    with pytest.raises(TypeError, match=r"statistics: expected what boxlint\.collect returns, found int"):
        boxlint.ray.check(marked, 3)  # type: ignore[arg-type]
    assert not (tmp_path / "computed").exists()


def test_what_a_task_refuses_is_told_with_its_image() -> None:
    broken = pa.table({"image_id": ["x7"], "annotations": [[]], "predictions": [[{"xyxy": [1.0, 2.0], "class_id": 1}]]})
    with pytest.raises(ValueError, match="score"):
        boxlint.ray.collect(ray.data.from_arrow(broken))
    box = {"xyxy": [1.0, 2.0], "class_id": 1, "score": 0.5}
    broken = pa.table({"image_id": ["x7"], "annotations": [[]], "predictions": [[box]]})
    with pytest.raises(RayTaskError, match=r"image 0 \(image_id 'x7'\): predictions: row 0"):
        boxlint.ray.collect(ray.data.from_arrow(broken))


def test_objects_of_another_batch_format_are_refused(ds: ray.data.Dataset) -> None:
    with pytest.raises(RayTaskError, match='the map that made it needs batch_format="pyarrow"'):
        boxlint.ray.collect(ds.map_batches(_same, batch_format="numpy"))


def test_images_are_looked_at_in_batches(tmp_path: Path) -> None:
    table = tables(tmp_path)[0]
    counted = boxlint.ray.collect(ray.data.from_arrow(table), batch_size=7)
    assert len(counted.totals.parts) == -(-len(table) // 7)


def test_the_example_of_the_module_runs() -> None:
    found = doctest.testmod(boxlint.ray)
    assert found.attempted > 5
    assert found.failed == 0


def test_no_other_engine_is_imported() -> None:
    code = "import sys, boxlint.ray; sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code]).returncode == 0
