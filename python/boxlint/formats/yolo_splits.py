"""The splits of a YOLO data set: folders of images, or lists of them, found as Ultralytics finds them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxlint._core import without_ending
from boxlint.formats.recognise import visible_files
from boxlint.formats.unreadable import utf8_text

__all__ = ["Split", "images_of", "splits_in"]

_SPLITS = ("train", "val", "test")
_IMAGES, _LABELS = "images", "labels"


@dataclass(frozen=True)
class Split:
    """Where the images and labels of a split are.

    Attributes
    ----------
    images, labels:
        The folders, which may hold those of other splits.
    listed:
        The images of the split within the folder, or None if it is all of them.
    """

    images: Path
    labels: Path
    listed: tuple[str, ...] | None = None

    def stems(self) -> set[str]:
        """What its images, and the labels of a whole folder, are called."""
        if self.listed is not None:
            return {_stem(name) for name in self.listed}
        labels = {file.stem for file in visible_files(self.labels, ".txt")}
        return labels | {_stem(file.name) for file in self.images.rglob("*") if file.is_file()}


def splits_in(yaml: Path, content: dict[str, Any], only: str | None) -> tuple[dict[str, Split], str]:
    """The splits in the content of a YAML file, those whose images are there; or ``only`` one, or train,val as one.

    And in words which are not there, empty if all are.

    Raises
    ------
    ValueError
        If what the file says of a split is no path, or an image that it lists is not there. Or if there is no split.
    """
    given_root = content.get("path", "")
    if not isinstance(given_root, str):
        raise ValueError(f"{yaml}: path is {given_root!r}, expected a folder")
    root = yaml.parent / given_root
    if not root.is_dir():
        # `path` may be relative to where the training ran.
        root = yaml.parent
    given = {name: _paths(yaml, name, content[name], root) for name in _SPLITS if content.get(name)}
    wanted = given
    if only is not None:
        chosen = [name.strip() for name in only.split(",")]
        if not given.keys() >= set(chosen):
            raise ValueError(f"--split {only}: {yaml} has {', '.join(given) or 'no splits'}")
        # Splits that share folders have these once.
        wanted = {only: [*dict.fromkeys(path for name in chosen for path in given[name])]}
    lacking = {name: [path for path in paths if not path.exists()] for name, paths in wanted.items()}
    splits = {name: _split(paths, root) for name, paths in wanted.items() if not lacking[name]}
    if not splits:
        missing = ", ".join(str(path) for paths in wanted.values() for path in paths) or f"no {', '.join(_SPLITS)}"
        raise ValueError(f"{yaml}: no folder of images is there: {missing}")
    return splits, ", ".join(f"{name} ({', '.join(map(str, paths))})" for name, paths in lacking.items() if paths)


def _labels_of(images: Path) -> Path:
    """Ultralytics' rule: the last folder named images becomes labels."""
    return _exchanged(images, _IMAGES, _LABELS) or images


def images_of(labels: Path) -> Path | None:
    """The folder of images of a folder of labels, by the same rule; None if it does not say."""
    return _exchanged(labels, _LABELS, _IMAGES)


def _exchanged(folder: Path, name: str, by: str) -> Path | None:
    parts = list(folder.parts)
    if name not in parts:
        return None
    last = len(parts) - 1 - parts[::-1].index(name)
    return Path(*parts[:last], by, *parts[last + 1 :])


def _stem(name: str) -> str:
    return Path(without_ending(name)).name


def _paths(yaml: Path, name: str, given: Any, root: Path) -> list[Path]:
    """The folders, or files that list images, of a split."""
    listed = given if isinstance(given, list) else [given]
    if not all(isinstance(one, str) for one in listed):
        raise ValueError(
            f"{yaml}: {name} is {given!r}, expected a folder of images, a file that lists them, or several"
        )
    # Exports of Roboflow are one folder off, which Ultralytics makes good, too.
    return [
        (root / one[3:] if one.startswith("../") and not (root / one).exists() else root / one).resolve()
        for one in listed
    ]


def _split(paths: list[Path], root: Path) -> Split:
    if len(paths) == 1 and paths[0].is_dir():
        return Split(paths[0], _labels_of(paths[0]))
    images: list[Path] = []
    for path in paths:
        images += (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else _listed(path, root)
    images = [image for image in images if without_ending(image.name) != image.name]
    folders = {image.parent for image in images}
    if not folders:
        raise ValueError(f"{', '.join(map(str, paths))}: no images, expected those of a split")
    folder = Path(os.path.commonpath(folders))
    labels = Path(os.path.commonpath([_labels_of(one) for one in folders]))
    return Split(folder, labels, tuple(sorted(image.relative_to(folder).as_posix() for image in images)))


def _listed(file: Path, root: Path) -> Iterator[Path]:
    """The images that a file lists, one a line."""
    for number, line in enumerate(utf8_text(file).splitlines(), 1):
        name = line.strip().replace("\\", "/")
        if not name:
            continue
        found = next((place for place in _places(name, file, root) if place.is_file()), None)
        if found is None:
            raise ValueError(f"{file}: line {number} lists {name!r}, which is not there")
        yield Path(os.path.abspath(found))


def _places(name: str, file: Path, root: Path) -> Iterator[Path]:
    """Where a listed image may be: the list may be written for another working directory."""
    for base in (file.parent, root, root.parent, Path.cwd()):
        yield base / name
    parts = Path(name).parts
    for start in range(1, len(parts)):
        yield file.parent.joinpath(*parts[start:])
