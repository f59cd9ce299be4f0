"""`boxlint benchmark`: measures how well check and the ObjectLab scores find planted errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import fraction
from boxlint._check import check
from boxlint._kinds import Kind, kinds_of
from boxlint._text import Preview, counted
from boxlint.benchmark.evaluation import averaged, evaluate
from boxlint.benchmark.objectlab import objectlab_ranking
from boxlint.benchmark.planting import STANDARD_KINDS, plant, withhold
from boxlint.benchmark.plot import draw
from boxlint.benchmark.reviewing import Total, reviewed, totals
from boxlint.benchmark.truth import Truth
from boxlint.boxes import Boxes
from boxlint.cli.command import Command
from boxlint.cli.common import (
    FRACTION,
    PATH,
    at_least,
    check_outputs,
    exit_on_error,
    names,
    on_line,
    progress,
    refuse_idle,
    show,
    tell,
)
from boxlint.cli.reading import Reading, examples, load_several, say, with_data
from boxlint.cli.sentences import SENTENCES
from boxlint.cli.trust import Results, show_trust, trust_rows
from boxlint.dataset import Dataset
from boxlint.formats.read_options import ReadOptions
from boxlint.formats.source import read_source
from boxlint.plots.drawing import plot_format

__all__ = ["command"]

Flags = NDArray[np.bool_]

_NUMBERS = {
    "average_precision": "average\nprecision",
    "precision_at_100": "precision\nat 100",
    "recall": "recall",
    "auroc": "AUROC",
}


@click.command(cls=Command, help=SENTENCES["benchmark"], epilog=examples("benchmark"))
@with_data("several")
@click.option("--annotator", type=PATH, help="Predictions of a weaker detector, whose errors are planted.")
@click.option("--natural", is_flag=True, help="Plant nothing: leave out the annotations flagged difficult.")
@click.option("--rate", type=FRACTION, default=0.1, help="Errors as a fraction of the annotations.")
@click.option("--kinds", default=",".join(STANDARD_KINDS), help="Kinds to plant; duplicate is possible, too.")
@click.option("--seeds", type=at_least(1), default=3, help="Plant with seeds 1, 2, ... and take the mean.")
@click.option("--rates", help="Measure at each of these rates, such as 0.02,0.05,0.1,0.2, in place of --rate.")
@click.option(
    "--reviewed",
    "review",
    type=at_least(1),
    help="Measure what answers about so many rows of each kind teach, given by a reviewer who knows what was planted.",
)
@click.option("--plot", type=PATH, help="Draw the results: .png, .svg or .pdf.")
def command(
    source: Path,
    predictions: tuple[Path, ...],
    reading: Reading,
    annotator: Path | None,
    natural: bool,
    rate: float,
    kinds: str,
    seeds: int,
    rates: str | None,
    review: int | None,
    plot: Path | None,
) -> None:
    with exit_on_error():
        check_outputs((source, *predictions, annotator), {"--plot": plot})
        if plot is not None:
            plot_format(plot)
        _refuse_unfit(natural, annotator, rates)
        if natural or (on_line("rate") and not on_line("rates")):
            rates = None  # Those of a file of settings give way.
        wanted = [rate] if rates is None else _rates(rates)
        if len(wanted) > 1 and plot is not None:
            raise ValueError("--rates and --plot: expected one of the two")
        wanted_kinds = kinds_of(names(kinds))
        options = reading.options()
        given = load_several(source, predictions, options, [] if annotator is None else [annotator])
        say(given)
        dataset = given.dataset
        passing = replace(options, pass_over=True)
        other = None if annotator is None else read_source(source, annotator, passing).dataset.predictions
        trust: list[tuple[str, ...]] = []
        difficult = _difficult(source, passing) if natural else None
        for one in wanted:
            planted = _planted(dataset, difficult, one, wanted_kinds, seeds, other)
            results, rival, learned = _measured(planted, review)
            tell(f"planted {planted[0][1]!r}" + (f", and with {len(planted)} seeds in all" if len(planted) > 1 else ""))
            _show(results, rival, next(iter(dataset.detectors)) if dataset.more_predictions else None)
            _show_reliability(results)
            trust += trust_rows("" if natural else f"{one:g}", results, learned)
        if review is not None or rates is not None:
            show_trust(trust, review)
        if plot is not None:
            draw(results, rival, plot)
            tell(f"drew {plot}")


def _refuse_unfit(natural: bool, annotator: Path | None, rates: str | None) -> None:
    """Refuses options that do not go together."""
    if natural and annotator is not None:
        raise ValueError("--natural and --annotator: expected one of the two")
    if natural:
        refuse_idle(dict.fromkeys(("--rate", "--rates", "--kinds", "--seeds"), "planted errors: leave out --natural"))
    if rates is not None and on_line("rates"):
        refuse_idle({"--rate": "one rate alone: leave out --rates"})


def _rates(text: str) -> list[float]:
    """The rates in a comma-separated list."""
    try:
        return [fraction("--rates", float(one)) for one in names(text)]
    except ValueError as error:
        raise ValueError(f"--rates is {text}, expected numbers from 0 to 1 with commas between them") from error


def _planted(
    dataset: Dataset, difficult: Flags | None, rate: float, kinds: Sequence[Kind], seeds: int, annotator: Boxes | None
) -> list[tuple[Dataset, Truth]]:
    """What `plant` makes with each seed, or `withhold` of difficult annotations; a ValueError if nothing."""
    if difficult is not None:
        planted = [withhold(dataset, difficult)]
        why = ": all annotations that are flagged difficult are ignored: add --include-ignored"
    else:
        planted = [plant(dataset, rate, kinds, seed, annotator) for seed in range(1, seeds + 1)]
        why = f" into {counted(len(dataset.annotations.class_id), 'annotation')} at a rate of {rate:g}"
    if not any(len(truth) for _, truth in planted):
        raise ValueError(f"no error is planted{why}")
    return planted


def _measured(
    planted: list[tuple[Dataset, Truth]], rows: int | None
) -> tuple[Results, Results, tuple[Results, list[dict[Kind, Total]]] | None]:
    """The measures of check and of the ObjectLab scores, each the mean over all plantings; and what was learned from
    answers about so many rows of each kind, and their totals."""
    results, rival, learned, found = [], [], [], []
    with progress("measuring", len(planted)) as advance:
        for seed, (corrupted, truth) in enumerate(planted):
            report = check(corrupted)
            results.append(evaluate(report, truth))
            rival.append(evaluate(objectlab_ranking(corrupted), truth))
            if rows is not None:
                after = reviewed(report, truth, rows, seed)
                learned.append(evaluate(after, truth))
                found.append(totals(after, truth))
            advance(1)
    return averaged(results), averaged(rival), (averaged(learned), found) if learned else None


def _difficult(source: Path, options: ReadOptions) -> Flags:
    """Which annotations are flagged difficult."""
    flags = read_source(source, None, replace(options, ignore=("difficult",))).dataset.annotations.ignore
    if flags is None:
        raise ValueError(f"{source}: no annotation is flagged difficult, expected some to withhold")
    return flags


def _show(results: Results, rival: Results, first: str | None) -> None:
    """Both lists side by side; of several detectors, check takes all, and ObjectLab, which takes one, the first."""
    columns = {"": list(results), "errors": [f"{measures.truths:,.0f}" for measures in results.values()]}
    for name, title in _NUMBERS.items():
        columns[title] = [
            f"{_number(getattr(ours, name))} {_number(getattr(rival[kind], name) if rival[kind].listed else np.nan)}"
            for kind, ours in results.items()
        ]
    columns["right\nfix"] = [_number(measures.right_suggestions) for measures in results.values()]
    _print("left check, right ObjectLab" + (f" of {first} alone" if first else ""), columns)


def _number(value: float) -> str:
    return "    -" if np.isnan(value) else f"{value:.3f}"


def _show_reliability(results: Results) -> None:
    steps = next(iter(results.values())).reliability
    columns = {"suspicion": [f"{step.low:.1f}-{step.high:.1f}" for step in steps]}
    for kind, measures in results.items():
        columns[kind] = [f"{step.rate:.2f} {step.listed:,.0f}" if step.listed else "" for step in measures.reliability]
    _print("fraction of check's rows that are errors, and number of rows", columns)


def _print(title: str, columns: dict[str, list[str]]) -> None:
    """A table whose columns but the first are numbers."""
    show(Preview(title, columns, numbers=list(columns)[1:]))
