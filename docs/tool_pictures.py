"""Takes the pictures of labelling tools in review.md, each of the real tool with a queue of drawn scenes.

Needs the environments of `make test-label-studio` and `make test-review-tools`, playwright and Debian's chromium:
PATH=.venv/label-studio/bin:$PATH BOXLINT_TOOLS=.venv/tools .venv/bin/python docs/tool_pictures.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from boxlint import Report, check
from boxlint.review import export_queue
from boxlint.synthetic import make_scenes

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "review")]

from test_real_tools import TOOLS, run_with, running_database  # noqa: E402

from label_studio_server import PASSWORD, USER, running_server  # noqa: E402
from reviewing import Said  # noqa: E402

TOP = 40
QUALITY = 80


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        report = _draw(folder / "images")
        _labelme(folder, report)
        _fiftyone(folder, report)
        _label_studio(folder, report)


def _draw(images: Path) -> Report:
    scenes = make_scenes()
    report = check(scenes.dataset)
    images.mkdir()
    for image in {issue.image_index for issue in report.top(TOP)}:
        Image.fromarray(scenes.draw(image)).save(images / f"scene_{image:04}.png")
    return report


def _labelme(folder: Path, report: Report) -> None:
    """The window with a shape selected, and the dialog in which its verdict is ticked."""
    export_queue(report, folder / "labelme", "labelme", images=folder / "images", top=1)
    run_with("labelme", folder / "labelme", folder / "labelme.png", said=[Said(report[0].issue_id, "accept")])
    _keep(folder / "labelme.png")


def _fiftyone(folder: Path, report: Report) -> None:
    """The App, the most suspicious images first."""
    export_queue(report, folder / "fiftyone", "fiftyone", images=folder / "images", top=TOP)
    program = (
        "import fiftyone, sys\n"
        "kind = fiftyone.types.FiftyOneDataset\n"
        "dataset = fiftyone.Dataset.from_dir(sys.argv[1], dataset_type=kind, name='boxlint')\n"
        "session = fiftyone.launch_app(dataset, remote=True, address='127.0.0.1', port=15151)\n"
        "session.wait(-1)\n"
    )
    with running_database(folder / "database") as address:
        environment = {**os.environ, "HOME": str(folder), "FIFTYONE_DATABASE_URI": address}
        environment["FIFTYONE_DO_NOT_TRACK"] = "true"
        python = TOOLS / "fiftyone" / "bin" / "python"
        with subprocess.Popen([python, "-c", program, folder / "fiftyone"], env=environment) as app:
            try:
                with _page(1200, 700) as page:
                    while not _answers("http://127.0.0.1:15151"):
                        page.wait_for_timeout(1000)
                    page.goto("http://127.0.0.1:15151")
                    page.wait_for_timeout(12_000)
                    page.get_by_text("Dismiss").click()
                    page.wait_for_timeout(1000)
                    page.screenshot(path=folder / "fiftyone.png")
            finally:
                app.terminate()
    _keep(folder / "fiftyone.png")


def _label_studio(folder: Path, report: Report) -> None:
    """The first task with its most suspicious region selected and accepted, as the key a does."""
    export_queue(report, folder / "label-studio", "label-studio", images=folder / "images", top=TOP)
    with running_server("label-studio", folder / "server", folder) as server, _page(1400, 760) as page:
        config = (folder / "label-studio" / "labelling_config.xml").read_text()
        project = server.call("POST", "/api/projects", {"title": "boxlint", "label_config": config})["id"]
        images = {"project": project, "path": str(folder / "images"), "use_blob_urls": True}
        server.call("POST", "/api/storages/localfiles", images)
        tasks: list[Any] = json.loads((folder / "label-studio" / "tasks.json").read_text())
        server.call("POST", f"/api/projects/{project}/import", tasks)
        page.goto(f"{server.address}/user/login/")
        page.fill("input[name=email]", USER)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_load_state("networkidle")
        page.goto(f"{server.address}/projects/{project}/data?task=1")
        page.wait_for_timeout(8000)
        place = page.locator("canvas").first.bounding_box()
        assert place is not None
        x1, y1, x2, y2 = report[0].suggested_box or (0, 0, 0, 0)
        page.mouse.click(place["x"] + (x1 + x2) / 1280 * place["width"], place["y"] + (y1 + y2) / 960 * place["height"])
        page.wait_for_timeout(1000)
        page.keyboard.press("a")
        page.wait_for_timeout(1000)
        page.screenshot(path=folder / "label_studio.png")
    _keep(folder / "label_studio.png")


@contextmanager
def _page(width: int, height: int) -> Iterator[Page]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--enable-unsafe-swiftshader"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser.new_page(viewport={"width": width, "height": height})
        browser.close()


def _answers(address: str) -> bool:
    try:
        urlopen(address, timeout=5).close()
    except (URLError, ConnectionError):
        return False
    return True


def _keep(file: Path) -> None:
    """Puts a picture into docs/images, small."""
    picture = Image.open(file).convert("RGB")
    picture.save(ROOT / "docs" / "images" / f"{file.stem}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
