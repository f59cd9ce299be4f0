"""Data sets that look wrong give findings, and sound ones give none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from boxlint import Boxes, Dataset, inspect, read_coco, write_coco
from boxlint.inspection import KINDS, Finding, FindingKind
from boxlint.synthetic import make_scenes

testing = pytest.importorskip("click.testing")

SCENES = make_scenes(40, seed=3).dataset


def changed(*, side: str, **columns: Any) -> Dataset:
    """The scenes with other columns in their annotations or predictions."""
    names = ("xyxy", "class_id", "score", "offsets", "ignore")
    old = {name: getattr(getattr(SCENES, side), name) for name in names}
    boxes: dict[str, Any] = {side: Boxes(**{**old, **columns})}
    return replace(SCENES, class_names=[*(SCENES.class_names or ()), *"abcdef"], category_ids=None, **boxes)


def as_size(xyxy: NDArray[Any]) -> NDArray[Any]:
    return np.hstack([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]])


def as_corners(xywh: NDArray[Any]) -> NDArray[Any]:
    return np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])


TRUE = SCENES.annotations.xyxy
SEEN = SCENES.predictions
SCORES: Any = SEEN.score
ONE: NDArray[Any] = np.arange(len(TRUE)) == 7
SECOND: NDArray[Any] = np.arange(len(TRUE)) == 1
AS_FIRST = np.where(SECOND, SCENES.annotations.class_id[0], SCENES.annotations.class_id)

ERRORS: dict[FindingKind, Dataset] = {
    "relative": changed(side="annotations", xyxy=TRUE / 640),
    "size_as_corners": changed(side="annotations", xyxy=as_size(TRUE)),
    "corners_as_size": changed(side="annotations", xyxy=as_corners(TRUE)),
    "inverted": changed(side="annotations", xyxy=np.where(ONE[:, None], TRUE[:, [2, 3, 0, 1]], TRUE)),
    "classes_apart": changed(side="predictions", class_id=SEEN.class_id + 6),
    "boxes_apart": changed(side="predictions", xyxy=SEEN.xyxy[:, [1, 0, 3, 2]]),
    "copied": changed(
        side="predictions",
        xyxy=TRUE.round(2),
        class_id=SCENES.annotations.class_id,
        score=np.ones(len(TRUE)),
        offsets=SCENES.annotations.offsets,
    ),
}

WARNINGS: dict[FindingKind, Dataset] = {
    "none_likely": changed(side="predictions", score=SCORES * 0.4),
    "none_certain": changed(side="predictions", score=SCORES * 0.9),
    "outside": changed(side="annotations", xyxy=TRUE + 300 * ONE[:, None] * [0, 0, 2, 2]),
    "sizes_exchanged": replace(SCENES, image_sizes=np.array([[480.0, 640.0]] * len(SCENES))),
    "no_area": changed(side="annotations", xyxy=np.where(ONE[:, None], TRUE[:, [0, 1, 0, 3]], TRUE)),
    "repeated": changed(side="annotations", xyxy=np.where(SECOND[:, None], TRUE[0], TRUE), class_id=AS_FIRST),
    "ignore": changed(side="annotations", ignore=ONE),
    "undetected_class": changed(side="annotations", class_id=np.where(ONE, 9, SCENES.annotations.class_id)),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_errors(kind: FindingKind) -> None:
    found = {finding.kind: finding for finding in inspect(ERRORS[kind])}
    assert found[kind].is_error
    assert str(found[kind]).endswith(found[kind].example)


def test_what_is_no_dataset_is_refused() -> None:
    lists: Any = [{"bboxes": [], "labels": []}]
    with pytest.raises(TypeError, match="inspect: expected a Dataset, found list"):
        inspect(lists)


@pytest.mark.parametrize("kind", WARNINGS)
def test_warnings(kind: FindingKind) -> None:
    found = {finding.kind: finding for finding in inspect(WARNINGS[kind])}
    assert not found[kind].is_error
    assert not any(finding.is_error for finding in found.values())


def test_counts_and_examples() -> None:
    boxes = Boxes([[1, 1, 9, 9], [1, 1, 9, 9], [0, 0, 0, 9], [5, 5, 70, 8]], [0, 0, 0, 1], offsets=[0, 2, 2, 4])
    dataset = Dataset(boxes, Boxes(np.empty((0, 4)), [], [], [0] * 4), image_sizes=np.array([[50, 50]] * 3, float))
    assert [str(finding) for finding in inspect(dataset)] == [
        "annotations: boxes without area (1), the first: box 0 of image 2 spans [0.0, 0.0, 0.0, 9.0]",
        "annotations: boxes reaching outside their image (1), the first: box 1 of image 2 spans [5.0, 5.0, 70.0, 8.0] "
        "in an image of 50 x 50",
        "annotations: boxes that repeat another of their image and class (1), the first: "
        "box 1 of image 0 spans [1.0, 1.0, 9.0, 9.0]",
        "images: images without annotations (1), the first: image 1",
    ]


@pytest.mark.parametrize(("box_id", "shown"), [(17, "id 17"), ("b/17", "id 'b/17'")])
def test_a_box_with_an_id_is_named_by_it(box_id: Any, shown: str) -> None:
    empty = Boxes(np.empty((0, 4)), [], [], [0, 0])
    dataset = Dataset(Boxes([[4, 4, 4, 9]], [0]), empty, image_names=["a.jpg"], annotation_ids=[box_id])
    (finding,) = inspect(dataset)
    assert finding == Finding("no_area", "annotations", 1, f"box 0 of 'a.jpg' ({shown}) spans [4.0, 4.0, 4.0, 9.0]")


@pytest.mark.parametrize(
    ("kind", "corners"), [("inverted", [4.0, 4.0, 3.9999, 9.0]), ("outside", [4.0, 4.0, 51.0002, 9.0])]
)
def test_an_example_shows_what_is_wrong_with_it(kind: str, corners: list[float]) -> None:
    boxes = Boxes(np.array([corners], np.float32), [0])
    dataset = Dataset(boxes, Boxes(np.empty((0, 4)), [], [], [0, 0]), image_sizes=np.array([[50.0, 50.0]]))
    (finding,) = inspect(dataset)
    assert finding.kind == kind
    assert f"box 0 of image 0 spans {corners}" in finding.example


def test_a_finding_says_its_kind_in_words() -> None:
    assert [Finding(kind, "annotations", 1, "").what for kind in get_args(FindingKind)] == list(KINDS.values())


def test_an_empty_data_set_has_no_findings() -> None:
    empty = Boxes(np.empty((0, 4)), [], [], [0])
    assert inspect(Dataset(empty, empty)) == []


# Of the three sets only COCO has objects that are boxed twice.
NEW_WARNINGS = {"equal_names", "lacking_class", "nearly_repeated", "one_based", "id_zero", "duplicate_id"}


@pytest.mark.parametrize("name", ["coco_small", "coco_val2017", "voc2007_test"])
def test_real_data_has_no_errors(name: str, data_dir: Path) -> None:
    for detections in (data_dir / name).glob("*det*.json"):
        found: list[Finding] = []
        dataset = read_coco(data_dir / name / "annotations.json", detections, on_finding=found.append)
        assert not [str(finding) for finding in [*found, *inspect(dataset)] if finding.is_error]
        told = {finding.kind for finding in inspect(dataset)} & NEW_WARNINGS
        assert told == ({"nearly_repeated"} if name == "coco_val2017" else set())


BOX: dict[str, Any] = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}


@pytest.fixture
def odd_files(tmp_path: Path) -> tuple[Path, Path]:
    """COCO files with every finding of a reader, and with boxes of every odd shape."""
    records = [
        {**BOX, "id": 1, "iscrowd": 1, "ignore": 1, "difficult": 1},
        {**BOX, "id": 1, "bbox": [9, 9, 5, 5]},
        {**BOX, "id": 2, "bbox": [1, 1, 0, 5]},
        {**BOX, "id": 3, "bbox": [1, 1, -5, 5]},
        {**BOX, "id": 4, "bbox": [1, 1, 500, 5]},
        {**BOX, "id": 5, "image_id": 9},
        {**BOX, "id": 6, "category_id": 9},
    ]
    images = [{"id": index, "file_name": f"{index}.jpg", "width": 50, "height": 50} for index in (1, 2)]
    content = {"images": images, "annotations": records, "categories": [{"id": 1, "name": "cat"}]}
    files = tmp_path / "annotations.json", tmp_path / "detections.json"
    files[0].write_text(json.dumps(content))
    files[1].write_text(json.dumps([{**BOX, "bbox": [0, 0, 1, 1], "score": 1}]))
    return files


def test_reading_reports_the_findings_of_the_files_and_of_the_boxes(odd_files: tuple[Path, Path]) -> None:
    found: list[Finding] = []
    read_coco(*odd_files, skip_unknown=True, on_finding=found.append)
    assert [(finding.kind, finding.where, finding.count, finding.example) for finding in found] == [
        ("crowd", "annotations", 1, "annotations[0]"),
        ("ignore", "annotations", 1, "annotations[0]"),
        ("difficult", "annotations", 1, "annotations[0]"),
        ("unknown_image", "annotations", 1, "annotations[5] names image 9"),
        ("unknown_class", "annotations", 1, "annotations[6] names category 9"),
        ("duplicate_id", "annotations", 1, "id 1"),
        ("without_annotations", "images", 1, 'images[1] is "2.jpg"'),
        ("without_detections", "images", 1, 'images[1] is "2.jpg"'),
        ("inverted", "annotations", 1, "box 3 of '1.jpg' (id 3) spans [1.0, 1.0, -4.0, 6.0]"),
        ("no_area", "annotations", 1, "box 2 of '1.jpg' (id 2) spans [1.0, 1.0, 1.0, 6.0]"),
        ("outside", "annotations", 2, "box 3 of '1.jpg' (id 3) spans [1.0, 1.0, -4.0, 6.0] in an image of 50 x 50"),
        ("relative", "detections", 1, "box 0 of '1.jpg' (id 0) spans [0.0, 0.0, 1.0, 1.0] with score 1"),
    ]


def test_findings_are_refused_on_demand(odd_files: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match=r"annotations\.json: annotations: boxes of negative width or height \(1\)"):
        read_coco(odd_files[0], skip_unknown=True, refuse=["inverted"])
    with pytest.raises(ValueError, match=r"annotations\.json: annotations: crowd boxes \(1\)"):
        read_coco(odd_files[0], skip_unknown=True, refuse=KINDS)


def test_findings_up_to_the_refused_one_are_handed_over(odd_files: tuple[Path, Path]) -> None:
    found: list[Finding] = []
    with pytest.raises(ValueError, match="ids used before"):
        read_coco(odd_files[0], skip_unknown=True, refuse=["duplicate_id"], on_finding=found.append)
    assert [finding.kind for finding in found] == ["crowd", "ignore", "difficult", "unknown_image", "unknown_class"]


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


@pytest.mark.parametrize("kind", ["boxes_apart", "copied", "relative"])
def test_command_exits_with_one_on_errors(tmp_path: Path, kind: FindingKind) -> None:
    files = tmp_path / "annotations.json", tmp_path / "detections.json"
    write_coco(ERRORS[kind], *files)
    result = run(*files)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].startswith("error: ")
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


@pytest.mark.parametrize("images", [1000, 1 << 20])
def test_repeated_numbers_are_found_as_in_a_list(images: int) -> None:
    nothing = Boxes(np.empty((0, 4)), [], [], np.zeros(images + 1, int))
    ids = np.random.default_rng(0).integers(0, images, images) * 6
    findings = [
        [finding for finding in inspect(Dataset(nothing, nothing, image_ids=given)) if finding.kind == "duplicate_id"]
        for given in (ids, ids.tolist())
    ]
    assert findings[0] == findings[1]
    assert findings[0][0].count == images - len(set(ids.tolist()))
