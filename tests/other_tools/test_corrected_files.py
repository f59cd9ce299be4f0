"""Other tools find in what `boxlint check --corrected` writes what the corrected data set holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from readings import (
    EVALUATORS,
    FLOAT32,
    ROUNDING,
    TEN_DIGITS,
    Evaluator,
    Reading,
    assert_same,
    by_stem,
    expected,
    make_images,
    of_coco,
    of_supervision,
    read_json,
    sizes_of,
    without_flags,
    write_names,
)

import boxlint
from boxlint import Boxes, Dataset
from boxlint.synthetic import make_scenes
from commands import run
from source_files import results_of, write_results

SCENES = make_scenes(40, seed=3).dataset


def scenes(ignore: bool) -> Dataset:
    """Scenes with planted errors. Category ids have gaps, and by choice one annotation in ten is to be ignored."""
    boxes = SCENES.annotations
    flags = np.arange(len(boxes.class_id)) % 10 == 3
    annotations = Boxes(boxes.xyxy, boxes.class_id, offsets=boxes.offsets, ignore=flags if ignore else None)
    return replace(SCENES, annotations=annotations, category_ids=[3, 7, 18, 44, 62, 90])


def corrected(dataset: Dataset) -> Reading:
    report = boxlint.check(dataset)
    assert {change.kind for change in report.changes(0.5)} >= {"missing", "swap"}
    return expected(report.apply(0.5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corrected")
    make_images(folder / "images" / "val", sizes_of(SCENES))
    boxlint.write_coco(scenes(ignore=True), folder / "a.json", folder / "d.json")
    # Beside VOC and YOLO, which have no ids: images by stem, classes by number.
    write_results(folder / "predictions.json", results_of(SCENES, first_class=1))
    return folder


@pytest.mark.parametrize("package", EVALUATORS)
def test_coco_in_evaluators(folder: Path, package: str) -> None:
    run("check", folder / "a.json", folder / "d.json", "--corrected", folder / "fixed.json")
    evaluator = Evaluator(package)
    assert_same(of_coco(evaluator.read(folder / "fixed.json")), corrected(scenes(ignore=True)), ROUNDING)
    annotations = read_json(folder / "fixed.json")["annotations"]
    exact = [{**record, "score": 0.9} for record in annotations if not record["iscrowd"]]
    assert evaluator.average_precision(folder / "fixed.json", write_results(folder / "exact.json", exact)) == 1


def test_coco_in_supervision(folder: Path) -> None:
    supervision = pytest.importorskip("supervision")
    run("check", folder / "a.json", folder / "d.json", "--corrected", folder / "fixed.json")
    data = supervision.DetectionDataset.from_coco(str(folder / "images" / "val"), str(folder / "fixed.json"))
    assert_same(of_supervision(data), corrected(scenes(ignore=True)), FLOAT32)


def test_voc_counted_from_one(folder: Path) -> None:
    supervision, hotcoco = (pytest.importorskip(package) for package in ("supervision", "hotcoco"))
    boxlint.write_voc(scenes(ignore=True), folder / "voc", one_based=True)
    names = ",".join(SCENES.class_names or ())
    detections = ("--names", names, "--one-based", folder / "predictions.json")
    run("check", folder / "voc", *detections, "--corrected", folder / "voc_fixed")
    wanted = corrected(scenes(ignore=True))
    assert_same(of_coco(hotcoco.COCO.from_voc(str(folder / "voc_fixed"))), wanted, ROUNDING)
    data = supervision.DetectionDataset.from_pascal_voc(str(folder / "images" / "val"), str(folder / "voc_fixed"))
    assert_same(of_supervision(data), without_flags(wanted), FLOAT32)


def test_yolo(folder: Path) -> None:
    supervision, hotcoco = (pytest.importorskip(package) for package in ("supervision", "hotcoco"))
    dataset = scenes(ignore=False)
    boxlint.write_yolo(dataset, folder / "labels" / "val")
    names = write_names(folder, dataset, path=".", val="images/val")
    run("check", names, folder / "predictions.json", "--corrected", folder / "yolo_fixed")
    wanted = without_flags(corrected(dataset))
    images, labels = str(folder / "images" / "val"), str(folder / "yolo_fixed")
    data = supervision.DetectionDataset.from_yolo(images, labels, str(names))
    assert_same(of_supervision(data), wanted, FLOAT32)
    write_names(folder / "yolo_fixed", dataset)
    assert_same(without_flags(of_coco(hotcoco.COCO.from_yolo(labels, images_dir=images))), by_stem(wanted), TEN_DIGITS)
