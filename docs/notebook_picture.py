"""Runs a small notebook on the demo, and takes its picture in headless Chromium: `python docs/notebook_picture.py`.

Needs nbconvert and ipykernel beside what draws the other pictures.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from PIL import Image
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "images" / "notebook.png"
WIDTH, HEIGHT = 960, 600
CELLS = (
    """\
import boxlint

dataset = boxlint.read_coco("demo/annotations.json", "demo/detections.json")
report = boxlint.check(dataset).with_images("demo/images")
report.top(2)""",
    'report.top(4, "swap").show()',
)


def notebook_page(folder: Path) -> str:
    """The notebook as HTML, with what its cells show."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    ExecutePreprocessor(timeout=120).preprocess(notebook, {"metadata": {"path": str(folder)}})
    html: str = HTMLExporter().from_notebook_node(notebook)[0]
    return html


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        demo = [sys.executable, "-m", "boxlint", "demo", str(folder / "demo")]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        page_file = folder / "notebook.html"
        page_file.write_text(notebook_page(folder), "utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(1500)
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
