"""What `write_coco` keeps of the file that a data set was read from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from boxlint import Dataset, read_coco, write_coco

RECORDS = [
    {"id": 7, "image_id": 1, "category_id": 3, "bbox": [1.1, 2.2, 3.3, 4.4], "area": 9, "mood": "odd", "iscrowd": 1},
    {"id": 5, "image_id": 2, "category_id": 3, "bbox": [5, 6, 7, 8], "segmentation": [[1, 2, 3, 4, 5, 6]]},
    {"id": 9, "image_id": 99, "category_id": 3, "bbox": [0, 0, 1, 1], "note": "of an image that is not listed"},
]
CONTENT: dict[str, Any] = {
    "info": {"year": 2026},
    "images": [{"id": 2, "licence": 4}, {"id": 1}],
    "categories": [{"id": 3, "name": "cat", "supercategory": "animal"}],
    "annotations": RECORDS,
}


def given(folder: Path, name: str, text: bytes) -> tuple[Path, Dataset]:
    path = folder / name
    path.write_bytes(text)
    return path, read_coco(path, skip_unknown=True)


@pytest.mark.parametrize("name", ["plain.json", "packed.json.gz"])
def test_an_unchanged_data_set_is_the_file_it_was_read_from(tmp_path: Path, name: str) -> None:
    text = json.dumps(CONTENT).encode()
    path, dataset = given(tmp_path, name, gzip.compress(text) if name.endswith(".gz") else text)
    write_coco(dataset, tmp_path / "written.json", keep=path)
    assert json.loads((tmp_path / "written.json").read_text()) == CONTENT


@pytest.mark.parametrize("ending", ["gz", "GZ"])
def test_a_path_that_ends_in_gz_is_packed(tmp_path: Path, ending: str) -> None:
    path, dataset = given(tmp_path, "plain.json", json.dumps(CONTENT).encode())
    for options in ({}, {"keep": path}):
        write_coco(dataset, tmp_path / f"packed.json.{ending}", tmp_path / f"detections.json.{ending}", **options)
        assert len(json.loads(gzip.decompress((tmp_path / f"packed.json.{ending}").read_bytes()))["images"]) == 2
        assert json.loads(gzip.decompress((tmp_path / f"detections.json.{ending}").read_bytes())) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "expected a name in quotes"),
        ("[]", "expected an object, found '\\['"),
        ("null", "expected an object, found 'n'"),
        ('{"info": {}}', "the list images is missing"),
        ('{"annotations": [{}]}', "the list images is missing"),
    ],
)
def test_another_file_is_refused_and_nothing_written(tmp_path: Path, text: str, why: str) -> None:
    _, dataset = given(tmp_path, "plain.json", json.dumps(CONTENT).encode())
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match=rf"other\.json: expected the COCO annotations .*{why}"):
        write_coco(dataset, tmp_path / "written.json", keep=tmp_path / "other.json")
    assert not (tmp_path / "written.json").exists()
