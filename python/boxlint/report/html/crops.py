"""Pictures of issues, cut out of the files of their images."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["CROP_SIDE", "Picture", "cut_out", "picture_of"]

Array = NDArray[Any]
Size = tuple[float, float]

# Pixels of the longer side of a crop.
CROP_SIDE = 224
_QUALITY = 75
# Half the time of the slowest, and a tenth more bytes.
_EFFORT = 2

# The EXIF orientation, its value for images that are not turned, and those that turn by a quarter.
_ORIENTATION = 0x0112
_AS_STORED = 1
_TURNED = (5, 6, 7, 8)


class Picture(NamedTuple):
    """The file of an image, and its width and height in the frame of the boxes."""

    file: Path
    width: float
    height: float
    # How EXIF says to turn it, and whether the boxes are those of the image as it is turned, not as it is stored.
    orientation: int
    turned: bool


def picture_of(file: Path, size: Array | None) -> Picture | None:
    """The picture in a file, for boxes of an image of this size; None if it cannot be read.

    Boxes are those of the pixels as stored, unless the size is that of the image as EXIF turns it. A file of another
    size is scaled to the size of the image.
    """
    from PIL import Image

    try:
        with Image.open(file) as image:
            stored = image.size
            orientation = image.getexif().get(_ORIENTATION, _AS_STORED)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    if size is None or np.isnan(size).any():
        return Picture(file, *stored, orientation, turned=False)
    width, height = size.tolist()
    turned = orientation in _TURNED and stored != (width, height) == stored[::-1]
    return Picture(file, width, height, orientation, turned)


def cut_out(
    pictures: Sequence[Picture | None],
    image: Sequence[int],
    regions: Array,
    progress: Callable[[int], object],
) -> list[str]:
    """The crops of the regions, as WebP in base64; empty where the image has no picture, or it cannot be read.

    Parameters
    ----------
    pictures:
        One for each image.
    image:
        The image of each region.
    regions:
        (n, 4) parts of the images.
    progress:
        Is called with the number of crops made since, from this thread.
    """
    crops = [""] * len(image)
    rows_of: dict[int, list[int]] = {}
    for row, position in enumerate(image):
        rows_of.setdefault(position, []).append(row)

    def cut(position: int) -> list[str]:
        picture = pictures[position]
        rows = rows_of[position]
        return [""] * len(rows) if picture is None else _crops_of(picture, regions[rows])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for rows, made in zip(rows_of.values(), pool.map(cut, rows_of), strict=True):
            for row, crop in zip(rows, made, strict=True):
                crops[row] = crop
            progress(len(rows))
    return crops


def _crops_of(picture: Picture, regions: Array) -> list[str]:
    """The crops of an image, which is opened once; empty if it cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(picture.file) as image:
            _shrink_while_decoding(image, picture, regions)
            pixels: Image.Image = ImageOps.exif_transpose(image) if picture.turned else image
            pixels = pixels if pixels.mode == "RGB" else _as_rgb(pixels)
            scale = np.divide(pixels.size, (picture.width, picture.height))
            return [_crop(pixels, region * np.tile(scale, 2)) for region in regions]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return [""] * len(regions)


def _shrink_while_decoding(image: Image.Image, picture: Picture, regions: Array) -> None:
    """Lets a JPEG be decoded at a half, a quarter or an eighth of its size, if the crops keep all their pixels."""
    smallest = (regions[:, 2:] - regions[:, :2]).max(axis=1).min()
    fraction = CROP_SIDE / smallest * picture.width / max(image.size[0], 1)
    if fraction < 1 and not picture.turned:
        image.draft(None, (int(np.ceil(image.size[0] * fraction)), int(np.ceil(image.size[1] * fraction))))


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


def _crop(image: Image.Image, region: Array) -> str:
    from PIL import Image

    left, top, right, bottom = np.clip(region, 0, [*image.size, *image.size]).tolist()
    longest = max(right - left, bottom - top)
    size = [max(1, round(CROP_SIDE * side / longest)) for side in (right - left, bottom - top)]
    crop = image.resize((size[0], size[1]), Image.Resampling.BICUBIC, (left, top, right, bottom))
    content = BytesIO()
    crop.save(content, "WEBP", quality=_QUALITY, method=_EFFORT)
    return b64encode(content.getvalue()).decode()
