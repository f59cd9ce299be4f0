"""Writes YOLO annotations into the files that they were read from, where they changed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._core import LARGEST_FRACTION, FolderFiles
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.alignment import Alignment, Annotation, align, expect_source
from boxlint.formats.folders import PathLike, expect_files, file_within, files_below, path_within, replace_files
from boxlint.formats.image_files import image_files
from boxlint.formats.line_table import Shape, read_lines
from boxlint.formats.unreadable import unreadable

__all__ = ["FRACTION", "expect_fractions", "relative_boxes", "write_kept_lines"]

# Ten digits: far below a thousandth of a pixel.
FRACTION = "%.10g"
# Of a fraction from 1 on, so many stand behind its point.
_DECIMALS = 9

_SHAPES: tuple[Shape | None, ...] = (None, "outlines", "keypoints")


def relative_boxes(xyxy: NDArray[Any], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) center and size relative to the sides of the images."""
    low, high = xyxy[:, :2].astype(np.float64), xyxy[:, 2:].astype(np.float64)
    return np.hstack([(low + high) / 2 / sides, (high - low) / sides])


def expect_fractions(
    names: Sequence[str], image: NDArray[np.int64], xyxy: NDArray[Any], relative: NDArray[np.float64]
) -> None:
    """Raises ValueError, with the name of its image, at a box that `read_yolo` would refuse: large, or far outside."""
    wrong = ~(np.abs(relative).round(_DECIMALS) <= LARGEST_FRACTION)
    if wrong.any():
        row, column = (int(at) for at in np.argwhere(wrong)[0])
        what = f"{('x_center', 'y_center', 'width', 'height')[column]} {FRACTION % relative[row, column]}"
        raise ValueError(
            f"write_yolo: image {names[image[row]]!r}: the box {xyxy[row].tolist()} has {what}, "
            f"expected a fraction of the image's side, at most {LARGEST_FRACTION:g}: a larger one reads as pixels"
        )


def write_kept_lines(dataset: Dataset, boxes: Boxes, source: PathLike, target: PathLike) -> None:
    """Writes the annotations into a copy of the folder they were read from, or into that folder itself.

    Raises
    ------
    ValueError
        If the folder has no files of labels or none of the images, or boxes but none of the data set. Or if a box that
        changed lies too far outside of its image.
    """
    assert dataset.image_names is not None
    assert dataset.image_sizes is not None
    files = files_below(source, ".txt")
    expect_files(source, ".txt", files)
    in_place = Path(target).exists() and Path(target).samefile(source)
    contents = {} if in_place else {path_within(source, path): Path(path).read_bytes() for path in files.paths()}
    positions = image_files(dataset.image_names, files).files
    of_images = [None if file < 0 else files.path(file) for file in positions.tolist()]
    homes = _homes(dataset.image_names, of_images, Path(source))
    if len(dataset) and not any(of_images):
        raise ValueError(f"{source}: has no file of the images, expected the folder that the data set was read from")
    wanted = _annotations(boxes)
    known = np.inf if dataset.class_names is None else len(dataset.class_names)
    kept = _kept(files, positions, wanted, dataset.image_sizes, known)
    expect_source(source, [one.alignment for one in kept])
    for image, (file, one) in enumerate(zip(of_images, kept, strict=True)):
        sides = dataset.image_sizes[image]
        xyxy = np.array([annotation.box for annotation in wanted[image]]).reshape(-1, 4)
        numbers = relative_boxes(xyxy, sides)
        if one.written:
            of_image = np.full(len(one.written), image)
            expect_fractions(dataset.image_names, of_image, xyxy[one.written], numbers[one.written])
        lines = [_line(annotation.label, row) for annotation, row in zip(wanted[image], numbers.tolist(), strict=True)]
        if file is not None:
            content = one.content(Path(file), lines)
            if content is not None:
                contents[path_within(source, file)] = content
        elif lines:
            name = dataset.image_names[image]
            within = file_within(Path(target), name, ".txt")
            home = homes.get(PurePosixPath(name).parent, within.parent)
            contents[(home / within.name).as_posix()] = "".join(f"{line}\n" for line in lines).encode()
    replace_files(target, contents)


def _annotations(boxes: Boxes) -> list[list[Annotation]]:
    """The annotations of each image."""
    xyxy = map(tuple, boxes.xyxy.astype(np.float64).tolist())
    rows = [Annotation(*row) for row in zip(boxes.class_id.tolist(), xyxy, strict=True)]
    ends = boxes.offsets.tolist()
    return [rows[start:end] for start, end in pairwise(ends)]


def _kept(
    files: FolderFiles,
    of_images: NDArray[np.int64],
    wanted: list[list[Annotation]],
    sizes: NDArray[np.float64],
    known: float,
) -> list[_Kept]:
    """The annotations of the files, as they were read: long lines may have been read with an option."""
    best: list[_Kept] = []
    most = -1
    for shape in _SHAPES:
        table = read_lines(files, of_images, "annotations", shape)
        if table.lost:
            unreadable("annotations", table.faults, skip=False)
        table = table.chosen(table.class_id < known)
        corners = table.corners * np.tile(sizes[table.image], 2)
        rows = zip(table.class_id.tolist(), map(tuple, corners.tolist()), strict=True)
        old = [Annotation(*row) for row in rows]
        numbers = (table.line - 1).tolist()
        ends = np.searchsorted(table.image, np.arange(len(of_images) + 1)).tolist()
        kept = [
            _Kept(old[start:end], numbers[start:end], new)
            for (start, end), new in zip(pairwise(ends), wanted, strict=True)
        ]
        equal = sum(one.alignment.equal for one in kept)
        if equal > most:
            best, most = kept, equal
        if not table.faults and not (table.outlines | table.keypoints).any():
            break
    return best


class _Kept:
    """The annotations of a file, the positions of their lines, and the annotations that they should be."""

    def __init__(self, old: list[Annotation], numbers: list[int], new: list[Annotation]) -> None:
        self.old = old
        self.numbers = numbers
        self.new = new
        self.alignment: Alignment = align(old, new)

    @property
    def written(self) -> list[int]:
        """The positions of the annotations whose boxes are not in the file."""
        pairs, added, _, _ = self.alignment
        return [new for old, new in pairs.items() if self.new[new].box != self.old[old].box] + added

    def content(self, file: Path, lines: list[str]) -> bytes | None:
        """The content of the file with the new lines; None if nothing changes."""
        pairs, added, equal, _ = self.alignment
        if equal == len(self.old) == len(self.new):
            return None
        before = file.read_bytes().decode("utf-8", errors="surrogateescape").splitlines(keepends=True)
        ending = next((line[len(line.rstrip("\r\n")) :] for line in before if line[-1:] in "\r\n"), "\n")
        written = list(before)
        for position, number in enumerate(self.numbers):
            new = pairs.get(position)
            if new is None:
                written[number] = "\ufeff" if before[number].startswith("\ufeff") else ""
            elif self.new[new].box != self.old[position].box:
                end = before[number]
                written[number] = lines[new] + end[len(end.rstrip("\r\n")) :]
            elif self.new[new].label != self.old[position].label:
                written[number] = re.sub(r"[^\s\ufeff]+", str(self.new[new].label), before[number], count=1)
        if added and written and written[-1] and written[-1][-1] not in "\r\n\ufeff":
            written[-1] += ending
        written += [lines[position] + ending for position in added]
        return "".join(written).encode("utf-8", errors="surrogateescape")


def _line(class_id: Hashable, box: list[float]) -> str:
    return " ".join([str(class_id), *(FRACTION % number for number in box)])


def _homes(names: Sequence[str], files: Sequence[str | None], source: Path) -> dict[PurePosixPath, PurePosixPath]:
    """Folder of images -> folder of their files."""
    return {
        PurePosixPath(name).parent: PurePosixPath(Path(file).relative_to(source).parent.as_posix())
        for name, file in zip(names, files, strict=True)
        if file is not None
    }
