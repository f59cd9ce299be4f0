"""What is found in data sets that look wrong, and that sound ones are left in peace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from boxlint import Boxes, Dataset, read_coco, write_coco
from boxlint.inspection.inspect import KINDS, Finding, inspect
from boxlint.synthetic import make_scenes

testing = pytest.importorskip("typer.testing")

SCENES = make_scenes(40, seed=3).dataset


def changed(*, side: str, **columns: Any) -> Dataset:
    """The scenes with other columns in their annotations or predictions."""
    names = ("xyxy", "class_id", "score", "offsets", "ignore")
    old = {name: getattr(getattr(SCENES, side), name) for name in names}
    boxes: dict[str, Any] = {side: Boxes(**{**old, **columns})}
    return replace(SCENES, **boxes)


def as_size(xyxy: NDArray[Any]) -> NDArray[Any]:
    return np.hstack([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]])


def as_corners(xywh: NDArray[Any]) -> NDArray[Any]:
    return np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])


TRUE = SCENES.annotations.xyxy
SEEN = SCENES.predictions
SCORES: Any = SEEN.score
ONE: NDArray[Any] = np.arange(len(TRUE)) == 7

ERRORS = {
    "relative": changed(side="annotations", xyxy=TRUE / 640),
    "size_as_corners": changed(side="annotations", xyxy=as_size(TRUE)),
    "corners_as_size": changed(side="annotations", xyxy=as_corners(TRUE)),
    "inverted": changed(side="annotations", xyxy=np.where(ONE[:, None], TRUE[:, [2, 3, 0, 1]], TRUE)),
    "classes_apart": changed(side="predictions", class_id=SEEN.class_id + 6),
    "none_likely": changed(side="predictions", score=SCORES * 0.4),
    "copied": changed(
        side="predictions",
        xyxy=TRUE.round(2),
        class_id=SCENES.annotations.class_id,
        score=np.ones(len(TRUE)),
        offsets=SCENES.annotations.offsets,
    ),
}

WARNINGS = {
    "none_certain": changed(side="predictions", score=SCORES * 0.9),
    "outside": changed(side="annotations", xyxy=TRUE + 300 * ONE[:, None] * [0, 0, 2, 2]),
    "no_area": changed(side="annotations", xyxy=np.where(ONE[:, None], TRUE[:, [0, 1, 0, 3]], TRUE)),
    "repeated": changed(side="annotations", xyxy=np.where(TRUE < 0, TRUE, [1, 1, 99, 99])),
    "ignore": changed(side="annotations", ignore=ONE),
    "undetected_class": changed(side="annotations", class_id=np.where(ONE, 9, SCENES.annotations.class_id)),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_errors(kind: str) -> None:
    found = {finding.kind: finding for finding in inspect(ERRORS[kind])}
    assert found[kind].is_error
    assert str(found[kind]).endswith(found[kind].example)


@pytest.mark.parametrize("kind", WARNINGS)
def test_warnings(kind: str) -> None:
    found = {finding.kind: finding for finding in inspect(WARNINGS[kind])}
    assert not found[kind].is_error
    assert not any(finding.is_error for finding in found.values())


def test_counts_and_examples() -> None:
    boxes = Boxes([[1, 1, 9, 9], [1, 1, 9, 9], [0, 0, 0, 9], [5, 5, 70, 8]], [0, 0, 0, 1], offsets=[0, 2, 2, 4])
    dataset = Dataset(boxes, Boxes(np.empty((0, 4)), [], [], [0] * 4), image_sizes=np.array([[50, 50]] * 3, float))
    assert [str(finding) for finding in inspect(dataset)] == [
        "annotations: boxes without area (1), the first: box 0 of image 2 spans [0.0, 0.0, 0.0, 9.0]",
        "annotations: boxes reaching outside their image (1), the first: box 1 of image 2 spans [5.0, 5.0, 70.0, 8.0]",
        "annotations: boxes that repeat another of their image and class (1), the first: "
        "box 1 of image 0 spans [1.0, 1.0, 9.0, 9.0]",
        "images: images without annotations (1), the first: image 1",
    ]


def test_an_empty_data_set_has_nothing_to_tell() -> None:
    empty = Boxes(np.empty((0, 4)), [], [], [0])
    assert inspect(Dataset(empty, empty)) == []


@pytest.mark.parametrize("name", ["coco_small", "coco_val2017", "voc2007_test"])
def test_real_data_has_no_errors(name: str, data_dir: Path) -> None:
    for detections in (data_dir / name).glob("*det*.json"):
        found: list[Finding] = []
        dataset = read_coco(data_dir / name / "annotations.json", detections, on_finding=found.append)
        assert not [str(finding) for finding in [*found, *inspect(dataset)] if finding.is_error]


def test_every_kind_of_the_reader_is_known(tmp_path: Path) -> None:
    """The engine and `KINDS` use the same words."""
    flags = {"iscrowd": 1, "ignore": 1, "difficult": 1}
    box: dict[str, Any] = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}
    records = [
        {**box, "id": 1, **flags},
        {**box, "id": 1},
        {**box, "id": 2, "bbox": [1, 1, 0, 5]},
        {**box, "id": 3, "bbox": [1, 1, -5, 5]},
        {**box, "id": 4, "bbox": [1, 1, 500, 5]},
        {**box, "id": 5, "image_id": 9},
        {**box, "id": 6, "category_id": 9},
    ]
    images = [{"id": index, "file_name": f"{index}.jpg", "width": 50, "height": 50} for index in (1, 2)]
    content = {"images": images, "annotations": records, "categories": [{"id": 1, "name": "cat"}]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    (tmp_path / "d.json").write_text(json.dumps([{**box, "bbox": [0, 0, 1, 1], "score": 1}]))
    found: list[Finding] = []
    read_coco(tmp_path / "a.json", tmp_path / "d.json", skip_unknown=True, on_finding=found.append)
    seen = {finding.kind for finding in found}
    mirrored = set(list(KINDS)[: list(KINDS).index("corners_as_size")])
    assert seen == mirrored
    with pytest.raises(ValueError, match="boxes of negative width or height"):
        read_coco(tmp_path / "a.json", skip_unknown=True, refuse=["inverted"])


def run(*arguments: Path) -> Any:
    from boxlint.cli import app

    return testing.CliRunner().invoke(app, ["inspect", *map(str, arguments)])


def test_command(tmp_path: Path) -> None:
    files = tmp_path / "annotations.json", tmp_path / "detections.json"
    write_coco(SCENES, *files)
    result = run(*files)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("40 images, ")
    assert "error:" not in result.stdout
    assert run(files[0]).exit_code == 0


@pytest.mark.parametrize("kind", ["none_likely", "copied", "relative"])
def test_command_exits_with_one_on_errors(tmp_path: Path, kind: str) -> None:
    files = tmp_path / "annotations.json", tmp_path / "detections.json"
    write_coco(ERRORS[kind], *files)
    result = run(*files)
    assert result.exit_code == 1
    assert result.stdout.startswith("error: ")
    assert KINDS[kind] in result.stdout


def test_command_tells_of_detections_of_other_images(tmp_path: Path) -> None:
    files = tmp_path / "annotations.json", tmp_path / "detections.json"
    write_coco(SCENES, *files)
    files[1].write_text(json.dumps([{"image_id": 999, "category_id": 1, "bbox": [1, 1, 9, 9], "score": 0.5}]))
    result = run(*files)
    assert result.exit_code == 1
    assert "error: detections: boxes of an unknown image (1), the first: detections[0] names image 999" in result.stdout


def test_command_exits_with_two_on_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{]")
    for path in (tmp_path / "a.json", tmp_path / "nothing.json"):
        assert run(path).exit_code == 2
