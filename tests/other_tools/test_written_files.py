"""Other tools find in the files that boxlint writes the boxes, classes and flags that it wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from readings import (
    EVALUATORS,
    FLOAT32,
    ROUNDING,
    SIZES,
    TEN_DIGITS,
    Evaluator,
    assert_same,
    by_stem,
    datasets,
    expected,
    make_images,
    of_coco,
    of_supervision,
    without_flags,
    write_names,
)

from boxlint import Dataset, write_coco, write_voc, write_yolo

# Each example writes files, and reads them with tools that are slower than boxlint.
few = settings(max_examples=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    make_images(folder / "images", SIZES)
    return folder


@pytest.fixture(scope="module", params=EVALUATORS)
def evaluator(request: pytest.FixtureRequest) -> Evaluator:
    return Evaluator(request.param)


@pytest.fixture(scope="module")
def supervision() -> Any:
    return pytest.importorskip("supervision").DetectionDataset


@pytest.fixture(scope="module")
def hotcoco() -> Any:
    return pytest.importorskip("hotcoco").COCO


@few
@given(dataset=datasets())
def test_coco_in_evaluators(evaluator: Evaluator, folder: Path, dataset: Dataset) -> None:
    write_coco(dataset, folder / "a.json")
    assert_same(of_coco(evaluator.read(folder / "a.json")), expected(dataset), ROUNDING)


@few
@given(dataset=datasets())
def test_exact_detections_have_average_precision_1(evaluator: Evaluator, folder: Path, dataset: Dataset) -> None:
    write_coco(dataset, folder / "a.json", folder / "d.json")
    boxes = dataset.annotations
    if len(boxes.class_id):
        assert boxes.ignore is not None
        # Without an annotation to find there is no average precision.
        wanted = -1 if boxes.ignore.all() else 1
        assert evaluator.average_precision(folder / "a.json", folder / "d.json") == pytest.approx(wanted)


@few
@given(dataset=datasets())
def test_coco_in_supervision(supervision: Any, folder: Path, dataset: Dataset) -> None:
    write_coco(dataset, folder / "a.json")
    data = supervision.from_coco(str(folder / "images"), str(folder / "a.json"))
    assert data.classes == list(dataset.class_names or ())
    assert_same(of_supervision(data), expected(dataset), FLOAT32)


@few
@given(dataset=datasets())
def test_voc_counted_from_one(supervision: Any, hotcoco: Any, folder: Path, dataset: Dataset) -> None:
    write_voc(dataset, folder / "voc", one_based=True)
    assert_same(of_coco(hotcoco.from_voc(str(folder / "voc"))), expected(dataset), ROUNDING)
    data = supervision.from_pascal_voc(str(folder / "images"), str(folder / "voc"))
    assert_same(of_supervision(data), without_flags(expected(dataset)), FLOAT32)


@few
@given(dataset=datasets())
def test_yolo(supervision: Any, hotcoco: Any, folder: Path, dataset: Dataset) -> None:
    write_yolo(dataset, folder / "labels", ignored="write")
    images, labels = str(folder / "images"), str(folder / "labels")
    names = write_names(folder / "labels", dataset)
    wanted = without_flags(expected(dataset))
    assert_same(without_flags(of_coco(hotcoco.from_yolo(labels, images_dir=images))), by_stem(wanted), TEN_DIGITS)
    data = supervision.from_yolo(images, labels, str(names))
    assert_same(of_supervision(data), wanted, FLOAT32)
