"""What `write_yolo` and `write_voc` keep of the folder that a data set was read from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset, read_voc, read_yolo, write_voc, write_yolo

NAMES = ["cat", "dog", "a & b"]
SIZES = {"x/a.jpg": (100, 50), "x/b.jpg": (333, 77), "x/c.jpg": (10, 10)}

LINES = b"\xef\xbb\xbf0\t.5 0.50  2e-1 0.4 \r\n\r\n1 0.25 0.5 0.5 1\r\n1 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6"
YOLO = {"a.txt": LINES, "b.txt": b"1 0.3333 0.5 0.1 0.7\n", "classes.txt": b"cat\ndog\n"}

HEAD = "<?xml version='1.0'?>\n<annotation verified='yes'>\n  <!-- by hand -->\n"
OBJECT = """  <object>
    <name>{name}</name><pose>left</pose>{more}
    <bndbox><ymin>2.50</ymin><xmin>1</xmin><xmax>30</xmax><ymax>40</ymax></bndbox>
  </object>
"""
CAT = OBJECT.format(name="cat", more="<difficult>0</difficult>")
DOG = OBJECT.format(name="dog", more="<polygon><x1>1</x1></polygon>").replace(">1</xmin>", ">5</xmin>")
TAIL = "</annotation>\n"


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def held(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def labels(folder: Path, **options: Any) -> Dataset:
    return read_yolo(folder, names=NAMES, image_sizes=SIZES, **options)


def changed(
    dataset: Dataset, boxes: dict[int, list[float]] | None = None, classes: dict[int, int] | None = None, drop: int = -1
) -> Dataset:
    old = dataset.annotations
    xyxy, class_id = old.xyxy.copy(), old.class_id.copy()
    for row, box in (boxes or {}).items():
        xyxy[row] = box
    for row, name in (classes or {}).items():
        class_id[row] = name
    new = Boxes(xyxy, class_id, offsets=old.offsets, ignore=old.ignore)
    return replace(dataset, annotations=new.keep(np.arange(len(class_id)) != drop))


def added(dataset: Dataset, image: int, box: list[float], class_id: int) -> Dataset:
    old = dataset.annotations
    end = old.offsets[image + 1]
    offsets = old.offsets + (np.arange(len(old.offsets)) > image)
    new = Boxes(np.insert(old.xyxy, end, box, axis=0), np.insert(old.class_id, end, class_id), offsets=offsets)
    return replace(dataset, annotations=new)


def test_a_folder_of_labels_in_which_nothing_changes_is_not_touched(tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", YOLO)
    before = held(folder)
    write_yolo(labels(folder), folder, keep=folder)
    assert held(folder) == before


@pytest.mark.parametrize(
    ("change", "line", "content"),
    [
        ({"classes": {0: 2}}, 0, b"\xef\xbb\xbf2\t.5 0.50  2e-1 0.4 \r\n"),
        ({"classes": {2: 0}}, 3, b"0 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6"),
        ({"boxes": {1: [0, 0, 40, 50]}}, 2, b"1 0.2 0.5 0.4 1\r\n"),
        ({"boxes": {2: [10, 10, 20, 20]}}, 3, b"1 0.15 0.3 0.1 0.2"),
        ({"drop": 1}, 2, b""),
    ],
    ids=["a class", "the class of an outline", "a box", "the box of an outline", "a box less"],
)
def test_only_lines_that_change_are_written(tmp_path: Path, change: Any, line: int, content: bytes) -> None:
    folder = written(tmp_path / "labels", YOLO)
    before = held(folder)
    dataset = changed(labels(folder), **change)
    write_yolo(dataset, folder, keep=folder)
    lines = LINES.splitlines(keepends=True)
    lines[line] = content
    assert (folder / "a.txt").read_bytes() == b"".join(lines)
    after = held(folder)
    assert {name: after[name] for name in ("b.txt", "classes.txt")} == {
        name: before[name] for name in ("b.txt", "classes.txt")
    }
    assert labels(folder).annotations.class_id.tolist() == dataset.annotations.class_id.tolist()


def test_a_new_box_is_a_line_at_the_end_of_its_file(tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", YOLO)
    write_yolo(added(labels(folder), 0, [40, 15, 60, 35], 1), folder, keep=folder)
    assert (folder / "a.txt").read_bytes() == LINES + b"\r\n1 0.5 0.5 0.2 0.4\r\n"


def test_a_box_of_an_image_without_a_file_is_written_beside_the_others(tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", YOLO)
    write_yolo(added(labels(folder), 2, [4, 4, 6, 6], 0), folder, keep=folder)
    assert (folder / "c.txt").read_bytes() == b"0 0.5 0.5 0.2 0.2\n"


def test_lines_that_were_not_read_stay(tmp_path: Path) -> None:
    content = b"0 0.5 0.5 0.2 0.4\nnot a box\n9 0.5 0.5 0.2 0.4\n"
    folder = written(tmp_path / "labels", {"a.txt": content})
    dataset = labels(folder, skip_unknown=True, skip_unreadable=True)
    write_yolo(changed(dataset, classes={0: 1}), folder, keep=folder)
    assert (folder / "a.txt").read_bytes() == b"1" + content[1:]


def test_another_folder_gets_a_copy(tmp_path: Path) -> None:
    folder = written(tmp_path / "labels", YOLO)
    write_yolo(changed(labels(folder), classes={3: 0}), tmp_path / "new", keep=folder)
    contents = {name: content for name, (content, _) in held(tmp_path / "new").items()}
    assert contents == {**YOLO, "b.txt": b"0" + YOLO["b.txt"][1:]}


@pytest.mark.parametrize("write", [write_yolo, write_voc])
def test_the_folder_of_another_data_set_is_refused(tmp_path: Path, write: Any) -> None:
    dataset = labels(written(tmp_path / "labels", YOLO))
    other = written(tmp_path / "other", {"a.txt": b"0 0.1 0.1 0.1 0.1\n", "a.xml": (HEAD + CAT + TAIL).encode()})
    before = held(other)
    with pytest.raises(ValueError, match=r"other: has .* expected the folder that the data set was read from"):
        write(dataset, other, keep=other)
    assert held(other) == before


def test_a_folder_with_labels_of_other_images_is_refused(tmp_path: Path) -> None:
    dataset = labels(written(tmp_path / "labels", YOLO))
    other = written(tmp_path / "other", {"x.txt": LINES, "y.txt": b""})
    with pytest.raises(ValueError, match=r"other: has no file of the images, expected the folder that the data set"):
        write_yolo(dataset, tmp_path / "new", keep=other)
    assert not (tmp_path / "new").exists()


def test_a_folder_without_labels_is_none_that_was_read(tmp_path: Path) -> None:
    dataset = labels(written(tmp_path / "labels", YOLO))
    other = written(tmp_path / "other", {"a.xml": (HEAD + CAT + TAIL).encode()})
    with pytest.raises(ValueError, match=r"other: found no \.txt files; it holds 1 XML"):
        write_yolo(dataset, tmp_path / "new", keep=other)
    assert not (tmp_path / "new").exists()


def voc(folder: Path, **files: str) -> tuple[Path, Dataset]:
    written(folder, {f"{name}.xml": content.encode() for name, content in files.items()})
    return folder, read_voc(folder, names=NAMES)


def test_a_folder_of_objects_in_which_nothing_changes_is_not_touched(tmp_path: Path) -> None:
    folder, dataset = voc(tmp_path / "voc", a=HEAD + CAT + DOG + TAIL, b=HEAD + TAIL, c="<annotation/>")
    before = held(folder)
    write_voc(dataset, folder, keep=folder)
    assert held(folder) == before


MOVED = DOG.replace("<polygon><x1>1</x1></polygon>", "").replace(">5<", ">6.25<")


@pytest.mark.parametrize(
    ("change", "cat", "dog"),
    [
        ({"classes": {0: 2}}, CAT.replace("cat", "a &amp; b"), DOG),
        ({"boxes": {1: [6.25, 2.5, 30, 40]}}, CAT, MOVED),
        ({"drop": 0}, "", DOG),
        ({"drop": 1}, CAT, ""),
    ],
    ids=["a class", "a box", "the first less", "the last less"],
)
def test_only_objects_that_change_are_written(tmp_path: Path, change: Any, cat: str, dog: str) -> None:
    folder, dataset = voc(tmp_path / "voc", a=HEAD + CAT + DOG + TAIL, b=HEAD + CAT + TAIL)
    before = held(folder)
    write_voc(changed(dataset, **change), folder, keep=folder)
    assert (folder / "a.xml").read_text() == HEAD + cat + dog + TAIL
    assert held(folder)["b.xml"] == before["b.xml"]


def test_values_of_attributes_may_hold_the_end_of_a_tag(tmp_path: Path) -> None:
    text = (
        "<annotation a='1>2'><object b=\"'>'\"><name c='>'>{}</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax>"
        '<ymax d="4>3">{}</ymax></bndbox></object></annotation>'
    )
    folder, dataset = voc(tmp_path / "voc", a=text.format("cat", 40), b="<annotation a='1>2'/>")
    write_voc(changed(dataset, classes={0: 1}), folder, keep=folder)
    assert (folder / "a.xml").read_text() == text.format("dog", 40)
    dataset = changed(dataset, boxes={0: [1, 2, 30, 50]}, classes={0: 1})
    write_voc(dataset, folder, keep=folder)
    assert (folder / "a.xml").read_text() == text.format("dog", 50)
    write_voc(added(dataset, 1, [1, 2, 3, 4], 1), folder, keep=folder)
    assert (folder / "b.xml").read_text().startswith("<annotation a='1>2'><object><name>dog</name>")


def test_difficult_objects_are_marked(tmp_path: Path) -> None:
    folder, dataset = voc(tmp_path / "voc", a=HEAD + CAT + DOG + TAIL)
    old = dataset.annotations
    marked = Boxes(old.xyxy, old.class_id, offsets=old.offsets, ignore=[True, True])
    write_voc(replace(dataset, annotations=marked), folder, keep=folder)
    flag = "<difficult>1</difficult>"
    cat, dog = CAT.replace("<difficult>0</difficult>", flag), DOG.replace("dog</name>", f"dog</name>{flag}")
    assert (folder / "a.xml").read_text() == HEAD + cat + dog + TAIL


@pytest.mark.parametrize(
    ("content", "before", "indent", "after"),
    [
        (HEAD + CAT + TAIL, HEAD + CAT.rstrip(), "\n  ", "\n" + TAIL),
        (HEAD + TAIL, HEAD.rstrip(), "\n  ", "\n" + TAIL),
        ("<annotation/>", "<annotation>", "", "</annotation>"),
        ('<annotation v="a"/><!-- > <b/> -->\n', '<annotation v="a">', "", "</annotation><!-- > <b/> -->\n"),
    ],
    ids=["after the last one", "the only one", "an element without content", "a comment behind it"],
)
def test_a_new_object_is_laid_out_as_the_file_is(
    tmp_path: Path, content: str, before: str, indent: str, after: str
) -> None:
    folder, dataset = voc(tmp_path / "voc", a=content)
    write_voc(added(dataset, 0, [1, 2, 3, 4.5], 1), folder, keep=folder)
    inner = indent + "  " if indent else ""
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4.5</ymax></bndbox>"
    whole = f"<object>{inner}<name>dog</name>{inner}<difficult>0</difficult>{inner}{box}{indent}</object>"
    assert (folder / "a.xml").read_text() == before + indent + whole + after


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "gbk", "iso-8859-1"])
def test_the_encoding_of_a_file_stays(tmp_path: Path, encoding: str) -> None:
    name = {"gbk": "狗", "iso-8859-1": "chién"}.get(encoding, "dög")
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><annotation>{CAT}{DOG}</annotation>'
    written(tmp_path / "voc", {"a.xml": text.replace("dog", name).encode(encoding)})
    dataset = read_voc(tmp_path / "voc", names=[name, "cat"])
    write_voc(changed(dataset, classes={0: 0}), tmp_path / "voc", keep=tmp_path / "voc")
    assert (tmp_path / "voc" / "a.xml").read_bytes().decode(encoding) == text.replace("dog", name).replace("cat", name)


def test_a_polygon_whose_box_changes_becomes_that_box(tmp_path: Path) -> None:
    polygon = "<polygon><x1>1</x1><y1>2</y1><x2>5</x2><y2>2</y2><x3>5</x3><y3>6</y3></polygon>"
    text = "<annotation><object><name>dog</name>{}</object></annotation>"
    folder, dataset = voc(tmp_path / "voc", a=text.format(polygon))
    write_voc(changed(dataset, boxes={0: [1, 2, 4, 6]}), folder, keep=folder)
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox>"
    assert (folder / "a.xml").read_text() == text.format(box)


def test_corners_counted_from_one_stay_so(tmp_path: Path) -> None:
    folder = written(tmp_path / "voc", {"a.xml": (HEAD + CAT + DOG + TAIL).encode()})
    dataset = read_voc(folder, names=NAMES, one_based=True)
    write_voc(changed(dataset, classes={0: 1}), folder, one_based=True, keep=folder)
    assert (folder / "a.xml").read_text() == HEAD + CAT.replace("cat", "dog") + DOG + TAIL


def test_corners_counted_in_another_way_are_refused(tmp_path: Path) -> None:
    objects = "".join(CAT.replace("<xmin>1<", f"<xmin>{number}<") for number in range(1, 12))
    folder, dataset = voc(tmp_path / "voc", a=HEAD + objects + TAIL)
    with pytest.raises(ValueError, match="voc: has none of the boxes"):
        write_voc(dataset, folder, one_based=True, keep=folder)


def test_a_line_that_changes_to_a_box_far_outside_is_refused(tmp_path: Path) -> None:
    """What `read_yolo` reads of an outline may be larger: it stays as it is."""
    folder = written(tmp_path / "labels", {"a.txt": b"1 -2 -1 2 -1 2 1 -2 1 0 1\n0 0.5 0.5 0.1 0.1\n"})
    write_yolo(changed(labels(folder), classes={0: 2}), folder, keep=folder)
    assert (folder / "a.txt").read_bytes() == b"2 -2 -1 2 -1 2 1 -2 1 0 1\n0 0.5 0.5 0.1 0.1\n"
    before = held(folder)
    with pytest.raises(ValueError, match=r"image 'x/a.jpg': the box \[0.0, 0.0, 250.0, 5.0\] has width 2.5, expected"):
        write_yolo(changed(labels(folder), boxes={1: [0, 0, 250, 5]}), folder, keep=folder)
    assert held(folder) == before
