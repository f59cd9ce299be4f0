"""Pascal VOC: read, written, and refused with the object named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset, read_voc, write_voc
from boxlint.inspection import Finding
from refusals import table

BOX = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40.5</ymax></bndbox>"
DOG = f"<object><name>dog</name><difficult>1</difficult>{BOX}<part><name>head</name>{BOX}</part></object>"
CAT = f"<object><name>cat</name>{BOX}</object>"
SIZE = "<size><width>100</width><height>50</height><depth>3</depth></size>"


def write(folder: Path, **images: str) -> Path:
    for stem, inside in images.items():
        (folder / f"{stem}.xml").write_text(f"<annotation>{inside}</annotation>", encoding="utf-8")
    return folder


def test_images_and_objects(tmp_path: Path) -> None:
    dataset = read_voc(write(tmp_path, b=f"<filename>zoo.jpg</filename>{SIZE}{DOG}{CAT}", a=""))
    assert dataset.image_names == ["a", "zoo.jpg"]
    assert dataset.class_names == ["cat", "dog"]
    assert dataset.annotations.class_id.tolist() == [1, 0]
    assert dataset.annotations.offsets.tolist() == [0, 0, 2]
    assert dataset.annotations.xyxy.tolist() == [[1, 2, 30, 40.5]] * 2
    assert dataset.annotations.ignore is not None
    assert dataset.annotations.ignore.tolist() == [True, False]
    np.testing.assert_array_equal(dataset.image_sizes, [[np.nan, np.nan], [100, 50]])
    assert len(dataset.predictions.class_id) == 0


def test_pixels_counted_from_one(tmp_path: Path) -> None:
    dataset = read_voc(write(tmp_path, a=CAT), one_based=True)
    assert dataset.annotations.xyxy.tolist() == [[0, 1, 30, 40.5]]
    write_voc(dataset, tmp_path, one_based=True)
    assert "<xmin>1</xmin>" in (tmp_path / "a.xml").read_text()


def test_classes_that_are_given(tmp_path: Path) -> None:
    folder = write(tmp_path, a=DOG + CAT)
    assert read_voc(folder, names=["dog", "cow", "cat"]).annotations.class_id.tolist() == [0, 2]
    found: list[Any] = []
    dataset = read_voc(folder, names=["dog"], skip_unknown=True, on_finding=found.append)
    assert dataset.annotations.class_id.tolist() == [0]
    assert [finding.kind for finding in found] == ["unknown_class", "ignore"]


@pytest.mark.parametrize("name", ["image.jpg", "%s"])
def test_paths_name_images_whose_names_repeat(tmp_path: Path, name: str) -> None:
    found: list[Any] = []
    filename = f"<filename>{name}</filename>"
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep", a=filename + DOG)
    dataset = read_voc(write(tmp_path, a=filename + CAT, b="<filename>b.jpg</filename>"), on_finding=found.append)
    assert dataset.image_names == ["a", "b.jpg", "deep/a"]
    files = tmp_path / "a.xml", tmp_path / "deep" / "a.xml"
    told = f"{files[0]} is of {name!r}, as is {files[1]}; the path of the file names the image"
    assert found[0] == Finding("repeated_name", "images", 2, told)
    with pytest.raises(ValueError, match="names that repeat another"):
        read_voc(tmp_path, refuse=["repeated_name"])


@pytest.mark.parametrize(
    ("inside", "refusal"),
    table(
        ("a word for a number", CAT.replace("30", "wide"), r"object\[0\]: bndbox: xmax is 'wide', expected a finite"),
        ("infinity", DOG + CAT.replace("30", "inf"), r"object\[1\]: bndbox: xmax is 'inf', expected a finite number"),
        ("a corner missing", CAT.replace("xmax>", "x>"), r"object\[0\]: bndbox has no xmax"),
        ("no name", f"<object>{BOX}</object>", r"object\[0\]: has no name"),
        ("an oriented box", CAT.replace("bndbox", "robndbox"), r"object\[0\]: has no bndbox, only name, robndbox"),
        ("a flag that is none", DOG.replace(">1</diff", ">-1</diff"), "difficult is '-1', expected 0 or 1"),
        ("a size in words", SIZE.replace("100", "wide"), "size: width is 'wide', expected a finite number"),
        ("broken XML", "<object>", r"line 1, column 23: mismatched tag, expected XML"),
    ),
)
def test_bad_files(tmp_path: Path, inside: str, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal) as caught:
        read_voc(write(tmp_path, a=inside))
    assert str(caught.value).startswith(f"{tmp_path / 'a.xml'}: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE bomb [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE leak [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE elsewhere SYSTEM "http://localhost/voc.dtd">',
    ],
    ids=["entities that multiply", "a file as an entity", "a DTD elsewhere"],
)
def test_document_types_are_refused(tmp_path: Path, declaration: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}<annotation>{CAT}</annotation>'
    (tmp_path / "a.xml").write_bytes(text.encode(encoding))
    with pytest.raises(ValueError, match=r"declares a document type .*, expected plain XML without DTD"):
        read_voc(tmp_path)


def test_names_with_markup_and_folders(tmp_path: Path) -> None:
    names = ["train/a & b.jpg", "val/<ü>.jpg"]
    boxes = Boxes([[1.0, 1.0, 9.0, 9.0], [0.1, 0.2, 0.3, 1e-9]], [0, 1], offsets=[0, 1, 2])
    empty = Boxes(np.empty((0, 4)), [], [], [0, 0, 0])
    write_voc(Dataset(boxes, empty, image_names=names, class_names=["<i>", "&amp;"]), tmp_path)
    dataset = read_voc(tmp_path)
    assert dataset.image_names == names
    assert dataset.annotations.xyxy.tolist() == boxes.xyxy.tolist()
    assert dataset.class_names == ["&amp;", "<i>"]


def test_names_are_needed_to_write(tmp_path: Path) -> None:
    empty = Boxes(np.empty((0, 4)), [], [], [0])
    with pytest.raises(ValueError, match="no image names or no class names, expected both"):
        write_voc(Dataset(empty, empty), tmp_path)


@pytest.mark.parametrize("name", ["", " ", "a\x01b", "a\rb", "\x7f\0", "\ud800", "\uffff"])
@pytest.mark.parametrize("keep", [False, True])
def test_a_name_that_cannot_be_read_again_is_refused(tmp_path: Path, name: str, keep: bool) -> None:
    start = read_voc(write(tmp_path, a=CAT + DOG))
    source = tmp_path if keep else None
    of_class = replace(start, class_names=["cat", name])
    of_image = replace(start, image_names=[name])
    for dataset, what in ((of_class, "class 1"), (of_image, "image 0")):
        message = f"write_voc: the name of {what} is {name!r}, expected a text without control characters"
        with pytest.raises(ValueError, match=re.escape(message)):
            write_voc(dataset, tmp_path / "written", keep=source)
        assert not (tmp_path / "written").exists()


def test_a_name_that_no_annotation_has_may_be_any(tmp_path: Path) -> None:
    start = read_voc(write(tmp_path, a=CAT), names=["cat", ""])
    write_voc(start, tmp_path / "written")
    assert read_voc(tmp_path / "written").class_names == ["cat"]
