"""Objects and files of Pascal VOC as tools write them: read right, told, counted or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Dataset, read_voc
from boxlint.inspection import Finding
from refusals import table

BOX = "<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>60</xmax><ymax>80</ymax></bndbox>"
DOG = f"<object><name>dog</name>{BOX}</object>"
POLYGON = "<x1>1</x1><y1>2</y1><x2>50</x2><y2>2</y2><x3>50</x3><y3>40</y3>"
POINTS = "<pt><x>1</x><y>2</y></pt><pt><x>50</x><y>2</y></pt><pt><x>50</x><y>40</y></pt>"


def read(folder: Path, inside: str, **options: Any) -> Dataset:
    return read_bytes(folder, f"<annotation>{inside}</annotation>".encode(), **options)


def read_bytes(folder: Path, content: bytes, **options: Any) -> Dataset:
    (folder / "a.xml").write_bytes(content)
    return read_voc(folder, **options)


@pytest.mark.parametrize(
    ("text", "difficult"),
    [
        *[(text, True) for text in ("1", "1.0", "True", "TRUE", "yes", " 1 ")],
        *[(text, False) for text in ("0", "0.0", "false", "no", "Unspecified", "None", "")],
    ],
)
def test_spellings_of_difficult(tmp_path: Path, text: str, difficult: bool) -> None:
    ignore = read(tmp_path, DOG.replace(BOX, f"<difficult>{text}</difficult>{BOX}")).annotations.ignore
    assert (ignore is not None and ignore.tolist() == [True]) == difficult


@pytest.mark.parametrize(
    "size",
    [
        "",
        "<size/>",
        "<size><width>0</width><height>0</height></size>",
        "<size><width/><height/></size>",
        "<size><width>None</width><height>None</height></size>",
        "<size><width>nan</width><height>-0.0</height></size>",
    ],
)
def test_sizes_that_are_unknown(tmp_path: Path, size: str) -> None:
    np.testing.assert_array_equal(read(tmp_path, size + DOG).image_sizes, [[np.nan, np.nan]])


def test_a_size_below_0_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="size: height is -1, expected a positive number, or 0 if it is unknown"):
        read(tmp_path, "<size><width>nan</width><height>-1</height></size>" + DOG)


@pytest.mark.parametrize("polygon", [POLYGON, POINTS, POINTS.replace("pt>", "point>")])
def test_a_polygon_alone_gives_the_box_around_it(tmp_path: Path, polygon: str) -> None:
    found: list[Finding] = []
    dataset = read(tmp_path, DOG + DOG.replace(BOX, f"<polygon>{polygon}</polygon>"), on_finding=found.append)
    assert dataset.annotations.xyxy.tolist() == [[10, 20, 60, 80], [1, 2, 50, 40]]
    assert found == [Finding("box_from_outline", "annotations", 1, f"{tmp_path / 'a.xml'}: object[1]")]


def test_a_polygon_or_parts_beside_a_box_are_not_read(tmp_path: Path) -> None:
    part = f"<part><name>head</name>{BOX.replace('10', '30')}</part>"
    dataset = read(tmp_path, DOG.replace("<bndbox>", f"{part}<polygon>{POLYGON}</polygon><bndbox>"))
    assert dataset.annotations.xyxy.tolist() == [[10, 20, 60, 80]]
    assert dataset.class_names == ["dog"]


@pytest.mark.parametrize(
    "content",
    [
        f'<annotation xmlns="http://example.org/voc">{DOG}</annotation>'.encode(),
        f"\ufeff<annotation>{DOG}</annotation>".encode(),
        f'<?xml version="1.0" encoding="utf-16"?><annotation>{DOG}</annotation>'.encode("utf-16"),
        f'<?xml version="1.0" encoding="GB2312"?><annotation>{DOG}</annotation>'.replace("dog", "狗").encode("gbk"),
        f"<annotation>{DOG}</annotation>".encode("utf-16-le"),
        f"<annotation>{DOG}</annotation>".replace("<xmin>10</xmin>", "")
        .replace("</bnd", "<xmin>10</xmin></bnd")
        .encode(),
        f'<annotation xmlns:x="x" x:by="x"><标 n="1"/>{DOG}</annotation>'.encode(),
        f"<!-- -->\r\n<annotation><!--<object>-->{DOG}</annotation><!-- -->".encode(),
        f"<annotation>{DOG.replace('dog', '<![CDATA[dog]]>')}</annotation>".encode(),
        f"<annotation>{DOG.replace('dog', 'd&#x6f;<!-- -->g')}</annotation>".encode(),
    ],
    ids=[
        "a namespace",
        "a byte order mark",
        "UTF-16",
        "GB2312",
        "UTF-16 without a mark",
        "another order",
        "an attribute in a namespace",
        "comments",
        "CDATA",
        "a comment in a name",
    ],
)
def test_forms_of_a_file(tmp_path: Path, content: bytes) -> None:
    dataset = read_bytes(tmp_path, content)
    assert dataset.annotations.xyxy.tolist() == [[10, 20, 60, 80]]
    assert dataset.class_names in (["dog"], ["狗"])


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("C:\\x\\a b.jpg", "a b.jpg"),
        ("/home/x/a.jpg", "a.jpg"),
        ("train/a.jpg", "train/a.jpg"),
        ("%s", "a"),
        ("", "a"),
        ("None", "a"),
        ("a", "a"),
    ],
)
def test_names_of_images(tmp_path: Path, filename: str, name: str) -> None:
    assert read(tmp_path, f"<filename>{filename}</filename>{DOG}").image_names == [name]


def test_classes_that_differ_in_case_are_told(tmp_path: Path) -> None:
    found: list[Finding] = []
    dataset = read(tmp_path, DOG + DOG.replace("dog", "Dog ").replace("10", "11"), on_finding=found.append)
    assert dataset.class_names == ["Dog", "dog"]
    assert found == [Finding("repeated_name", "classes", 2, "classes 0 and 1 are 'Dog' and 'dog'")]


@pytest.mark.parametrize(
    ("inside", "refusal"),
    table(
        ("three boxes in one object", DOG.replace(BOX, BOX * 3), r"object\[0\]: has 3 bndbox, expected one: make an"),
        ("two names", DOG.replace("<name>", "<name>cat</name><name>"), r"object\[0\]: has 2 name, expected one"),
        ("a corner twice", DOG.replace("<xmin>", "<xmin>1</xmin><xmin>"), r"object\[0\]: has 2 xmin, expected one"),
        ("two sizes", "<size/><size/>", r"a\.xml: has 2 size, expected one"),
        ("two file names", "<filename>a</filename><filename>b</filename>", r"a\.xml: has 2 filename, expected one"),
        ("a box of no object", DOG + BOX, r"a\.xml: has 1 bndbox outside of any object"),
        ("objects in a list", f"<objects>{DOG}</objects>", r"a\.xml: has an object within another element"),
        ("an object without content", "<object/>" + DOG, r"object\[0\]: is empty, expected a name and a bndbox"),
        (
            "a box in another",
            DOG.replace(BOX, f"{BOX}<old>{BOX}</old>"),
            r"object\[0\]: has a bndbox within an element",
        ),
        ("a deleted object", DOG.replace(BOX, f"{BOX}<deleted>1</deleted>"), r"object\[0\]: is marked deleted"),
        ("a part alone", DOG.replace(BOX, f"<part>{BOX}</part>"), r"object\[0\]: has no bndbox, only name, part"),
        ("a polygon of two points", DOG.replace(BOX, f"<polygon>{POINTS[:51]}</polygon>"), r"a polygon of 2 points"),
        ("a decimal comma", DOG.replace("10", "10,5"), "xmin is '10,5', expected a finite number .* decimal point"),
        ("other names of corners", DOG.replace("xmin", "x1"), r"bndbox has no xmin, only x1, ymin, xmax, ymax"),
        ("half difficult", DOG.replace(BOX, f"<difficult>2</difficult>{BOX}"), "difficult is '2', expected 0 or 1"),
        ("an ampersand", "<object><name>salt & pepper</name></object>", "not well-formed .*, expected XML; write & as"),
    ),
)
def test_refusals(tmp_path: Path, inside: str, refusal: str) -> None:
    with pytest.raises(ValueError, match=rf"{refusal}.*; skip_unreadable leaves out what cannot be read"):
        read(tmp_path, inside)


@pytest.mark.parametrize(
    ("content", "refusal"),
    table(
        ("CVAT", b"<annotations><image name='a.jpg'/></annotations>", "is XML of CVAT for images, .* panlabel convert"),
        ("another document", b"<config/>", "the outermost element is 'config', expected 'annotation'"),
        ("nothing", b" \n", "the file is empty, expected XML"),
        (
            "GBK",
            f"<annotation>{DOG}</annotation>".replace("dog", "狗").encode("gbk"),
            "its encoding is .* not declared",
        ),
    ),
)
def test_files_of_another_kind(tmp_path: Path, content: bytes, refusal: str) -> None:
    with pytest.raises(ValueError, match=rf"a\.xml: .*{refusal}"):
        read_bytes(tmp_path, content)


@pytest.mark.parametrize("below", ["0", "0.5", "-3"])
def test_a_coordinate_before_the_first_pixel_is_not_one_based(tmp_path: Path, below: str) -> None:
    with pytest.raises(ValueError, match=rf"object\[0\]: ymin is {below}, .* first pixel, 1: expected one_based=False"):
        read(tmp_path, DOG.replace("<ymin>20", f"<ymin>{below}"), one_based=True)
    assert read(tmp_path, DOG.replace("<ymin>20", "<ymin>1"), one_based=True).annotations.xyxy.tolist() == [
        [9, 0, 60, 80]
    ]


def test_what_cannot_be_read_is_counted_by_kind_or_left_out(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_text("<config/>")
    inside = DOG + "<object/>" + DOG.replace("10", "x")
    with pytest.raises(
        ValueError, match=r"object\[1\]: is empty.*; in all, 3 cannot be read: objects \(2\), whole file"
    ):
        read(tmp_path, inside)
    found: list[Finding] = []
    dataset = read(tmp_path, inside, skip_unreadable=True, on_finding=found.append)
    assert dataset.image_names == ["a"]
    assert dataset.annotations.xyxy.tolist() == [[10, 20, 60, 80]]
    assert (found[0].kind, found[0].count) == ("unreadable", 3)


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none of its files can be read \(1\), the first: .*the outermost element"):
        read_bytes(tmp_path, b"<config/>", skip_unreadable=True)


def test_names_given_as_one_text(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="names is the single text 'dog', expected a list"):
        read(tmp_path, DOG, names="dog")
    assert read(tmp_path, DOG, names={"0": "cat", "1": "dog"}).annotations.class_id.tolist() == [1]
