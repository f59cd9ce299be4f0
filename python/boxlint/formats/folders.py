"""Folders with a file for each image: which file belongs to which image, and the sizes of the images."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

__all__ = ["PathLike", "Sizes", "files_below", "image_sizes_below", "output_files", "without_ending"]

PathLike = str | os.PathLike[str]
Sizes = dict[str, tuple[float, float]]

_IMAGE_ENDINGS = frozenset({
    ".avif", ".bmp", ".dng", ".gif", ".heic", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".pfm", ".ppm", ".tif", ".tiff",
    ".webp",
})  # fmt: skip

# The EXIF orientation, and its values that turn an image by a quarter.
_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)


def without_ending(name: str) -> str:
    """The name of an image without .jpg or another ending of image files; other dots are part of the name."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in _IMAGE_ENDINGS else name


def files_below(folder: PathLike, ending: str) -> dict[str, Path]:
    """All files with the ending, in order of their paths: path within the folder, without the ending -> path.

    Raises
    ------
    NotADirectoryError
        If the folder does not exist.
    """
    root = _folder(folder)
    paths = sorted(root.rglob(f"*{ending}"))
    return {path.relative_to(root).as_posix().removesuffix(ending): path for path in paths}


def image_sizes_below(folder: PathLike) -> Sizes:
    """All images in a folder, in order of their paths: path within the folder -> width and height as displayed.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    OSError
        If the folder does not exist, or an image cannot be read.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("reading the sizes of images needs pillow: pip install 'boxlint[plot]'") from error
    root = _folder(folder)
    sizes: Sizes = {}
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in _IMAGE_ENDINGS:
            with Image.open(path) as image:
                width, height = image.size
                turned = image.getexif().get(_ORIENTATION) in _TURNED
            sizes[path.relative_to(root).as_posix()] = (height, width) if turned else (width, height)
    return sizes


@contextmanager
def output_files(folder: PathLike, names: Iterable[str], ending: str) -> Iterator[list[Path]]:
    """Yields a temporary file to write for each image; when all are written, they are moved into the folder.

    A new folder appears whole or not at all. Into a folder that exists, the files are moved one by one, each whole, and
    its other files stay.

    Raises
    ------
    ValueError
        If two images would share a file, or one lies outside the folder.
    NotADirectoryError
        If the folder is a file.
    """
    target = Path(folder)
    files: dict[PurePosixPath, str] = {}
    for name in names:
        within = PurePosixPath(without_ending(name) + ending)
        if within.is_absolute() or ".." in within.parts:
            raise ValueError(f"image {name!r}: {target / within} lies outside of {folder}")
        if within in files:
            raise ValueError(f"images {files[within]!r} and {name!r} would both be written to {target / within}")
        files[within] = name
    exists = target.exists()
    home = _folder(target) if exists else target.parent
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".boxlint_", dir=home) as beside:
        staged = Path(beside) / "written"
        _make_parents(staged, files)
        yield [staged / within for within in files]
        if exists:
            _make_parents(target, files)
            for within in files:
                (staged / within).replace(target / within)
        else:
            staged.rename(target)


def _make_parents(folder: Path, files: Iterable[PurePosixPath]) -> None:
    for parent in {folder, *(folder / within.parent for within in files)}:
        parent.mkdir(parents=True, exist_ok=True)


def _folder(path: PathLike) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "expected a folder", str(folder))
    return folder
