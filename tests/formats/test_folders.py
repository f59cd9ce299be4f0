"""Folders of many files are written whole or not at all."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset, write_voc, write_yolo

WRITERS = [write_yolo, write_voc]

DATASET = Dataset(
    Boxes([[40, 15, 60, 35], [0, 0, 50, 50]], [0, 1], offsets=[0, 1, 2]),
    Boxes(np.empty((0, 4)), [], [], [0, 0, 0]),
    image_names=["a.jpg", "deep/b.jpg"],
    class_names=["cat", "dog"],
    image_sizes=np.array([[100.0, 50.0]] * 2),
)


def held(folder: Path) -> dict[str, bytes]:
    """What every file below a folder holds."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second file that is written finds no space."""
    written: list[Path] = []

    def refusing(write: Callable[..., int]) -> Callable[..., int]:
        def attempt(path: Path, *content: Any, **options: Any) -> int:
            written.append(path)
            if len(written) == 2:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return write(path, *content, **options)

        return attempt

    for name in ("write_text", "write_bytes"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))


@pytest.mark.parametrize("write", WRITERS)
def test_a_new_folder_is_made_with_those_above_it(tmp_path: Path, write: Any) -> None:
    write(DATASET, tmp_path / "new" / "labels")
    stems = sorted(Path(name).with_suffix("").as_posix() for name in held(tmp_path))
    assert stems == ["new/labels/a", "new/labels/deep/b"]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.usefixtures("full_disk")
def test_a_new_folder_is_not_there_when_writing_failed(tmp_path: Path, write: Any) -> None:
    with pytest.raises(OSError, match="No space left"):
        write(DATASET, tmp_path / "labels")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_a_folder_that_is_there_keeps_what_else_it_holds(tmp_path: Path, write: Any) -> None:
    write(DATASET, tmp_path / "elsewhere")
    new = held(tmp_path / "elsewhere")
    labels = tmp_path / "labels"
    (labels / "deep").mkdir(parents=True)
    old = {"notes.md": b"mine", "deep/c.txt": b"", next(iter(new)): b"old"}
    for name, content in old.items():
        (labels / name).write_bytes(content)
    write(DATASET, labels)
    assert held(labels) == {**old, **new}
    assert sorted(path.name for path in labels.iterdir() if path.is_dir()) == ["deep"]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.usefixtures("full_disk")
def test_a_folder_that_is_there_stays_as_it_was_when_writing_failed(tmp_path: Path, write: Any) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for ending in ("txt", "xml"):
        with (labels / f"a.{ending}").open("wb") as file:
            file.write(b"old")
    with pytest.raises(OSError, match="No space left"):
        write(DATASET, labels)
    assert held(labels) == {"a.txt": b"old", "a.xml": b"old"}
    assert sorted(path.name for path in labels.iterdir()) == ["a.txt", "a.xml"]


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_in_the_way_is_named(tmp_path: Path, write: Any) -> None:
    (tmp_path / "labels").write_text("mine")
    with pytest.raises(NotADirectoryError, match="expected a folder"):
        write(DATASET, tmp_path / "labels")
    assert held(tmp_path) == {"labels": b"mine"}
