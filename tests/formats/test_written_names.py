"""What is written to folders is read as it was; names and boxes that would not be are refused."""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from boxlint import Boxes, Dataset, read_voc, read_yolo, write_voc, write_yolo
from boxlint.formats.folders import file_within, output_files

NAMES = [
    "a.jpg", "b", "a/b.jpg", "a//b.jpg", "./a.jpg", " a.jpg", "a.jpg ", "a\u2003.jpg", "unknown", "None", "a%s.jpg",
    "C:\\a.jpg", "\\a.jpg", "a\\b.jpg", "/a.jpg", "../a.jpg", "a/../b.jpg", ".a.jpg", "a/.b/c.jpg", "__MACOSX/a.jpg",
    "@eaDir/a.jpg", "人.jpg", "a&b.jpg", "<a>.jpg", "a\tb.jpg", "a\u2028b.jpg", "\u202egpj.a", "x" * 250 + ".jpg",
    "x" * 256,
]  # fmt: skip
names = st.one_of(st.sampled_from(NAMES), st.text(min_size=1, max_size=8))
numbers = st.floats(-1e6, 1e6)
boxes = st.tuples(numbers, numbers, numbers, numbers).map(
    lambda box: (*np.minimum(box[:2], box[2:]), *np.maximum(box[:2], box[2:]))
)
NONE = Boxes(np.empty((0, 4)), [], [], [0, 0, 0])


def written_and_read(dataset: Dataset, folder: Path, one_based: bool) -> Dataset | None:
    """The data set as it is read, None if it was refused; then nothing is left in the folder."""
    try:
        write_voc(dataset, folder / "voc", one_based=one_based)
    except (ValueError, OSError) as error:
        refusal = str(error)
    else:
        return read_voc(folder / "voc", names=dataset.class_names, one_based=one_based)
    assert ".boxlint-" not in refusal
    assert list(folder.iterdir()) == []
    return None


@given(
    # Any two names are seldom written, and sound ones are drawn, too, so that half of the data sets are read.
    image_names=st.just(["a.jpg", "b.jpg"]) | st.lists(names, min_size=2, max_size=2),
    class_names=st.just(["cat", "dog"]) | st.lists(names, min_size=2, max_size=2, unique=True),
    corners=st.lists(boxes, min_size=3, max_size=3),
    sides=st.lists(st.sampled_from([np.nan, 0.5, 640.0, 1e5]), min_size=4, max_size=4),
    ignore=st.lists(st.booleans(), min_size=3, max_size=3),
    one_based=st.booleans(),
)
@example([" a.jpg", "b.jpg"], ["cat", "dog"], [(1.0, 1.0, 2.0, 2.0)] * 3, [np.nan] * 4, [False] * 3, False)
@example(["a.jpg", "b.jpg"], ["cat", " dog"], [(1.0, 1.0, 2.0, 2.0)] * 3, [np.nan] * 4, [False] * 3, False)
@example(["a.jpg", "b.jpg"], ["cat", "dog"], [(0.1, 0.7, 1 / 3, 0.7)] * 3, [np.nan] * 4, [True] * 3, False)
@example(["a.jpg", "b.jpg"], ["cat", "dog"], [(-1.0, 1.0, 2.0, 2.0)] * 3, [5.0] * 4, [False] * 3, True)
@example(["a.jpg", "b.jpg"], ["cat", "dog"], [(1.0, 1.0, 2.0, 2.0)] * 3, [5.0, np.nan] * 2, [False] * 3, True)
def test_pascal_voc_is_read_as_it_was_or_refused(
    image_names: list[str],
    class_names: list[str],
    corners: list[tuple[float, float, float, float]],
    sides: list[float],
    ignore: list[bool],
    one_based: bool,
) -> None:
    annotations = Boxes(corners, [0, 1, 1], offsets=[0, 1, 3], ignore=ignore)
    sizes = np.array(sides).reshape(2, 2)
    dataset = Dataset(annotations, NONE, image_names, class_names, image_sizes=sizes)
    with tempfile.TemporaryDirectory() as folder:
        read = written_and_read(dataset, Path(folder), one_based)
    if read is None:
        return
    assert read.image_names is not None
    order = [read.image_names.index(name) for name in image_names]
    again = read[order]
    assert again.class_names == class_names
    assert again.annotations.class_id.tolist() == [0, 1, 1]
    assert np.allclose(again.annotations.xyxy, corners, rtol=0, atol=1e-9 * one_based)
    kept = again.annotations.ignore
    assert (np.zeros(len(ignore), bool) if kept is None else kept).tolist() == list(ignore)
    np.testing.assert_array_equal(again.image_sizes, dataset.image_sizes)


def of_names(*image_names: str) -> Dataset:
    annotations = Boxes([[1, 1, 5, 5]] * len(image_names), [0] * len(image_names), offsets=range(len(image_names) + 1))
    none = Boxes(np.empty((0, 4)), [], [], [0] * (len(image_names) + 1))
    return Dataset(annotations, none, image_names, ["cat"], image_sizes=np.full((len(image_names), 2), 10.0))


@pytest.mark.parametrize("write", [write_voc, write_yolo])
@pytest.mark.parametrize("name", [".a.jpg", "a/.b/c.jpg", "__MACOSX/a.jpg", "@eaDir/a.jpg"])
def test_a_name_of_a_file_that_readers_pass_over_is_refused(write: type, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is hidden, so that no reader would find it"):
        write(of_names(name), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_voc, write_yolo])
def test_names_of_250_bytes(write: type, tmp_path: Path) -> None:
    names = ["x" * 246 + ".jpg", "é" * 123 + ".jpg"]
    write(of_names(*names), tmp_path / "out")
    read = (
        read_voc(tmp_path / "out")
        if write is write_voc
        else read_yolo(tmp_path / "out", names=["cat"], image_sizes=dict.fromkeys(names, (10.0, 10.0)))
    )
    assert set(read.image_names or ()) == set(names)
    assert len(read.annotations.class_id) == 2


@pytest.mark.parametrize("write", [write_voc, write_yolo])
@pytest.mark.parametrize("exists", [False, True])
def test_a_name_that_is_too_long_is_told_by_the_path_that_it_would_have(
    write: type, exists: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()
    with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)) as caught:
        write(of_names("a.jpg", "sub/" + "x" * 255), folder)
    assert Path(caught.value.filename).is_relative_to(folder / "sub")
    assert [path.name for path in tmp_path.rglob("*")] == ["out"] * exists


@pytest.mark.parametrize(
    "name", ["..\\a.jpg", "a\\..\\..\\b.jpg", "C:\\a.jpg", "c:a.jpg", "\\\\host\\share\\a.jpg", "\\a.jpg"]
)
def test_a_name_that_leads_out_of_the_folder_on_windows_is_refused_everywhere(name: str) -> None:
    with pytest.raises(ValueError, match="lies outside of"):
        file_within(Path("folder"), name, ".xml")


def test_backslashes_are_part_of_a_name_except_on_windows() -> None:
    expected = "a/b.xml" if os.name == "nt" else "a\\b.xml"
    assert str(file_within(Path("folder"), "a\\b.jpg", ".xml").as_posix()) == expected


class TestLinks:
    """Links inside of the folder that is written."""

    def test_the_file_that_a_link_leads_to_is_replaced_and_the_link_stays(self, tmp_path: Path) -> None:
        (tmp_path / "shared.xml").write_text("old")
        folder = tmp_path / "voc"
        folder.mkdir()
        (folder / "a.xml").symlink_to(tmp_path / "shared.xml")
        write_voc(of_names("a.jpg", "b.jpg"), folder)
        assert (folder / "a.xml").is_symlink()
        assert (tmp_path / "shared.xml").read_bytes() == (folder / "a.xml").read_bytes() != b"old"
        assert read_voc(folder).image_names == ["a.jpg", "b.jpg"]

    def test_a_link_to_another_folder_in_which_readers_do_not_look_is_refused(self, tmp_path: Path) -> None:
        folder, elsewhere = tmp_path / "voc", tmp_path / "elsewhere"
        folder.mkdir()
        elsewhere.mkdir()
        (folder / "sub").symlink_to(elsewhere)
        with pytest.raises(ValueError, match="sub leads to another folder, which readers pass over"):
            write_voc(of_names("sub/a.jpg"), folder)
        assert list(elsewhere.iterdir()) == []
        assert [path.name for path in folder.iterdir()] == ["sub"]

    def test_a_folder_may_be_a_link_itself(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        (tmp_path / "dangling").symlink_to(tmp_path / "new")
        for link in ("link", "dangling"):
            write_voc(of_names("a.jpg"), tmp_path / link)
            assert (tmp_path / link).is_symlink()
        assert [path.name for path in (*(tmp_path / "real").iterdir(), *(tmp_path / "new").iterdir())] == ["a.xml"] * 2

    @pytest.mark.parametrize("thing", ["pipe", "folder", "protected"])
    def test_nothing_is_moved_where_one_file_cannot_be(self, thing: str, tmp_path: Path) -> None:
        place = tmp_path / "b.xml"
        if thing == "pipe":
            os.mkfifo(place)
        elif thing == "folder":
            place.mkdir()
        else:
            place.write_text("old")
            place.chmod(0o444)
        with pytest.raises(OSError, match=r"b\.xml"):
            write_voc(of_names("a.jpg", "b.jpg"), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["b.xml"]


def test_files_that_are_replaced_keep_their_mode(tmp_path: Path) -> None:
    with output_files(tmp_path, ["a"], ".txt") as [file]:
        file.write_text("old")
    (tmp_path / "a.txt").chmod(0o640)
    with output_files(tmp_path, ["a", "b"], ".txt") as files:
        for file in files:
            file.write_text("new")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def boxes_of(fractions: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[float, ...]]]:
    """Three boxes by center and size, each with a score."""
    return st.lists(st.tuples(fractions, fractions, fractions, fractions, st.floats(0, 1)), min_size=3, max_size=3)


written = st.sampled_from([-2.0, -1.9, -0.3, 0.0, 0.2, 1.0, 2.0]) | st.floats(-2, 2)
refused = st.sampled_from([-3.0, 2.0 + 1e-12, 2.001, 1e300]) | st.floats(-4, 4)


@given(
    relative=boxes_of(written) | boxes_of(written | refused),
    sides=st.lists(st.sampled_from([0.5, 640.0, 1e5]) | st.floats(1e-3, 1e6), min_size=4, max_size=4),
    confidence=st.sampled_from(["last", "second"]),
)
@example([(0.0, 0.5, 0.2, 0.2, 0.2)] * 3, [100.0] * 4, "last")
@example([(0.5, 0.5, 0.2, 0.2, 0.2), (3.0, 0.5, 0.2, 0.2, 0.2), (0.5, 0.5, 0.2, 0.2, 0.2)], [100.0] * 4, "last")
def test_yolo_is_read_as_it_was_or_refused(
    relative: list[tuple[float, ...]], sides: list[float], confidence: Any
) -> None:
    """Boxes given by center, size and score reach over the edge of their image, or lie far outside."""
    sizes, image, columns = np.array(sides).reshape(2, 2), [0, 1, 1], np.array(relative)
    center, size = columns[:, :2] * sizes[image], np.abs(columns[:, 2:4]) * sizes[image]
    corners = np.hstack([center - size / 2, center + size / 2])
    names = ["a.jpg", "b.jpg"]
    try:
        annotations = Boxes(corners, [0, 1, 1], offsets=[0, 1, 3])
        dataset = Dataset(annotations, Boxes(corners, [0, 1, 1], columns[:, 4], [0, 1, 3]), names, image_sizes=sizes)
    except ValueError:
        return
    with tempfile.TemporaryDirectory() as folder:
        labels, predicted = Path(folder) / "labels", Path(folder) / "predicted"
        try:
            write_yolo(dataset, labels, predicted, confidence=confidence)
        except ValueError:
            assert not labels.exists()
            return
        read = read_yolo(
            labels,
            predicted,
            names=["cat", "dog"],
            image_sizes=dict(zip(names, map(tuple, sizes), strict=True)),
            confidence=confidence,
        )
    for boxes in (read.annotations, read.predictions):
        assert boxes.class_id.tolist() == [0, 1, 1]
        assert np.allclose(boxes.xyxy / np.tile(sizes[image], 2), corners / np.tile(sizes[image], 2), rtol=0, atol=1e-8)
    assert np.allclose(np.asarray(read.predictions.score), columns[:, 4], atol=1e-9)


def test_a_yolo_box_far_outside_of_its_image_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    boxes = Boxes([[1, 1, 5, 5], [30, 2, 40, 8]], [0, 0], offsets=[0, 1, 2])
    scored = Boxes(boxes.xyxy, boxes.class_id, [0.9, 0.8], boxes.offsets)
    sound = of_names("a.jpg", "b.jpg")
    what = r"image 'b.jpg': the box \[30.0, 2.0, 40.0, 8.0\] has x_center 3.5, expected a fraction .* at most 2"
    with pytest.raises(ValueError, match=what):
        write_yolo(replace(sound, annotations=boxes), tmp_path / "labels")
    with pytest.raises(ValueError, match=what):
        write_yolo(replace(sound, predictions=scored), tmp_path / "labels", tmp_path / "predicted")
    # Told with as many digits as would be written, so that it is not equal to what is expected.
    wide = Boxes([[0, 0, 20.00000001, 5]], [0], offsets=[0, 1, 1])
    with pytest.raises(ValueError, match=r"has width 2.000000001, expected a fraction .* at most 2"):
        write_yolo(replace(sound, annotations=wide), tmp_path / "labels")
    assert list(tmp_path.iterdir()) == []
