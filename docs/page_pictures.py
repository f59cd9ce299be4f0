"""Takes the pictures of the report page from the demo, in headless Chromium: `python docs/page_pictures.py`."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent / "images"
WIDTH, HEIGHT = 1320, 860
# Name of the picture -> state of the page, keys that are pressed there, and how far down it is scrolled.
PICTURES = {
    "report-page": ("from=0.35&sort=size&kind=swap,missing,badloc", "aja", 0),
    "report-grid": ("view=grid&class=square&from=0.01", "aarrrrrjjj", 250),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run([sys.executable, "-m", "boxlint", "demo", folder], check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (state, keys, scrolled) in PICTURES.items():
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(f"{(Path(folder) / 'report.html').as_uri()}#{state}")
            for key in keys:
                page.keyboard.press(key)
            page.evaluate("y => window.scrollTo(0, y)", scrolled)
            page.wait_for_timeout(300)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
                FOLDER / f"{name}.png", optimize=True
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
