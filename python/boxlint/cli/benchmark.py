"""`boxlint benchmark`: measures how well check and the ObjectLab scores find planted errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from boxlint._check import check
from boxlint.benchmark.evaluation import Measures, averaged, evaluate
from boxlint.benchmark.objectlab import objectlab_ranking
from boxlint.benchmark.planting import STANDARD_KINDS, plant, withhold
from boxlint.benchmark.plot import draw, plot_format
from boxlint.benchmark.truth import Truth
from boxlint.cli.common import (
    check_outputs,
    console,
    exit_on_error,
    names,
    narrow_table,
    progress,
)
from boxlint.cli.reading import PredictionsPath, Reading, SourcePath, load, say, with_reading
from boxlint.dataset import Dataset
from boxlint.formats.source import ReadOptions, read_source

__all__ = ["command"]

Results = dict[str, Measures]

_NUMBERS = {
    "average_precision": "average\nprecision",
    "precision_at_100": "precision\nat 100",
    "recall": "recall",
    "auroc": "AUROC",
}


@with_reading
def command(
    source: SourcePath,
    predictions: PredictionsPath,
    reading: Reading,
    annotator: Annotated[
        Path | None, typer.Option(help="Predictions of a weaker detector, whose errors are planted.")
    ] = None,
    natural: Annotated[
        bool, typer.Option("--natural", help="Plant nothing: leave out the annotations flagged difficult.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0, max=1, help="Errors as a fraction of the annotations.")] = 0.1,
    kinds: Annotated[str, typer.Option(help="Kinds to plant; duplicate is possible, too.")] = ",".join(STANDARD_KINDS),
    seeds: Annotated[int, typer.Option(min=1, help="Plant with seeds 1, 2, ... and take the mean.")] = 3,
    plot: Annotated[Path | None, typer.Option(help="Draw the results: .png, .svg or .pdf.")] = None,
) -> None:
    """Plants known errors, and measures how well check and the ObjectLab scores find them."""
    with exit_on_error():
        check_outputs((source, predictions), {"--plot": plot})
        if plot is not None:
            plot_format(plot)
        if natural and annotator is not None:
            raise ValueError("--natural and --annotator: expected one of the two")
        options = reading.options()
        given = load(source, predictions, options)
        say(given)
        dataset = given.dataset
        if natural:
            planted = [withhold(dataset, _difficult(source, options))]
        else:
            other = None if annotator is None else read_source(source, annotator, options).dataset.predictions
            planted = [plant(dataset, rate, names(kinds), seed, other) for seed in range(1, seeds + 1)]
        results, rival = _measured(planted)
        typer.echo(
            f"planted {planted[0][1]!r}" + (f", and with {len(planted)} seeds in all" if len(planted) > 1 else "")
        )
        _show(results, rival)
        _show_reliability(results)
        if plot is not None:
            draw(results, rival, plot)
            typer.echo(f"drew {plot}")


def _measured(planted: list[tuple[Dataset, Truth]]) -> tuple[Results, Results]:
    """The measures of check and of the ObjectLab scores, each the mean over all plantings."""
    results, rival = [], []
    with progress() as bar:
        for corrupted, truth in bar.track(planted, description="measuring"):
            results.append(evaluate(check(corrupted, min_suspicion=0), truth))
            rival.append(evaluate(objectlab_ranking(corrupted), truth))
    return averaged(results), averaged(rival)


def _difficult(source: Path, options: ReadOptions) -> NDArray[np.bool_]:
    """Which annotations are flagged difficult."""
    flags = read_source(source, None, replace(options, ignore=("difficult",))).dataset.annotations.ignore
    if flags is None:
        raise ValueError(f"{source}: no annotation is flagged difficult, expected some to withhold")
    return flags


def _show(results: Results, rival: Results) -> None:
    table = narrow_table("left check, right ObjectLab")
    table.add_column("")
    table.add_column("errors", justify="right")
    for title in _NUMBERS.values():
        table.add_column(title, justify="right")
    table.add_column("right\nfix", justify="right")
    for kind, ours in results.items():
        pairs = [
            f"{_number(getattr(ours, name))} {_number(getattr(rival[kind], name) if rival[kind].listed else np.nan)}"
            for name in _NUMBERS
        ]
        table.add_row(kind, f"{ours.truths:,.0f}", *pairs, _number(ours.right_suggestions))
    console().print(table)


def _number(value: float) -> str:
    return "    -" if np.isnan(value) else f"{value:.3f}"


def _show_reliability(results: Results) -> None:
    table = narrow_table("fraction of check's rows that are errors, and number of rows")
    table.add_column("suspicion")
    for kind in results:
        table.add_column(kind, justify="right")
    for steps in zip(*(measures.reliability for measures in results.values()), strict=True):
        cells = [f"{step.rate:.2f} {step.listed:,.0f}" if step.listed else "" for step in steps]
        table.add_row(f"{steps[0].low:.1f}-{steps[0].high:.1f}", *cells)
    console().print(table)
