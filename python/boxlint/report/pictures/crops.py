"""Pictures of issues, cut out of the files of their images."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from boxlint.formats.folders import ORIENTATION, TURNED
from boxlint.report.pictures.upper_rows import upper_rows

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["CROP_SIDE", "Picture", "as_webp", "cut_out", "picture_of"]

Array = NDArray[Any]
Made = TypeVar("Made")

# Pixels of the longer side of a crop on a page.
CROP_SIDE = 224
_QUALITY = 75
# A third of the time of the slowest, and a tenth more bytes.
_EFFORT = 2
# A crop of at least so many times its own pixels is first shrunk by whole numbers: five times faster, hardly different.
_GAP = 2.0

# The EXIF orientation of images that are not turned.
_AS_STORED = 1
# Of the orientations that turn by a quarter, those that show the file's columns, or its rows, in the opposite order.
_COLUMNS_REVERSED, _ROWS_REVERSED = (7, 8), (6, 7)


class Picture(NamedTuple):
    """The file of an image, and its width and height in the frame of the boxes."""

    file: Path
    width: float
    height: float
    # How EXIF says to turn it, and whether the boxes are those of the image as it is turned, not as it is stored.
    orientation: int
    turned: bool
    # Width and height of the pixels as they are stored.
    stored: tuple[int, int]


def picture_of(file: Path, size: Array | None) -> Picture | None:
    """The picture in a file, for boxes of an image of this size; None if it cannot be read.

    Boxes are those of the pixels as stored, unless the size is that of the image as EXIF turns it. A file of another
    size is scaled to the size of the image.
    """
    from PIL import Image

    try:
        with Image.open(file) as image:
            stored = image.size
            orientation = image.getexif().get(ORIENTATION, _AS_STORED)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    if size is None or np.isnan(size).any():
        return Picture(file, *stored, orientation, False, stored)
    width, height = size.tolist()
    turned = orientation in TURNED and stored != (width, height) == stored[::-1]
    return Picture(file, width, height, orientation, turned, stored)


def cut_out(
    pictures: Sequence[Picture | None],
    image: Sequence[int],
    regions: Array,
    side: int,
    make: Callable[[Image.Image], Made],
    progress: Callable[[int], object] = lambda done: None,
) -> list[Made | None]:
    """What is made of the crops of the regions; None where the image has no picture, or it cannot be read.

    Parameters
    ----------
    pictures:
        One for each image.
    image:
        The image of each region.
    regions:
        (n, 4) parts of the images.
    side:
        Pixels of the longer side of a crop.
    make:
        What is kept of a crop, which has the mode RGB.
    progress:
        Is called with the number of crops made since, from this thread.
    """
    crops: list[Made | None] = [None] * len(image)
    rows_of: dict[int, list[int]] = {}
    for row, position in enumerate(image):
        rows_of.setdefault(position, []).append(row)

    def cut(position: int) -> Sequence[Made | None]:
        picture = pictures[position]
        rows = rows_of[position]
        return [None] * len(rows) if picture is None else _crops_of(picture, regions[rows], side, make)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for rows, made in zip(rows_of.values(), pool.map(cut, rows_of), strict=True):
            for row, crop in zip(rows, made, strict=True):
                crops[row] = crop
            progress(len(rows))
    return crops


def as_webp(crop: Image.Image) -> str:
    """A crop as WebP in base64."""
    content = BytesIO()
    crop.save(content, "WEBP", quality=_QUALITY, method=_EFFORT)
    return b64encode(content.getvalue()).decode()


def _crops_of(
    picture: Picture, regions: Array, side: int, make: Callable[[Image.Image], Made]
) -> Sequence[Made | None]:
    """What is made of the crops of an image, which is decoded once; None if it cannot be read."""
    from PIL import Image

    parts = _in_stored_pixels(regions, picture)
    longest = (parts[:, 2:] - parts[:, :2]).max(axis=1)
    # What scaling reads beyond the lower side of a part: with it, the pixels are those of the whole picture.
    margin = longest / 16 + 16
    try:
        content = upper_rows(picture.file.read_bytes(), ceil((parts[:, 3] + margin).max()))
        with Image.open(BytesIO(content)) as image:
            shrunk = _shrink_while_decoding(image, longest.min() / side)
            pixels = image if image.mode == "RGB" else _as_rgb(image)
            crops = [_crop(pixels, part / shrunk, side) for part in parts]
            return [make(_turned(crop, picture) if picture.turned else crop) for crop in crops]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return [None] * len(regions)


def _in_stored_pixels(regions: Array, picture: Picture) -> Array:
    """Where parts of an image lie in its file."""
    width, height = picture.stored
    scale = np.divide([height, width] if picture.turned else [width, height], [picture.width, picture.height])
    parts = regions * np.tile(scale, 2)
    if picture.turned:
        parts = parts[:, [1, 0, 3, 2]]
        if picture.orientation in _COLUMNS_REVERSED:
            parts[:, [0, 2]] = width - parts[:, [2, 0]]
        if picture.orientation in _ROWS_REVERSED:
            parts[:, [1, 3]] = height - parts[:, [3, 1]]
    inside: Array = np.clip(parts, 0, [width, height, width, height])
    return inside


def _turned(crop: Image.Image, picture: Picture) -> Image.Image:
    """A crop as its image is displayed."""
    from PIL import Image

    turn = Image.Transpose
    ways = {5: turn.TRANSPOSE, 6: turn.ROTATE_270, 7: turn.TRANSVERSE, 8: turn.ROTATE_90}
    return crop.transpose(ways[picture.orientation])


def _shrink_while_decoding(image: Image.Image, most: float) -> float:
    """Lets a JPEG be decoded at a half, a quarter or an eighth of its size, by at most this; returns by how much."""
    width, height = image.size
    by = next(by for by in (8, 4, 2, 1) if by <= max(most, 1))
    drafted = image.draft(None, (max(width // by, 1), max(height // by, 1)))
    return 1.0 if drafted is None else width / drafted[1][2]


def _as_rgb(image: Image.Image) -> Image.Image:
    """Any image in three channels: deep grey is scaled to its own range, what is transparent is grey."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image, np.float64))
        low, high = values.min(), values.max()
        return Image.fromarray(np.uint8((values - low) * (255 / max(high - low, 1e-9)))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "#808080")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _crop(image: Image.Image, part: Array, side: int) -> Image.Image:
    from PIL import Image

    left, top, right, bottom = part.tolist()
    longest = max(right - left, bottom - top)
    size = [max(1, round(side * length / longest)) for length in (right - left, bottom - top)]
    box = (left, top, right, bottom)
    return image.resize((size[0], size[1]), Image.Resampling.BICUBIC, box, reducing_gap=_GAP)
