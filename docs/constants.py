"""What parts and constants of the method are worth, for docs/results.md: `python docs/constants.py FOLDER`.

FOLDER holds voc2007_test. It takes ten minutes on two processors. Annotators are weak detectors, and the two good ones
from a score of .5 on; whoever annotates does not detect.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from evidence import RIVALS, Examined, counts_of, examined, ranking
from numpy.typing import NDArray
from results import PAGE, number, write

from boxlint import Boxes, Dataset, read_coco
from boxlint.benchmark import STANDARD_KINDS, Truth, evaluate, plant, withhold

import method_consensus as consensus  # isort: skip
import method_reference as reference  # isort: skip

Numbers = NDArray[Any]
# File -> the score from which on it plays an annotator.
FILES = {
    "mobilenet_yolo": ("detections_mobilenet_yolo", 0.5),
    "yolov2": ("detections_yolov2", 0.5),
    "weak 1": ("annotator_yolo_1", 0.0),
    "weak 2": ("annotator_yolo_2", 0.0),
}
GOOD = tuple(FILES)[:2]
SEED = 1
CAREFUL_CUT = 0.5
# (detector, annotator): careless errors; and others.
CARELESS = [(detector, annotator) for detector, annotator in product(FILES, FILES) if detector != annotator]
OTHERS = [(detector, setting) for detector in GOOD for setting in ("random", "natural")]

FIRST = reference.Swap(slip=0.5, confusion=1.6, place=0, given=0.75, found=0.25)
GRID = [
    reference.Swap(slip=slip, confusion=confusion, place=place, given=given, found=found)
    for (slip, confusion), place, given, found in product(
        [(0.5, 1.6), (0.6, 2.5), (0.5, 4), (0.3, 2.5)], (0, 1, 2), (0.75, 1), (0.25, 0.5)
    )
]
# The most that swap may lose on random errors against the constants of `FIRST`.
LOSS = 0.01

# Detectors, together, and whose errors: a "cut" one has its predictions from a score of .5 on.
PAIRS = [
    ("mobilenet_yolo", "yolov2", "weak 1"),
    ("mobilenet_yolo", "yolov2", "weak 2"),
    ("mobilenet_yolo", "weak 1", "weak 2"),
    ("mobilenet_yolo", "weak 2", "weak 1"),
    ("yolov2", "weak 1", "weak 2"),
    ("yolov2", "weak 2", "weak 1"),
    ("weak 1", "weak 2", "mobilenet_yolo"),
    ("weak 1", "weak 2", "yolov2"),
    ("mobilenet_yolo", "cut yolov2", "weak 1"),
    ("mobilenet_yolo", "cut yolov2", "weak 2"),
    ("yolov2", "cut mobilenet_yolo", "weak 1"),
    ("yolov2", "cut mobilenet_yolo", "weak 2"),
]
WEAK, CUT = (0.0, 0.5, 0.75, 0.9), (0, 4, 8, 16, 32)
OWN = consensus.WEAK, consensus.CUT
# Of which classes the detector takes objects for others, and for which.
TAKEN = (
    {"bus": "car"},
    {"dog": "cat", "sofa": "chair"},
    {"bus": "car", "train": "car", "motorbike": "car", "cat": "dog", "cow": "dog", "sheep": "dog"},
)
COLUMNS = ("image", *STANDARD_KINDS)
# Kinds in the table of parts.
SHOWN = ("swap", "spurious")

# What was measured: column -> average precision.
Precision = dict[str, float]


def main() -> None:
    """Measures everything, and rewrites the tables of the page."""
    folder = Path(sys.argv[1]) / "voc2007_test"
    with ProcessPoolExecutor(2) as pool:
        single = pool.map(partial(of_one, folder), [*OTHERS, *CARELESS])
        pairs = pool.map(partial(of_pair, folder), PAIRS)
        of_taken = pool.map(partial(taking, folder), product(range(len(TAKEN)), GOOD, ("random", "weak 1", "weak 2")))
        mistaken = list(of_taken)
        of_set = dict(zip([*OTHERS, *CARELESS], single, strict=True))
        of_pairs = dict(zip(PAIRS, pairs, strict=True))
    write(PAGE, "parts", parts(of_set), by="constants")
    write(PAGE, "mistaken classes", mistaken_classes(mistaken), by="constants")
    write(PAGE, "leave one out", [*left_out_swap(of_set), "", *left_out_pairs(of_pairs)], by="constants")


def predictions(folder: Path, name: str, least: float = 0.0) -> Dataset:
    """The data set with the predictions of a detector from a score on."""
    name, cut = name.removeprefix("cut "), CAREFUL_CUT if name.startswith("cut ") else least
    dataset = read_coco(folder / "annotations.json", folder / f"{FILES[name][0]}.json")
    boxes = dataset.predictions
    assert boxes.score is not None
    kept = boxes.score >= cut
    ends = np.concatenate([[0], np.cumsum(kept)])[boxes.offsets]
    some = Boxes(boxes.xyxy[kept], boxes.class_id[kept], boxes.score[kept], ends)
    return replace(dataset, predictions=some, prediction_ids=None)


def planted(folder: Path, dataset: Dataset, setting: str) -> tuple[Dataset, Truth]:
    """Random or natural errors, or those of an annotator."""
    if setting == "natural":
        flags = read_coco(folder / "annotations.json", ignore=("difficult",)).annotations.ignore
        assert flags is not None
        return withhold(dataset, flags)
    boxes = None if setting == "random" else predictions(folder, setting, FILES[setting][1]).predictions
    return plant(dataset, seed=SEED, annotator=boxes)


def precisions(of: Examined, truth: Truth, changed: dict[str, Numbers], kinds: Sequence[str]) -> Precision:
    """Average precision of images and of some kinds, with other odds of some kinds."""
    odds = of.odds.copy()
    for kind, column in changed.items():
        odds[:, RIVALS.index(kind)] = column
    found = evaluate(ranking(of, odds, kinds), truth)
    return {kind: found[kind].average_precision for kind in ("image", *kinds) if kind in found}


def variants() -> dict[str, Callable[[Any], dict[str, Numbers]]]:
    """The method without a part: name -> the odds that change."""

    def swap(**constants: float) -> Callable[[Any], dict[str, Numbers]]:
        return lambda e: {"swap": reference.swap(e, reference.Swap(**constants))}

    return {
        "**the method**": lambda e: {},
        "swap: slips only (no T)": swap(confusion=0, slip=1),
        "swap: confusions only": swap(slip=0),
        "swap: the trigger's IoU does not count (v_o = 1)": swap(place=0),
        "swap: v_o^2": swap(place=2),
        "swap: context of the given class to the power .75": swap(given=0.75),
        "swap: no context of the given class": swap(given=0),
        "T: no detectability": swap(found=0),
        "T: odds(found)^.25": swap(found=0.25),
        "T: odds(O)^.5": swap(sure=0.5),
        "T: odds(O)": swap(sure=1),
        "T: against(S)": swap(silence=1),
        "T: no neighbour (N + .05 = 1)": swap(neighbour=0, confusion=2.5 * 0.05**0.5),
        "swap: no class is mistaken": swap(mistaken=0),
        "spurious: no groups": lambda e: {"spurious": reference.spurious(e, group=0)},
        "spurious: odds(found)^.5": lambda e: {"spurious": reference.spurious(e, found=0.5)},
        "spurious: odds(found)": lambda e: {"spurious": reference.spurious(e, found=1)},
        "spurious: no visibility": lambda e: {"spurious": reference.spurious(e, seen=0)},
        "spurious: no detectability": lambda e: {"spurious": reference.spurious(e, found=0)},
        "swap as found first (.5, 1.6, v_o^0, lift^-.75, found^.25)": lambda e: {"swap": reference.swap(e, FIRST)},
    }


def of_one(folder: Path, which: tuple[str, str]) -> tuple[dict[str, Precision], list[float]]:
    """Each variant on one planted set; and of swap, each of `FIRST` and `GRID`."""
    detector, setting = which
    corrupted, truth = planted(folder, predictions(folder, detector), setting)
    of = examined(corrupted)
    found = {name: precisions(of, truth, odds(of.evidence), SHOWN) for name, odds in variants().items()}
    if setting == "natural":
        return found, []
    grid = [{"swap": reference.swap(of.evidence, constants)} for constants in [FIRST, *GRID]]
    return found, [precisions(of, truth, odds, ["swap"])["swap"] for odds in grid]


def taking(folder: Path, which: tuple[int, str, str]) -> tuple[Precision, Precision]:
    """A detector that takes classes for others, one of `TAKEN`: without knowing that, and by the method."""
    taken, detector, setting = which
    corrupted, truth = planted(folder, predictions(folder, detector), setting)
    names = list(corrupted.class_names or ())
    class_ids = np.array([names.index(TAKEN[taken].get(name, name)) for name in names])
    seen = corrupted.predictions
    called = Boxes(seen.xyxy, class_ids[seen.class_id], seen.score, seen.offsets)
    of = examined(replace(corrupted, predictions=called))
    unknown = {"swap": reference.swap(of.evidence, reference.Swap(mistaken=0))}
    return precisions(of, truth, unknown, ["swap"]), precisions(of, truth, {}, ["swap"])


def of_pair(folder: Path, which: tuple[str, str, str]) -> dict[tuple[float, int], Precision]:
    """Two detectors together, for each limit below which a detector does not count, and each power of silence.

    A missing object may here be the better box of an annotation by the odds of the fused boxes, not by the pooled odds.
    """
    *names, annotator = which
    corrupted = [planted(folder, predictions(folder, name), annotator) for name in names]
    truth, sets = corrupted[0][1], [one for one, _ in corrupted]
    alone = [examined(one) for one in sets]
    both = consensus.together(sets, [counts_of(one) for one in sets], weak=0)
    fused = examined(both.fused)
    mean, answered = (np.array([getattr(one, name) for one in both.models]) for name in ("mean_found", "answered"))
    share = consensus.shares(both.weight)

    def pooled(kind: str, weight: Numbers) -> Numbers:
        of_each = [one.odds[:, RIVALS.index(kind)] for one in alone]
        return np.asarray(consensus.pooled(of_each, share, weight))

    seen = fused.odds[:, RIVALS.index("badloc")] > 0
    badloc = np.where(seen, pooled("badloc", share), 0)
    found = {}
    for cut in CUT:
        spurious = pooled("spurious", consensus.shares(both.weight * answered**cut))
        found[cut] = precisions(fused, truth, {"badloc": badloc, "spurious": spurious}, STANDARD_KINDS)
    better = precisions(alone[int(mean.argmax())], truth, {}, STANDARD_KINDS)
    counts = {weak: bool(mean.min() >= weak * mean.max()) for weak in WEAK}
    return {(weak, cut): found[cut] if counts[weak] else better for weak, cut in product(WEAK, CUT)}


def parts(of_set: dict[tuple[str, str], tuple[dict[str, Precision], list[float]]]) -> list[str]:
    """The table of variants: means over the two good detectors."""
    settings = {
        "random": [(detector, "random") for detector in GOOD],
        "careless": [(detector, annotator) for detector in GOOD for annotator in ("weak 1", "weak 2")],
        "careless as the other": [(GOOD[0], GOOD[1]), (GOOD[1], GOOD[0])],
        "natural": [(detector, "natural") for detector in GOOD],
    }
    heads = [(setting, column) for setting in settings for column in ("image", *SHOWN)][: -len(SHOWN)]
    lines = [
        f"| | {' | '.join(f'{setting}: image' if kind == 'image' else kind for setting, kind in heads)} |",
        "|---" * (1 + len(heads)) + "|",
    ]
    for name in variants():
        cells = [mean_of(of_set[one][0][name][kind] for one in settings[setting]) for setting, kind in heads]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def mistaken_classes(found: Sequence[tuple[Precision, Precision]]) -> list[str]:
    """What it is worth to know which classes are taken for others: means over good detectors and weak annotators."""
    lines = [
        "| objects are taken for others | random: image | swap | careless: image | swap |",
        "|---|---|---|---|---|",
    ]
    of_each = np.array([[[one[kind] for kind in ("image", "swap")] for one in pair] for pair in found])
    for taken, sets in zip(TAKEN, of_each.reshape(len(TAKEN), len(GOOD), 3, 2, 2), strict=True):
        random, careless = sets[:, 0].mean(0), sets[:, 1:].mean((0, 1))
        cells = [f"{number(float(before), 3)} → {number(float(now), 3)}" for before, now in [*random.T, *careless.T]]
        lines.append(f"| {', '.join(f'{one} as {other}' for one, other in taken.items())} | {' | '.join(cells)} |")
    return lines


def left_out_swap(of_set: dict[tuple[str, str], tuple[dict[str, Precision], list[float]]]) -> list[str]:
    """Constants of swap chosen without a detector and an annotator, and what they give there."""
    lines = [
        "| left out: detector | annotator | constants chosen on the rest | swap before | chosen | the method's |",
        "|---|---|---|---|---|---|",
    ]
    own = [FIRST, *GRID].index(reference.Swap())
    total = []
    for detector, annotator in CARELESS:
        gone = {detector, annotator}
        rest = [of_set[one][1] for one in CARELESS if not gone & set(one)]
        random = [of_set[one, "random"][1] for one in GOOD if one not in gone]
        allowed = [at for at in range(len(GRID) + 1) if all(one[at] >= one[0] - LOSS for one in random)]
        best = max(allowed, key=lambda at: float(np.mean([one[at] for one in rest])))
        x, here = [FIRST, *GRID][best], of_set[detector, annotator][1]
        total.append((here[0], here[best], here[own]))
        chosen = f"{x.slip:g}, {x.confusion:g}, v_o^{x.place:g}, lift^-{x.given:g}, found^{x.found:g}"
        cells = " | ".join(number(value, 3) for value in total[-1])
        lines.append(f"| {detector} | {annotator} | {chosen} | {cells} |")
    cells = " | ".join(f"**{number(float(value), 3)}**" for value in np.mean(total, 0))
    return [*lines, f"| **mean** | | | {cells} |"]


def left_out_pairs(of_pairs: dict[tuple[str, str, str], dict[tuple[float, int], Precision]]) -> list[str]:
    """The limit of weak detectors and the power of silence, chosen without a detector and an annotator."""
    lines = [
        "| left out: detectors | annotator | limit, power chosen on the rest | without both | chosen | the method's |",
        "|---|---|---|---|---|---|",
    ]
    total = []
    for pair, here in of_pairs.items():
        gone = {name.removeprefix("cut ") for name in pair}
        rest = [found for one, found in of_pairs.items() if not gone & {name.removeprefix("cut ") for name in one}]
        # Where every pair has one of these, those with other annotators.
        rest = rest or [found for one, found in of_pairs.items() if one[2] != pair[2] and set(one[:2]) != set(pair[:2])]
        # Of equals the method's.
        best = max([OWN, *here], key=lambda at: float(np.mean([mean_precision(found[at]) for found in rest])))
        total.append([mean_precision(here[at]) for at in ((0.0, 0), best, OWN)])
        cells = " | ".join(number(value, 3) for value in total[-1])
        lines.append(f"| {pair[0]}, {pair[1]} | {pair[2]} | {best[0]:g}, {best[1]} | {cells} |")
    cells = " | ".join(f"**{number(float(value), 3)}**" for value in np.mean(total, 0))
    return [*lines, f"| **mean** | | | {cells} |"]


def mean_precision(found: Precision) -> float:
    return float(np.mean([found[column] for column in COLUMNS]))


def mean_of(values: Iterable[float]) -> str:
    return number(float(np.mean(list(values))), 3)


if __name__ == "__main__":
    main()
