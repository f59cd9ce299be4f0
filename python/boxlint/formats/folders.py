"""Folders with a file for each image: what is in them, the sizes of the images, and writing a folder whole."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from boxlint._core import IMAGE_ENDINGS, FolderFiles, is_passed_over, jpeg_sizes, paths_within, without_ending
from boxlint._files import atomic_write
from boxlint._replacement import (
    expect_replaceable,
    hidden_folder,
    naming,
    put,
    real_path,
    sync,
    sync_folder,
)
from boxlint.formats.unreadable import Fault

__all__ = [
    "ORIENTATION", "TURNED", "PathLike", "Sizes", "expect_files", "expect_images", "file_within", "files_below",
    "image_size", "image_sizes_below", "images_below", "output_files", "path_within", "replace_files", "staged_folder",
]  # fmt: skip

PathLike = str | os.PathLike[str]
Sizes = dict[str, tuple[float, float]]

# The EXIF orientation, and its values that turn an image by a quarter.
ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)

_OTHER_FORMATS = (
    ((".xml",), "XML files, as of Pascal VOC: read them with read_voc"),
    ((".txt",), "text files, as of YOLO: read them with read_yolo"),
    ((".json",), "JSON files: read a COCO file with read_coco"),
    (tuple(IMAGE_ENDINGS), "images, expected the folder of their annotations"),
)


def files_below(folder: PathLike, ending: str) -> FolderFiles:
    """All files with the ending in any case, in order of their paths.

    Hidden files and folders are passed over, and so are those of operating systems, such as ``__MACOSX``.

    Raises
    ------
    NotADirectoryError
        If the folder does not exist.
    ValueError
        If two files differ in the case of their endings alone, or one is a pipe or a device, which may never end.
    """
    root = _folder(folder)
    return FolderFiles(root, str(root / ending)[: -len(ending)], ending)


def expect_files(folder: PathLike, ending: str, files: FolderFiles) -> None:
    """Raises ValueError if there are no files, and says what the folder holds instead."""
    if files:
        return
    for endings, what in _OTHER_FORMATS:
        others = [] if ending in endings else paths_within(Path(folder), endings)
        if others:
            raise ValueError(f"{folder}: found no {ending} files; it holds {len(others):,} {what}")
    raise ValueError(f"{folder}: found no {ending} files")


def expect_images(writer: str, images: int) -> None:
    """Refuses to write a data set without images as a folder, which would have no file: readers refuse it."""
    if images == 0:
        raise ValueError(f"{writer}: the data set has no images, expected one or more, for each has a file")


def image_sizes_below(folder: PathLike, names: Sequence[str] | None = None) -> tuple[Sizes, list[Fault]]:
    """The images in a folder, all in order of their paths or some of them: path within it -> width and height as shown.

    Those that cannot be read have a fault, and NaN as their size.

    Raises
    ------
    ImportError
        If Pillow is not installed and an image is no plain JPEG file.
    OSError
        If the folder does not exist.
    ValueError
        If there are no images.
    """
    root = _folder(folder)
    sizes: Sizes = {}
    faults = []
    images = images_below(root) if names is None else list(names)
    for within, (width, height) in zip(images, jpeg_sizes(root, images).tolist(), strict=True):
        try:
            sizes[within] = (width, height) if width > 0 else image_size(root / within)
        except ValueError as error:
            sizes[within] = np.nan, np.nan
            faults.append(Fault(str(root / within), str(error), "unreadable images"))
    if not sizes:
        raise ValueError(f"{folder}: found no images ({', '.join(sorted(IMAGE_ENDINGS))})")
    return sizes, faults


def image_size(path: Path) -> tuple[float, float]:
    """Width and height of an image as displayed: its EXIF orientation may turn it.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    ValueError
        If the image cannot be read.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("reading the sizes of images needs pillow: pip install 'boxlint[plot]'") from error
    try:
        file = path.stat()
        if not stat.S_ISREG(file.st_mode) and not stat.S_ISDIR(file.st_mode):
            raise ValueError("it is a pipe or a device")  # which may never end
        if not file.st_size:
            raise ValueError("it is empty")
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(ORIENTATION) in TURNED
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        why = getattr(error, "strerror", None) or str(error).replace(f" {str(path)!r}", "")
        raise ValueError(f"the image cannot be read: {why}") from error
    return (height, width) if turned else (width, height)


def images_below(folder: PathLike) -> list[str]:
    """The paths within a folder of the images in it, in order; pipes and devices are among them.

    Raises
    ------
    NotADirectoryError
        If the folder does not exist.
    """
    return paths_within(_folder(folder), tuple(IMAGE_ENDINGS), with_pipes=True)


def path_within(folder: PathLike, file: PathLike) -> str:
    """The path within a folder of a file in it, as `replace_files` takes it."""
    return Path(file).relative_to(folder).as_posix()


def file_within(folder: Path, name: str, ending: str) -> PurePosixPath:
    """The path within a folder of the file of an image.

    Raises
    ------
    ValueError
        If it lies outside, or where `files_below` does not look, or no file can be called so.
    """
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        raise ValueError(f"image {name!a}: no file can be called so") from error
    text = without_ending(name) + ending
    within = PurePosixPath(text.replace("\\", "/") if os.name == "nt" else text)
    # What leads elsewhere on Windows is no name for files that others are to read.
    on_windows = PureWindowsPath(text)
    if within.is_absolute() or on_windows.anchor or ".." in (*within.parts, *on_windows.parts):
        raise ValueError(f"image {name!r}: {folder / within} lies outside of {folder}")
    if any(map(is_passed_over, within.parts)):
        raise ValueError(f"image {name!r}: {folder / within} is hidden, so that no reader would find it")
    return within


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
        within = file_within(target, name, ending)
        if within in files:
            raise ValueError(f"images {files[within]!r} and {name!r} would both be written to {target / within}")
        files[within] = name
    with staged_folder(target, files) as staged:
        yield [staged / within for within in files]


def replace_files(folder: PathLike, contents: Mapping[str, bytes]) -> None:
    """Writes files, by their paths within a folder, once all of them are ready; other files of the folder stay."""
    if not contents and Path(folder).is_dir():
        return
    files = [PurePosixPath(within) for within in contents]
    with staged_folder(Path(folder), files) as staged:
        for within, content in zip(files, contents.values(), strict=True):
            (staged / within).write_bytes(content)


@contextmanager
def staged_folder(target: Path, files: Collection[PurePosixPath]) -> Iterator[Path]:
    """A hidden folder beside or in the target, whose files are moved there at the end.

    Links in the target stay, and the files that they lead to are replaced.

    Raises
    ------
    OSError
        If something cannot be written, or a file is to take the place of what is no file or write-protected.
    ValueError
        If a link in the target leads to another folder, in which readers do not look.
    """
    with naming(target):
        real = real_path(target)
        is_new = not real.exists()
        home = real.parent if is_new else _folder(real)
        home.mkdir(parents=True, exist_ok=True)
        if not is_new:
            _expect_places(target, files)
        with hidden_folder(home, real.name) as staged:
            _make_parents(staged, files)
            yield staged
            sync(staged / within for within in files)
            if is_new:
                _sync_folders(staged, files)
                staged.rename(real)
                sync_folder(home)
                return
            _make_parents(real, files)
            for within in files:
                _replace(staged / within, real / within)
            _sync_folders(real, files)


def _expect_places(folder: Path, files: Iterable[PurePosixPath]) -> None:
    """Raises OSError or ValueError if there is something else than files and folders where files are to be."""
    for within in _folders_of(files) - {PurePosixPath()}:
        if (folder / within).is_symlink():
            raise ValueError(f"{folder / within} leads to another folder, which readers pass over: expected a folder")
    for within in files:
        expect_replaceable(folder / within)


def _replace(staged: Path, target: Path) -> None:
    """Moves a file to its place, or its content to where a link there leads: that may be another disk."""
    if not target.is_symlink():
        put(staged, target)
        return
    with atomic_write(target) as beside:
        shutil.copyfile(staged, beside)


def _folders_of(files: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    """The folders between a folder and files within it."""
    return {parent for within in {file.parent for file in files} for parent in (within, *within.parents)}


def _sync_folders(folder: Path, files: Iterable[PurePosixPath]) -> None:
    for within in _folders_of(files) | {PurePosixPath()}:
        sync_folder(folder / within)


def _make_parents(folder: Path, files: Iterable[PurePosixPath]) -> None:
    for within in {file.parent for file in files}:
        (folder / within).mkdir(parents=True, exist_ok=True)


def _folder(path: PathLike) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "expected a folder", str(folder))
    return folder
