"""Crops of real files: found by name or stem, cut in the frame of the boxes, and blank where a file is not readable."""

from __future__ import annotations

import os
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset, Report, check
from boxlint.formats.image_files import picture_files
from boxlint.report.pictures.files import link_to
from report_page import columns_of

pytest.importorskip("jinja2", reason="jinja2 is not installed")
Image = pytest.importorskip("PIL.Image", reason="pillow is not installed")

SIDE = 400
BOX = [300.0, 200.0, 340.0, 240.0]
RED, GROUND = (220, 30, 30), (120, 130, 140)
# 1.75 times a box of 40 pixels, in 224.
SCALE = 224 / 70


def report_of(names: list[str], sizes: Any = None, images: int = 1) -> Report:
    """The same missing object in the last images."""
    clean = 30
    names = [f"clean_{image}.jpg" for image in range(clean)] + names
    offsets = [*range(clean + 1), *[clean] * images]
    given = Boxes(np.tile(BOX, (clean, 1)), np.zeros(clean, int), offsets=offsets)
    seen = Boxes(np.tile(BOX, (clean + images, 1)), np.zeros(clean + images, int), np.full(clean + images, 0.9),
                 offsets=range(clean + images + 1))  # fmt: skip
    all_sizes = None if sizes is None else np.tile(sizes, (clean + images, 1))
    return check(Dataset(given, seen, image_names=names, class_names=["cat"], image_sizes=all_sizes), min_suspicion=0.1)


def drawn(width: int = SIDE, height: int = SIDE, box: list[float] = BOX) -> Any:
    """A picture with a red box."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = GROUND
    x1, y1, x2, y2 = map(int, box)
    pixels[y1:y2, x1:x2] = RED
    return Image.fromarray(pixels)


def page_of(report: Report, folder: Path) -> str:
    html = report.to_html(images=folder)
    assert html is not None
    return html


def crop_of(report: Report, folder: Path) -> Any:
    content = columns_of(page_of(report, folder))["issues"]["crop"][0]
    return Image.open(BytesIO(b64decode(content))).convert("RGB")


def assert_red_in_the_middle(crop: Any) -> None:
    """The red box stands where that of the report is drawn: a square of 128 pixels in the middle of the crop."""
    assert crop.size == (224, 224)
    pixels = np.asarray(crop).astype(int)
    red: Any = (abs(pixels - RED) < 40).all(axis=2)
    start, end = round((70 - 40) / 2 * SCALE), round((70 + 40) / 2 * SCALE)
    assert red[start + 4 : end - 4, start + 4 : end - 4].all()
    red[start - 4 : end + 4, start - 4 : end + 4] = False
    assert not red.any()


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "tif"])
def test_the_crop_shows_the_box_where_it_is(tmp_path: Path, ending: str) -> None:
    drawn().save(tmp_path / f"a.{ending}")
    assert_red_in_the_middle(crop_of(report_of([f"a.{ending}"]), tmp_path))


@pytest.mark.parametrize("mode", ["RGBA", "P", "CMYK", "YCbCr"])
def test_pictures_of_other_modes(tmp_path: Path, mode: str) -> None:
    ending = "png" if mode in ("RGBA", "P") else "tif"
    picture = drawn().quantize(8) if mode == "P" else drawn().convert(mode)
    picture.save(tmp_path / f"a.{ending}")
    assert_red_in_the_middle(crop_of(report_of([f"a.{ending}"]), tmp_path))


def test_a_picture_of_deep_grey_is_scaled_to_its_own_range(tmp_path: Path) -> None:
    Image.fromarray(np.asarray(drawn().convert("L")).astype(np.uint16) * 20 + 1000).save(tmp_path / "a.png")
    pixels = np.asarray(crop_of(report_of(["a.png"]), tmp_path))
    assert pixels.min() < 10
    assert pixels.max() > 245


def test_a_large_jpeg_is_decoded_smaller_and_shows_the_same(tmp_path: Path) -> None:
    drawn(3200, 3200, [8 * side for side in BOX]).save(tmp_path / "a.jpg")
    assert_red_in_the_middle(crop_of(report_of(["a.jpg"], [SIDE, SIDE]), tmp_path))


def test_a_file_of_another_size_than_the_data_set_says_is_scaled(tmp_path: Path) -> None:
    drawn(2 * SIDE, 2 * SIDE, [2 * side for side in BOX]).save(tmp_path / "a.png")
    assert_red_in_the_middle(crop_of(report_of(["a.png"], [SIDE, SIDE]), tmp_path))


class TestOrientation:
    """EXIF turns a picture only where the size of the image in the data set is that of the turned one."""

    @staticmethod
    def turned(folder: Path, picture: Any) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(folder / "a.jpg", exif=exif)

    @pytest.mark.parametrize("sizes", [None, [600, 400]], ids=["unknown", "as stored"])
    def test_boxes_of_stored_pixels(self, tmp_path: Path, sizes: Any) -> None:
        self.turned(tmp_path, drawn(600, 400))
        assert_red_in_the_middle(crop_of(report_of(["a.jpg"], sizes), tmp_path))

    def test_boxes_of_the_picture_as_displayed(self, tmp_path: Path) -> None:
        # Displayed, the picture is turned to the right by a quarter.
        self.turned(tmp_path, drawn(400, 600).transpose(Image.Transpose.ROTATE_90))
        assert_red_in_the_middle(crop_of(report_of(["a.jpg"], [400, 600]), tmp_path))


def test_an_image_is_found_by_its_name_else_by_its_only_stem(tmp_path: Path) -> None:
    for within in ("x/a.png", "b.jpg", "x/c.png", "y/c.png", "d.jpg", "x/d.jpg"):
        (tmp_path / within).parent.mkdir(exist_ok=True)
        drawn().save(tmp_path / within)
    names = ["a.jpg", "elsewhere/b.tif", "c.png", "y/c.png", "d.jpg", ".\\x\\d.jpg", "e.jpg", ""]
    assert picture_files(names, tmp_path) == ["x/a.png", "b.jpg", None, "y/c.png", "d.jpg", "x/d.jpg", None, None]


@pytest.mark.parametrize("name", ["../a.png", "x/../../a.png", "/a.png", "C:/a.png", "a\0.png", "a" * 5000])
def test_a_name_that_is_no_path_within_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    drawn().save(tmp_path / "a.png")
    (tmp_path / "images").mkdir()
    assert picture_files([name], tmp_path / "images") == [None]


def test_missing_and_broken_files_are_counted_and_leave_a_blank_ground(tmp_path: Path) -> None:
    content = BytesIO()
    drawn().save(content, "jpeg")
    drawn().save(tmp_path / "whole.jpg")
    (tmp_path / "broken.jpg").write_bytes(content.getvalue()[:500])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no picture")
    report = report_of(["whole.jpg", "broken.jpg", "empty.jpg", "text.jpg", "lacking.jpg"], images=5)
    html = page_of(report, tmp_path)
    columns = columns_of(html)
    names = [columns["images"]["name"][image] for image in columns["issues"]["image"]]
    with_crop = [name for name, crop in zip(names, columns["issues"]["crop"], strict=True) if crop]
    assert with_crop == ["whole.jpg"]
    assert "3 images could not be read: the boxes are drawn on a blank ground." in html
    assert "1 image could not be found: the boxes are drawn on a blank ground." in html


def test_a_folder_with_images_of_other_rows_is_the_right_one(tmp_path: Path) -> None:
    report = report_of(["a.png", "b.png"], images=2)
    assert len(report.issues) == 2
    _, second = report.issues
    drawn().save(tmp_path / str(second.image_name))
    html = report.to_html(images=tmp_path, top=1)
    assert html is not None
    assert "1 image could not be found: the boxes are drawn on a blank ground." in html


def test_a_folder_without_any_of_the_images_is_refused(tmp_path: Path) -> None:
    drawn().save(tmp_path / "other.png")
    with pytest.raises(ValueError, match=r"images: .* holds none of 31 images, such as 'a.png'"):
        report_of(["a.png"]).to_html(images=tmp_path)


def test_a_list_names_the_file_of_each_image(tmp_path: Path) -> None:
    drawn().save(tmp_path / "b.png")
    report = report_of(["a.png"])
    html = report.to_html(images=[*[None] * 30, tmp_path / "b.png"])
    assert html is not None
    assert columns_of(html)["issues"]["crop"][0]
    with pytest.raises(ValueError, match="images has 1 paths, expected 31, as many as there are images"):
        report.to_html(images=[tmp_path / "b.png"])


def test_addresses_of_files_are_relative_and_quoted(tmp_path: Path) -> None:
    page = tmp_path / "reports" / "page.html"
    assert link_to(tmp_path / "reports" / "a b#c?.png", page) == "./a%20b%23c%3F.png"
    assert link_to(tmp_path / "data" / "x:y%.png", page) == "../data/x%3Ay%25.png"


def test_crops_hold_no_profile_of_colours_and_nothing_of_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 1, "maker"
    drawn().save(tmp_path / "a.jpg", exif=exif, icc_profile=b"profile" * 500)
    content = b64decode(columns_of(page_of(report_of(["a.jpg"]), tmp_path))["issues"]["crop"][0])
    assert len(content) < 3000
    assert not Image.open(BytesIO(content)).info.keys() & {"exif", "icc_profile"}


@pytest.mark.skipif(os.name == "nt", reason="a backslash parts folders there")
def test_a_backslash_can_be_part_of_a_name(tmp_path: Path) -> None:
    names = ["a\\b.png", "c\\d.png", "..\\e.png"]
    (tmp_path / "images" / "c").mkdir(parents=True)
    for name in ("images/a\\b.png", "images/c/d.png", "e.png"):
        (tmp_path / name).write_bytes(b"")
    assert picture_files(names, tmp_path / "images") == ["a\\b.png", "c/d.png", None]
