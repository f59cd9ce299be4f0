"""Which file of a folder belongs to which image."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from boxlint.formats.folders import PathLike, images_below, without_ending

__all__ = ["ImageFiles", "image_files", "picture_files"]


@dataclass(frozen=True)
class ImageFiles:
    """The files of images.

    Attributes
    ----------
    files:
        The file of each image, or None.
    others:
        Files of none of the images.
    by_stem:
        Whether images and files are in other folders, so that their stems alone say what belongs together.
    """

    files: list[str | None]
    others: list[str]
    by_stem: bool


def image_files(names: Sequence[str], files: Mapping[str, str]) -> ImageFiles:
    """Finds the file of each image.

    The file of ``a/b.jpg`` is ``a/b.txt`` or ``a/b.jpg.txt``; in folders called images and labels, as Ultralytics has
    them, that of ``images/a/b.jpg`` is ``labels/a/b.txt``. The files of one folder without others in it, and those of
    which none fits so, are matched by their stems if more of them fit.

    Parameters
    ----------
    names:
        Names of the images.
    files:
        Path in the folder, without the ending -> path of each file.

    Raises
    ------
    ValueError
        If two images have one file, or two files are of one image: names both.
    """
    ways = [_matched(names, files, _path)]
    if len(ways[0][0]) < len(files):
        ways.append(_matched(names, files, _split_path))
        one_folder = len({stem.rpartition("/")[0] for stem in files}) == 1
        if one_folder or not any(found or twice for found, twice in ways):
            ways.append(_matched(names, files, _stem))
    counts = [len(found) + len(twice) for found, twice in ways]
    best = counts.index(max(counts))
    found, twice = ways[best]
    if twice:
        stem, images = next(iter(twice.items()))
        raise ValueError(
            f"images {names[images[0]]!r} and {names[images[1]]!r} would share the file {files[stem]}, "
            "expected a file for each"
        )
    of_image: list[str | None] = [None] * len(names)
    for stem, image in found.items():
        other = of_image[image]
        if other is not None:
            raise ValueError(f"{other} and {files[stem]} are both of image {names[image]!r}, expected one file")
        of_image[image] = files[stem]
    return ImageFiles(of_image, [path for stem, path in files.items() if stem not in found], best == 2)


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
    if root.is_dir() and None not in found:
        return found
    of_stem: dict[str, list[str]] = {}
    for within in images_below(root):
        of_stem.setdefault(_stem(without_ending(within)), []).append(within)
    for image, name in enumerate(named):
        fitting = of_stem.get(_stem(without_ending(name)), [])
        if found[image] is None and len(fitting) == 1:
            found[image] = fitting[0]
    return found


def _lies_within(root: Path, name: str) -> bool:
    """Whether a name is that of a file in the folder: a name from a file may lead anywhere."""
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive != ""
    return not outside and os.path.isfile(root / path)


def _matched(
    names: Sequence[str], files: Mapping[str, str], key: Callable[[str], str]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Stem of each file -> its image, and of those that fit several images -> these."""
    plain = [name.replace("\\", "/").removeprefix("./") for name in names]
    images: dict[str, int] = {}
    more: dict[str, list[int]] = {}
    # Some tools keep the ending of the image: a.jpg.txt.
    for known in (map(key, map(without_ending, plain)), map(key, plain)):
        for image, of_key in enumerate(known):
            if images.setdefault(of_key, image) != image:
                more.setdefault(of_key, [images[of_key]]).append(image)
    repeated = {of_file for of_file, count in Counter(map(key, files)).items() if count > 1}
    found, twice = {}, {}
    for stem, of_file in zip(files, map(key, files), strict=True):
        if of_file not in images or of_file in repeated:
            continue
        fitting = sorted(set(more.get(of_file, (images[of_file],))))
        if len(fitting) > 1:
            exact = [image for image in fitting if key(names[image].replace("\\", "/")) == of_file]
            fitting = exact or fitting
        if len(fitting) == 1:
            found[stem] = fitting[0]
        else:
            twice[stem] = fitting
    return found, twice


def _path(name: str) -> str:
    return name


def _split_path(name: str) -> str:
    """The path without the folder called images or labels that tells these apart."""
    *folders, last = name.split("/")
    for position in range(len(folders) - 1, -1, -1):
        if folders[position] in ("images", "labels"):
            del folders[position]
            break
    return "/".join([*folders, last])


def _stem(name: str) -> str:
    return name.rpartition("/")[2]
