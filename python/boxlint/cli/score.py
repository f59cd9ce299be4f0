"""`boxlint score`: a score for each image."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from boxlint._by_name import verified_boxes
from boxlint._detectors import expect_one
from boxlint._files import table_format, write_table
from boxlint._text import Preview, counted
from boxlint.boxes import judged
from boxlint.cli.command import Command
from boxlint.cli.common import (
    CSV_NEEDED,
    PATH,
    RAW_CSV,
    STDOUT,
    at_least,
    check_outputs,
    exit_on_error,
    pour,
    progress,
    quiet,
    refuse_idle,
    show,
    tell,
    tell_aside,
)
from boxlint.cli.reading import Reading, examples, load, say, with_data
from boxlint.cli.sentences import SENTENCES
from boxlint.dataset import Dataset, names_of_images
from boxlint.rank import image_scores, weights_of

__all__ = ["command", "scored", "show_worst"]

_PARTS = ("overlooked", "badloc", "swap")


@click.command(cls=Command, help=SENTENCES["score"], epilog=examples("score"))
@with_data()
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="Write a row for each image: .csv, .json or .parquet; - writes CSV to standard output.",
)
@RAW_CSV
@click.option("--top", type=at_least(0), default=20, help="How many of the worst images to show.")
@click.option("--weights", help="Weights of the three parts, such as overlooked=0.5,badloc=0.25,swap=0.25.")
def command(
    source: Path,
    predictions: Path | None,
    reading: Reading,
    output: Path | None,
    raw_csv: bool,
    top: int,
    weights: str | None,
) -> None:
    with exit_on_error():
        if output == STDOUT:
            tell_aside()
        elif output is not None:
            check_outputs((source, predictions), {"--output": output})
        if output == STDOUT:
            refuse_idle({"--top": "a table to show: leave out -o -"})
        elif output is None or table_format(output) != "csv":
            refuse_idle({"--raw-csv": CSV_NEEDED})
        parsed = None if weights is None else _weights(weights)
        weights_of(parsed)
        given = load(source, predictions, reading.options())
        expect_one(str(source), given.dataset)
        say(given, also=("none_likely", "none_certain"))
        dataset = given.dataset
        columns = scored(dataset, parsed)
        if output == STDOUT:
            pour(partial(write_table, [columns], file_format="csv", raw_csv=raw_csv))
            return
        if output is None or not quiet():
            show_worst(columns, top)
        if output is not None:
            write_table([columns], output, raw_csv=raw_csv)
            tell(f"wrote {output}: {counted(len(dataset), 'row')}, one an image")


def scored(dataset: Dataset, weights: dict[str, float] | None = None) -> dict[str, Any]:
    """One row an image, as columns; ignored annotations are not counted."""
    with progress("scoring", len(dataset)) as advance:
        scores = image_scores(*verified_boxes(dataset), aggregation_weights=weights, progress=advance)
    return {
        "image": names_of_images(dataset),
        "score": scores.score,
        **{part: getattr(scores, part) for part in _PARTS},
        "annotations": np.diff(judged(dataset.annotations).offsets),
        "predictions": np.diff(dataset.predictions.offsets),
    }


def show_worst(columns: dict[str, Any], top: int) -> None:
    """A table of the images with the lowest scores."""
    if top == 0:
        return
    worst = np.argsort(columns["score"], kind="stable")[:top].tolist()
    cells = {name: [_cell(column[image]) for image in worst] for name, column in columns.items()}
    title = f"the {len(worst)} worst images, lowest score first"
    show(Preview(title, cells, numbers=list(columns)[1:], narrowed=["image"]))


def _cell(value: str | float | int) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}"


def _weights(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): float(weight) for name, weight in pairs}
    except ValueError as error:
        raise ValueError(f"--weights {text}: expected overlooked=...,badloc=...,swap=...") from error
