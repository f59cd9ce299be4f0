"""What is drawn of issues: the parts of their images, with the boxes there."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint.report.columns import IssueColumns
from boxlint.report.pickled import whole
from boxlint.report.pictures.crops import CROP_SIDE, Picture, as_webp, cut_out, picture_of
from boxlint.report.pictures.files import PictureFiles, files_of
from boxlint.report.pictures.regions import extents, regions_around

__all__ = ["STYLES", "Drawn", "Frame", "Placed", "draw", "joined", "place"]

Array = NDArray[Any]

# What the boxes of an issue are, in their order.
STYLES = ("given", "suggested", "kept")


class Frame(NamedTuple):
    """A box in the pixels of a crop, and which of the boxes it is."""

    style: str
    x: float
    y: float
    width: float
    height: float


class Placed(NamedTuple):
    """Where issues lie in their images, and what they are cut out of.

    Attributes
    ----------
    boxes:
        (n, 3, 4) the given, the suggested and the kept box of each; NaN where there is none.
    regions:
        (n, 4) the part of the image that is shown.
    position:
        (n,) where the image of each stands among the images.
    images:
        The images that the issues lie in, in ascending order.
    sizes:
        (m, 2) width and height of each of them; NaN where they are not known.
    files, pictures:
        Its file, and its picture; None where it is not found, or cannot be read.
    """

    boxes: Array
    regions: Array
    position: Array
    images: Array
    sizes: Array
    files: list[Path | None]
    pictures: list[Picture | None]


class Drawn(NamedTuple):
    """What is drawn of some issues.

    Attributes
    ----------
    boxes, regions:
        As in `Placed`.
    crops:
        Its picture, as WebP in base64; empty where there is none.
    sizes:
        Image -> its width and height, where they are known.
    pictures:
        Image -> its picture, where it can be read.
    missing, unreadable:
        Images without a file, and those whose file cannot be read.
    """

    boxes: Array
    regions: Array
    crops: list[str]
    sizes: dict[int, tuple[float, float]]
    pictures: dict[int, Picture]
    missing: set[int]
    unreadable: set[int]

    def first(self, rows: int) -> Drawn:
        """That of the first rows."""
        return self._replace(boxes=self.boxes[:rows], regions=self.regions[:rows], crops=self.crops[:rows])

    def size(self, row: int) -> tuple[float, float]:
        """Width and height of a crop."""
        left, top, right, bottom = self.regions[row].tolist()
        scale = _scale(self.regions[row])
        return round((right - left) * scale, 1), round((bottom - top) * scale, 1)

    def frames(self, row: int) -> list[Frame]:
        """The boxes of a row, in the pixels of its crop."""
        region = self.regions[row]
        frames = []
        for style, corners in zip(STYLES, self.boxes[row], strict=True):
            if not np.isnan(corners).any():
                x1, y1, x2, y2 = np.round((corners - np.tile(region[:2], 2)) * _scale(region), 1).tolist()
                frames.append(Frame(style, x1, y1, x2 - x1, y2 - y1))
        return frames


def _scale(region: Array) -> float:
    """Pixels of the crop beside those of the image."""
    return float(CROP_SIDE / (region[2:] - region[:2]).max())


def place(issues: IssueColumns, given: PictureFiles | None) -> Placed:
    """The regions of issues, and the pictures of their images among the given files."""
    dataset = whole(issues.dataset)
    images, position = np.unique(issues["image_index"], return_inverse=True)
    known = None if dataset.image_sizes is None else dataset.image_sizes[images]
    files: list[Path | None] = [None] * len(images) if given is None else files_of(dataset, given, images)
    pictures = _pictures(files, known)
    sizes = np.full((len(images), 2), np.nan) if known is None else known.copy()
    for at, picture in enumerate(pictures):
        if picture is not None:
            sizes[at] = picture.width, picture.height
    boxes = _boxes(issues)
    regions = regions_around(extents(*np.moveaxis(boxes, 1, 0)), sizes[position])
    return Placed(boxes, regions, position, images, sizes, files, pictures)


def draw(
    issues: IssueColumns, given: PictureFiles | None, progress: Callable[[int], object] = lambda done: None
) -> Drawn:
    """The regions of issues and their crops, of which ``progress`` is told as they are made."""
    placed = place(issues, given)
    positions, numbers = placed.position.tolist(), placed.images.tolist()
    made = cut_out(placed.pictures, positions, placed.regions, CROP_SIDE, as_webp, progress)
    crops = [crop or "" for crop in made]
    cut = {numbers[position] for position, crop in zip(positions, crops, strict=True) if crop}
    found = {number for number, file in zip(numbers, placed.files, strict=True) if file is not None}
    sizes = zip(numbers, map(tuple, placed.sizes.tolist()), strict=True)
    pictures = zip(numbers, placed.pictures, strict=True)
    return Drawn(
        placed.boxes,
        placed.regions,
        crops,
        {number: size for number, size in sizes if size[0] == size[0]},
        {number: picture for number, picture in pictures if picture and number in cut},
        set() if given is None else set(numbers) - found,
        found - cut,
    )


def joined(parts: Sequence[Drawn]) -> Drawn:
    """What is drawn of all of some parts."""
    first, *others = parts
    for part in others:
        first = Drawn(
            np.concatenate([first.boxes, part.boxes]),
            np.concatenate([first.regions, part.regions]),
            first.crops + part.crops,
            first.sizes | part.sizes,
            first.pictures | part.pictures,
            first.missing | part.missing,
            first.unreadable | part.unreadable,
        )
    return first


def _pictures(files: Sequence[Path | None], sizes: Array | None) -> list[Picture | None]:
    """The picture of each image; None where there is none that can be read."""

    def read(position: int) -> Picture | None:
        file = files[position]
        return None if file is None else picture_of(file, None if sizes is None else sizes[position])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(read, range(len(files))))


def _boxes(issues: IssueColumns) -> Array:
    """(n, 3, 4) the given, the suggested and, for duplicates, the kept box of each issue; NaN where there is none."""
    kept = issues["kept_annotation_index"]
    there = ~np.ma.getmaskarray(kept)
    boxes = np.full((len(issues), 3, 4), np.nan)
    boxes[:, 0] = issues["given_box"].filled(np.nan)
    boxes[:, 1] = issues["suggested_box"].filled(np.nan)
    annotations = whole(issues.dataset).annotations
    rows = annotations.offsets[issues["image_index"]] + kept.data
    boxes[there, 2] = annotations.xyxy[rows[there]]
    return boxes
