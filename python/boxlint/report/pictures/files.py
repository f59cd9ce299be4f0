"""The files of the images of a data set: where they lie, and how a page finds them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from numpy.typing import NDArray

from boxlint._arguments import as_list
from boxlint._text import counted
from boxlint.dataset import Dataset
from boxlint.formats.image_files import picture_files

__all__ = ["PictureFiles", "files_of", "link_to", "refuse_without_pillow"]

# A folder, or a path for each image of the data set.
PictureFiles = str | os.PathLike[str] | Sequence[str | os.PathLike[str] | None]


def files_of(dataset: Dataset, given: PictureFiles, images: NDArray[Any]) -> list[Path | None]:
    """The file of each of these images, or None where none is found.

    Raises
    ------
    ValueError
        If the images have no names to find their files by, the folder holds none of the data set, or the list has
        another length.
    NotADirectoryError
        If there is no such folder.
    """
    if isinstance(given, (str, os.PathLike)):
        if dataset.image_names is None:
            raise ValueError("images: the data set has no image names; expected a list with the path of each image")
        names = [str(dataset.image_names[image]) for image in images]
        found = picture_files(names, given)
        # A folder with other images of the data set is the right one.
        if names and not any(found) and not any(picture_files(list(map(str, dataset.image_names)), given)):
            count = counted(len(dataset.image_names), "image")
            raise ValueError(f"images: {given} holds none of {count}, such as {names[0]!r}")
        return [None if within is None else Path(given, within) for within in found]
    paths = as_list("images", given, "a folder, or a list with the path of each image")
    if len(paths) != len(dataset):
        raise ValueError(f"images has {len(paths)} paths, expected {len(dataset)}, as many as there are images")
    of_images = [paths[image] for image in images]
    return [None if path is None or not os.path.isfile(path) else Path(path) for path in of_images]


def refuse_without_pillow() -> None:
    """Raises ImportError if what reads pictures is not installed."""
    if find_spec("PIL") is None:
        raise ImportError("pictures of issues need pillow: pip install 'boxlint[report]'")


def link_to(file: Path, page: Path) -> str | None:
    """The address of a file, relative to that of a page; None if they lie on different drives.

    >>> link_to(Path("data/a 1.jpg"), Path("reports/page.html"))
    '../data/a%201.jpg'
    """
    try:
        way = os.path.relpath(file, page.parent)
    except ValueError:
        return None
    parts = [quote(os.fsencode(part)) for part in Path(way).parts]
    # A first part with a colon would be read as a scheme.
    return "/".join(parts if parts[0] == ".." else [".", *parts])
