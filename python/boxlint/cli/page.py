"""The page of a report: its options, and writing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

from boxlint._files import atomic_write
from boxlint._text import counted, printable
from boxlint.cli.common import PATH, Range, progress, tell
from boxlint.dataset import Dataset
from boxlint.report.html.limits import MAX_MB, TOP
from boxlint.report.pictures.files import files_of
from boxlint.report.report import Report

__all__ = ["PageOptions", "page_options", "refuse_other_ending", "refuse_other_images", "write_page"]

_MEGABYTES = Range("number", 0, min_open=True)


class PageOptions(NamedTuple):
    """Where to write the page, and its megabytes at most."""

    report: Path | None
    max_mb: float


def page_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of a page, as its parameter ``page``."""

    @click.option(
        "--report",
        type=PATH,
        help="Write a page, .html, that shows each suspected error in its image, to decide on it.",
    )
    @click.option(
        "--max-mb",
        type=_MEGABYTES,
        default=MAX_MB,
        help="Megabytes of the page at most: the least suspicious rows are left out.",
    )
    @wraps(command)
    def run(report: Path | None, max_mb: float, **arguments: Any) -> None:
        command(page=PageOptions(report, max_mb), **arguments)

    return run


def refuse_other_ending(path: Path) -> None:
    """Refuses a path that no browser would open as a page."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--report {path}: expected a path that ends in .html")


def refuse_other_images(dataset: Dataset, images: Path | None) -> None:
    """Refuses a folder that has none of the images, before any work is done."""
    if images is not None:
        files_of(dataset, images, np.arange(len(dataset)))


def write_page(report: Report, path: Path, images: Path | None, top: int | None = None, max_mb: float = MAX_MB) -> None:
    """Writes the page, with a progress bar, and says what is in it."""
    rows = TOP if top is None else top
    with atomic_write(path) as beside:
        with progress("drawing", min(rows, len(report))) as advance:
            page = report._page(path, images, rows, max_mb, advance)
        beside.write_text(page.html, "utf-8")
    tell(f"wrote {path}: {counted(page.rows, 'issue')} to look at in a browser")
    if images is None:
        tell("No folder of images is known (--images): the boxes are drawn on a blank ground.")
    for note in page.notes:
        tell(printable(note))
