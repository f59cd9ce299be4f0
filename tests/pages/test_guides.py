"""The guides as they stand, with the real frameworks and small models: `make test-guides`.

The other tests run the same blocks with stand-ins for the models (guide_models.py), and compare what they
print. Here every block runs, also those that load and train models, and what the guide promises is checked instead.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import real_models
from blocks import ROOT, Block, blocks, command_path, run, run_command

import boxlint
import method_statistics
from boxlint.synthetic import CLASSES, HEIGHT, WIDTH, make_scenes
from commands import installed

# What frameworks warn of is not ours.
pytestmark = pytest.mark.filterwarnings("ignore")

SCENES = make_scenes(60, error_rate=0.2, seed=2)
# So many epochs teach no more than fewer do to a model that knows the shapes.
SHORTER = {"epochs=30": "epochs=2"}


class Walked(NamedTuple):
    """The names of a guide after its last block, and its data set with the predictions."""

    names: dict[str, Any]
    dataset: boxlint.Dataset


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ultralytics")
    # Not the settings of whoever runs this. In a git checkout with its environment, the default is its root.
    os.environ["YOLO_CONFIG_DIR"] = str(folder)
    ultralytics = pytest.importorskip("ultralytics")
    ultralytics.settings.update({"runs_dir": "runs", "sync": False})
    return real_models.train_ultralytics(folder)


@pytest.fixture
def as_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ultralytics writes elsewhere where it sees pytest."""
    monkeypatch.setattr("ultralytics.cfg.TESTS_RUNNING", False)
    yolo = tmp_path / "bin" / "yolo"
    yolo.write_text(f'#!/bin/sh\nunset PYTEST_CURRENT_TEST\nexec {Path(sys.executable).parent}/yolo "$@"\n')
    yolo.chmod(0o755)


Walk = Callable[..., Walked]


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Runs the blocks of a guide in the current folder, which has drawn images: all, or until one makes a name."""
    monkeypatch.setenv("PATH", command_path(installed(tmp_path / "bin")))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    real_models.draw(SCENES, Path("images"))

    def walked(guide: str, dataset: boxlint.Dataset, until: str = "") -> Walked:
        boxlint.write_coco(dataset, "annotations.json")
        names: dict[str, Any] = {}
        for block in blocks(ROOT / "docs" / "guide" / f"{guide}.md"):
            if block.text.startswith("boxlint apply"):
                decide("runs/detect/val/labels")
            run(shortened(block), names, left_out=(), compared=False)
            if until in names:
                break
        return Walked(names, replace(names["dataset"], predictions=names["predictions"]))

    return walked


def shortened(block: Block) -> Block:
    text = block.text
    for long, short in SHORTER.items():
        text = text.replace(long, short)
    return replace(block, text=text)


def decide(predictions: str) -> None:
    """What a reviewer exports from the page."""
    images = "data/images/val"
    report = boxlint.check(boxlint.read_yolo("data/labels/val", predictions, names=list(CLASSES), images_dir=images))
    report.decide(dict.fromkeys(report.top(5)["issue_id"].tolist(), "accept")).write("decisions.json")


def assert_boxes_lie_in_the_images(boxes: boxlint.Boxes) -> None:
    """In pixels of the images, whatever size the model saw, and reaching all over them."""
    assert len(boxes.xyxy) > 0
    low, high = boxes.xyxy.min(axis=0), boxes.xyxy.max(axis=0)
    assert (low >= -1).all()
    assert (high <= np.array([WIDTH, HEIGHT, WIDTH, HEIGHT]) + 1).all()
    assert (high[2:] > np.array([WIDTH, HEIGHT]) * 0.8).all()


def assert_same_classes(dataset: boxlint.Dataset) -> None:
    """Most annotations are of the class of the best prediction there; of six classes at random a sixth would be."""
    agree = []
    for annotated, predictions in zip(dataset.annotations, dataset.predictions, strict=True):
        assert predictions.score is not None
        iou = method_statistics.iou(annotated.xyxy, predictions.xyxy)
        best = np.where(iou > 0.5, predictions.score, -1).argmax(axis=1)
        met = (iou > 0.5).any(axis=1)
        agree += (predictions.class_id[best] == annotated.class_id)[met].tolist()
    assert len(agree) > 100
    assert np.mean(agree) > 0.5


def assert_page(path: str, report: boxlint.Report) -> None:
    """A page of rows about these images."""
    assert len(report.issues) > 0
    assert set(report.issues["image_name"].tolist()) <= set(SCENES.dataset.image_names or ())
    assert str(report[0].image_name) in Path(path).read_text()


@pytest.mark.usefixtures("walk", "as_a_user")
def test_ultralytics(weights: Path, walk: Walk) -> None:
    images = Path("data/images/val")
    real_models.draw(SCENES, images)
    boxlint.write_yolo(SCENES.dataset, "data/labels/val")
    data = Path("data").resolve()
    (data / "data.yaml").write_text(f"path: {data}\ntrain: images/val\nval: images/val\nnames: {list(CLASSES)}\n")
    shutil.copy(weights, "best.pt")
    walked = walk("ultralytics", SCENES.dataset)
    assert_boxes_lie_in_the_images(walked.dataset.predictions)
    assert_same_classes(walked.dataset)
    assert_page("report.html", walked.names["report"])
    for folder in ("fixed", "accepted"):
        assert len(list(Path(folder).rglob("*.txt"))) == 60
    of_command = boxlint.read_yolo("data/labels/val", "runs/detect/val/labels", names=list(CLASSES), images_dir=images)
    assert_same_classes(of_command)
    # The last sentence above step 1.
    validate = "yolo val model=best.pt data=data/data.yaml save_json=True conf=0.001 name=val exist_ok plots=False"
    run_command(validate)
    run_command("boxlint check data/data.yaml runs/detect/val/predictions.json --split val --report of_json.html")
    assert_page("of_json.html", walked.names["report"])


@pytest.mark.usefixtures("walk", "as_a_user")
def test_out_of_fold(walk: Walk, weights: Path) -> None:
    shutil.copy(weights, "yolo11n.pt")
    walked = walk("out-of-fold", SCENES.dataset)
    assert_boxes_lie_in_the_images(walked.dataset.predictions)
    assert_same_classes(walked.dataset)
    assert_page("report.html", walked.names["report"])


def annotated_as_predicted(dataset: boxlint.Dataset) -> boxlint.Dataset:
    """The best prediction of each image as its only annotation, in the first image of another class."""
    best = [image.xyxy[np.argmax(np.asarray(image.score))] for image in dataset.predictions]
    class_id = np.full(len(best), real_models.LABEL)
    class_id[0] = 0
    return replace(
        dataset, annotations=boxlint.Boxes(best, class_id, offsets=range(len(best) + 1)), annotation_ids=None
    )


RANDOM: dict[str, tuple[str, Callable[[], None]]] = {
    "torchvision": ("torchvision", real_models.write_torchvision),
    "hugging-face": ("transformers", real_models.write_hugging_face),
    "detectron2": ("detectron2", real_models.write_detectron2),
    "mmdetection": ("mmdet", real_models.write_mmdetection),
}


@pytest.mark.parametrize("guide", RANDOM)
def test_models_with_random_weights(walk: Walk, guide: str) -> None:
    package, write = RANDOM[guide]
    pytest.importorskip(package)
    write()
    # They are slow, and see no more in more images.
    seen = walk(guide, SCENES.dataset[:8], until="predictions").dataset
    walked = walk(guide, annotated_as_predicted(seen))
    predictions = walked.dataset.predictions
    assert_boxes_lie_in_the_images(predictions)
    assert set(predictions.class_id.tolist()) == {real_models.LABEL}
    if guide == "hugging-face":
        corners = [[WIDTH / 2, HEIGHT * 0.75, WIDTH, HEIGHT]] * len(predictions.xyxy)
        np.testing.assert_allclose(predictions.xyxy, corners, atol=0.1)
    first = walked.names["report"][0]
    assert (first.image_index, first.kind, first.suggested_class) == (0, "swap", real_models.LABEL)
    assert_page("report.html", walked.names["report"])
    assert len(boxlint.read_coco("fixed.json").annotations) == len(seen)
