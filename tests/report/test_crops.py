"""Crops show what the whole picture has there, however little of its file is decoded."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxlint.report.pictures.crops import cut_out, picture_of
from boxlint.report.pictures.upper_rows import upper_rows

Image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
ImageOps = pytest.importorskip("PIL.ImageOps", reason="pillow is not installed")

SIDE = 64
# Sides that no power of two divides, so that the last pixels of a smaller decoding stand for less.
WIDTH, HEIGHT = 1003, 757
JPEG = {"baseline": {}, "progressive": {"progressive": True}, "whole colours": {"subsampling": 0}}
# Parts at each side of the picture, in its middle, larger and smaller than a crop.
REGIONS = np.array([[0, 0, 90, 90], [913, 0, 1003, 90], [0, 667, 90, 757], [913, 667, 1003, 757], [400, 300, 430, 330],
                    [100.4, 20.3, 380.9, 300.8], [300, 100, 900, 700], [246, 0, 1003, 757]])  # fmt: skip


def scene(width: int = WIDTH, height: int = HEIGHT) -> Any:
    """A picture that is different everywhere, without edges that compression would blur."""
    coarse = np.random.default_rng(5).integers(0, 256, (height // 40, width // 40, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def saved(folder: Path, form: str, picture: Any, **options: Any) -> Path:
    content = BytesIO()
    picture.save(content, form, **options)
    path = folder / f"a.{form}"
    path.write_bytes(content.getvalue())
    return path


def crops(path: Path, regions: Any, size: Any = None) -> list[Any]:
    """The crop of each region, of a picture that is opened for it alone: nothing more is decoded than it needs."""
    picture = picture_of(path, size)
    assert picture is not None
    made = [cut_out([picture], [0], np.array([region], float), SIDE, np.asarray)[0] for region in regions]
    assert all(crop is not None for crop in made)
    return made


def expected(whole: Any, region: Any) -> Any:
    sides = region[2:] - region[:2]
    size = tuple(np.round(SIDE * sides / sides.max()).astype(int).tolist())
    return np.asarray(whole.convert("RGB").resize(size, Image.Resampling.BICUBIC, tuple(region)))


def assert_alike(crop: Any, whole: Any, region: Any) -> None:
    other = expected(whole, region)
    assert crop.shape == other.shape
    difference: Any = abs(crop.astype(int) - other)
    assert difference.mean() < 2
    assert difference.max() < 20


@pytest.mark.parametrize("options", JPEG.values(), ids=JPEG)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_crops_of_a_jpeg(tmp_path: Path, options: dict[str, Any], mode: str) -> None:
    path = saved(tmp_path, "jpeg", scene().convert(mode), quality=95, **options)
    for crop, region in zip(crops(path, REGIONS), REGIONS, strict=True):
        assert_alike(crop, Image.open(path), region)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_crops_of_a_png(tmp_path: Path, mode: str) -> None:
    path = saved(tmp_path, "png", scene().convert(mode), compress_level=1)
    for crop, region in zip(crops(path, REGIONS), REGIONS, strict=True):
        assert_alike(crop, Image.open(path), region)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_crops_of_a_picture_that_exif_turns(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, "jpeg", scene(HEIGHT, WIDTH), quality=95, exif=exif)
    displayed = ImageOps.exif_transpose(Image.open(path))
    assert displayed.size == (WIDTH, HEIGHT)
    for crop, region in zip(crops(path, REGIONS, np.array([WIDTH, HEIGHT])), REGIONS, strict=True):
        assert_alike(crop, displayed, region)


def test_all_crops_of_an_image_are_those_of_each(tmp_path: Path) -> None:
    path = saved(tmp_path, "png", scene(), compress_level=1)
    picture = picture_of(path, None)
    together = cut_out(
        [None, picture], [1] * len(REGIONS) + [0], np.concatenate([REGIONS, REGIONS[:1]]), SIDE, np.asarray
    )
    assert together.pop() is None
    for crop, alone in zip(together, crops(path, REGIONS), strict=True):
        assert crop is not None
        assert (abs(crop.astype(int) - alone) <= 1).all()


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["jpeg", "png", "bmp"]))
def test_upper_rows_are_those_of_the_whole_picture(rows: int, height: int, form: str) -> None:
    content = BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (height, 3, 3), np.uint8)
    Image.fromarray(pixels).save(content, form, **({"subsampling": 0} if form == "jpeg" else {}))
    whole = np.asarray(Image.open(content))
    upper = np.asarray(Image.open(BytesIO(upper_rows(content.getvalue(), rows))))
    assert len(upper) == (height if form == "bmp" else min(rows, height))
    assert (upper == whole[: len(upper)]).all()


@pytest.mark.parametrize("change", ["interlaced", "deep", "animated"])
def test_a_png_that_is_not_stored_row_by_row_is_kept(change: str) -> None:
    content = BytesIO()
    picture = scene(80, 80)
    if change == "animated":
        picture.save(content, "png", save_all=True, append_images=[picture.transpose(Image.Transpose.ROTATE_90)])
    else:
        picture.save(content, "png")
    head = bytearray(content.getvalue())
    head[24], head[28] = (16 if change == "deep" else head[24]), int(change == "interlaced")
    assert upper_rows(bytes(head), 10) == bytes(head)


@given(st.binary(max_size=40), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_no_content_is_refused(content: bytes, start: bytes) -> None:
    assert len(upper_rows(start + content, 1)) == len(start + content)
