"""Calls from threads, forked and spawned processes, on any number of cores, and calls that are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxlint import Boxes, rank

# Data of more images than one thread takes at a time, so that rayon's threads are called.
MADE = """
import numpy as np
from boxlint import Boxes, rank

def made(seed, images=1000, annotated=5, predicted=20):
    rng = np.random.default_rng(seed)
    def boxes(count, scored):
        corners = rng.uniform(0, 600, (images * count, 2))
        xyxy = np.hstack([corners, corners + rng.uniform(5, 200, (images * count, 2))])
        score = rng.choice([0.3, 0.6, 0.96, 0.99], len(xyxy)) if scored else None
        return Boxes(xyxy, rng.integers(0, 3, len(xyxy)), score, np.arange(images + 1) * count)
    return boxes(annotated, False), boxes(predicted, True)

def scores(seed, images=1000):
    annotations, predictions = made(seed, images)
    both = {"labels": annotations, "predictions": predictions}
    return [
        rank.get_label_quality_scores(annotations, predictions, verbose=False),
        *rank.compute_overlooked_box_scores(**both),
        *rank.compute_badloc_box_scores(**both),
        *rank.compute_swap_box_scores(**both),
    ]
"""
namespace: dict[str, Any] = {}
exec(MADE, namespace)
made, scores = namespace["made"], namespace["scores"]


def run(folder: Path, script: str, *arguments: str, **environment: str) -> str:
    """What a script prints, in a process of its own. The time limit is only there to end one that hangs."""
    path = folder / "script.py"
    path.write_text(MADE + script)
    command = [sys.executable, str(path), *arguments]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_identical(found: list[Any], expected: list[Any]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_calls_from_many_threads_equal_calls_one_after_another() -> None:
    expected = [scores(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(scores, [*range(8)] * 3))
    for one, other in zip(found, expected * 3, strict=True):
        assert_identical(one, other)


def test_threads_can_share_columns_and_lists() -> None:
    annotations, predictions = made(0)
    labels = [{"bboxes": annotations.xyxy[5 * i : 5 * i + 5], "labels": [0] * 5} for i in range(1000)]
    lists = [[predictions.xyxy[:0].reshape(0, 4), []] for _ in range(1000)]

    def both(_: int) -> list[Any]:
        return [
            rank.get_label_quality_scores(annotations, predictions, verbose=False),
            rank.get_label_quality_scores(labels, lists, verbose=False),
        ]

    expected = both(0)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(both, range(16)):
            assert_identical(found, expected)


# A forked child inherits rayon's pool without its threads. The parent has used the pool before, the hard case.
WORKERS = """
import multiprocessing, os, sys

def work(seed):
    assert multiprocessing.current_process().daemon
    return b"".join(part.tobytes() for part in scores(seed))

def work_in_a_fork(seed):
    mine, child = work(seed), os.fork()
    if child == 0:
        os._exit(0 if work(seed) == mine else 1)
    assert os.waitpid(child, 0)[1] == 0
    return mine

if __name__ == "__main__":
    expected = [b"".join(part.tobytes() for part in scores(seed)) for seed in range(4)]
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert pool.map(work, range(4)) == expected
        if sys.argv[1] == "fork":
            assert pool.map(work_in_a_fork, range(4)) == expected
"""


@pytest.mark.parametrize(
    "method", [m for m in ("spawn", "fork", "forkserver") if sys.platform != "win32" or m == "spawn"]
)
def test_daemonic_workers_score_as_their_parent_does(method: str, tmp_path: Path) -> None:
    run(tmp_path, WORKERS, method)


DIGEST = """
import hashlib
parts = scores(3, images=20_000)
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
"""


def test_the_number_of_threads_changes_no_bit(tmp_path: Path) -> None:
    digests = {run(tmp_path, DIGEST, RAYON_NUM_THREADS=threads) for threads in ("1", "2", "5")}
    assert len(digests) == 1


# Built-in callbacks run no bytecode in which Python itself would look for signals.
INTERRUPTED = """
from boxlint import _core

images = 2_000_000
labels = [{"bboxes": [], "labels": []}] * images
done = []
print("ready", flush=True)
try:
    while True:
        done.clear()
        _core.gather_annotations(labels, progress=done.append)
except KeyboardInterrupt:
    assert sum(done) < images, "interrupted only after all was gathered"
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process")
def test_ctrl_c_ends_a_long_gathering(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(INTERRUPTED)
    with subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=120)[0] == "interrupted\n"
        assert child.returncode == 0


def test_the_interpreter_is_free_while_scores_are_computed() -> None:
    annotations, predictions = made(1, images=30_000)
    steps, stop = [0], threading.Event()

    def step() -> None:
        while not stop.is_set():
            steps[0] += 1
            time.sleep(0)  # gives the interpreter back

    interval = sys.getswitchinterval()
    other = threading.Thread(target=step)
    try:
        other.start()
        # From here on nobody is made to hand the interpreter over: the other thread runs only where it is let go.
        sys.setswitchinterval(1000)
        before = steps[0]
        rank.get_label_quality_scores(annotations, predictions, verbose=False)
        after = steps[0]
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        other.join()
    assert after > before


def test_boxes_can_be_made_in_many_threads() -> None:
    def box(seed: int) -> Boxes:
        boxes: Boxes = made(seed)[0]
        return boxes

    with ThreadPoolExecutor(8) as pool:
        for found, seed in zip(pool.map(box, range(16)), range(16), strict=True):
            np.testing.assert_array_equal(found.xyxy, box(seed).xyxy)
