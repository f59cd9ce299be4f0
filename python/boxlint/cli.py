"""The command `boxlint`: scores data sets in files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

import boxlint
from boxlint import rank
from boxlint.dataset import Dataset
from boxlint.files import replacing, table_format, write_table
from boxlint.formats.coco import read_coco, write_coco
from boxlint.formats.findings import Finding, merged
from boxlint.inspection import inspect
from boxlint.synthetic import make_scenes

__all__ = ["app"]

app = typer.Typer(
    help="Finds label errors in object-detection data sets.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip

_PARTS = ("overlooked", "badloc", "swap")

AnnotationsFile = Annotated[Path, typer.Argument(help="COCO annotations, .json or .json.gz.")]
DetectionsFile = Annotated[Path, typer.Argument(help="COCO results: the detector's boxes with scores.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"boxlint {boxlint.__version__}")
        raise typer.Exit


@app.callback()
def boxlint_command(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False,
) -> None:
    """Finds label errors in object-detection data sets."""


@app.command()
def score(
    annotations: AnnotationsFile,
    detections: DetectionsFile,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write a row for each image: .csv, .json or .parquet.")
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many of the worst images to show.")] = 20,
    weights: Annotated[
        str | None, typer.Option(help="Weights of the three parts, such as overlooked=0.5,badloc=0.25,swap=0.25.")
    ] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out boxes of unknown images or categories.")
    ] = False,
) -> None:
    """Scores images by how likely their annotations are right, and shows the worst."""
    with _faults_as_sentences():
        if output is not None:
            table_format(output)
        parsed = None if weights is None else _weights(weights)
        dataset = _read(annotations, detections, skip_unknown)
        columns = _scored(dataset, parsed)
        _show_worst(columns, top)
        if output is not None:
            write_table(columns, output)
            typer.echo(f"wrote {output}, a row for each of the {len(dataset):,} images")


@app.command("inspect")
def inspect_files(
    annotations: AnnotationsFile,
    detections: Annotated[Path | None, typer.Argument(help="COCO results: the detector's boxes with scores.")] = None,
) -> None:
    """Reports what looks wrong with a data set, before it is scored; exits with 1 if scores of it would be wrong."""
    with _faults_as_sentences():
        read: list[Finding] = []
        dataset = read_coco(annotations, detections, skip_unknown=True, on_finding=read.append)
        findings = sorted(merged(read, inspect(dataset)), key=lambda finding: not finding.is_error)
    for finding in findings:
        typer.echo(f"{'error' if finding.is_error else 'warning'}: {finding}")
    errors = sum(finding.is_error for finding in findings)
    typer.echo(
        f"{len(dataset):,} images, {len(dataset.annotations.class_id):,} annotations, "
        f"{len(dataset.predictions.class_id):,} detections: {errors} errors, {len(findings) - errors} warnings"
    )
    if errors:
        raise typer.Exit(1)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the data set.")] = Path("demo"),
    images: Annotated[int, typer.Option(min=1, help="How many images to draw.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds draw equal scenes.")] = 0,
) -> None:
    """Draws a small synthetic data set with known errors, scores it, and says how many were found."""
    with _faults_as_sentences():
        try:
            from PIL import Image
        except ImportError as error:
            raise ImportError("drawing the demo needs pillow: pip install 'boxlint[plot]'") from error
        scenes = make_scenes(images, seed=seed)
        names = list(scenes.dataset.image_names or ())
        (folder / "images").mkdir(parents=True, exist_ok=True)
        with _progress() as bar:
            for image, name in bar.track(list(enumerate(names)), description="drawing"):
                Image.fromarray(scenes.draw(image)).save(folder / "images" / name)
        write_coco(scenes.dataset, folder / "annotations.json", folder / "detections.json")
        with replacing(folder / "errors.json") as beside:
            beside.write_text(json.dumps({names[image]: kind for image, kind in scenes.errors.items()}, indent=1))
        typer.echo(
            f"drew {images} synthetic scenes with {len(scenes.errors)} planted errors into {folder}: shapes and a "
            "simulated detector, so the figures below say nothing about real data"
        )
        columns = _scored(_read(folder / "annotations.json", folder / "detections.json", False), None)
        _show_worst(columns, 10)
        worst = np.argsort(columns["score"], kind="stable")[: len(scenes.errors)].tolist()
        found = sum(image in scenes.errors for image in worst)
        typer.echo(f"{found} of the {len(scenes.errors)} images with a planted error are among the {len(worst)} worst")


def _read(annotations: Path, detections: Path, skip_unknown: bool) -> Dataset:
    findings: list[Finding] = []
    with _progress() as bar:
        bar.add_task("reading", total=None)
        dataset = read_coco(annotations, detections, skip_unknown=skip_unknown, on_finding=findings.append)
    boxes, ignored = dataset.annotations, 0
    if boxes.ignore is not None:
        ignored = int(boxes.ignore.sum())
        dataset = Dataset(
            boxes.keep(~boxes.ignore),
            dataset.predictions,
            image_names=dataset.image_names,
            class_names=dataset.class_names,
        )
    left_out = f", {ignored:,} crowd or ignored annotations left out" if ignored else ""
    typer.echo(
        f"read {len(dataset):,} images, {len(dataset.annotations.class_id):,} annotations and "
        f"{len(dataset.predictions.class_id):,} detections of {len(dataset.class_names or ())} classes{left_out}"
    )
    for finding in findings:
        if "unknown" in finding.what:
            typer.echo(f"left out {finding}")
    return dataset


def _scored(dataset: Dataset, weights: dict[str, float] | None) -> dict[str, Any]:
    """One row an image, as columns."""
    with _progress() as bar:
        task = bar.add_task("scoring", total=len(dataset))
        scores = rank.image_scores(
            dataset.annotations,
            dataset.predictions,
            aggregation_weights=weights,
            progress=lambda done: bar.advance(task, done),
        )
    return {
        "image": list(dataset.image_names or ()),
        "score": scores[:, 0],
        **{part: scores[:, 1 + index] for index, part in enumerate(_PARTS)},
        "annotations": np.diff(dataset.annotations.offsets),
        "predictions": np.diff(dataset.predictions.offsets),
    }


def _show_worst(columns: dict[str, Any], top: int) -> None:
    if top == 0:
        return
    table = Table(title=f"the {min(top, len(columns['image']))} worst images, lowest score first")
    table.add_column("image", overflow="fold")
    for name in list(columns)[1:]:
        table.add_column(name, justify="right")
    for image in np.argsort(columns["score"], kind="stable")[:top].tolist():
        numbers = [columns[name][image] for name in list(columns)[1:]]
        cells = [f"{number:.4g}" if isinstance(number, float) else f"{number:,}" for number in numbers]
        table.add_row(escape(columns["image"][image]), *cells)
    _console().print(table)


def _weights(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): float(weight) for name, weight in pairs}
    except ValueError as error:
        raise ValueError(f"--weights {text}: expected overlooked=...,badloc=...,swap=...") from error


def _progress() -> Progress:
    """On standard error, and only for somebody who watches."""
    console = _console(stderr=True)
    return Progress(transient=True, console=console, disable=not console.is_terminal)


def _console(stderr: bool = False) -> Console:
    """For a terminal as wide as it is; for a pipe or file, wide enough for long names."""
    console = Console(stderr=stderr)
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(stderr=stderr, width=120)


@contextmanager
def _faults_as_sentences() -> Iterator[None]:
    """What the user can mend is one sentence on standard error and exit code 2."""
    try:
        yield
    except (ImportError, OSError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            error_text = f"{error.filename}: {error.strerror}"
        else:
            error_text = str(error)
        typer.echo(f"boxlint: {error_text}", err=True)
        raise typer.Exit(2) from error
