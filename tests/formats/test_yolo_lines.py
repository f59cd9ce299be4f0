"""Lines of YOLO files that are no plain boxes: told apart, read as their boxes, counted, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Dataset, read_yolo
from boxlint.inspection import Finding
from refusals import table

NAMES = ["cat", "dog"]
SIZES = {"a.jpg": (100, 50), "b.jpg": (100, 50)}
BOX = "0 0.5 0.5 0.2 0.4"
SQUARE = "1 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6"
TRIANGLE = "1 0.1 0.2 0.3 0.2 0.3 0.6"
PENTAGON = "1 0.1 0.2 0.3 0.2 0.4 0.5 0.3 0.6 0.1 0.6"
POSE = "0 0.5 0.5 0.2 0.4"
WITH_VISIBILITY = f"{POSE} 0.45 0.4 2 0.55 0.6 1 0 0 0"
WITHOUT = f"{POSE} 0.45 0.4 0.55 0.6 0.5 0.5"


def read(folder: Path, a: str | bytes, b: str = "", predicted: str | None = None, **options: Any) -> Dataset:
    labels = folder / "labels"
    labels.mkdir()
    (labels / "a.txt").write_bytes(a.encode() if isinstance(a, str) else a)
    (labels / "b.txt").write_text(b)
    predictions = None
    if predicted is not None:
        predictions = folder / "predicted"
        predictions.mkdir()
        (predictions / "a.txt").write_text(predicted)
    return read_yolo(labels, predictions, names=NAMES, **{"image_sizes": SIZES, **options})


def shapes(folder: Path, **given: Any) -> tuple[Dataset, list[Finding]]:
    found: list[Finding] = []
    dataset = read(folder, **given, on_finding=found.append)
    return dataset, [finding for finding in found if finding.kind.startswith("box_from")]


@pytest.mark.parametrize(
    "outline", [SQUARE, TRIANGLE, f"{TRIANGLE}\n{SQUARE}"], ids=["four points", "three points", "three beside four"]
)
def test_an_outline_beside_boxes_gives_the_box_around_it(tmp_path: Path, outline: str) -> None:
    dataset, found = shapes(tmp_path, a=f"{BOX}\n{outline}\n")
    assert dataset.annotations.xyxy.tolist() == [[40, 15, 60, 35]] + [[10, 10, 30, 30]] * len(outline.splitlines())
    place = f"{tmp_path / 'labels' / 'a.txt'}: line 2"
    assert found == [Finding("box_from_outline", "annotations", len(outline.splitlines()), place)]


def test_outlines_of_one_length_keep_their_order_among_files(tmp_path: Path) -> None:
    dataset, found = shapes(tmp_path, a=f"{PENTAGON}\n", b=f"{BOX}\n{PENTAGON}\n")
    assert dataset.annotations.class_id.tolist() == [1, 0, 1]
    assert dataset.annotations.offsets.tolist() == [0, 1, 3]
    assert [finding.count for finding in found] == [2]
    np.testing.assert_allclose(dataset.annotations.xyxy[[0, 2]], [[10, 10, 40, 30]] * 2)


@pytest.mark.parametrize("lines", [WITH_VISIBILITY, WITHOUT, f"{POSE} 0.45 0.4 2"], ids=["visible", "points", "one"])
def test_keypoints_are_told_by_lines_of_one_length(tmp_path: Path, lines: str) -> None:
    dataset, found = shapes(tmp_path, a=f"{lines}\n{lines}", b=lines)
    assert dataset.annotations.xyxy.tolist() == [[40, 15, 60, 35]] * 3
    assert found == [Finding("box_from_keypoints", "annotations", 3, f"{tmp_path / 'labels' / 'a.txt'}: line 1")]


ASIDE = "0 0.5 0.5 0.6 0.5 0.45 0.45 0.3 0.3 0.28 0.35"
CENTRAL = "0 .5 .5 .6 .5 .65 .5 .65 .65 .5 .65"


@pytest.mark.parametrize(
    ("lines", "kind"),
    table(
        ("keypoints in the middle", WITHOUT, "box_from_keypoints"),
        ("keypoints of which one is absent", f"{POSE} 0.45 0.4 0 0 0.45 0.41", "box_from_keypoints"),
        ("keypoints at the side of a small box", "0 .9 .9 .1 .1 .91 .91 .92 .92 .93 .93", "box_from_keypoints"),
        ("many boxes with keypoints at their sides", "\n".join([ASIDE] * 8), "box_from_keypoints"),
        ("an outline at the center", CENTRAL, "box_from_outline"),
        ("an outline elsewhere", PENTAGON, "box_from_outline"),
        ("boxes beside", f"{BOX}\n{WITHOUT}", "box_from_outline"),
        ("keypoints with visibility beside boxes", f"{BOX}\n{WITH_VISIBILITY}", "box_from_keypoints"),
    ),
)
def test_lines_of_one_length_are_told_apart_by_their_points(tmp_path: Path, lines: str, kind: str) -> None:
    _, found = shapes(tmp_path, a=lines)
    assert [finding.kind for finding in found] == [kind]


def test_outlines_of_a_detector_have_their_confidence_last(tmp_path: Path) -> None:
    dataset, found = shapes(tmp_path, a=BOX, predicted=f"{BOX} 0.9\n{PENTAGON} 0.8\n")
    assert np.asarray(dataset.predictions.score).tolist() == [0.9, 0.8]
    np.testing.assert_allclose(dataset.predictions.xyxy[1], [10, 10, 40, 30])
    assert [(finding.kind, finding.where) for finding in found] == [("box_from_outline", "detections")]


def test_keypoints_of_a_detector_have_their_confidence_last(tmp_path: Path) -> None:
    dataset, found = shapes(tmp_path, a=BOX, predicted=f"{POSE} 0.45 0.4 0.99 0.55 0.6 0.12 0.75")
    assert np.asarray(dataset.predictions.score).tolist() == [0.75]
    assert dataset.predictions.xyxy.tolist() == [[40, 15, 60, 35]]
    assert [finding.kind for finding in found] == ["box_from_keypoints"]


@pytest.mark.parametrize(
    ("options", "box"), [({"outlines": True}, [10, 10, 30, 30]), ({"keypoints": True}, [-5, 5, 25, 15])]
)
def test_lines_of_four_corners_alone_are_oriented_boxes_unless_an_option_says_more(
    tmp_path: Path, options: Any, box: list[int]
) -> None:
    (tmp_path / "refused").mkdir()
    with pytest.raises(ValueError, match=r"9 columns, which look like .* oriented box, .*; outlines=True reads it as"):
        read(tmp_path / "refused", a=SQUARE, b=SQUARE)
    dataset = read(tmp_path, a=SQUARE, **options)
    np.testing.assert_allclose(dataset.annotations.xyxy, [box], atol=1e-9)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    table(
        ("three points alone", TRIANGLE, "line 1: 7 columns, which look like a detection .* outlines=True reads it"),
        (
            "an outline in pixels",
            f"{BOX}\n{SQUARE.replace('0.3', '30')}",
            "line 2: number 4 is 30, expected a fraction",
        ),
        ("a track id beside boxes", f"{BOX}\n{BOX} 0.9 1", "line 2: 7 columns, which look like .* and a track id"),
        ("an even number", f"{BOX}\n{PENTAGON} 0.5", "line 2: 12 columns, expected class"),
        ("commas", "0, 0.5, 0.5, 0.2, 0.4", "line 1: has numbers separated by commas, expected spaces"),
        ("commas alone", "0,0.5,0.5,0.2,0.4", "line 1: has numbers separated by commas, expected spaces"),
        ("decimal commas", "0 0,5 0,5 0,2 0,4", "line 1: has numbers with a decimal comma, expected a point"),
        ("semicolons", "0;0.5;0.5;0.2;0.4", "line 1: has numbers separated by semicolons, expected spaces"),
        ("a comment", f"# by hand\n{BOX}", "line 1: is a comment, which these files cannot hold"),
        ("a name for a class", "traffic light 0.5 0.5 0.2 0.4", "line 1: class is 'traffic', expected the number of"),
        ("digits in groups", "0 0.5 0.5 0.2 0_4", "line 1: height is '0_4', expected a number"),
        ("KITTI", "Car 0 0 -1.5 614 181 727 284 1 1 4 1 1 1 1", "line 1: looks like an object of KITTI"),
        ("DOTA", "10 10 40 10 40 40 10 40 plane 0", "line 1: looks like an oriented box of DOTA"),
        ("UTF-16", BOX.encode("utf-16"), "a.txt: this is UTF-16; save it as UTF-8"),
        ("UTF-16 without a mark", BOX.encode("utf-16-le"), "a.txt: this is UTF-16; save it as UTF-8"),
        ("a file of zeros", bytes(3), "a.txt: holds NUL bytes, expected text"),
        ("GBK", "狗 0.5 0.5 0.2 0.4".encode("gbk"), "line 1: is not UTF-8 text; save the file as UTF-8"),
    ),
)
def test_refusals(tmp_path: Path, lines: Any, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        read(tmp_path, a=lines)


def test_all_that_cannot_be_read_is_counted_by_kind(tmp_path: Path) -> None:
    bad = f"{BOX}\n0 0.5\n0 50 0.5 0.2 0.4\n"
    kinds = r"lines of another length \(1\), values out of range \(2\)"
    with pytest.raises(ValueError, match=rf"a\.txt: line 2: 2 columns.*; in all, 3 cannot be read: {kinds}; skip_unre"):
        read(tmp_path, a=bad, b="7.5 0.5 0.5 0.2 0.4\n")


def test_what_cannot_be_read_is_left_out_on_demand(tmp_path: Path) -> None:
    found: list[Finding] = []
    dataset = read(tmp_path, a=f"{BOX}\n0 0.5\n1 0.5 0.5 0.2 x\n", skip_unreadable=True, on_finding=found.append)
    assert dataset.annotations.xyxy.tolist() == [[40, 15, 60, 35]]
    assert (found[0].kind, found[0].where, found[0].count) == ("unreadable", "annotations", 2)
    assert found[0].example.startswith(f"{tmp_path / 'labels' / 'a.txt'}: line 2: 2 columns")


def test_an_image_whose_file_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    dataset = read(tmp_path, a=BOX.encode("utf-16"), b=BOX, predicted=f"{BOX} 0.9", skip_unreadable=True)
    assert dataset.image_names == ["b.jpg"]
    assert len(dataset.predictions.class_id) == 0
    assert dataset.annotations.class_id.tolist() == [0]


@pytest.mark.parametrize(
    ("line", "confidence", "other"), [("0 0.96 0.5 0.5 0.2 0.2", "last", "second"), (f"{BOX} 0.9", "second", "last")]
)
def test_a_confidence_in_the_other_column_is_refused(tmp_path: Path, line: str, confidence: str, other: str) -> None:
    with pytest.raises(ValueError, match=f"line 1: the box reaches outside its image.* expected confidence='{other}'"):
        read(tmp_path, a=BOX, predicted=line, confidence=confidence)


def test_corners_for_center_and_size_are_an_error(tmp_path: Path) -> None:
    found: list[Finding] = []
    read(tmp_path, a="0 .1 .1 .9 .8\n1 .3 .3 .95 .9\n", b="0 .2 .2 .8 .7\n", on_finding=found.append)
    example = f"{tmp_path / 'labels' / 'a.txt'}: line 1 has 0.1 0.1 0.9 0.8"
    assert found[0] == Finding("corners_as_size", "annotations", 3, example)
    assert found[0].is_error


@pytest.mark.parametrize("unknown", [None, (0, 0), (None, None), (np.nan, np.nan)])
def test_a_size_that_is_unknown_is_needed_only_for_boxes(tmp_path: Path, unknown: Any) -> None:
    sizes = {"a.jpg": (100, 50), "b.jpg": unknown}
    dataset = read(tmp_path, a=BOX, image_sizes=sizes)
    np.testing.assert_array_equal(dataset.image_sizes, [[100, 50], [np.nan, np.nan]])
    (tmp_path / "more").mkdir()
    with pytest.raises(ValueError, match=r"b\.txt: line 1: image 'b\.jpg' has boxes but no known size"):
        read(tmp_path / "more", a=BOX, b=BOX, image_sizes=sizes)


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        ("cat", "names is the single text 'cat', expected a list"),
        (b"cat", "names is the single text b'cat', expected a list"),
        (
            "data.yaml",
            r"names is the file 'data.yaml', .* in it: yaml.safe_load\(open\('data.yaml'\)\)\['names'\]",
        ),
        (Path("a/classes.txt"), r"names is the file .*: open\('a/classes.txt'\).read\(\).splitlines\(\)"),
        (Path("coco.names"), r"names is the file .*: open\('coco.names'\).read\(\).splitlines\(\)"),
        ("obj.names", r"names is the file .*: open\('obj.names'\).read\(\).splitlines\(\)"),
        (Path("classes"), r"names is the file .*: open\('classes'\).read\(\).splitlines\(\)"),
        (["cat", False], "names: class 1 is False, expected"),
        (["cat", b"dog"], "names: class 1 is b'dog', expected a text"),
        ({"cat", "dog"}, "names: expected a list, whose order says which class id is which, found set"),
        (None, "names: expected a list, .*, found NoneType"),
    ],
)
def test_names_of_a_wrong_type(tmp_path: Path, names: Any, refusal: str) -> None:
    with pytest.raises(TypeError, match=refusal):
        read_yolo(tmp_path, names=names, image_sizes=SIZES)
