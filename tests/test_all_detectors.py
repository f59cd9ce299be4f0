"""What knows of one detector alone says so, and all else looks at every one of a data set of several."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset
from boxlint.review.queue import make_queue
from boxlint.synthetic import make_scenes
from commands import refused, run

SCENES = make_scenes(60, seed=1).dataset
GIVEN = SCENES.predictions
SHIFTED = Boxes(GIVEN.xyxy, (GIVEN.class_id + 1) % 6, GIVEN.score, GIVEN.offsets)
BOTH = replace(SCENES, detector_names=["yolo", "detr"], more_predictions=[SHIFTED], prediction_ids=None)


def nameless() -> Dataset:
    """The second detector alone knows class 9."""
    other = Boxes(GIVEN.xyxy, np.where(GIVEN.class_id == 0, 9, GIVEN.class_id), GIVEN.score, GIVEN.offsets)
    return replace(BOTH, class_names=None, category_ids=None, more_predictions=[other])


def test_a_data_set_shows_the_predictions_of_all() -> None:
    boxes = 2 * len(GIVEN.class_id)
    assert repr(BOTH).startswith(f"Dataset(60 images, {len(SCENES.annotations.class_id)} annotations, {boxes} ")
    assert repr(BOTH).splitlines()[0].endswith(" predictions, 2 detectors)")
    first = repr(BOTH).splitlines()[2].split()
    assert int(first[-1]) == 2 * len(SCENES[0].predictions.class_id)
    shown = [line.split()[0] for line in repr(BOTH[0]).splitlines()[2:]]
    assert {"annotation", "yolo", "detr"} == set(shown[:-1]) | {"annotation"}
    scores = [float(line.split()[2]) for line in repr(BOTH[0]).splitlines() if line.startswith(("yolo", "detr"))]
    assert scores == sorted(scores, reverse=True)


def test_classes_of_all_must_have_names() -> None:
    beyond = Boxes(GIVEN.xyxy, GIVEN.class_id + 1, GIVEN.score, GIVEN.offsets)
    with pytest.raises(ValueError, match=r"more_predictions\[0\]: image \d+ .*: class id is 6, expected one below 6"):
        replace(BOTH, more_predictions=[beyond])


def test_each_is_inspected_under_its_name() -> None:
    alone = boxlint.inspect(replace(SCENES, predictions=SHIFTED, prediction_ids=None))
    (permuted,) = (finding for finding in alone if finding.kind == "classes_permuted")
    (found,) = (finding for finding in boxlint.inspect(BOTH) if finding.kind == "classes_permuted")
    assert found == replace(permuted, example=f"detr: {permuted.example}")


def test_files_of_one_detector_are_not_written_of_several(tmp_path: Path) -> None:
    why = "there are several detectors, yolo, detr; expected one"
    with pytest.raises(ValueError, match=f"write_coco: detections: {why}"):
        boxlint.write_coco(BOTH, tmp_path / "a.json", tmp_path / "b.json")
    with pytest.raises(ValueError, match=f"write_yolo: predictions_dir: {why}"):
        boxlint.write_yolo(BOTH, tmp_path / "labels", tmp_path / "predicted")
    assert not list(tmp_path.iterdir())
    boxlint.write_coco(BOTH, tmp_path / "a.json")
    boxlint.write_yolo(BOTH, tmp_path / "labels")


def test_a_class_that_another_detector_alone_knows_is_carried_out_and_offered() -> None:
    dataset = nameless()
    report = boxlint.check(dataset)
    issue = report.issues.where(label=9)[0]
    decisions = report.decide({issue.issue_id: "accept"})
    alone = replace(dataset.detectors["yolo"], predictions=GIVEN.keep(GIVEN.class_id < 0))
    for given in (dataset, alone):
        assert 9 in decisions.apply(given).annotations.class_id
    assert "class 9" in make_queue(report, None, 5).class_names


class TestCommands:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        boxlint.write_parquet(BOTH, tmp_path / "data.parquet")
        return tmp_path / "data.parquet"

    def test_scores_are_of_one(self, file: Path) -> None:
        assert refused("score", file).startswith(f"{file}: there are several detectors, yolo, detr; expected one")

    def test_the_gate_judges_all(self, file: Path) -> None:
        assert "detr: boxes of" in refused("check", file, "--fail-over", "1")

    def test_all_are_counted(self, file: Path) -> None:
        said = run("inspect", file, code=1).stdout
        assert f"{2 * len(GIVEN.class_id)} detections: 1 error" in said
