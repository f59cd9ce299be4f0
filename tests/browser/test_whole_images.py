"""The whole image lies under its boxes, also where EXIF says that it is to be turned."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset, Report, check
from report_page import Opened

BOX = [300.0, 200.0, 340.0, 240.0]
RED, GROUND = (220, 30, 30), (120, 130, 140)


def report_of(size: tuple[int, int]) -> Report:
    """A missing object in the last image, which is called a.jpg."""
    clean = 30
    given = Boxes(np.tile(BOX, (clean, 1)), np.zeros(clean, int), offsets=[*range(clean + 1), clean])
    seen = Boxes(
        np.tile(BOX, (clean + 1, 1)), np.zeros(clean + 1, int), np.full(clean + 1, 0.9), offsets=range(clean + 2)
    )
    names = [f"clean_{image}.jpg" for image in range(clean)] + ["a.jpg"]
    return check(Dataset(given, seen, names, ["cat"], image_sizes=np.tile(size, (clean + 1, 1))), min_suspicion=0.1)


def drawn(width: int, height: int) -> Any:
    """A picture with a red box."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = GROUND
    x1, y1, x2, y2 = map(int, BOX)
    pixels[y1:y2, x1:x2] = RED
    return image.fromarray(pixels)


def red_in_the_box(page: Any) -> float:
    """How much of the box that is drawn over the whole image is red, less its edges and its name."""
    image = pytest.importorskip("PIL.Image")
    page.keyboard.press("w")
    page.locator("#whole image").wait_for()
    page.wait_for_timeout(300)
    place = page.locator("#whole .box.suggested").bounding_box()
    pixels = np.asarray(image.open(BytesIO(page.screenshot())).convert("RGB")).astype(int)
    rows = slice(int(place["y"]) + 8, int(place["y"] + place["height"]) - 8)
    columns = slice(int(place["x"]) + 8, int(place["x"] + place["width"]) - 8)
    return float((abs(pixels[rows, columns] - RED) < 40).all(axis=2).mean())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_of_stored_pixels(opened: Opened, tmp_path: Path, orientation: int) -> None:
    exif = pytest.importorskip("PIL.Image").Exif()
    exif[0x0112] = orientation
    drawn(600, 400).save(tmp_path / "a.jpg", exif=exif)
    report_of((600, 400)).to_html(tmp_path / "report.html", images=tmp_path)
    assert red_in_the_box(opened.open(tmp_path / "report.html")) > 0.95


def test_boxes_of_the_picture_as_displayed(opened: Opened, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = 6
    drawn(400, 600).transpose(image.Transpose.ROTATE_90).save(tmp_path / "a.jpg", exif=exif)
    report_of((400, 600)).to_html(tmp_path / "report.html", images=tmp_path)
    assert red_in_the_box(opened.open(tmp_path / "report.html")) > 0.95
