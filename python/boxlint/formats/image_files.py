"""Which file of a folder belongs to which image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
from numpy.typing import NDArray

from boxlint._core import FolderFiles, match_files, without_ending
from boxlint.formats.folders import PathLike, images_below

__all__ = ["ImageFiles", "image_files", "picture_files"]


@dataclass(frozen=True)
class ImageFiles:
    """The files of images.

    Attributes
    ----------
    files:
        (N,) the position of the file of each image; -1 for none.
    others:
        Files of none of the images.
    by_stem:
        Whether images and files are in other folders, so that their stems alone say what belongs together.
    """

    files: NDArray[np.int64]
    others: FolderFiles
    by_stem: bool


def image_files(names: Sequence[str], files: FolderFiles) -> ImageFiles:
    """Finds the file of each image.

    The file of ``a/b.jpg`` is ``a/b.txt`` or ``a/b.jpg.txt``; in folders called images and labels, as Ultralytics has
    them, that of ``images/a/b.jpg`` is ``labels/a/b.txt``. The files of one folder without others in it, and those of
    which none fits so, are matched by their stems if more of them fit.

    Parameters
    ----------
    names:
        Names of the images.
    files:
        The files of a folder.

    Raises
    ------
    ValueError
        If two images have one file, or two files are of one image: names both.
    """
    matched = match_files(names, files)
    if matched["shared"] is not None:
        one, other, file = matched["shared"]
        raise ValueError(
            f"images {names[one]!r} and {names[other]!r} would share the file {files.path(file)}, "
            "expected a file for each"
        )
    if matched["twofold"] is not None:
        first, second, image = matched["twofold"]
        both = f"{files.path(first)} and {files.path(second)}"
        raise ValueError(f"{both} are both of image {names[image]!r}, expected one file")
    return ImageFiles(matched["files"], files.chosen(matched["others"]), matched["by_stem"])


def picture_files(names: Sequence[str], folder: PathLike) -> list[str | None]:
    """The path within a folder of the picture of each image, or None.

    It is the file of the image's name, else the only one of its stem in the folder and those in it.

    Raises
    ------
    NotADirectoryError
        If the folder does not exist.
    """
    root = Path(folder)
    named = [name.replace("\\", "/").removeprefix("./") for name in names]
    found: list[str | None] = [name if _lies_within(root, name) else None for name in named]
    for image, name in enumerate(names):
        # But on Windows, a backslash can be part of a name.
        if found[image] is None and "\\" in name and os.name != "nt" and _lies_within(root, name):
            found[image] = name
    if root.is_dir() and None not in found:
        return found
    of_stem: dict[str, list[str]] = {}
    for within in images_below(root):
        of_stem.setdefault(_stem(without_ending(within)), []).append(within)
    for image, name in enumerate(named):
        fitting = of_stem.get(_stem(without_ending(name)), [])
        if found[image] is None and len(fitting) == 1 and os.path.isfile(root / fitting[0]):
            found[image] = fitting[0]
    return found


def _lies_within(root: Path, name: str) -> bool:
    """Whether a name is that of a file in the folder: a name from a file may lead anywhere."""
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive != ""
    return not outside and os.path.isfile(root / path)


def _stem(name: str) -> str:
    return name.rpartition("/")[2]
