"""Measures the report page: CPU to make it, its size, and how a browser opens and scrolls it.

    python benches/page.py [FOLDER]

The folder holds annotations.json, detections.json.gz and images/; without one, scenes are drawn. Needs playwright, and
Chromium as the program `chromium`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from boxlint import Report, check, read_coco
from boxlint.synthetic import make_scenes

ROWS = 2000
# Tells the length of each task of the browser that keeps a person waiting, in milliseconds.
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.tasks.push(Math.round(entry.duration));
}).observe({ type: "longtask", buffered: true });
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
        report, images = drawn(Path(temporary)) if given is None else read(given)
        page = Path(temporary) / "report.html"
        start = time.process_time()
        report.to_html(page, images=images, top=ROWS)
        used = time.process_time() - start
        rows = min(ROWS, len(report))
        print(f"{rows:,} issues: {used / rows * 1e3:.1f} ms of CPU an issue, {page.stat().st_size / 1e6:.1f} MB")
        if shutil.which("chromium") is None:
            print("there is no chromium to open it")
        else:
            watch(page)


def drawn(folder: Path) -> tuple[Report, Path]:
    scenes = make_scenes(170, seed=1)
    for image, name in enumerate(scenes.dataset.image_names or ()):
        Image.fromarray(scenes.draw(image)).save(folder / name, compress_level=1)
    return check(scenes.dataset, min_suspicion=0), folder


def read(folder: Path) -> tuple[Report, Path]:
    dataset = read_coco(folder / "annotations.json", folder / "detections.json.gz")
    return check(dataset), folder / "images"


def watch(path: Path) -> None:
    """Opens the page, scrolls it, goes through it by keys, and shows the grid."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.add_init_script(WATCH)
        start = time.perf_counter()
        page.goto(path.as_uri())
        page.locator("article[data-row]").first.wait_for()
        print(f"opened in {time.perf_counter() - start:.2f} s; {longest(page)}")
        for _ in range(40):
            page.mouse.wheel(0, 400)
            page.wait_for_timeout(25)
        print(f"scrolled through cards; {longest(page)}")
        for _ in range(60):
            page.keyboard.press("j")
            page.wait_for_timeout(10)
        print(f"sixty times j, over two ends of a page; {longest(page)}")
        page.keyboard.press("g")
        page.locator(".thumb").first.wait_for()
        print(f"the grid is shown; {longest(page)}")
        for _ in range(40):
            page.mouse.wheel(0, 400)
            page.wait_for_timeout(25)
        print(f"scrolled through the grid; {longest(page)}")
        browser.close()


def longest(page: Any) -> str:
    """The longest task since the last call."""
    page.wait_for_timeout(200)
    tasks = page.evaluate("window.tasks.splice(0)")
    return f"longest task {max(tasks)} ms" if tasks else "no task of 50 ms"


if __name__ == "__main__":
    main()
