"""Writes YOLO annotations into the files that they were read from, where they changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.alignment import Alignment, Annotation, align, expect_source
from boxlint.formats.folders import PathLike, file_within, files_below, replace_files
from boxlint.formats.image_files import image_files
from boxlint.formats.line_shapes import BOX, Shape, corners_around, corners_of_boxes, fits
from boxlint.formats.line_table import COLUMNS, in_range
from boxlint.formats.line_words import fault_of
from boxlint.formats.unreadable import text_of

__all__ = ["FRACTION", "relative_boxes", "write_kept_lines"]

# Ten digits: far below a thousandth of a pixel.
FRACTION = "%.10g"

_SHAPES: tuple[Shape, ...] = ("outlines", "keypoints")


def relative_boxes(xyxy: NDArray[Any], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) center and size relative to the sides of the images."""
    low, high = xyxy[:, :2].astype(np.float64), xyxy[:, 2:].astype(np.float64)
    return np.hstack([(low + high) / 2 / sides, (high - low) / sides])


def write_kept_lines(dataset: Dataset, boxes: Boxes, source: PathLike, target: PathLike) -> None:
    """Writes the annotations into a copy of the folder they were read from, or into that folder itself.

    Raises
    ------
    ValueError
        If the folder has boxes but none of the data set.
    """
    assert dataset.image_names is not None
    assert dataset.image_sizes is not None
    files = files_below(source, ".txt")
    in_place = Path(target).exists() and Path(target).samefile(source)
    contents = {} if in_place else {f"{stem}{path.suffix}": path.read_bytes() for stem, path in files.items()}
    of_images = image_files(dataset.image_names, files).files
    homes = _homes(dataset.image_names, of_images, Path(source))
    alignments = []
    for image, file in enumerate(of_images):
        rows = slice(*boxes.offsets[image : image + 2].tolist())
        xyxy = boxes.xyxy[rows].astype(np.float64)
        new = [Annotation(*row) for row in zip(boxes.class_id[rows].tolist(), map(tuple, xyxy.tolist()), strict=True)]
        sides = dataset.image_sizes[image]
        lines = [_line(*row) for row in zip(boxes.class_id[rows].tolist(), relative_boxes(xyxy, sides), strict=True)]
        if file is None:
            if lines:
                name = dataset.image_names[image]
                within = file_within(Path(target), name, ".txt")
                home = homes.get(PurePosixPath(name).parent, within.parent)
                contents[(home / within.name).as_posix()] = "".join(f"{line}\n" for line in lines).encode()
            continue
        kept = _Kept(file, new, sides, dataset.class_names)
        alignments.append(kept.alignment)
        content = kept.content(lines)
        if content is not None:
            contents[file.relative_to(source).as_posix()] = content
    expect_source(source, alignments)
    replace_files(target, contents)


class _Kept:
    """A file of lines, and the annotations of its image that they are."""

    def __init__(
        self, file: Path, new: list[Annotation], sides: NDArray[np.float64], class_names: Sequence[str] | None
    ) -> None:
        text_of(file)  # refuses files that could not be read
        self.lines = file.read_bytes().decode("utf-8", errors="surrogateescape").splitlines(keepends=True)
        self.old: list[Annotation] = []
        self.numbers: list[int] = []
        wanted = set(new)
        for number, line in enumerate(self.lines):
            candidates = _annotations(line.lstrip("\ufeff"), sides)
            if candidates and (class_names is None or candidates[0].label < len(class_names)):  # type: ignore[operator]
                self.old.append(next((one for one in candidates if one in wanted), candidates[0]))
                self.numbers.append(number)
        self.new = new
        self.alignment: Alignment = align(self.old, new)

    def content(self, lines: list[str]) -> bytes | None:
        """The content with the new lines; None if nothing changes."""
        pairs, added, equal, _ = self.alignment
        if equal == len(self.old) == len(self.new):
            return None
        ending = next((line[len(line.rstrip("\r\n")) :] for line in self.lines if line[-1:] in "\r\n"), "\n")
        written = list(self.lines)
        for position, number in enumerate(self.numbers):
            new = pairs.get(position)
            if new is None:
                written[number] = "\ufeff" if self.lines[number].startswith("\ufeff") else ""
            elif self.new[new].box != self.old[position].box:
                end = self.lines[number]
                written[number] = lines[new] + end[len(end.rstrip("\r\n")) :]
            elif self.new[new].label != self.old[position].label:
                written[number] = re.sub(r"[^\s\ufeff]+", str(self.new[new].label), self.lines[number], count=1)
        if added and written and written[-1] and written[-1][-1] not in "\r\n\ufeff":
            written[-1] += ending
        written += [lines[position] + ending for position in added]
        return "".join(written).encode("utf-8", errors="surrogateescape")


def _annotations(line: str, sides: NDArray[np.float64]) -> list[Annotation]:
    """What a line may have been read as; nothing if it cannot be read."""
    words = line.split()
    if not words or len(words) < BOX or fault_of(line, COLUMNS["annotations"]):
        return []
    row = np.array([words], np.float64)
    if not in_range(row[:, 0], "class")[0].all() or not in_range(row[0, 1:], "fraction")[0].all():
        return []
    if len(words) == BOX:
        corners = [corners_of_boxes(row[:, 1:])]
    else:
        corners = [corners_around(row, shape) for shape in _SHAPES if fits(shape, len(words))]
    both = np.concatenate([sides, sides])
    return [Annotation(int(row[0, 0]), tuple((box * both)[0].tolist())) for box in corners]


def _line(class_id: int, box: NDArray[np.float64]) -> str:
    return " ".join([str(class_id), *(FRACTION % number for number in box.tolist())])


def _homes(names: Sequence[str], files: Sequence[Path | None], source: Path) -> dict[PurePosixPath, PurePosixPath]:
    """Folder of images -> folder of their files."""
    return {
        PurePosixPath(name).parent: PurePosixPath(file.relative_to(source).parent.as_posix())
        for name, file in zip(names, files, strict=True)
        if file is not None
    }
