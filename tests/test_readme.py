"""What the README shows is what the command prints and what Python does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boxlint import write_coco
from boxlint.synthetic import make_scenes
from commands import run

pytest.importorskip("jinja2", reason="jinja2 is not installed")
Image = pytest.importorskip("PIL.Image", reason="pillow is not installed")

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `boxlint demo` writes, with pictures that are all grey, in a folder where the commands run."""
    monkeypatch.chdir(tmp_path)
    dataset = make_scenes().dataset
    folder = Path("demo")
    (folder / "images").mkdir(parents=True)
    write_coco(dataset, folder / "annotations.json", folder / "detections.json")
    grey = Image.new("RGB", (32, 24), "grey")
    for name in dataset.image_names or ():
        grey.save(folder / "images" / name)
    return folder


def test_the_first_command_prints_what_is_shown(demo: Path) -> None:
    found = re.search(r"^    \$ boxlint (.+)\n((?:    .*\n|\n)+)", README, re.MULTILINE)
    assert found is not None
    printed = iter(run(*found[1].split()).stdout.splitlines())
    for line in found[2].strip("\n").splitlines():
        shown = line.removeprefix("    ").rstrip()
        assert shown == "..." or shown in printed, shown
    assert Path("report.html").read_text().startswith("<!doctype html>")


def test_the_first_lines_of_python_run(demo: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    found = re.search(r"^```python\n(import boxlint\n.+?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None
    exec(found[1], {})
    assert Path("issues.png").read_bytes().startswith(b"\x89PNG")
    assert Path("report.html").is_file()
