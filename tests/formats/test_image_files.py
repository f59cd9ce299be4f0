"""Which files of a folder are read, and which image they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boxlint import Dataset, read_voc, read_yolo
from boxlint.inspection import Finding
from refusals import table

BOX = "0 0.5 0.5 0.2 0.4\n"
OBJECT = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
XML = f"<annotation><object><name>dog</name>{OBJECT}</object></annotation>"
APPLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for within, content in files.items():
        path = folder / within
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def read(folder: Path, images: list[str], **options: Any) -> tuple[Dataset, list[Finding]]:
    found: list[Finding] = []
    sizes = dict.fromkeys(images, (100, 50))
    names = ["cat", "dog"]
    dataset = read_yolo(folder, names=names, image_sizes=sizes, on_finding=found.append, **options)
    return dataset, found


@pytest.mark.parametrize(
    ("images", "files"),
    [
        (["a.jpg", "b.jpg"], ["a.txt", "b.txt"]),
        (["a.jpg", "b.jpg"], ["a.TXT", "b.Txt"]),
        (["a.png", "b.b.png"], ["a.png.txt", "b.b.png.txt"]),
        (["a.jpg", "a.png"], ["a.jpg.txt", "a.png.txt"]),
        (["a.jpg.jpg", "b.jpg"], ["a.jpg.txt", "b.txt"]),
        (["a", "b.jpg"], ["a.txt", "b.txt"]),
        (["train/images/a.jpg", "val/images/a.jpg"], ["train/labels/a.txt", "val/labels/a.txt"]),
        (["images\\train\\a.jpg", "images\\val\\a.jpg"], ["train/a.txt", "val/a.txt"]),
    ],
)
def test_files_belong_to_images_by_their_paths(tmp_path: Path, images: list[str], files: list[str]) -> None:
    dataset, found = read(write(tmp_path, dict.fromkeys(files, BOX)), images)
    assert dataset.annotations.offsets.tolist() == [0, 1, 2]
    assert "matched_by_stem" not in [finding.kind for finding in found]


@pytest.mark.parametrize(
    ("images", "files"),
    [
        (["x/a.jpg", "y/b.jpg"], ["a.txt", "b.txt"]),
        (["a.jpg", "y/b.jpg"], ["a.txt", "b.txt"]),
        (["a.jpg", "b.jpg"], ["data/a.txt", "more/b.txt"]),
    ],
)
def test_files_in_other_folders_belong_by_their_stems(tmp_path: Path, images: list[str], files: list[str]) -> None:
    dataset, found = read(write(tmp_path, dict.fromkeys(files, BOX)), images)
    assert dataset.annotations.offsets.tolist() == [0, 1, 2]
    example = f"{tmp_path / files[0]} is of {images[0]!r}"
    assert Finding("matched_by_stem", "annotations", 2, example) in found


def test_flat_detections_belong_by_their_stems(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels", {"x/a.txt": BOX, "y/b.txt": BOX})
    predicted = write(tmp_path / "predicted", {"b.txt": "0 0.5 0.5 0.2 0.4 0.9"})
    dataset, found = read(labels, ["x/a.jpg", "y/b.jpg"], predictions_dir=predicted)
    assert dataset.predictions.offsets.tolist() == [0, 0, 1]
    assert [finding.where for finding in found if finding.kind == "matched_by_stem"] == ["detections"]


@pytest.mark.parametrize(
    ("images", "files", "refusal"),
    [
        (["a.jpg", "a.png"], ["a.txt"], r"images 'a\.jpg' and 'a\.png' would share the file .*a\.txt"),
        (["x/a.jpg", "y/a.jpg"], ["a.txt"], r"images 'x/a\.jpg' and 'y/a\.jpg' would share the file .*a\.txt"),
        (["a.jpg"], ["a.txt", "a.TXT"], r"a\.TXT and .*a\.txt are of one image, expected one file"),
        (["a.jpg"], ["a.txt", "a.jpg.txt"], r"are both of image 'a\.jpg', expected one file"),
        (["a.jpg"], ["a.txt", "old/a.txt"], r"old/a\.txt belongs to none of the 1 images; .* there is 'a\.jpg'"),
        (
            ["IMG.jpg"],
            ["img.txt"],
            r"img\.txt belongs to none of the 1 images; in another folder or case, there is 'IMG",
        ),
    ],
)
def test_what_could_belong_to_two_is_refused(tmp_path: Path, images: list[str], files: list[str], refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        read(write(tmp_path, dict.fromkeys(files, BOX)), images)


def test_strays_are_passed_over(tmp_path: Path) -> None:
    strays: dict[str, str | bytes] = {
        "._a.txt": APPLE,
        ".hidden.txt": "5",
        ".cache/b.txt": BOX,
        "__MACOSX/._a.txt": APPLE,
        "__MACOSX/a.txt": BOX,
        "classes.txt": "cat\ndog\n",
        "labels.txt": "cat\ndog\n",
        "README.roboflow.txt": "some words, of which 1 is a number\n",
        "train.txt": "data/obj_train_data/a.jpg\n/home/x/1 2 3 4 5.jpg\n",
        "notes.json": "{}",
        "labels.cache": b"\x00",
    }
    dataset, found = read(write(tmp_path, {"a.txt": BOX, **strays}), ["a.jpg"])
    assert dataset.annotations.class_id.tolist() == [0]
    assert found == []


def test_a_list_of_classes_in_another_order_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": BOX, "classes.txt": "dog\r\ncat\r\n"})
    with pytest.raises(
        ValueError, match=r"classes\.txt lists the classes in another order than names: expected names="
    ):
        read(tmp_path, ["a.jpg"])


@pytest.mark.parametrize(
    ("files", "refusal"),
    table(
        ("nothing", {}, r"found no \.txt files$"),
        (
            "Pascal VOC",
            {"a.xml": XML, "b.xml": XML},
            r"it holds 2 XML files, as of Pascal VOC: read them with read_voc",
        ),
        ("COCO", {"instances.json": "{}"}, "it holds 1 JSON files: read a COCO file with read_coco"),
        ("images", {"a.jpg": b""}, "it holds 1 images, expected the folder of their annotations"),
        ("lists", {"classes.txt": "cat"}, r"found no \.txt files with lines of boxes, only classes\.txt"),
    ),
)
def test_a_folder_without_labels_is_refused(tmp_path: Path, files: dict[str, str | bytes], refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        read(write(tmp_path, files), ["a.jpg"])


def test_a_folder_without_detections_is_refused(tmp_path: Path) -> None:
    (tmp_path / "predicted").mkdir()
    with pytest.raises(ValueError, match=r"predicted: found no \.txt files"):
        read(write(tmp_path / "labels", {"a.txt": BOX}), ["a.jpg"], predictions_dir=tmp_path / "predicted")


def test_a_folder_without_xml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it holds 1 text files, as of YOLO: read them with read_yolo"):
        read_voc(write(tmp_path, {"a.txt": BOX}))


def test_xml_is_found_with_any_ending_and_not_in_hidden_files(tmp_path: Path) -> None:
    write(tmp_path, {"A.XML": XML, "._A.xml": APPLE, ".idea/b.xml": "<project/>", "__MACOSX/A.xml": APPLE})
    assert read_voc(tmp_path).image_names == ["A"]


def test_images_in_the_folder_of_the_labels_and_hidden_ones(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (100, 50)).save(tmp_path / "a.JPG", "jpeg")
    write(tmp_path, {"._a.jpg": APPLE, "a.txt": BOX})
    assert read_yolo(tmp_path, names=["cat"], images_dir=tmp_path).image_names == ["a.JPG"]


@pytest.mark.parametrize(("content", "why"), [(b"", "it is empty"), (b"GIF89a", ""), (b"no image", "cannot identify")])
def test_an_image_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    image = pytest.importorskip("PIL.Image")
    labels = write(tmp_path / "labels", {"a.txt": BOX, "b.txt": BOX})
    images = write(tmp_path / "images", {"b.jpg": content})
    image.new("RGB", (100, 50)).save(images / "a.jpg")
    with pytest.raises(ValueError, match=rf"images/b\.jpg: the image cannot be read: {why}.*; skip_unreadable leaves"):
        read_yolo(labels, names=["cat"], images_dir=images)
    found: list[Finding] = []
    dataset = read_yolo(labels, names=["cat"], images_dir=images, skip_unreadable=True, on_finding=found.append)
    assert dataset.image_names == ["a.jpg"]
    assert [(finding.kind, finding.where, finding.count) for finding in found] == [("unreadable", "images", 1)]


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    with pytest.raises(ValueError, match="found no images"):
        read_yolo(write(tmp_path, {"a.txt": BOX}), names=["cat"], images_dir=tmp_path)
