"""The report page in a browser and as a file, for its tests."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from boxlint import Report, check, read_coco, write_coco
from boxlint.synthetic import Scenes

_NAMES_OF_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def headless_chromium() -> Iterator[Any]:
    """The Chromium of the system, driven by playwright; skips the test where one of them is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, _NAMES_OF_CHROMIUM)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def columns_of(html: str) -> dict[str, Any]:
    """The data of a page."""
    found = re.search(r'id="data">(.*)</script>', html)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


class Opened:
    """A page in the browser, and what went wrong or was asked for on it."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path, state: str = "") -> Any:
        self.page.goto(f"{path.as_uri()}{state and '#'}{state}")
        return self.page

    def exported(self, folder: Path) -> dict[str, Any]:
        """The file of decisions that the page gives."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Export decisions").click()
        path = folder / "decisions.json"
        download.value.save_as(path)
        content: dict[str, Any] = json.loads(path.read_text())
        return content


class Shown:
    """A report of scenes, with its page, the pictures and the annotations beside it."""

    def __init__(self, scenes: Scenes, folder: Path, min_suspicion: float = 0.01) -> None:
        pytest.importorskip("jinja2", reason="jinja2 is not installed")
        from PIL import Image

        self.images = folder / "images"
        self.images.mkdir()
        for image, name in enumerate(scenes.dataset.image_names or ()):
            Image.fromarray(scenes.draw(image)).save(self.images / name, compress_level=1)
        self.annotations, detections = folder / "annotations.json", folder / "detections.json"
        write_coco(scenes.dataset, self.annotations, detections)
        self.report: Report = check(read_coco(self.annotations, detections), min_suspicion=min_suspicion)
        self.path = folder / "report.html"
        self.report.to_html(self.path, images=self.images)
