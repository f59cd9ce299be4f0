"""Which files `check_parquet` takes, what it says of others, and what it needs for that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from boxlint import check_parquet, write_parquet
from boxlint.synthetic import make_scenes

WITHOUT_PANDAS = """
import sys
from dataclasses import replace
import numpy as np
from boxlint import Boxes, check_parquet, write_parquet
from boxlint.parts import class_thresholds, collect, collect_matches, collect_places, find_label_issues, score
from boxlint.synthetic import make_scenes
import pyarrow.parquet

dataset = make_scenes(30).dataset
given = dataset.annotations
ignore = np.arange(len(given.class_id)) % 5 == 0
ignored = Boxes(given.xyxy, given.class_id, offsets=given.offsets, ignore=ignore)
sizes = np.full((30, 2), 640.0)
sizes[3] = np.nan
not_run = np.diff(dataset.predictions.offsets)[:, None] == 0
not_run[7] = True
predictions = dataset.predictions.keep(np.repeat(~not_run[:, 0], np.diff(dataset.predictions.offsets)))
whole = replace(dataset, annotations=ignored, predictions=predictions, image_sizes=sizes, not_run=not_run)
write_parquet(whole, sys.argv[1])
check_parquet(sys.argv[1], sys.argv[2], verbose=False)
batches = list(pyarrow.parquet.ParquetFile(sys.argv[1]).iter_batches())
matches = collect_matches(batches)
thresholds = class_thresholds(matches, collect_places(batches, matches))
found = [*score(batches, collect(batches)), *find_label_issues(batches, collect(batches), thresholds)]
print([each.num_rows for each in found], "pandas" in sys.modules)
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def table(**columns: Any) -> pa.Table:
    box = {"xyxy": [1.0, 1.0, 9.0, 9.0], "class_id": 0}
    usual = {"image_id": ["a"], "annotations": [[box]], "predictions": [[{**box, "score": 0.5}]]}
    return pa.table({name: column for name, column in (usual | columns).items() if column is not None})


def null_box_of_fixed_size() -> pa.Array:
    box = pa.struct([("xyxy", pa.list_(pa.float32(), 4)), ("class_id", pa.int32())])
    return pa.array([[{"xyxy": None, "class_id": 0}]], pa.list_(box))


def cut_short(path: Path) -> None:
    parquet.write_table(table(), path)
    path.write_bytes(path.read_bytes()[:-40])


def damaged_page(path: Path) -> None:
    parquet.write_table(table(), path, compression="gzip", use_dictionary=False)
    chunk = parquet.read_metadata(path).row_group(0).column(0)
    data = bytearray(path.read_bytes())
    end = chunk.data_page_offset + chunk.total_compressed_size
    data[end - 20 : end] = bytes(20)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda path: path.write_bytes(b""), r"bad\.parquet cannot be read as Parquet: .* 0 bytes"),
        (lambda path: path.write_text("id,box\n" * 9), r"bad\.parquet cannot be read as Parquet"),
        (cut_short, r"bad\.parquet cannot be read as Parquet"),
        (
            lambda path: parquet.write_table(pa.table({"x": [1]}), path),
            r"bad\.parquet: found no column annotations .*, only x",
        ),
        (lambda path: parquet.write_table(table(image_id=None), path), r"bad\.parquet has neither image_id nor"),
        (
            lambda path: parquet.write_table(table(predictions=["none"]), path),
            r"bad\.parquet: predictions: expected lists, found string",
        ),
        (
            lambda path: write_parquet(make_scenes(3).dataset, path),
            r"bad\.parquet has other class_names|0\.parquet has other class_names",
        ),
    ],
)
def test_a_file_that_is_not_as_described_is_refused_before_any_work(
    files: Path, tmp_path: Path, write: Callable[[Path], object], why: str
) -> None:
    parquet.write_table(table(image_id=["other"]), files / "0.parquet")
    write(files / "bad.parquet")
    with pytest.raises((ValueError, TypeError), match=why) as refusal:
        check_parquet(files, tmp_path / "out", verbose=False)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (damaged_page, r"bad\.parquet, row groups 0 to 0: cannot be read as Parquet: .*"),
        (
            lambda path: parquet.write_table(table(annotations=[[None]]), path),
            r"bad\.parquet, row groups 0 to 0: image 0 .*row 0: box is null",
        ),
        (
            # Up to 25, pyarrow cannot read what it has written.
            lambda path: parquet.write_table(table(annotations=null_box_of_fixed_size()), path),
            r"bad\.parquet, row groups 0 to 0: .*(row 0: box is null|boxes of which one is null)",
        ),
        (
            lambda path: parquet.write_table(pa.concat_tables([table(), table()]), path),
            r"bad\.parquet, row groups 0 to 0: .*image a stands twice",
        ),
        (
            lambda path: parquet.write_table(table(image_id=["other"]), path),
            r"(bad|0)\.parquet, row groups 0 to 0: the same images as in .*(bad|0)\.parquet, row groups 0 to 0",
        ),
    ],
)
def test_what_only_reading_shows_names_the_file_and_its_row_groups(
    files: Path, tmp_path: Path, write: Callable[[Path], object], why: str
) -> None:
    parquet.write_table(table(image_id=["other"]), files / "0.parquet")
    write(files / "bad.parquet")
    with pytest.raises((ValueError, OSError), match=why) as refusal:
        check_parquet(files, tmp_path / "out", verbose=False)
    assert "\n" not in str(refusal.value)


def test_files_without_images_or_boxes_count_as_what_they_are(files: Path, tmp_path: Path) -> None:
    parquet.write_table(table(), files / "0.parquet")
    parquet.write_table(table(image_id=["b"], annotations=[[]], predictions=[[]]), files / "1.parquet")
    parquet.write_table(table()[:0], files / "2.parquet")
    summary = check_parquet(files, tmp_path / "out", verbose=False)
    assert (summary.images, summary.annotations, summary.predictions) == (2, 1, 1)
    with pytest.raises(ValueError, match=r"there are no images in .*2\.parquet"):
        check_parquet(files / "2.parquet", tmp_path / "other", verbose=False)


def test_columns_and_classes_have_the_names_they_are_given(files: Path, tmp_path: Path) -> None:
    pictures = table(objects=table()["annotations"], annotations=None, jpeg=[b"\xff" * 1000])
    parquet.write_table(pictures, files / "0.parquet")
    summary = check_parquet(
        files,
        tmp_path / "out",
        columns={"annotations": "objects"},
        class_names=["cat"],
        verbose=False,
    )
    assert summary.annotations == 1
    assert json.loads((tmp_path / "out" / "_manifest.json").read_text())["options"]["class_names"] == ["cat"]


def test_pandas_is_not_imported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_PANDAS, str(tmp_path / "data.parquet"), str(tmp_path / "out")]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert printed.split() == ["[30,", "30]", "False"]
