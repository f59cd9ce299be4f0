"""Interrupts calls at random moments, and tells how long each goes on: ``interrupts.py CALL`` is interrupted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import boxlint
from boxlint import Boxes, Dataset, filter, rank, summary
from boxlint.synthetic import make_scenes
from commands import heed_interrupts
from crowds import as_lists, made

LONG = 120  # seconds, after which a call surely heeds no signal

# Calls that take hours for the largest of crowds, and one that waits for ever.
ENDLESS = (
    *(f"{name}, endless" for name in ("scores", "badloc", "swap", "label issues", "box issues", "per class metrics")),
    "read_coco of a silent pipe",
)


def crowd(annotated: int = 10_000, predicted: int = 100_000) -> tuple[Boxes, Boxes]:
    """One image of many boxes, which lie upon each other."""
    return made(0, 1, annotated, predicted)


def quiet_scores(labels: Any, predictions: Any) -> object:
    return rank.get_label_quality_scores(labels, predictions, verbose=False)


def of_columns() -> dict[str, Callable[..., object]]:
    """Functions of annotations and predictions."""

    def by_name(function: Callable[..., object]) -> Callable[..., object]:
        return lambda labels, predictions: function(labels=labels, predictions=predictions)

    return {
        "check": boxlint.check,
        "collect": boxlint.collect,
        "scores": quiet_scores,
        "overlooked": by_name(rank.compute_overlooked_box_scores),
        "badloc": by_name(rank.compute_badloc_box_scores),
        "swap": by_name(rank.compute_swap_box_scores),
        "label issues": filter.find_label_issues,
        "box issues": filter.find_box_issues,
        "per class metrics": summary.calculate_per_class_metrics,
        "confusion": summary.get_average_per_class_confusion_matrix,
        "inspect": lambda labels, predictions: boxlint.inspect(Dataset(labels, predictions)),
    }


def of_files(folder: Path) -> dict[str, Callable[[], Callable[[], object]]]:
    """Readers and writers, with what they read and write."""

    def coco() -> Callable[[], object]:
        boxlint.write_coco(Dataset(*made(0, 100_000)), folder / "a.json", folder / "d.json")
        return partial(boxlint.read_coco, folder / "a.json", folder / "d.json")

    def voc() -> Callable[[], object]:
        boxlint.write_voc(sized(), folder)
        return partial(boxlint.read_voc, folder)

    def yolo() -> Callable[[], object]:
        dataset = sized()
        boxlint.write_yolo(dataset, folder)
        sizes = dict.fromkeys(dataset.image_names or (), (640, 480))
        return partial(boxlint.read_yolo, folder, names=dataset.class_names or (), image_sizes=sizes)

    def sized() -> Dataset:
        return make_scenes(20_000).dataset

    def pipe() -> Callable[[], object]:
        os.mkfifo(folder / "pipe.json")
        os.open(folder / "pipe.json", os.O_RDWR)  # a writer that never writes
        return partial(boxlint.read_coco, folder / "pipe.json")

    def table() -> Callable[[], object]:
        return partial(boxlint.check(*made(0, 50_000)).to_csv, folder / "table.csv")

    def written() -> Callable[[], object]:
        return partial(boxlint.write_coco, Dataset(*made(0, 100_000)), folder / "out.json", folder / "detections.json")

    def decisions() -> Callable[[], object]:
        report = boxlint.check(*made(0, 20_000))
        report.decide(dict.fromkeys(report.issues["issue_id"], "accept")).write(folder / "decisions.json")
        return partial(boxlint.Decisions.read, folder / "decisions.json")

    return {
        "write_coco": written,
        "Decisions.read": decisions,
        "read_coco": coco,
        "read_coco of a silent pipe": pipe,
        "read_voc": voc,
        "read_yolo": yolo,
        "to_csv": table,
    }


def with_input(function: Callable[..., object], make: Callable[[], tuple[Boxes, Boxes]]) -> Callable[[], object]:
    return partial(function, *make())


def calls(folder: Path) -> dict[str, Callable[[], Callable[[], object]]]:
    """Long calls by name; each is made, with its input, by another one."""
    columns: dict[str, Callable[[], tuple[Boxes, Boxes]]] = {
        "one image": crowd,
        "many images": partial(made, 0, 200_000),
        "endless": partial(crowd, 300_000, 300_000),
    }

    def named() -> Callable[[], object]:
        annotations, predictions = made(0, 100_000)
        ids = [f"box {number}" for number in range(len(annotations.class_id))]
        numbers = np.random.default_rng(0).permutation(len(predictions.class_id))
        return partial(boxlint.inspect, Dataset(annotations, predictions, annotation_ids=ids, prediction_ids=numbers))

    return {
        "inspect, boxes with ids": named,
        **{
            f"{name}, {what}": partial(with_input, function, make)
            for name, function in of_columns().items()
            for what, make in columns.items()
        },
        "scores of lists": lambda: partial(quiet_scores, *as_lists(*made(0, 50_000))),
        "scores of one list": lambda: partial(quiet_scores, *as_lists(*crowd())),
        **of_files(folder),
    }


def be_interrupted(name: str) -> None:
    """Makes a call again and again, and tells when an interrupt ends it."""
    with tempfile.TemporaryDirectory() as folder:
        call = calls(Path(folder))[name]()
        while True:
            print("ready", flush=True)
            try:
                while True:
                    call()
            except KeyboardInterrupt:
                print(time.monotonic(), flush=True)


def delays(name: str, interrupts: int, chance: random.Random) -> Iterator[float]:
    """How many seconds a call goes on after each interrupt."""
    command = [sys.executable, __file__, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heed_interrupts) as child:
        assert child.stdout is not None
        try:
            for _ in range(interrupts):
                assert child.stdout.readline() == "ready\n", f"{name} failed"
                time.sleep(chance.uniform(0.05, 1.5))
                # What was done before, such as making the input, may take as long as it does.
                watchdog = threading.Timer(LONG, child.kill)
                watchdog.start()
                sent = time.monotonic()
                child.send_signal(signal.SIGINT)
                ended = child.stdout.readline()
                watchdog.cancel()
                assert ended, f"{name} did not end in {LONG} seconds"
                yield float(ended) - sent
        finally:
            child.kill()


if __name__ == "__main__":
    be_interrupted(sys.argv[1])
