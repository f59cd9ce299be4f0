"""Measures how well lists find known errors, for docs/results.md and README.md: `python docs/results.py FOLDER`.

FOLDER holds voc2007_test. It takes some minutes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from boxlint import Boxes, Dataset, check, read_coco
from boxlint.benchmark import STANDARD_KINDS, Measures, Truth, averaged, evaluate, objectlab_ranking, plant, withhold

PAGE = Path(__file__).with_name("results.md")
README = PAGE.parents[1] / "README.md"
DETECTORS = ("mobilenet_yolo", "yolov2")
ANNOTATORS = ("annotator_yolo_1", "annotator_yolo_2")
SETTINGS = ("random", "careless", "natural")
SEEDS, UNTOUCHED = range(1, 4), range(21, 27)
COLUMNS = ("image", *STANDARD_KINDS)
# Fewer rows than this in a step of suspicion say nothing.
LEAST_ROWS = 10

# Setting -> detector -> what was measured, of boxlint and of ObjectLab.
Found = dict[str, dict[str, tuple[dict[str, Measures], dict[str, Measures]]]]


def main() -> None:
    """Measures, and rewrites what stands between the marks of the pages."""
    folder = Path(sys.argv[1]) / "voc2007_test"
    found, fresh = measured(folder, SETTINGS, SEEDS), measured(folder, SETTINGS[:2], UNTOUCHED)
    write(PAGE, "average precision", average_precision(found))
    write(PAGE, "untouched seeds", average_precision(fresh))
    write(PAGE, "several detectors", together(found, measured_together(folder)))
    write(PAGE, "other measures", other_measures(found))
    write(PAGE, "reliability", reliability(found))
    write(README, "average precision", average_precision(found, digits=2))


def write(page: Path, name: str, table: Sequence[str], by: str = "results") -> None:
    """Puts a table between its marks, which name the script that writes it."""
    text = page.read_text()
    begin, end = f"<!-- {name}: written by docs/{by}.py -->\n", "<!-- end -->\n"
    start = text.index(begin) + len(begin)
    page.write_text(text[:start] + "\n" + "\n".join(table) + "\n\n" + text[text.index(end, start) :])


def measured(folder: Path, settings: Sequence[str], seeds: Iterable[int]) -> Found:
    """The means over seeds and annotators."""
    found: Found = {setting: {} for setting in settings}
    for detector in DETECTORS:
        files = folder / "annotations.json", folder / f"detections_{detector}.json"
        dataset = read_coco(*files)
        for setting in settings:
            planted = list(plantings(setting, dataset, folder, seeds))
            ours = averaged([evaluate(check(corrupted), truth) for corrupted, truth in planted])
            theirs = averaged([evaluate(objectlab_ranking(corrupted), truth) for corrupted, truth in planted])
            found[setting][detector] = ours, theirs
    return found


def measured_together(folder: Path) -> dict[str, dict[str, Measures]]:
    """Setting -> the means of all detectors together."""
    files = {detector: folder / f"detections_{detector}.json" for detector in DETECTORS}
    every = {detector: read_coco(folder / "annotations.json", path) for detector, path in files.items()}
    both = Dataset.of_detectors(every)
    return {
        setting: averaged(
            [evaluate(check(corrupted), truth) for corrupted, truth in plantings(setting, both, folder, SEEDS)]
        )
        for setting in SETTINGS
    }


def together(found: Found, both: dict[str, dict[str, Measures]]) -> list[str]:
    """The better detector alone beside all together."""
    lines = [f"| better alone / together | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    for setting, of_detector in found.items():
        cells = []
        for column in COLUMNS:
            alone = [ours[column].average_precision for ours, _ in of_detector.values() if column in ours]
            values = [max(alone), both[setting][column].average_precision] if alone else []
            cells.append(" / ".join(number(value, 3) for value in values))
        lines.append(f"| {setting} | {' | '.join(cells)} |")
    return lines


def plantings(setting: str, dataset: Dataset, folder: Path, seeds: Iterable[int]) -> Iterable[tuple[Dataset, Truth]]:
    """The data sets of a setting, with errors."""

    def predictions(name: str) -> Boxes:
        return read_coco(folder / "annotations.json", folder / f"{name}.json").predictions

    if setting == "natural":
        difficult = read_coco(folder / "annotations.json", ignore=("difficult",)).annotations.ignore
        assert difficult is not None
        return [withhold(dataset, difficult)]
    annotators = [None] if setting == "random" else [predictions(name) for name in ANNOTATORS]
    return [plant(dataset, seed=seed, annotator=annotator) for annotator in annotators for seed in seeds]


def average_precision(found: Found, digits: int = 3) -> list[str]:
    lines = [f"| {' / '.join(DETECTORS)} | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    for setting, of_detector in found.items():
        for side, name in ((1, "ObjectLab"), (0, "boxlint")):
            cells = [pair(of_detector, side, column, precision, digits) for column in COLUMNS]
            cells = [f"**{cell}**" if cell and name == "boxlint" else cell for cell in cells]
            head = f"{setting}: {name}"
            lines.append(f"| {f'**{head}**' if name == 'boxlint' else head} | {' | '.join(cells)} |")
    return lines


def precision(measures: Measures) -> float:
    return measures.average_precision


def other_measures(found: Found) -> list[str]:
    heads = ("precision at 100", "of ObjectLab", "AUROC", "of ObjectLab", "recall", "of ObjectLab", "right suggestions")
    lines = [f"| | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    shown: list[tuple[int, Callable[[Measures], float]]] = [
        (0, lambda measures: measures.precision_at_100),
        (1, lambda measures: measures.precision_at_100),
        (0, lambda measures: measures.auroc),
        (1, lambda measures: measures.auroc),
        (0, lambda measures: measures.recall),
        (1, lambda measures: measures.recall),
        (0, lambda measures: measures.right_suggestions),
    ]
    for setting, of_detector in found.items():
        for column in COLUMNS:
            cells = [pair(of_detector, side, column, measure, digits=2) for side, measure in shown]
            if column == "image":  # every image has a place in the ranking: no recall
                cells[4:6] = ["", ""]
            if any(cells):
                lines.append(f"| {setting}: {column} | {' | '.join(cells)} |")
    return lines


def pair(
    of_detector: dict[str, tuple[dict[str, Measures], dict[str, Measures]]],
    side: int,
    column: str,
    measure: Callable[[Measures], float],
    digits: int = 3,
) -> str:
    """A measure of each detector; empty where there are no errors of the kind, or nothing is listed."""
    measures = [found[side].get(column) for found in of_detector.values()]
    known = [one for one in measures if one is not None and one.truths and one.listed]
    values = [measure(one) for one in known]
    return " / ".join(number(value, digits) for value in values) if values and not any(map(math.isnan, values)) else ""


def number(value: float, digits: int) -> str:
    """Without the 0 before the point."""
    text = f"{value:.{digits}f}"
    return "1" if float(text) == 1 else text.removeprefix("0")


def reliability(found: Found) -> list[str]:
    columns = [
        (setting, column)
        for setting, of_detector in found.items()
        for column in COLUMNS
        if any(ours.get(column) and ours[column].truths for ours, _ in of_detector.values())
    ]
    heads = [column if name == "missing" or column != "image" else f"{name}: image" for name, column in columns]
    lines = [f"| suspicion | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    for step in range(10):
        cells = []
        for setting, column in columns:
            steps = [ours[column].reliability[step] for ours, _ in found[setting].values()]
            listed = sum(one.listed for one in steps)
            errors = sum(one.listed * one.rate for one in steps if one.listed)
            cells.append(number(errors / listed, 2) if listed >= LEAST_ROWS else "")
        lines.append(f"| {step / 10:.1f}-{(step + 1) / 10:.1f} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
