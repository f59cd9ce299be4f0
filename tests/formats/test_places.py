"""Whether predictions lie on the annotations: told where hardly any does, with what explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boxlint import Boxes, Dataset, inspect, read_coco
from boxlint.synthetic import make_scenes

SCENES = make_scenes(40, seed=3).dataset
Corners = NDArray[np.float64]


def with_corners(dataset: Dataset, change: Callable[[Corners], Corners]) -> Dataset:
    boxes = dataset.predictions
    return replace(
        dataset, predictions=Boxes(change(boxes.xyxy.astype(np.float64)), boxes.class_id, boxes.score, boxes.offsets)
    )


def of_other_images(dataset: Dataset, step: int) -> Dataset:
    images = np.roll(np.arange(len(dataset)), step)
    return replace(dataset, predictions=dataset.predictions[images], prediction_ids=None)


def told(dataset: Dataset) -> str | None:
    """What is said to explain it; None if nothing is found."""
    found = [finding for finding in inspect(dataset) if finding.kind == "boxes_apart"]
    assert all(finding.is_error for finding in found)
    return found[0].example.partition(" and more: ")[2] if found else None


def half(corners: Corners) -> Corners:
    sides = (corners[:, 2:] - corners[:, :2]) / 2
    return np.hstack([sides, sides])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda corners: corners[:, [1, 0, 3, 2]], "x and y are exchanged on one side"),
        (lambda corners: corners + half(corners), "the first two numbers are the center of the box on one side"),
        (lambda corners: corners - half(corners), "the first two numbers are the center of the box on one side"),
        (lambda corners: corners / 3, "they are of images of another size, about 0.33 times as wide"),
        (
            lambda corners: corners / [640, 480, 640, 480] * 1000,
            "they are of images resized to 1000 x 1000, or positions from 0 to 1000",
        ),
    ],
    ids=["axes", "center for corner", "corner for center", "scaled", "positions to 1000"],
)
def test_other_corners_are_an_error_that_says_what_fits(change: Callable[[Corners], Corners], reason: str) -> None:
    assert told(with_corners(SCENES, change)) == reason


@pytest.mark.parametrize(("step", "too"), [(1, "high"), (-1, "low")])
def test_image_ids_that_are_one_off_are_an_error(step: int, too: str) -> None:
    assert told(of_other_images(SCENES, step)) == f"they fit the images beside theirs: image ids are 1 too {too}"


def test_predictions_of_other_images_are_an_error() -> None:
    assert told(of_other_images(SCENES, 17)) == "are they of these images?"


def test_sound_data_is_silent() -> None:
    assert told(SCENES) is None


def test_few_boxes_or_images_say_nothing() -> None:
    assert told(of_other_images(SCENES[:4], 1)) is None
    assert told(of_other_images(SCENES, 17)[:3]) is None


def test_a_detector_of_one_class_among_many_is_sound() -> None:
    predictions = SCENES.predictions
    assert told(replace(SCENES, predictions=predictions.keep(predictions.class_id == 2), prediction_ids=None)) is None


def test_annotations_of_one_class_among_many_are_sound() -> None:
    annotations = SCENES.annotations
    assert told(replace(SCENES, annotations=annotations.keep(annotations.class_id == 2), annotation_ids=None)) is None


@pytest.mark.parametrize(
    ("folder", "detections"),
    [
        ("voc2007_test", "detections_mobilenet_yolo.json"),
        ("voc2007_test", "annotator_yolo_2.json"),
        ("coco_small", "detections.json"),
        ("bccd", "detections.json.gz"),
    ],
)
def test_real_data_is_silent_and_its_images_exchanged_are_not(data_dir: Path, folder: str, detections: str) -> None:
    dataset = read_coco(data_dir / folder / "annotations.json", data_dir / folder / detections)
    assert told(dataset) is None
    assert told(of_other_images(dataset, len(dataset) // 2)) == "are they of these images?"
