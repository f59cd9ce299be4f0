"""YOLO text files: read, written, and refused with the line named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxlint import Boxes, Dataset, read_yolo, write_yolo
from refusals import table

NAMES = ["cat", "dog"]
SIZES = {"a.jpg": (100, 50), "b.png": (200, 200)}


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for stem, text in texts.items():
        (folder / f"{stem}.txt").write_bytes(text.encode())
    return folder


def test_annotations_and_detections(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels", a="0 0.5 0.5 0.2 0.4\n1 0.25 0.5 0.5 1\n")
    detected = write(tmp_path / "detected", b="1 0.5 0.5 0.1 0.1 0.75\n", a="")
    dataset = read_yolo(labels, detected, names=NAMES, image_sizes=SIZES)
    assert dataset.image_names == ["a.jpg", "b.png"]
    assert dataset.class_names == NAMES
    assert dataset.annotations.xyxy.tolist() == [[40, 15, 60, 35], [0, 0, 50, 50]]
    assert dataset.annotations.class_id.tolist() == [0, 1]
    assert dataset.annotations.offsets.tolist() == [0, 2, 2]
    np.testing.assert_allclose(dataset.predictions.xyxy, [[90, 90, 110, 110]])
    assert dataset.predictions.offsets.tolist() == [0, 0, 1]
    assert dataset.predictions.score is not None
    assert dataset.predictions.score.tolist() == [0.75]


def test_darknet_has_the_confidence_second(tmp_path: Path) -> None:
    detected = write(tmp_path / "detected", a="1 0.75 0.5 0.5 0.2 0.4")
    dataset = read_yolo(write(tmp_path / "l", a=""), detected, names=NAMES, image_sizes=SIZES, confidence="second")
    assert dataset.predictions.xyxy.tolist() == [[40, 15, 60, 35]]
    assert dataset.predictions.score is not None
    assert dataset.predictions.score.tolist() == [0.75]


@pytest.mark.parametrize(
    "text",
    ["0 0.5 0.5 0.2 0.4", "\r\n0\t0.5 0.5  0.2 0.4 \r\n\r\n", "\ufeff0 .5 .5 2e-1 4e-1\n", "0.0 0.5 0.5 0.2 0.4\n"],
    ids=["no end of line", "blank lines and tabs", "a byte order mark", "class as a float"],
)
def test_forms_of_a_line(tmp_path: Path, text: str) -> None:
    dataset = read_yolo(write(tmp_path / "l", a=text), names=NAMES, image_sizes=SIZES)
    assert dataset.annotations.xyxy.tolist() == [[40, 15, 60, 35]]


def test_sizes_of_images_in_folders(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "images" / "train").mkdir(parents=True)
    image.new("RGB", (100, 50)).save(tmp_path / "images" / "train" / "a.one.jpg")
    orientation = image.Exif()
    orientation[0x0112] = 6
    image.new("RGB", (50, 100)).save(tmp_path / "images" / "b.JPG", exif=orientation)
    (tmp_path / "images" / "notes.md").write_text("no image")
    (tmp_path / "labels" / "train").mkdir(parents=True)
    write(tmp_path / "labels" / "train", **{"a.one": "0 0.5 0.5 0.2 0.4"})
    dataset = read_yolo(tmp_path / "labels", names=NAMES, images_dir=tmp_path / "images")
    assert dataset.image_names == ["b.JPG", "train/a.one.jpg"]
    assert dataset.image_sizes is not None
    assert dataset.image_sizes.tolist() == [[100, 50], [100, 50]]
    assert dataset.annotations.xyxy.tolist() == [[40, 15, 60, 35]]


@pytest.mark.parametrize("names", [{1: "dog", 0: "cat"}, {"1": "dog", "0": "cat"}, ("cat", "dog")])
def test_names_by_class_id(tmp_path: Path, names: Any) -> None:
    assert read_yolo(write(tmp_path / "l", a=""), names=names, image_sizes=SIZES).class_names == NAMES


def test_names_that_repeat_are_told(tmp_path: Path) -> None:
    found: list[Any] = []
    read_yolo(write(tmp_path / "l", a=""), names=["a", "B", "b", "c", "B"], image_sizes=SIZES, on_finding=found.append)
    assert str(found[0]) == "classes: names that repeat another (3), the first: classes 1 and 2 are 'B' and 'b'"


def test_sizes_by_paths_or_in_a_list(tmp_path: Path) -> None:
    sizes: Any = {Path(name): size for name, size in SIZES.items()}
    assert read_yolo(write(tmp_path / "l", a=""), names=NAMES, image_sizes=sizes).image_names == list(SIZES)
    for sizes, message in (
        ([(100, 50)], "image_sizes: expected a dict by the names of the images, found list"),
        (np.ones((2, 2)), "image_sizes: expected a dict by the names of the images, found ndarray"),
        ({b"a.jpg": (100, 50)}, "the name b'a.jpg': expected a text, found bytes"),
        ({7: (100, 50)}, "the name 7: expected a text, found int"),
    ):
        with pytest.raises(TypeError, match=message):
            read_yolo(tmp_path / "l", names=NAMES, image_sizes=sizes)


def test_what_is_unknown_is_dropped_on_demand(tmp_path: Path) -> None:
    box = " 0.5 0.5 0.2 0.4\n"
    labels = write(tmp_path / "l", a=f"0{box}7{box}", c=f"0{box}0{box}", classes="cat\ndog\n", empty="")
    found: list[Any] = []
    dataset = read_yolo(labels, names=NAMES, image_sizes=SIZES, skip_unknown=True, on_finding=found.append)
    assert dataset.annotations.class_id.tolist() == [0]
    assert [str(finding) for finding in found] == [
        f"annotations: boxes of an unknown image (2), the first: {labels / 'c.txt'} belongs to none of the 2 images",
        f"annotations: boxes of an unknown class (1), the first: {labels / 'a.txt'}: line 2 has class 7 of 2",
        "images: images without annotations (1), the first: 'b.png'",
    ]


def test_images_of_one_split_are_read_from_a_folder_of_all(tmp_path: Path) -> None:
    labels = write(tmp_path / "l", a=BOX, b="no label", c=BOX)
    dataset = read_yolo(labels, names=NAMES, image_sizes=SIZES, image_names=["a.jpg"])
    assert (dataset.image_names, len(dataset.annotations.class_id)) == (["a.jpg"], 1)
    with pytest.raises(ValueError, match=r"image_sizes has no image 'c\.jpg', which image_names has"):
        read_yolo(labels, names=NAMES, image_sizes=SIZES, image_names=["a.jpg", "c.jpg"])


def test_images_may_be_named_by_whatever_gives_texts(tmp_path: Path) -> None:
    labels = write(tmp_path / "l", a=BOX, b=BOX)
    images: Any = tmp_path / "i"
    images.mkdir()
    for name, size in SIZES.items():
        Image.new("L", size).save(images / name)
    source: dict[str, Any]
    given: Any
    for source in ({"image_sizes": SIZES}, {"images_dir": images}):
        for given in ((name for name in SIZES), [Path(name) for name in SIZES], np.array([*SIZES])):
            dataset = read_yolo(labels, names=NAMES, image_names=given, **source)
            assert (dataset.image_names, len(dataset.annotations.class_id)) == (list(SIZES), 2)
        given = ["a.jpg", 7]
        with pytest.raises(TypeError, match="image_names holds 7, expected texts"):
            read_yolo(labels, names=NAMES, image_names=given, **source)


BOX = "0 0.5 0.5 0.2 0.4"


@pytest.mark.parametrize(
    ("text", "refusal"),
    table(
        ("too few columns", f"{BOX}\n\n0 0.5 0.5 0.2", "line 3: 4 columns, expected"),
        ("an oriented box", "0" + " 0.5" * 8, "line 1: 9 columns, which look like a class and the four corners"),
        ("a confidence", f"{BOX} 0.9", "line 1: 6 columns, which look like a detection with its confidence"),
        ("text", f"{BOX}\n0 0.5 x 0.2 0.4", "line 2: y_center is 'x', expected a number"),
        ("pixels", "0 50 25 20 20", "line 1: x_center is 50, expected a fraction of the image's side, not pixels"),
        ("nothing finite", "0 nan 0.5 0.2 0.4", "line 1: x_center is nan"),
        ("half a class", "0.5 0.5 0.5 0.2 0.4", r"line 1: class is 0.5, expected an integer from 0"),
        ("an unknown class", f"{BOX}\n2 0.5 0.5 0.2 0.4", "line 2 has class 2 of 2; skip_unknown drops them"),
        ("bytes", "\x00\x01", "a.txt: holds NUL bytes, expected text"),
    ),
)
def test_bad_labels(tmp_path: Path, text: str, refusal: str) -> None:
    labels = write(tmp_path / "l", a=text)
    with pytest.raises(ValueError, match=refusal) as caught:
        read_yolo(labels, names=NAMES, image_sizes=SIZES)
    assert str(labels / "a.txt") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "refusal"),
    table(
        ("no confidence", BOX, "5 columns, which look like an annotation, or a detection saved without"),
        ("a track id", f"{BOX} 17", "line 1: confidence is 17, expected a number from 0 to 1"),
        ("both", f"{BOX} 0.9 17", "7 columns, which look like a detection with its confidence and a track id"),
    ),
)
def test_bad_detections(tmp_path: Path, text: str, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        read_yolo(write(tmp_path / "l", a=""), write(tmp_path / "p", a=text), names=NAMES, image_sizes=SIZES)


def test_an_unknown_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"c\.txt belongs to none of the 2 images; skip_unknown drops them"):
        read_yolo(write(tmp_path / "l", c=BOX), names=NAMES, image_sizes=SIZES)


def test_findings_are_refused_on_demand(tmp_path: Path) -> None:
    labels = write(tmp_path / "l", a="0 0.1 0.5 0.4 0.4", b=BOX)
    read_yolo(labels, names=NAMES, image_sizes=SIZES, refuse=["inverted"])
    with pytest.raises(ValueError, match="boxes reaching outside their image"):
        read_yolo(labels, names=NAMES, image_sizes=SIZES, refuse=["inverted", "outside"])


@pytest.mark.parametrize(
    ("options", "refusal"),
    table(
        ("no sizes", {"image_sizes": None}, "expected one of image_sizes and images_dir"),
        ("another place", {"confidence": "first"}, "confidence is 'first', expected 'last' or 'second'"),
        (
            "class ids with gaps",
            {"names": {1: "a"}},
            "names has no class 0, expected a name for each",
        ),
        ("a key that is no id", {"names": {"cat": 0}}, "names has the key 'cat', expected class ids from 0"),
        ("a key that is half an id", {"names": {0.5: "cat"}}, "names has the key 0.5, expected class ids from 0"),
        ("an id twice", {"names": {0: "a", "0": "b"}}, "names has class 0 twice"),
        ("two shapes", {"outlines": True, "keypoints": True}, "outlines and keypoints are both given"),
        ("no images", {"image_sizes": {}}, "image_sizes has no images"),
        ("a size in words", {"image_sizes": {"a.jpg": "64"}}, "image_sizes: 'a.jpg' has '64', expected its width and"),
        ("a size beyond floats", {"image_sizes": {"a.jpg": (10**400, 5)}}, "'a.jpg' has .{80}, expected its width and"),
        ("a size of one number", {"image_sizes": {"a.jpg": 5}}, "image_sizes: 'a.jpg' has 5, expected its width and"),
        (
            "a negative size",
            {"image_sizes": {"a.jpg": (-1, 5)}},
            r"'a.jpg' has \(-1, 5\), expected its width",
        ),
        ("an unknown kind", {"refuse": ["odd"]}, "refuse: unknown kind 'odd'"),
    ),
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        read_yolo(write(tmp_path / "l", a=""), **{"names": NAMES, "image_sizes": SIZES, **options})


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        read_yolo(tmp_path / "nowhere", names=NAMES, image_sizes=SIZES)


def dataset(**changes: Any) -> Dataset:
    columns = {"image_names": list(SIZES), "image_sizes": np.array(list(SIZES.values()), float), **changes}
    annotations = Boxes([[40, 15, 60, 35], [0, 0, 50, 50]], [0, 1], offsets=[0, 2, 2], ignore=[False, True])
    return Dataset(annotations, Boxes([[90, 90, 110, 110]], [1], [0.75], [0, 0, 1]), **columns)


@pytest.mark.parametrize(
    ("confidence", "line"), [("last", "1 0.5 0.5 0.1 0.1 0.75\n"), ("second", "1 0.75 0.5 0.5 0.1 0.1\n")]
)
def test_what_is_written(tmp_path: Path, confidence: Any, line: str) -> None:
    write_yolo(dataset(), tmp_path / "l", tmp_path / "p", confidence=confidence, ignored="write")
    texts = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*.txt")}
    assert texts == {"l/a.txt": "0 0.5 0.5 0.2 0.4\n1 0.25 0.5 0.5 1\n", "l/b.txt": "", "p/a.txt": "", "p/b.txt": line}


def test_ignored_boxes_are_dropped_on_demand(tmp_path: Path) -> None:
    write_yolo(dataset(), tmp_path, ignored="drop")
    assert (tmp_path / "a.txt").read_text() == "0 0.5 0.5 0.2 0.4\n"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    table(
        ("no names", {"image_names": None}, "no image names or no image sizes"),
        ("an unknown size", {"image_sizes": np.array([[np.nan] * 2] * 2)}, "image 'a.jpg' has boxes but no known size"),
        ("one stem twice", {"image_names": ["a.jpg", "a.png"]}, "images 'a.jpg' and 'a.png' would both be written"),
        ("a way out", {"image_names": ["a.jpg", "../b.jpg"]}, "lies outside of"),
        ("no text", {"image_names": ["a.jpg", "b\ud800.jpg"]}, r"image 'b\\ud800\.jpg': no file can be called so"),
    ),
)
def test_what_cannot_be_written(tmp_path: Path, changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        write_yolo(dataset(**changes), tmp_path, ignored="write")


def test_what_to_do_with_ignored_boxes_must_be_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 annotations are marked ignore, which YOLO files cannot say"):
        write_yolo(dataset(), tmp_path)
