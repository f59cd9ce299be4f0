"""A real browser for the tests of the report page: headless Chromium of the system, driven by playwright."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boxlint import Report, check
from boxlint.synthetic import Scenes, make_scenes

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("jinja2", reason="jinja2 is not installed")

# What a page must not do; each test that uses a page fails if it does.
_NAMES_OF_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, _NAMES_OF_CHROMIUM)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


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


@pytest.fixture
def opened(chromium: Any) -> Iterator[Opened]:
    """A browser with nothing stored, which runs scripts; fails if one has an error, or the policy forbids something."""
    context = chromium.new_context(viewport={"width": 1300, "height": 900})
    opened = Opened(context)
    yield opened
    context.close()
    assert opened.errors == []


class Shown:
    """A report of scenes, with its page and the pictures beside it."""

    def __init__(self, scenes: Scenes, folder: Path, min_suspicion: float = 0.01) -> None:
        from PIL import Image

        self.images = folder / "images"
        self.images.mkdir()
        for image, name in enumerate(scenes.dataset.image_names or ()):
            Image.fromarray(scenes.draw(image)).save(self.images / name, compress_level=1)
        self.report: Report = check(scenes.dataset, min_suspicion=min_suspicion)
        self.path = folder / "report.html"
        self.report.to_html(self.path, images=self.images)


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Some sixty issues of all kinds but spurious and doubled ones."""
    return Shown(make_scenes(60, error_rate=0.4, seed=5), tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A page of 2,000 issues."""
    return Shown(make_scenes(170, seed=1), tmp_path_factory.mktemp("large"), min_suspicion=0)
