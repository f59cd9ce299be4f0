"""`boxlint check --report` and `boxlint demo`: the page, and what the command says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxlint.formats.yolo import write_yolo
from boxlint.synthetic import make_scenes
from commands import Files, refused, run

pytest.importorskip("jinja2", reason="jinja2 is not installed")
Image = pytest.importorskip("PIL.Image", reason="pillow is not installed")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Pictures of some of the scenes of `files`."""
    folder = tmp_path / "images"
    folder.mkdir()
    for image in range(100):
        Image.new("RGB", (640, 480), "grey").save(folder / f"scene_{image:04}.png", compress_level=1)
    return folder


def test_the_page_is_written_and_named(files: Files, images: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    said = run("check", *files, "--images", images, "--report", page).stdout
    assert f"wrote {page}: " in said
    assert "could not be found: the boxes are drawn on a blank ground." in said
    assert "data:image/webp" in page.read_text()


def test_without_a_folder_the_command_says_what_to_give(files: Files, tmp_path: Path) -> None:
    said = run("check", *files, "--report", tmp_path / "report.html").stdout
    assert "No folder of images is known (--images): the boxes are drawn on a blank ground." in said


def test_top_and_max_mb_bound_the_page(files: Files, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    said = run("check", *files, "--report", page, "--top", "3").stdout
    assert "the 3 most suspicious of" in said
    assert f"wrote {page}: 3 issues to look at in a browser" in said
    said = run("check", *files, "--report", page, "--max-mb", "0.1", "--min-suspicion", "0").stdout
    assert page.stat().st_size <= 100_000
    assert "rows are left out, the least suspicious ones." in said


def test_what_cannot_be_written_is_refused_before_any_work(files: Files, tmp_path: Path) -> None:
    lost = tmp_path / "no" / "report.html"
    assert refused("check", *files, "--report", lost) == f"--report {lost}: there is no folder {lost.parent}"
    page = tmp_path / "report.html"
    for other in ("report.txt", "report", "report.json"):
        expected = f"--report {tmp_path / other}: expected a path that ends in .html"
        assert refused("check", *files, "--report", tmp_path / other) == expected
    assert refused("check", *files, "--diff", "--report", page) == "--diff writes nothing: leave out --report"
    assert "would replace a file that is read" in refused("check", *files, "--report", files.annotations)
    assert not page.exists()


def test_a_folder_that_is_not_there_is_refused_before_any_work(files: Files, tmp_path: Path) -> None:
    message = refused(
        "check", files.annotations, "nothing.json", "--images", tmp_path / "no", "--report", tmp_path / "report.html"
    )
    assert message == f"{tmp_path / 'no'}: expected a folder"
    assert not (tmp_path / "report.html").exists()


def test_a_folder_without_any_of_the_images_is_refused_before_any_work(files: Files, tmp_path: Path) -> None:
    said = run("check", *files, "--images", tmp_path, "--report", tmp_path / "report.html", code=2)
    assert said.stdout.startswith("read as COCO")
    assert said.stdout.count("\n") == 1
    assert said.stderr == f"boxlint: --images {tmp_path} holds none of 120 images, such as 'scene_0000.png'\n"


def test_the_images_of_yolo_labels_are_found_by_themselves(tmp_path: Path) -> None:
    dataset = make_scenes(40, seed=3).dataset
    (tmp_path / "images").mkdir()
    for name in dataset.image_names or ():
        Image.new("RGB", (640, 480), "grey").save(tmp_path / "images" / name, compress_level=1)
    write_yolo(dataset, tmp_path / "labels", tmp_path / "predicted")
    names = ",".join(dataset.class_names or ())
    page = tmp_path / "report.html"
    said = run("check", tmp_path / "labels", tmp_path / "predicted", "--names", names, "--report", page).stdout
    assert "blank ground" not in said
    assert "data:image/webp" in page.read_text()


def test_the_demo_ends_with_its_page(tmp_path: Path) -> None:
    said = run("demo", tmp_path / "demo", "--images", "30").stdout
    page = tmp_path / "demo" / "report.html"
    assert said.splitlines()[-1].startswith(f"wrote {page}: ")
    assert '"./images/scene_' in page.read_text()
