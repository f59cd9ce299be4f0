"""Scoring, label issues and checking on data of many kinds, beside numpy, cleanlab and hotcoco.

    data_sets.py [--quick] [--write]

``--quick`` takes a twentieth of the images and fewer calls: figures to a quarter. ``--write`` puts the table into
docs/performance.md. Real data sets are in ../shared/data beside the checkout, or in the folder BOXLINT_DATA.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import hotcoco
import numpy as np
from cleanlab.object_detection import filter as reference_filter
from cleanlab.object_detection import rank as reference_rank

import boxlint
from boxlint import Boxes, Dataset, filter, rank
from boxlint._threads import at_most
from rivals import diagnose
from speed import best_of
from workload import DATA, columns, lists, real, varying

Pair = tuple[Boxes, Boxes]
Workload = Callable[[int], Pair]

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- benches/data_sets.py -->\n", "<!-- end -->\n"
REFERENCE_SECONDS = 10.0
"""What calls of cleanlab may take in all, on as many images as it can do."""


def main() -> None:
    """Prints the table, and writes it where asked."""
    quick, write = (option in sys.argv[1:] for option in ("--quick", "--write"))
    caption = (
        f"{os.cpu_count()} cores of {processor()}, numpy {np.__version__}"
        + (", a quick run. " if quick else ". ")
        + "µs an image on one and on two threads; times numpy's sum of the same arrays on two threads; how many times "
        "as long others take on as many images: cleanlab from lists as boxlint from lists, hotcoco's `evaluate` and "
        "`image_diagnostics` as `check`, both on all cores."
    )
    lines = [
        *textwrap.wrap(caption, 128),
        "",
        "| data | boxes an image | image scores | label issues | `check` | cleanlab, scores and issues | hotcoco |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for name, workload, images in workloads():
        lines.append(row(name, workload(images // 20 if quick else images), 3 if quick else 7))
        print(lines[-1], flush=True)
    if write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCUMENT.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after, encoding="utf-8")


def workloads() -> list[tuple[str, Workload, int]]:
    """The name of each workload, what makes it and of how many images."""
    found: list[tuple[str, Workload, int]] = [
        ("7 and 97 boxes, sorted by class", columns, 118_000),
        (
            "varying counts, classes in no order",
            partial(varying, annotations=7, predictions=40, spread=2),
            118_000,
        ),
        ("crowded", partial(varying, annotations=200, predictions=300), 4_000),
        ("1,203 classes", partial(varying, annotations=12, predictions=100, spread=2, classes=1203), 50_000),
    ]
    if not DATA.is_dir():
        print(f"{DATA} does not exist: real data sets are not measured\n")
        return found
    of_real = [
        ("voc2007_test", "detections_mobilenet_yolo"),
        ("voc2007_test", "detections_yolov2"),
        ("coco_val2017", "detections_yolov2"),
    ]
    return found + [
        (f"{name}, {detections.removeprefix('detections_')}, repeated", partial(real, name, detections), 120_000)
        for name, detections in of_real
    ]


def row(name: str, pair: Pair, times: int) -> str:
    """The figures of one data set."""
    images = len(pair[0])
    arrays = [array for of in pair for array in (of.xyxy, of.class_id, of.score) if array is not None]
    calls: list[Callable[[], object]] = [
        lambda: rank.get_label_quality_scores(*pair, verbose=False),
        lambda: filter.find_label_issues(*pair),
        lambda: boxlint.check(*pair),
    ]
    of_threads = [partial(on_threads, threads, call) for call in calls for threads in (1, 2)]
    summing, *seconds = best_of(times, lambda: [array.sum() for array in arrays], *of_threads)
    cells = []
    for one, two in zip(seconds[::2], seconds[1::2], strict=True):
        cells.append(f"{one / images * 1e6:.3g}, {two / images * 1e6:.3g} µs: {two / summing:.3g}")
    boxes = ", ".join(f"{len(of.class_id) / images:.1f}" for of in pair)
    return "| " + " | ".join([name, boxes, *cells, beside_cleanlab(pair), beside_hotcoco(pair, times)]) + " |"


def on_threads(threads: int, call: Callable[[], object]) -> None:
    """Calls on so many threads."""
    with at_most(threads):
        call()


def beside_cleanlab(pair: Pair) -> str:
    """How many times as long cleanlab takes an image, from lists."""
    ours = lists(*(of[:2_000] for of in pair))
    return ", ".join(
        f"{per_image_of_reference(theirs, ours) / (best_of(3, partial(by_boxlint, *ours))[0] / len(ours[0])):,.0f}"
        for by_boxlint, theirs in (
            (partial(rank.get_label_quality_scores, verbose=False), partial(scored, verbose=False)),
            (filter.find_label_issues, reference_filter.find_label_issues),
        )
    )


def scored(*given: Any, verbose: bool) -> object:
    """The image scores of cleanlab."""
    return reference_rank.get_label_quality_scores(*given, verbose=verbose)


def per_image_of_reference(call: Callable[..., object], given: tuple[list[Any], list[Any]]) -> float:
    """Seconds an image of a slow call, on as many images as take part of `REFERENCE_SECONDS`."""
    images, seconds = 1, 0.0
    while images <= len(given[0]):
        start = time.perf_counter()
        call(*(part[:images] for part in given))
        seconds = time.perf_counter() - start
        if seconds > REFERENCE_SECONDS / 8:
            break
        images *= 4
    return seconds / min(images, len(given[0]))


def beside_hotcoco(pair: Pair, times: int) -> str:
    """How many times as long hotcoco takes as `check`, on images that both have read."""
    annotations, predictions = (of[:1_000] for of in pair)
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("annotations.json", "detections.json")]
        boxlint.write_coco(Dataset(annotations, predictions), *paths)
        truth = hotcoco.COCO(paths[0])
        results = truth.load_res(paths[1])
    ours, theirs = best_of(times, lambda: boxlint.check(annotations, predictions), partial(diagnose, truth, results))
    return f"{theirs / ours:.3g}"


def processor() -> str:
    """The model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
