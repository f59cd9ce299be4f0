"""A call under a limit on memory: ``starved.py CALL MEGABYTES FOLDER`` prints MemoryError, or that it is done."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import boxlint
from boxlint import Boxes, filter, rank
from boxlint._core import issue_numbers
from crowds import as_lists, made

IMAGES = 8_000


def calls(folder: Path) -> dict[str, Callable[[], object]]:
    """Calls on a data set of 200,000 boxes, which is in memory before the limit holds."""
    columns = made(0, IMAGES)
    lists = as_lists(*made(0, IMAGES))
    files = [folder / "annotations.json", folder / "detections.json"]
    return {
        "read": partial(boxlint.read_coco, *files),
        "read texts": partial(boxlint.read_coco, folder / "texts.json"),
        "check": partial(boxlint.check, *columns),
        "collect": partial(boxlint.collect, *columns),
        "score": partial(rank.get_label_quality_scores, *columns, verbose=False),
        "score lists": partial(rank.get_label_quality_scores, *lists, verbose=False),
        "label issues": partial(filter.find_label_issues, *columns),
        "box issues": partial(filter.find_box_issues, *columns),
        "swap": partial(rank.compute_swap_box_scores, labels=columns[0], predictions=columns[1]),
        "several detectors": partial(boxlint.check, columns[0], [columns[1], made(1, IMAGES)[1]]),
        "to_csv": partial(boxlint.check(*made(0, 200)).to_csv, folder / "issues.csv"),
        "boxes of rows": partial(boxes_of_rows, boxlint.check(*columns)),
        "many classes": partial(boxlint.collect, *map(in_many_classes, columns)),
        "sums": partial(sums, boxlint.collect(*map(in_many_classes, columns))),
    }


def in_many_classes(boxes: Boxes) -> Boxes:
    """The same boxes, each of another class than the thousands before it."""
    return Boxes(boxes.xyxy, np.arange(len(boxes.class_id)) % 100_000, boxes.score, boxes.offsets)


def boxes_of_rows(report: boxlint.Report) -> object:
    """40 columns of boxes: 140 MB."""
    columns = report.issues._columns
    return issue_numbers(columns.rows, columns.given.numbers, ["given_box"] * 40)


def sums(part: boxlint.Statistics) -> boxlint.Statistics:
    """What two tasks send, added up."""
    return part + boxlint.Statistics.from_bytes(part.to_bytes())


def main(name: str, megabytes: int, folder: Path) -> str:
    """Makes a call with so much memory more than is in use."""
    call = calls(folder)[name]
    boxlint.check(*made(0, 1000))  # starts the threads, and imports what is imported late
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = in_use + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        call()
    except MemoryError:
        return "MemoryError"
    return "done"


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
