"""Kills writers at random moments, each kind of output so many times: ``python tests/killed_writers.py KILLS FOLDER``.

A file is the old or the new one, whole; a new folder is whole or not there; in a folder that is there, each file is the
old or the new one. What else a writer leaves is hidden, no reader finds it, and the next writer removes it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import boxlint
from boxlint import collect, write_coco, write_parquet, write_voc, write_yolo
from boxlint.formats.recognise import visible_files
from boxlint.review import export_queue
from boxlint.synthetic import make_scenes

Write = Callable[[Path], object]


class Output(NamedTuple):
    """The name of a file or folder, and writing its old and its new content; only the new one if it is new."""

    name: str
    old: Write | None
    new: Write


def outputs() -> dict[str, Output]:
    """Everything that is written, of two data sets whose images have the same names."""
    datasets = make_scenes(60, seed=1).dataset, make_scenes(60, seed=2).dataset
    reports = [boxlint.check(dataset) for dataset in datasets]
    decisions = [report.decide({issue.issue_id: "accept" for issue in report.top(20)}) for report in reports]

    def both(name: str, writers: list[Write]) -> Output:
        return Output(name, *writers)

    return {
        "csv": both("out.csv", [report.to_csv for report in reports]),
        "json": both("out.json", [report.to_json for report in reports]),
        "parquet": both("out.parquet", [report.to_parquet for report in reports]),
        "data set": both("out.parquet", [partial(write_parquet, one) for one in datasets]),
        "page": both("out.html", [partial(report.to_html, top=3) for report in reports]),
        "decisions": both("out.json", [decided.write for decided in decisions]),
        "statistics": both("out.json", [collect(one).save for one in datasets]),
        "coco": both("out.json", [partial(write_coco, one) for one in datasets]),
        "voc": both("labels", [partial(write_voc, one) for one in datasets]),
        "yolo": both("labels", [partial(write_yolo, one, ignored="write") for one in datasets]),
        "a new folder": Output("labels", None, lambda path: write_voc(datasets[0], path)),
        "a queue": Output("queue", None, lambda path: export_queue(reports[0], path, "cvat")),
    }


def contents(path: Path) -> dict[str, bytes]:
    """The files of a folder, or the file alone, that readers find."""
    endings = (".csv", ".json", ".parquet", ".html", ".xml", ".txt")
    files = visible_files(path.parent, *endings)
    return {file.relative_to(path.parent).as_posix(): file.read_bytes() for file in files}


def killed(work: Callable[[], object], after: float) -> None:
    """Does some work in a process of its own, which is killed after so many seconds; AssertionError if it fails."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] in (0, signal.SIGKILL)


def kill(output: Output, kills: int, folder: Path, chance: random.Random) -> int:
    """Kills the writers of an output; returns how many left something. AssertionError if it is not as it should be."""
    path = folder / output.name
    wholes = []
    for write in filter(None, (output.old, output.new)):
        began = time.monotonic()
        write(path)
        lasts = time.monotonic() - began
        wholes.append(contents(path))

    def alternate() -> None:
        while True:
            output.new(path)
            if output.old is None:
                return
            output.old(path)

    leaving = 0
    for _ in range(kills):
        if output.old is None:
            shutil.rmtree(path, ignore_errors=True)
        killed(alternate, chance.uniform(0, 2 * lasts))
        found = contents(path)
        if output.old is None:
            assert found in ({}, wholes[0]), sorted(found)
        else:
            assert found.keys() == wholes[0].keys(), sorted(found)
            assert all(content in (wholes[0][name], wholes[1][name]) for name, content in found.items())
        leaving += bool(list(folder.rglob(".boxlint-*")))
    if output.old is None:
        shutil.rmtree(path, ignore_errors=True)
    output.new(path)
    assert contents(path) == wholes[-1]
    assert not list(folder.rglob(".*")), list(folder.rglob(".*"))
    return leaving


def main(kills: int, folder: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for name, output in outputs().items():
        there = folder / name
        there.mkdir()
        leaving = kill(output, kills, there, chance)
        print(f"{name}: {kills} writers killed, {leaving} left something; seed {seed}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
