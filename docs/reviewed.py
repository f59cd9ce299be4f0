"""Measures what a reviewer's answers teach, and writes the tables of docs/results.md: `python docs/reviewed.py FOLDER`.

FOLDER holds voc2007_test. It takes some minutes.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from boxlint import check, read_coco
from boxlint.benchmark import STANDARD_KINDS, Measures, averaged, evaluate, gap, plant, reviewed, totals

PAGE = Path(__file__).with_name("results.md")
BEGIN, END = "<!-- written by docs/reviewed.py -->\n", "<!-- end -->\n"
DETECTORS = ("mobilenet_yolo", "yolov2")
ANNOTATORS = {"random": None, "careless 1": "annotator_yolo_1", "careless 2": "annotator_yolo_2"}
RATES = (0.02, 0.05, 0.1, 0.2)
SEEDS = (1, 2, 3)
ANSWERS = 100
COLUMNS = ("image", *STANDARD_KINDS)


class Run(NamedTuple):
    """One planting, checked by one detector: measures before and after answers, and the totals."""

    setting: str
    rate: float
    before: dict[str, Measures]
    after: dict[str, Measures]
    found: dict[Any, Any]


def main() -> None:
    """Runs everything and rewrites the part of the page between the marks."""
    folder = Path(sys.argv[1]) / "voc2007_test"
    runs: list[Run] = []
    with ProcessPoolExecutor(2) as pool:
        for some in pool.map(measured, *zip(*product([folder], DETECTORS, ANNOTATORS), strict=True)):
            runs += some
    by_rate: dict[tuple[str, float], list[Run]] = defaultdict(list)
    for run in runs:
        by_rate[run.setting, run.rate].append(run)
    text = "\n".join([*gaps(by_rate), "", *numbers(by_rate), "", *precisions(by_rate)])
    page = PAGE.read_text()
    start = page.index(BEGIN) + len(BEGIN)
    end = page.index(END, start)
    PAGE.write_text(f"{page[:start]}\n{text}\n\n{page[end:]}")


def measured(folder: Path, detector: str, annotator: str) -> list[Run]:
    """All rates and seeds of one detector and annotator."""
    dataset = read_coco(folder / "annotations.json", folder / f"detections_{detector}.json")
    file = ANNOTATORS[annotator]
    other = None if file is None else read_coco(folder / "annotations.json", folder / f"{file}.json").predictions
    runs = []
    for rate, seed in product(RATES, SEEDS):
        corrupted, truth = plant(dataset, rate, seed=seed, annotator=other)
        report = check(corrupted)
        after = reviewed(report, truth, ANSWERS, seed)
        setting = annotator.split()[0]
        runs.append(Run(setting, rate, evaluate(report, truth), evaluate(after, truth), totals(after, truth)))
    return runs


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]


def gaps(by_rate: dict[tuple[str, float], list[Run]]) -> list[str]:
    """The gap of the score and that after answers, with the rows of all runs pooled."""
    rows = []
    for (setting, rate), runs in sorted(by_rate.items(), reverse=True, key=lambda item: (item[0][0], -item[0][1])):
        before, after = averaged([run.before for run in runs]), averaged([run.after for run in runs])
        cells = [f"{gap(before[kind]):.2f} -> {gap(after[kind]):.2f}" for kind in COLUMNS]
        rows.append([setting, f"{rate:g}", *(cell.replace("0.", ".") for cell in cells)])
    return table(("gap, score -> after answers", "rate", *COLUMNS), rows)


def numbers(by_rate: dict[tuple[str, float], list[Run]]) -> list[str]:
    """How often the interval holds the number of errors that are listed, and the estimate over that number."""
    rows = []
    for (setting, rate), runs in sorted(by_rate.items(), reverse=True, key=lambda item: (item[0][0], -item[0][1])):
        cells = []
        for kind in STANDARD_KINDS:
            found = [run.found[kind] for run in runs]
            ratio = sum(one.estimated for one in found) / max(sum(one.errors for one in found), 1)
            cells.append(f"{sum(one.within for one in found)} of {len(found)}, {ratio:.2f}")
        rows.append([setting, f"{rate:g}", *cells])
    every = [one for runs in by_rate.values() for run in runs for one in run.found.values()]
    rows.append(["all", "", f"{sum(one.within for one in every) / len(every):.0%}", *[""] * (len(STANDARD_KINDS) - 1)])
    return table(("interval holds the errors, estimated/errors", "rate", *STANDARD_KINDS), rows)


def precisions(by_rate: dict[tuple[str, float], list[Run]]) -> list[str]:
    """Average precision before and after answers: of images, and of the kinds whose order weights change."""
    rows = []
    columns = [kind for kind in COLUMNS if kind != "missing"]
    for (setting, rate), runs in sorted(by_rate.items(), reverse=True, key=lambda item: (item[0][0], -item[0][1])):
        before, after = averaged([run.before for run in runs]), averaged([run.after for run in runs])
        pairs = [[one[kind].average_precision for one in (before, after)] for kind in columns]
        cells = [f"{first:.3f} -> {second:.3f}".replace("0.", ".") for first, second in pairs]
        rows.append([setting, f"{rate:g}", *cells])
    return table(("average precision, score -> after answers", "rate", *columns), rows)


if __name__ == "__main__":
    main()
