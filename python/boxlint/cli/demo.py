"""`boxlint demo`: draws a small synthetic data set with known errors, and finds them."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import click
import numpy as np

from boxlint._files import atomic_write
from boxlint._json import parsed_json
from boxlint._kinds import KINDS
from boxlint.benchmark.evaluation import matched
from boxlint.cli.check import checked, show_top
from boxlint.cli.command import Argument, Command
from boxlint.cli.common import PATH, at_least, exit_on_error, progress, tell
from boxlint.cli.page import write_page
from boxlint.cli.reading import Reading, load, say
from boxlint.cli.score import scored, show_worst
from boxlint.cli.sentences import SENTENCES
from boxlint.dataset import Dataset
from boxlint.formats.coco import write_coco
from boxlint.report.html.limits import refuse_without_packages
from boxlint.synthetic import Scenes, make_scenes

__all__ = ["command"]

_FOLDER = Path("demo")
# Suspicion from which on rows are on the page: those below are ten times as many, and nothing is wrong there.
_PAGE_FROM = 0.01


@click.command(cls=Command, help=SENTENCES["demo"])
@click.argument(
    "folder", cls=Argument, type=PATH, default=_FOLDER, about=f"Where to put the data set; {_FOLDER} if none is given."
)
@click.option("--images", type=at_least(1), default=200, help="How many images to draw.")
@click.option("--seed", type=at_least(0), default=0, help="Equal seeds draw equal scenes.")
def command(folder: Path, images: int, seed: int) -> None:
    with exit_on_error():
        refuse_without_packages(pictures=True)
        _refuse_to_replace(folder)
        scenes = make_scenes(images, seed=seed)
        _write(scenes, folder)
        tell(
            f"drew {images} synthetic scenes with {len(scenes.errors)} planted errors into {folder}: shapes and a "
            "simulated detector, so the figures below say nothing about real data"
        )
        source = load(folder / "annotations.json", folder / "detections.json", Reading().options())
        say(source)
        dataset = source.dataset
        _score(dataset, scenes)
        _check(dataset, scenes)
        write_page(checked(dataset, min_suspicion=_PAGE_FROM), folder / "report.html", folder / "images")


def _refuse_to_replace(folder: Path) -> None:
    """Refuses to write over files that are not of an earlier demo, which has its errors beside them."""
    if _are_errors(folder / "errors.json"):
        return
    for name in ("annotations.json", "detections.json", "errors.json", "report.html"):
        if (folder / name).exists():
            raise FileExistsError(errno.EEXIST, "is not of an earlier demo: give another folder", str(folder / name))


def _are_errors(path: Path) -> bool:
    """Whether a file has the kinds of the errors of a demo."""
    try:
        content = parsed_json(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and all(kind in KINDS for kind in content.values())


def _write(scenes: Scenes, folder: Path) -> None:
    """Pictures, annotations, detections, and which images have an error."""
    from PIL import Image

    names = list(scenes.dataset.image_names or ())
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with progress("drawing", len(names)) as advance:
        for image, name in enumerate(names):
            Image.fromarray(scenes.draw(image)).save(folder / "images" / name, compress_level=1)
            advance(1)
    with atomic_write(folder / "errors.json") as beside:
        beside.write_text(json.dumps({names[image]: kind for image, kind in scenes.errors.items()}, indent=1))
    write_coco(scenes.dataset, folder / "annotations.json", folder / "detections.json")


def _score(dataset: Dataset, scenes: Scenes) -> None:
    """Shows the images with the lowest scores, and how many of them have an error."""
    columns = scored(dataset)
    show_worst(columns, 10)
    worst = np.argsort(columns["score"], kind="stable")[: len(scenes.errors)].tolist()
    found = sum(image in scenes.errors for image in worst)
    tell(f"{found} of the {len(scenes.errors)} images with a planted error are among the {len(worst)} worst")


def _check(dataset: Dataset, scenes: Scenes) -> None:
    """Shows the most suspicious rows, and how many of the errors are among them."""
    report, truth = checked(dataset), scenes.truth
    hits = matched(report.issues, truth)
    show_top(report, 20, hit=["yes" if error >= 0 else "no" for error in hits])
    found = np.count_nonzero(hits[: len(truth)] >= 0)
    by_kind = []
    for kind in truth.kinds:
        errors = np.count_nonzero(truth.kind == kind)
        first = hits[report.issues["kind"] == kind][:errors]
        by_kind.append(f"{np.count_nonzero(first >= 0)} of {errors} {kind}")
    tell(
        f"{found} of the {len(truth)} planted errors are among the first {len(truth)} rows that check lists; among as "
        f"many rows of their kind, {', '.join(by_kind)}"
    )
