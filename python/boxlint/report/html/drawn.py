"""What is drawn of issues: the parts of their images, with the boxes there."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint.dataset import Dataset
from boxlint.report.html.crops import Picture, cut_out, picture_of
from boxlint.report.html.pictures import PictureFiles, files_of
from boxlint.report.html.regions import extents, regions_around
from boxlint.report.issues import Issues

__all__ = ["Drawn", "draw", "joined"]

Array = NDArray[Any]


class Drawn(NamedTuple):
    """What is drawn of some issues.

    Attributes
    ----------
    boxes:
        (n, 3, 4) the given, the suggested and the kept box of each; NaN where there is none.
    regions:
        (n, 4) the part of the image that is shown.
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


def draw(issues: Issues, dataset: Dataset, given: PictureFiles | None, progress: Callable[[int], object]) -> Drawn:
    """The regions of issues and their crops, of which ``progress`` is told as they are made."""
    images, image = np.unique(issues["image_index"], return_inverse=True)
    known = None if dataset.image_sizes is None else dataset.image_sizes[images]
    files: list[Path | None] = [None] * len(images) if given is None else files_of(dataset, given, images)
    pictures = _pictures(files, known)
    sizes = np.full((len(images), 2), np.nan) if known is None else known.copy()
    for position, picture in enumerate(pictures):
        if picture is not None:
            sizes[position] = picture.width, picture.height
    boxes = _boxes(issues, dataset)
    regions = regions_around(extents(*np.moveaxis(boxes, 1, 0)), sizes[image])
    crops = [""] * len(issues) if given is None else cut_out(pictures, image.tolist(), regions, progress)
    numbers = images.tolist()
    cut = {numbers[position] for position, crop in zip(image.tolist(), crops, strict=True) if crop}
    found = {number for number, file in zip(numbers, files, strict=True) if file is not None}
    return Drawn(
        boxes,
        regions,
        crops,
        {number: size for number, size in zip(numbers, map(tuple, sizes.tolist()), strict=True) if size[0] == size[0]},
        {number: picture for number, picture in zip(numbers, pictures, strict=True) if picture and number in cut},
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


def _boxes(issues: Issues, dataset: Dataset) -> Array:
    """(n, 3, 4) the given, the suggested and, for duplicates, the kept box of each issue; NaN where there is none."""
    kept = issues["kept_annotation_index"]
    there = ~np.ma.getmaskarray(kept)
    boxes = np.full((len(issues), 3, 4), np.nan)
    boxes[:, 0] = issues["given_box"].filled(np.nan)
    boxes[:, 1] = issues["suggested_box"].filled(np.nan)
    rows = dataset.annotations.offsets[issues["image_index"]] + kept.data
    boxes[there, 2] = dataset.annotations.xyxy[rows[there]]
    return boxes
