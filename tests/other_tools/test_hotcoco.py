"""What boxlint reads from VOC and YOLO files of hotcoco, and what hotcoco makes of names in VOC files of boxlint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readings import Reading, assert_same, expected, of_coco

import boxlint
from boxlint import Boxes, Dataset

SIZES = {"a.png": (640, 480)}


@pytest.fixture
def hotcoco() -> Any:
    return pytest.importorskip("hotcoco").COCO


def dataset(*names: str) -> Dataset:
    """Two boxes, the first with halves, the second to be ignored, both of the first class."""
    boxes = Boxes([[10.5, 20.5, 110.5, 220.25], [0.0, 0.0, 640.0, 480.0]], [0, 0], offsets=[0, 2], ignore=[False, True])
    nothing = Boxes(np.empty((0, 4)), [], [], [0, 0])
    return Dataset(boxes, nothing, list(SIZES), list(names), image_sizes=np.array([[640.0, 480.0]]))


def test_its_voc_counts_from_one_in_whole_pixels(hotcoco: Any, tmp_path: Path) -> None:
    boxlint.write_coco(dataset("cat"), tmp_path / "a.json")
    hotcoco(str(tmp_path / "a.json")).to_voc(str(tmp_path / "voc"))
    read = boxlint.read_voc(tmp_path / "voc", one_based=True).annotations
    assert read.xyxy.tolist() == [[11, 21, 111, 220], [0, 0, 640, 480]]
    assert np.asarray(read.ignore).tolist() == [False, True]


def test_its_yolo_has_six_decimals_and_no_crowds(hotcoco: Any, tmp_path: Path) -> None:
    boxlint.write_coco(dataset("cat"), tmp_path / "a.json")
    hotcoco(str(tmp_path / "a.json")).to_yolo(str(tmp_path / "labels"))
    read = boxlint.read_yolo(tmp_path / "labels", names=["cat"], image_sizes=SIZES)
    wanted: Reading = {image: boxes[:1] for image, boxes in expected(dataset("cat")).items()}
    assert_same(expected(read), wanted, 1e-6 * 640)


@pytest.mark.parametrize(("name", "read"), [("cup & saucer", "saucer"), ("<i>", "i"), ("plain", "plain")])
def test_of_names_in_voc_it_keeps_what_follows_an_entity(hotcoco: Any, tmp_path: Path, name: str, read: str) -> None:
    boxlint.write_voc(dataset(name), tmp_path / "voc", one_based=True)
    assert {box.label for box in of_coco(hotcoco.from_voc(str(tmp_path / "voc")))["a.png"]} == {read}
    boxlint.write_coco(dataset(name), tmp_path / "a.json")
    assert {box.label for box in of_coco(hotcoco(str(tmp_path / "a.json")))["a.png"]} == {name}
