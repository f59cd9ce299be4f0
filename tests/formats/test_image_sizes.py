"""Sizes of images are those that Pillow tells, also where its parser is not asked."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxlint._core import jpeg_sizes
from boxlint.formats.folders import image_size, image_sizes_below

ORIENTATION = 0x0112
XMP = b"http://ns.adobe.com/xap/1.0/\x00<x tiff:Orientation='6'/><x tiff:Orientation=\"6\"/>"


def jpeg(mode: str = "RGB", size: tuple[int, int] = (30, 20), orientation: int = 0, **options: object) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
        options["exif"] = exif
    Image.new(mode, size).save(out, "JPEG", **options)
    return out.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def with_segment(marker: int, content: bytes) -> bytes:
    """A file with a segment before all others."""
    plain = jpeg()
    return plain[:2] + segment(marker, content) + plain[2:]


PLAIN = {
    "colour": jpeg(),
    "grey": jpeg("L"),
    "four inks": jpeg("CMYK"),
    "progressive": jpeg(progressive=True),
    "of one pixel": jpeg(size=(1, 1)),
    "with a comment": jpeg(comment="made by hand"),
}
OTHER = {
    "turned": jpeg(orientation=6),
    "not turned": jpeg(orientation=1),
    "turned in XMP": with_segment(0xE1, XMP),
    "with a profile": jpeg(icc_profile=b"p" * 200),
    "with a long header": with_segment(0xFE, b"c" * 5000),
    "with padding": jpeg()[:2] + b"\xff\xff" + jpeg()[2:],
    "a Photoshop file": with_segment(0xED, b"Photoshop 3.0\x008BIM"),
    "too large": jpeg(size=(1, 1)).replace(b"\x00\x01\x00\x01\x03", b"\x7f\xff\x7f\xff\x03"),
    "empty": b"",
    "no image": b"\xff\xd8 and so on",
}


def told_by_pillow(folder: Path, names: list[str]) -> tuple[dict[str, tuple[float, float]], list[str]]:
    sizes, faults = {}, []
    for name in names:
        try:
            sizes[name] = image_size(folder / name)
        except ValueError as error:
            sizes[name] = np.nan, np.nan
            faults.append(f"{folder / name}: {error}")
    return sizes, faults


def expect_as_pillow(folder: Path, contents: Iterator[bytes]) -> None:
    names = []
    for number, content in enumerate(contents):
        names.append(f"{number:04d}.jpg")
        (folder / names[-1]).write_bytes(content)
    sizes, faults = image_sizes_below(folder)
    expected = told_by_pillow(folder, names)
    np.testing.assert_equal(sizes, expected[0])
    assert [str(fault) for fault in faults] == expected[1]


def test_plain_files_are_read_without_pillow(tmp_path: Path) -> None:
    for name, content in (PLAIN | OTHER).items():
        (tmp_path / name).write_bytes(content)
    sizes = jpeg_sizes(tmp_path, [*PLAIN, *OTHER, "missing"])
    assert (~np.isnan(sizes).any(axis=1)).tolist() == [True] * len(PLAIN) + [False] * (len(OTHER) + 1)
    assert {name: tuple(size) for name, size in zip(PLAIN, sizes.tolist(), strict=False)} == {
        name: (1, 1) if name == "of one pixel" else (30, 20) for name in PLAIN
    }


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
@pytest.mark.parametrize("name", [*PLAIN, *OTHER])
def test_a_cut_or_changed_file_is_what_pillow_says(tmp_path: Path, name: str) -> None:
    whole = (PLAIN | OTHER)[name][:900]
    generator = np.random.default_rng(0)
    cut = (whole[:end] for end in range(0, len(whole), 5))
    values = generator.integers(0, 256, len(whole), np.uint8).tolist()
    changed = (whole[:at] + bytes([values[at]]) + whole[at + 1 :] for at in range(0, len(whole), 2))
    expect_as_pillow(tmp_path, (content for contents in ([whole], cut, changed) for content in contents))
