"""Names in a report are text and nothing else, and a page asks for nothing outside of itself and its images."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset, Report, check
from report_page import Opened, Shown, columns_of

# Each sets a marker, if anything runs it.
HOSTILE = (
    "</script><script>window.marker = 1</script>",
    "<img src=x onerror=window.marker=1>",
    '"><svg onload="window.marker=1">',
    "' onfocus='window.marker=1' autofocus='",
    "javascript:window.marker=1",
    "<!--<script>window.marker=1//",
    "{{ 7 * 191 }}",
    "]]><style>body{display:none}</style>",
    "\u202egnp.egami\u2028 \ud800",
    "<base href=https://outside.invalid/>",
)


def hostile_report(names: list[str]) -> Report:
    """A missing object in each image but the first ones, of classes and images of these names."""
    box = [[10.0, 10.0, 60.0, 60.0]]
    clean = 30
    images = clean + len(HOSTILE)
    given = Boxes(
        np.tile(box, (clean, 1)), np.arange(clean) % len(HOSTILE), offsets=[*range(clean + 1), *[clean] * len(HOSTILE)]
    )
    seen = Boxes(
        np.tile(box, (images, 1)),
        np.arange(images) % len(HOSTILE),
        np.full(images, 0.95),
        offsets=np.arange(images + 1),
    )
    dataset = Dataset(given, seen, image_names=[f"{image}.png" for image in range(clean)] + names, class_names=HOSTILE)
    return check(dataset, min_suspicion=0)


def assert_nothing_ran(page: Any) -> None:
    assert page.evaluate("window.marker") is None
    assert page.title() == "boxlint: suspected errors"
    assert page.locator("script").count() == 2
    assert page.locator("style").count() == 1
    assert page.locator("base, iframe, object, embed, link:not([rel=icon])").count() == 0


@pytest.mark.parametrize(
    "state", ["", "view=grid", "around=annotations,predictions", "q=%3Cimg", "kind=%3Cimg%20src%3Dx%3E"]
)
def test_hostile_names_run_nothing(opened: Opened, tmp_path: Path, state: str) -> None:
    report = hostile_report(list(HOSTILE))
    path = tmp_path / "report.html"
    report.to_html(path)
    page = opened.open(path, state)
    for key in "jawgz":
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert_nothing_ran(page)
    assert opened.requests == [path.as_uri()]


def test_hostile_names_are_shown_as_they_are(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    hostile_report(list(HOSTILE)).to_html(path)
    page = opened.open(path)
    shown = page.locator("h3").all_inner_texts()
    assert any("<img src=x onerror=window.marker=1>" in text for text in shown)
    assert any("{{ 7 * 191 }}" in text for text in shown)


def test_names_do_not_turn_the_scores_behind_them(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    hostile_report(list(HOSTILE)).to_html(path)
    page = opened.open(path)
    for key in ("", "n", "p", "g", "w"):
        if key:
            page.keyboard.press(key)
        for part in ("#main", "#whole"):
            assert "\u202e" not in page.locator(part).evaluate("part => part.textContent")


def test_pictures_of_hostile_file_names_load_and_run_nothing(opened: Opened, tmp_path: Path) -> None:
    from PIL import Image

    names = [re.sub("[/\ud800]", "_", name) + ".png" for name in HOSTILE]
    (tmp_path / "images").mkdir()
    for name in names:
        Image.new("RGB", (80, 80), "navy").save(tmp_path / "images" / name)
    path = tmp_path / "report.html"
    hostile_report(names).to_html(path, images=tmp_path / "images")
    page = opened.open(path)
    for _ in names:
        page.keyboard.press("w")
        page.locator("#whole image").wait_for()
        assert page.locator("#whole-note").inner_text() == ""
        page.keyboard.press("w")
        page.keyboard.press("j")
    assert_nothing_ran(page)
    assert all(url.startswith(("file:///", "data:image/webp;")) for url in opened.requests)
    assert sum(url.endswith(".png") for url in opened.requests) == len(names)


@pytest.mark.parametrize(
    "name", ["../outside.png", "/etc/outside.png", "//outside.invalid/x.png", "C:/x.png", "\\\\host\\x.png"]
)
def test_a_name_that_leads_out_of_the_folder_is_not_opened(tmp_path: Path, name: str) -> None:
    from PIL import Image

    images = tmp_path / "images"
    images.mkdir()
    Image.new("RGB", (80, 80), "red").save(tmp_path / "outside.png")
    Image.new("RGB", (80, 80), "red").save(images / "0.png")
    html = hostile_report([name, *map(str, range(100, 99 + len(HOSTILE)))]).to_html(tmp_path / "r.html", images=images)
    assert html is None
    columns = columns_of((tmp_path / "r.html").read_text())
    link = columns["images"]["link"][columns["images"]["name"].index(name)]
    assert link is None


def test_hostile_notes_and_imported_decisions_run_nothing(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("a")
    content = opened.exported(tmp_path)
    content["decisions"][0] |= {"note": HOSTILE[1], "label": HOSTILE[2], "reviewer": HOSTILE[0]}
    (tmp_path / "hostile.json").write_text(json.dumps(content))
    page.locator("#import-file").set_input_files(tmp_path / "hostile.json")
    page.locator("details.more[open]").first.wait_for()
    assert page.get_by_label("Note").first.input_value() == HOSTILE[1]
    assert_nothing_ran(page)


def test_the_policy_forbids_what_others_would_add(chromium: Any, shown: Shown) -> None:
    page = chromium.new_page()
    page.goto(shown.path.as_uri())
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.marker = 1";
        document.body.append(script);
        const marked = "<p id=marked style='color: red' onclick='window.marker = 1'>x</p>";
        document.body.insertAdjacentHTML("beforeend", marked);
        document.getElementById("marked").click();
        const image = new Image();
        image.src = "https://outside.invalid/a.png";
        document.body.append(image);
    }""")
    page.wait_for_timeout(100)
    assert page.evaluate("window.marker") is None
    assert page.evaluate("getComputedStyle(document.getElementById('marked')).color") != "rgb(255, 0, 0)"
    assert page.evaluate("fetch('data:text/plain,x').then(() => 'loaded', () => 'forbidden')") == "forbidden"
    page.close()


def test_the_page_needs_nothing_from_outside(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    page.locator("article").first.wait_for()
    assert opened.requests == [shown.path.as_uri()]


def test_a_browser_that_stores_nothing_says_so(chromium: Any, shown: Shown) -> None:
    page = chromium.new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } });")
    page.goto(shown.path.as_uri())
    page.keyboard.press("a")
    page.get_by_text("1 accepted").wait_for()
    assert "keeps nothing" in page.locator("#progress").inner_text()
    page.close()
