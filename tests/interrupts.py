"""Interrupts calls at random moments, and tells how long each goes on: ``python tests/interrupts.py CALL`` is interrupted."""

from __future__ import annotations

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

import boxlint
from boxlint import Boxes, Dataset, filter, rank, summary
from commands import heed_interrupts
from crowds import as_lists, made


LONG = 120  # seconds, after which a call surely heeds no signal

# Calls that take hours for the largest of crowds.
ENDLESS = ("scores", "badloc", "swap", "label issues", "box issues", "per class metrics")


def crowd(annotated: int = 10_000, predicted: int = 100_000) -> tuple[Boxes, Boxes]:
    """One image of many boxes, which lie upon each other."""
    return made(0, 1, annotated, predicted)


def calls(folder: Path) -> dict[str, Callable[[], Callable[[], object]]]:
    """Long calls, each made with its input by another one."""

    def of_columns(function: Callable[..., object], columns: Callable[[], tuple[Boxes, Boxes]]) -> Callable[[], object]:
        return partial(function, *columns())

    def of_files(read: Callable[..., object], write: Callable[..., object]) -> Callable[[], object]:
        dataset = Dataset(*made(0, 20_000))
        write(dataset, folder)
        return partial(read, folder)

    def coco() -> Callable[[], object]:
        boxlint.write_coco(Dataset(*made(0, 100_000)), folder / "a.json", folder / "d.json")
        return partial(boxlint.read_coco, folder / "a.json", folder / "d.json")

    def table() -> Callable[[], object]:
        report = boxlint.check(*made(0, 50_000))
        return partial(report.to_csv, folder / "table.csv")

    quiet = partial(rank.get_label_quality_scores, verbose=False)
    box_scores = {
        name: lambda labels, predictions, of=getattr(rank, f"compute_{name}_box_scores"): of(
            labels=labels, predictions=predictions
        )
        for name in ("overlooked", "badloc", "swap")
    }
    functions: dict[str, Callable[..., object]] = {
        "check": boxlint.check,
        "collect": boxlint.collect,
        "scores": quiet,
        **box_scores,
        "label issues": filter.find_label_issues,
        "box issues": filter.find_box_issues,
        "per class metrics": summary.calculate_per_class_metrics,
        "confusion": summary.get_average_per_class_confusion_matrix,
        "inspect": lambda labels, predictions: boxlint.inspect(Dataset(labels, predictions)),
    }
    made_by = {
        f"{name}, {what}": partial(of_columns, function, columns)
        for name, function in functions.items()
        for what, columns in (
            ("one image", crowd),
            ("many images", partial(made, 0, 200_000)),
            ("endless", partial(crowd, 300_000, 300_000)),
        )
    }
    names = {"names": {0: "a", 1: "b", 2: "c"}}
    return {
        **made_by,
        "scores of lists": lambda: partial(quiet, *as_lists(*made(0, 50_000))),
        "scores of one list": lambda: partial(quiet, *as_lists(*crowd())),
        "read_coco": coco,
        "read_yolo": lambda: of_files(
            partial(boxlint.read_yolo, image_sizes=(640, 480), **names), partial(boxlint.write_yolo, image_sizes=(640, 480))
        ),
        "read_voc": lambda: of_files(boxlint.read_voc, boxlint.write_voc),
        "to_csv": table,
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
        watchdog = threading.Timer(LONG, child.kill)
        watchdog.start()
        for _ in range(interrupts):
            assert child.stdout.readline() == "ready\n", f"{name} failed"
            time.sleep(chance.uniform(0.05, 1.5))
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            yield float(child.stdout.readline()) - sent
        watchdog.cancel()
        child.kill()


if __name__ == "__main__":
    be_interrupted(sys.argv[1])
