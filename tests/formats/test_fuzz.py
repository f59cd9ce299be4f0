"""Whatever bytes a file holds, readers of folders read it or refuse it in a sentence that names it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from boxlint import read_voc, read_yolo, write_voc, write_yolo

WORDS = st.sampled_from([
    "0", "1", "-1", "0.5", ".5", "5.", "1e-3", "1e999", "-1e999", "nan", "inf", "-0", "2147483648", "9" * 400, "1_0",
    "0x1", "٣", "1,5", "x", "", "0\0", "\0", "'", "é",
])  # fmt: skip
GAPS = st.sampled_from([" ", "\t", "\n", "\r\n", "\x0b", "\x1c", "\u2028", "\u00a0", "  "])

VOC = b"""<?xml version="1.0" encoding="utf-8"?><annotation><filename>a.jpg</filename>
<size><width>100</width><height>50</height></size><object><name>d\xc3\xb6g</name><difficult>1</difficult>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40.5</ymax></bndbox></object></annotation>"""


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Words that are, or are nearly, the numbers of boxes."""
    return "".join(draw(WORDS) + draw(GAPS) for _ in range(draw(st.integers(0, 15)))).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound XML file of which parts are replaced."""
    content = VOC
    for _ in range(draw(st.integers(1, 4))):
        start, length = draw(st.integers(0, len(content))), draw(st.integers(0, 20))
        put = st.one_of(
            st.binary(max_size=3), WORDS.map(str.encode), st.sampled_from([b"<", b">", b"</object>", b"&a;", b"&#0;"])
        )
        content = content[:start] + draw(put) + content[start + length :]
    return content


@st.composite
def long_lines(draw: st.DrawFn) -> bytes:
    """Lines of numbers in a few lengths."""
    number = st.sampled_from(["0", "0.1", "0.25", "0.5", "0.9", "1", "2", "3", "inf"])
    line = st.integers(4, 14).flatmap(lambda length: st.lists(number, min_size=length, max_size=length))
    return "\n".join("0 " + " ".join(words) for words in draw(st.lists(line, max_size=5))).encode()


def read_or_refused(ending: str, content: bytes, read: Callable[[Path], Any], write: Callable[..., None]) -> None:
    """A folder that is read can be written into itself, which changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"a{ending}"
        file.write_bytes(content)
        try:
            dataset = read(Path(folder))
        except ValueError as error:
            refusal = str(error)
        else:
            assert np.isfinite(dataset.annotations.xyxy).all()
            write(dataset, folder, keep=folder)
            assert file.read_bytes() == content
            return
        assert folder in refusal
        assert "\n" not in refusal


@given(st.binary() | lines() | long_lines())
@example(b"0 0.5 0.5 0.2 0.4 " * 1000)
def test_labels(content: bytes) -> None:
    options: dict[str, Any] = {"names": ["cat"], "image_sizes": {"a.jpg": (640, 480)}}
    read_or_refused(".txt", content, partial(read_yolo, **options), write_yolo)
    skipping = partial(read_yolo, skip_unreadable=True, skip_unknown=True, **options)
    read_or_refused(".txt", content, skipping, write_yolo)


@given(st.binary() | damaged())
@example(b"<annotation>" * 100_000)
@example(VOC.replace(b"30", b"9" * 400))
@example(VOC.replace(b"30", b"1e200"))
@example(VOC.replace(b"utf-8", b"nonsense"))
@example(VOC.replace(b"utf-8", b"utf-7"))
@example(VOC.replace(b"utf-8", b"idna"))
@example(VOC.replace(b"utf-8", b"hex"))
def test_annotations(content: bytes) -> None:
    read_or_refused(".xml", content, read_voc, write_voc)
    read_or_refused(".xml", content, partial(read_voc, skip_unreadable=True), write_voc)
