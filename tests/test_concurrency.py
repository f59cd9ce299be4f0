"""Calls from threads, forked and spawned processes, on any number of cores, and calls that are interrupted."""

from __future__ import annotations

import multiprocessing
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
from numpy.typing import NDArray

from boxlint import Boxes, check, rank
from boxlint.report.columns import COLUMNS
from commands import Files, heed_interrupts
from crowds import made, scores

LONG = 120  # seconds, after which a process surely hangs
HERE = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}


def run(folder: Path, script: str, *arguments: str, **environment: str) -> str:
    """What a script prints, in a process of its own, which is ended with its children if it hangs."""
    path = folder / "script.py"
    path.write_text(script)
    command = [sys.executable, str(path), *arguments]
    environ = {**os.environ, **HERE, **environment}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as child:
        watchdog = threading.Timer(LONG, os.killpg, (child.pid, signal.SIGKILL))
        watchdog.start()
        printed: str = child.communicate()[0]
        watchdog.cancel()
    assert child.returncode == 0, printed
    return printed


def test_calls_from_many_threads_equal_calls_one_after_another() -> None:
    expected = [scores(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(scores, [*range(8)] * 3))
    np.testing.assert_array_equal(found, expected * 3)


def test_threads_can_share_columns_and_lists() -> None:
    annotations, predictions = made(0)
    labels = [{"bboxes": annotations.xyxy[5 * i : 5 * i + 5], "labels": [0] * 5} for i in range(1000)]
    lists: list[Any] = [[predictions.xyxy[:0].reshape(0, 4), []] for _ in range(1000)]

    def both(_: int) -> NDArray[np.float64]:
        return np.concatenate(
            [
                rank.get_label_quality_scores(annotations, predictions, verbose=False),
                rank.get_label_quality_scores(labels, lists, verbose=False),
            ]
        )

    expected = both(0)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(both, range(16)):
            np.testing.assert_array_equal(found, expected)


# All threads are the first: to import the package, to ask numpy for its interface, to start threads, to fill a cache.
# They have as little stack as musl gives a thread.
FIRST = """
import pickle, sys, sysconfig, threading
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

THREADS = 8
threading.stack_size(128 << 10)
together = Barrier(THREADS)

def said_of(dataset):
    import boxlint

    both = dataset.annotations, dataset.predictions
    return [
        said_by(boxlint.check(dataset)),
        boxlint.rank.get_label_quality_scores(*both, verbose=False).tobytes(),
        boxlint.filter.find_label_issues(*both).tobytes(),
        repr(boxlint.summary.calculate_per_class_metrics(*both)),
        repr(boxlint.inspect(dataset)),
        (boxlint.collect(dataset[:9]) + boxlint.collect(dataset[9:])).to_bytes(),
    ]

def said_by(report):
    lists = report, report.changes(), report.sample(9), report[::2], pickle.loads(pickle.dumps(report))
    arrays = report.image_scores, report.apply().annotations.xyxy
    texts = [repr(list(rows)) for rows in lists] + [str(report.summary())]
    return texts, [array.tobytes() for array in arrays], report.fingerprint

def first(_):
    together.wait()
    import boxlint

    return said_of(boxlint.read_coco(*sys.argv[1:]))

with ThreadPoolExecutor(THREADS) as pool:
    expected, *others = pool.map(first, range(THREADS))
    assert others == [expected] * (THREADS - 1)

    import boxlint

    dataset = boxlint.read_coco(*sys.argv[1:])
    assert list(pool.map(said_of, [dataset] * 2 * THREADS)) == [expected] * 2 * THREADS
    report = boxlint.check(dataset)
    assert list(pool.map(said_by, [report] * 2 * THREADS)) == [expected[0]] * 2 * THREADS

if sysconfig.get_config_var("Py_GIL_DISABLED"):
    assert not sys._is_gil_enabled()
"""


def test_first_calls_may_come_from_many_threads_at_once(files: Files, tmp_path: Path) -> None:
    run(tmp_path, FIRST, *files)


def test_rows_are_taken_while_another_thread_makes_a_column() -> None:
    report = check(*made(0, images=20))
    expected = report["image_index"][:2].tolist()

    class Rows:
        """The first two, asked for by numpy; meanwhile another thread makes the next column."""

        def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[np.intp]:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: report[names.pop()]).result()
            return np.arange(2)

    names = list(COLUMNS)
    rows: Any = Rows()
    taken = report.issues._columns.take(rows)
    assert taken["image_index"].tolist() == expected


# A forked child inherits rayon's pool without its threads. The parent has used the pool before, the hard case.
WORKERS = """
import multiprocessing, os, sys
from crowds import scores

def work(seed):
    assert multiprocessing.current_process().daemon
    return scores(seed).tobytes()

def work_in_a_fork(seed):
    mine, child = work(seed), os.fork()
    if child == 0:
        os._exit(0 if work(seed) == mine else 1)
    assert os.waitpid(child, 0)[1] == 0
    return mine

if __name__ == "__main__":
    expected = [scores(seed).tobytes() for seed in range(4)]
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert pool.map(work, range(4)) == expected
        if sys.argv[1] == "fork":
            assert pool.map(work_in_a_fork, range(4)) == expected
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_daemonic_workers_score_as_their_parent_does(method: str, tmp_path: Path) -> None:
    run(tmp_path, WORKERS, method)


DIGEST = """
import hashlib
from crowds import scores
print(hashlib.sha256(scores(3, images=20_000).tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_no_bit(tmp_path: Path) -> None:
    digests = {run(tmp_path, DIGEST, RAYON_NUM_THREADS=threads) for threads in ("1", "2", "5")}
    assert len(digests) == 1


LIMITED = """
import os, threading
import boxlint
from crowds import made

def threads():
    return len(os.listdir("/proc/self/task"))

annotations, predictions = made(0, 2000)
before = threads()
alone = []
def collect_alone():
    # The main thread hands its work to another one, since it must hear of signals; this one need not.
    alone.append((boxlint.collect(annotations, predictions, threads=1), threads()))

thread = threading.Thread(target=collect_alone)
thread.start()
thread.join()
first = boxlint.collect(annotations, predictions, threads=1)
assert alone == [(first, before + 1)]
assert threads() == before + 1
report = boxlint.check(annotations, predictions, statistics=first, threads=1)
assert threads() == before + 1
assert boxlint.collect(annotations, predictions, threads=3) == first
assert threads() == before + 4
child = os.fork()
if child == 0:
    again = boxlint.check(annotations, predictions, threads=1).image_scores
    os._exit(0 if again.tolist() == report.image_scores.tolist() and threads() <= 2 else 1)
assert os.waitpid(child, 0)[1] == 0
other = []
thread = threading.Thread(target=lambda: other.append(boxlint.collect(annotations, predictions)))
thread.start()
thread.join()
assert other == [first]
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted as Linux tells them")
def test_a_call_takes_as_many_threads_as_it_is_limited_to(tmp_path: Path) -> None:
    run(tmp_path, LIMITED)


# A callback written in C runs no bytecode in which Python itself would look for signals.
INTERRUPTED = """
from boxlint import _core

images = 10_000_000
labels = [{"bboxes": [], "labels": []}] * images
done = []
while True:
    try:
        print("ready", flush=True)
        while True:
            done.clear()
            _core.gather_annotations(labels, progress=done.append)
    except KeyboardInterrupt:
        print("in the middle" if sum(done) < images else "at the end", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process")
def test_ctrl_c_ends_a_long_gathering() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heed_interrupts) as child:
        assert child.stdout is not None
        watchdog = threading.Timer(LONG, child.kill)
        watchdog.start()
        answers = []
        # One that comes when all is gathered says nothing; of five, most come before.
        for _ in range(5):
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.01)  # into the gathering
            child.send_signal(signal.SIGINT)
            answers.append(child.stdout.readline())
        watchdog.cancel()
        child.kill()
    assert "in the middle\n" in answers
    assert set(answers) <= {"in the middle\n", "at the end\n"}


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
        return made(seed)[0]

    with ThreadPoolExecutor(8) as pool:
        for found, seed in zip(pool.map(box, range(16)), range(16), strict=True):
            np.testing.assert_array_equal(found.xyxy, box(seed).xyxy)
