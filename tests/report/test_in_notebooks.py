"""Issues in notebooks and scripts: crops in tables, figures, one issue on axes, and the page in a frame."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from base64 import b64decode
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from boxlint import Boxes, Dataset, Issue, Report, check
from refusals import assert_refused
from report_page import Opened, Shown

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
Image = pytest.importorskip("PIL.Image", reason="pillow is not installed")

from matplotlib.figure import Figure  # noqa: E402

BOX = [300.0, 200.0, 340.0, 240.0]
# 1.75 times the box, around its center.
REGION = [285.0, 185.0, 355.0, 255.0]
RED, GROUND = (220, 30, 30), (120, 130, 140)
PICKLED = "ValueError: the report was pickled, without its data set: give it back with report.with_dataset"


def report_of(names: list[str] | None = None, class_names: list[str] | None = None) -> Report:
    """An object without annotation in image 30, and one that is annotated twice in image 31."""
    twin = [302.0, 201.0, 341.0, 241.0]
    given = Boxes([BOX] * 30 + [BOX, twin], [0] * 32, offsets=[*range(31), 30, 32])
    seen = Boxes([BOX] * 32, [0] * 32, [0.9] * 32, offsets=range(33))
    image_names = names or [f"{image:02d}.png" for image in range(32)]
    dataset = Dataset(given, seen, image_names=image_names, class_names=class_names or ["cat"])
    return check(dataset, min_suspicion=0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of the images with an issue, with a red square where the box is."""
    folder = tmp_path_factory.mktemp("images")
    pixels = np.empty((400, 400, 3), np.uint8)
    pixels[:] = GROUND
    pixels[200:240, 300:340] = RED
    for name in ("30.png", "31.png"):
        Image.fromarray(pixels).save(folder / name)
    return folder


def pictures_in(html: str) -> list[str]:
    """The SVG of each picture of a table."""
    return [unquote(unescape(svg)) for svg in re.findall(r'<img src="data:image/svg\+xml,([^"]*)"', html)]


def is_red(color: Any) -> bool:
    return bool((abs(np.asarray(color, int)[:3] - RED) < 40).all())


class TestTables:
    def test_without_images_a_table_has_no_pictures(self) -> None:
        assert "<img" not in report_of()._repr_html_()
        assert "<img" not in report_of().issues._repr_html_()

    def test_each_row_has_its_crop_with_the_boxes_over_it(self, folder: Path) -> None:
        report = report_of().with_images(folder)
        svgs = dict(zip(report["kind"].tolist(), pictures_in(report._repr_html_()), strict=True))
        assert {kind: svg.count("<rect") for kind, svg in svgs.items()} == {"missing": 1 + 2, "duplicate": 1 + 4}
        missing = svgs["missing"]
        found = re.search(r"data:image/webp;base64,([^\"]+)", missing)
        assert found is not None
        crop = Image.open(BytesIO(b64decode(found[1])))
        assert (crop.format, crop.size) == ("WEBP", (224, 224))
        assert is_red(crop.getpixel((112, 112)))
        assert '<rect x="48.0" y="48.0" width="128.0" height="128.0"' in missing

    def test_tables_of_some_rows_have_them_too_and_no_more_than_are_shown(self, shown: Shown) -> None:
        report = shown.report.with_images(shown.images)
        assert len(report) > 20
        for table in (report, report.issues, report.issues[5:], report.issues.where(min_suspicion=0.0)):
            assert len(pictures_in(table._repr_html_())) == 20
        assert len(pictures_in(report.top(3)._repr_html_())) == 3
        assert len(report._repr_html_()) < 300_000

    def test_they_are_pictures_that_browsers_show(self, opened: Opened, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "table.html"
        path.write_text(f"<!doctype html><meta charset=utf-8>{report_of().with_images(folder)._repr_html_()}")
        page = opened.open(path)
        assert (
            page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth > 0)") == [True] * 2
        )
        shot = Image.open(BytesIO(page.locator("img").first.screenshot())).convert("RGB")
        assert is_red(shot.getpixel((shot.width // 2, shot.height // 2)))

    def test_files_that_went_away_leave_a_blank_ground(self, tmp_path: Path) -> None:
        Image.new("RGB", (400, 400)).save(tmp_path / "30.png")
        report = report_of().with_images(tmp_path)
        (tmp_path / "30.png").unlink()
        svgs = pictures_in(report._repr_html_())
        assert [("<image" in svg, "<rect" in svg) for svg in svgs] == [(False, True)] * 2

    def test_a_pickled_report_has_a_table_without_pictures(self, folder: Path) -> None:
        report = report_of().with_images(folder)
        again = pickle.loads(pickle.dumps(report))
        assert "<img" not in again._repr_html_()
        assert len(pictures_in(again.with_dataset(report.dataset).with_images(folder)._repr_html_())) == 2
        assert len(pictures_in(copy.deepcopy(report)._repr_html_())) == 2


class TestImages:
    def test_the_report_that_was_given_images_stays_as_it_was(self, folder: Path) -> None:
        report = report_of()
        known = report.with_images(folder)
        assert known["issue_id"].tolist() == report["issue_id"].tolist()
        assert (known.dataset, known.fingerprint) == (report.dataset, report.fingerprint)
        assert "<img" not in report._repr_html_()

    def test_rows_left_out_leave_the_images_known(self, folder: Path) -> None:
        report = report_of().with_images(folder)
        rest = report.without(report.decide({report[0].issue_id: "reject"}))
        assert len(pictures_in(rest._repr_html_())) == 1

    def test_the_page_shows_them(self, folder: Path) -> None:
        pytest.importorskip("jinja2", reason="jinja2 is not installed")
        report = report_of()
        assert report.with_images(folder).to_html() == report.to_html(images=folder)
        assert report.with_images(folder).to_html() != report.to_html()

    def test_a_list_names_the_file_of_each_image(self, folder: Path) -> None:
        report = report_of([f"{image}" for image in range(32)])
        paths = [*[None] * 30, folder / "30.png", folder / "31.png"]
        assert len(pictures_in(report.with_images(paths)._repr_html_())) == 2

    def test_what_is_no_folder_of_the_images_is_refused(self, tmp_path: Path) -> None:
        report = report_of()
        refusal = f"ValueError: images: {tmp_path} holds none of 32 images, such as '00.png'"
        assert_refused(lambda: report.with_images(tmp_path), refusal)
        with pytest.raises(NotADirectoryError):
            report.with_images(tmp_path / "no")
        assert_refused(lambda: pickle.loads(pickle.dumps(report)).with_images(tmp_path), PICKLED)

    def test_without_pillow_it_says_what_to_install(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("boxlint.report.pictures.files.find_spec", lambda name: None)
        refusal = "ImportError: pictures of issues need pillow: pip install 'boxlint[report]'"
        assert_refused(lambda: report_of().with_images(folder), refusal)


class TestPlot:
    @staticmethod
    def issue(report: Report, kind: Any) -> Issue:
        return report.top(1, kind)[0]

    def test_the_crop_stands_in_the_coordinates_of_the_image(self, folder: Path) -> None:
        axes = self.issue(report_of(), "missing").plot(folder)
        assert (*axes.get_xlim(), *axes.get_ylim()) == (REGION[0], REGION[2], REGION[3], REGION[1])
        assert list(axes.images[0].get_extent()) == [REGION[0], REGION[2], REGION[3], REGION[1]]
        box = axes.patches[0].get_bbox()  # type: ignore[attr-defined]
        assert [box.x0, box.y0, box.x1, box.y1] == BOX
        pixels = np.asarray(axes.images[0].get_array())
        assert max(pixels.shape) == 900
        assert is_red(pixels[450, 450])
        assert [text.get_text() for text in axes.texts] == ["cat 0.90"]
        assert re.fullmatch(r"missing  0\.\d\d\n30\.png", axes.get_title())

    def test_a_duplicate_shows_both_annotations(self, folder: Path) -> None:
        axes = self.issue(report_of().with_images(folder), "duplicate").plot()
        styles = {(patch.get_edgecolor()[:3], patch.get_linestyle()) for patch in axes.patches}
        assert styles == {((1.0, 0.0, 0.0), "-"), ((0.0, 128 / 255, 0.0), ":")}
        assert len(axes.images) == 1

    def test_issues_of_a_loop_are_drawn_on_axes_that_are_there(self, folder: Path) -> None:
        figure = Figure()
        issues = report_of().with_images(folder)
        for axes, issue in zip(figure.subplots(1, 2), issues, strict=True):
            assert issue.plot(ax=axes) is axes
        assert [len(axes.images) for axes in figure.axes] == [1, 1]

    def test_without_images_the_ground_is_blank(self) -> None:
        axes = self.issue(report_of(), "missing").plot()
        assert (len(axes.images), len(axes.patches)) == (0, 1)

    def test_names_are_shown_as_they_are(self) -> None:
        name = "$a_{$ <b>"
        axes = self.issue(report_of([f"$x_{image}.png$" for image in range(32)], [name]), "missing").plot()
        figure = axes.figure
        assert isinstance(figure, Figure)
        figure.savefig(BytesIO(), format="png")
        assert axes.texts[0].get_text() == f"{name} 0.90"

    def test_an_issue_is_equal_hashed_and_pickled_by_its_fields(self) -> None:
        issue = report_of()[0]
        again = pickle.loads(pickle.dumps(issue))
        assert (again, hash(again), type(again)) == (issue, hash(issue), Issue)
        assert issue == tuple(issue)
        assert len(pickle.dumps(issue)) < 1000

    def test_an_issue_without_its_data_set_is_refused(self, folder: Path) -> None:
        report = report_of()
        refusal = "ValueError: the issue was pickled, or made by hand, and has no data set: take it from a report"
        assert_refused(lambda: pickle.loads(pickle.dumps(report[0])).plot(folder), refusal)
        assert_refused(lambda: report[0]._replace(suspicion=0.5).plot(folder), refusal)
        assert_refused(lambda: pickle.loads(pickle.dumps(report))[0].plot(folder), PICKLED)


class TestShow:
    def test_the_first_rows_stand_in_rows_of_four(self, shown: Shown) -> None:
        figure = shown.report.show(6, images=shown.images)
        assert isinstance(figure, Figure)
        titles = [axes.get_title() for axes in figure.axes]
        expected = [f"{issue.kind}  {issue.suspicion:.2f}\n{issue.image_name}" for issue in shown.report.top(6)]
        assert titles == [*expected, "", ""]
        assert [len(axes.images) for axes in figure.axes] == [1] * 6 + [0] * 2

    def test_some_of_the_rows_are_shown_as_a_report_is(self, shown: Shown) -> None:
        report = shown.report.with_images(shown.images)
        figure = report.issues.where(kind="swap").show(2)
        assert [axes.get_title().split()[0] for axes in figure.axes] == ["swap", "swap"]
        assert [len(axes.images) for axes in figure.axes] == [1, 1]
        assert len(report.show().axes) == 12

    def test_no_rows_are_an_empty_figure(self) -> None:
        assert not report_of().show(0).axes[0].axison

    def test_no_number_of_rows_is_refused(self) -> None:
        assert_refused(lambda: report_of().show(-1), "ValueError: n is -1, expected at least 0")
        assert_refused(lambda: pickle.loads(pickle.dumps(report_of())).show(), PICKLED)

    def test_in_a_script_pyplot_is_neither_needed_nor_touched(self, tmp_path: Path) -> None:
        script = """
import sys
from boxlint import check
from boxlint.synthetic import make_scenes
report = check(make_scenes(50).dataset)
assert not any(name.startswith(("matplotlib", "PIL")) for name in sys.modules), "check loads matplotlib or pillow"
report.show(3).savefig(sys.argv[1])
report[0].plot()
assert "matplotlib.pyplot" not in sys.modules, "a figure loads pyplot"
"""
        subprocess.run([sys.executable, "-c", script, tmp_path / "issues.png"], check=True)
        with Image.open(tmp_path / "issues.png") as picture:
            assert picture.size == (900, 330)


def test_the_page_in_a_frame_is_reviewed_as_in_a_window(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    text: Any = shown.report.to_html(images=shown.images)
    assert text == shown.report.with_images(shown.images).to_html()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><title>notebook</title>{text._repr_html_()}")
    page = opened.open(path)
    frame = page.frame_locator("iframe")
    frame.locator("article[data-row]").first.wait_for()
    assert not frame.locator("#summary").evaluate("summary => summary.open")
    frame.locator('[data-row="0"]').get_by_role("button", name="Accept").click()
    assert "1 accepted" in frame.locator("body").inner_text()
    frame.locator("#summary > summary").click()
    frame.locator('#summary a[href="#kind=swap"]').click()
    kinds = frame.locator("article[data-row] .kind").all_inner_texts()
    assert set(kinds) == {"swap"}
    assert page.url == path.as_uri()


def test_a_notebook_keeps_the_page_once() -> None:
    pytest.importorskip("jinja2", reason="jinja2 is not installed")
    lib = pytest.importorskip("IPython.lib.pretty", reason="IPython is not installed")
    text: Any = report_of().to_html()
    assert re.fullmatch(r"a report page of [\d,]+ characters", lib.pretty(text))


def test_a_real_notebook_shows_each_picture_once(shown: Shown) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    preprocessors = pytest.importorskip("nbconvert.preprocessors", reason="nbconvert is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    cells = (
        "import boxlint\n"
        "dataset = boxlint.read_coco('annotations.json', 'detections.json')\n"
        "report = boxlint.check(dataset).with_images('images')\n"
        "report",
        "report.show(3)",
        "report[0].plot();",
        "report.to_html(top=5)",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    run = preprocessors.ExecutePreprocessor(timeout=120)
    run.preprocess(notebook, {"metadata": {"path": str(shown.images.parent)}})
    outputs = [[set(output.get("data", {})) for output in cell.outputs] for cell in notebook.cells]
    page, picture = {"text/plain", "text/html"}, {"text/plain", "image/png"}
    assert outputs == [[page], [picture], [picture], [page]]
    assert notebook.cells[0].outputs[0].data["text/html"].count("<img") == 20
    assert notebook.cells[3].outputs[0].data["text/html"].startswith("<iframe")
