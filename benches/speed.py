"""Speed and memory beside cleanlab, numpy and Python's writers, measured in turns: the figures of docs/performance.md.

Peak memory and numbers of threads are measured in processes of their own: `speed.py NAME ARGUMENT...` prints one.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import boxlint
from boxlint import Boxes, filter, rank, summary
from workload import columns, lists, nbytes

IMAGES = 118_000


def main() -> None:
    """Prints all figures."""
    print(f"{os.cpu_count()} cores, numpy {np.__version__}; times are the best of several, taken in turns\n")
    against_reference()
    against_numpy(np.float32)
    against_numpy(np.float64)
    against_scoring()
    tables()
    memory()
    scaling()


def against_reference() -> None:
    """Lists to image scores and label issues, beside cleanlab."""
    from cleanlab.object_detection import filter as reference_filter
    from cleanlab.object_detection import rank as reference_rank

    ours = lists(*columns(20_000, np.float64))
    theirs = [part[:100] for part in ours]
    compared: list[tuple[str, Callable[[], object], Callable[[], object], str]] = [
        (
            "image scores",
            lambda: rank.get_label_quality_scores(*ours, verbose=False),
            lambda: reference_rank.get_label_quality_scores(*theirs, verbose=False),
            "at least 3,000",
        ),
        (
            "label issues",
            lambda: filter.find_label_issues(*ours),
            lambda: reference_filter.find_label_issues(*theirs),
            "at least 2,000",
        ),
    ]
    for what, by_boxlint, by_reference, goal in compared:
        seconds, of_reference = best_of(3, by_boxlint, by_reference)
        per_image, per_image_of_reference = seconds / 20_000, of_reference / 100
        say(f"lists to {what}, reference", f"{1 / per_image_of_reference:,.0f} images/s")
        say(f"lists to {what}, boxlint", f"{1 / per_image:,.0f} images/s")
        say("  times the reference", f"{per_image_of_reference / per_image:,.0f}", goal)


def against_scoring() -> None:
    """Columns to issues and statistics, beside scoring the same columns."""
    boxes = columns(IMAGES)
    compared: dict[str, tuple[Callable[..., object], str]] = {
        "find_label_issues": (filter.find_label_issues, "at most 3"),
        "check": (boxlint.check, "at most 8"),
        "object_counts_per_image": (summary.object_counts_per_image, "at most 1"),
        "bounding_box_size_distribution": (summary.bounding_box_size_distribution, "at most 1"),
        "class_label_distribution": (summary.class_label_distribution, "at most 1"),
        "get_sorted_bbox_count_idxs": (summary.get_sorted_bbox_count_idxs, "at most 1"),
        "calculate_per_class_metrics": (summary.calculate_per_class_metrics, "at most 1"),
    }
    calls = [partial(function, *boxes) for function, _ in compared.values()]
    scoring, *times = best_of(5, lambda: rank.get_label_quality_scores(*boxes, verbose=False), *calls)
    for (name, (_, goal)), seconds in zip(compared.items(), times, strict=True):
        say(f"{name} of columns, times scoring them", f"{seconds / scoring:.2f}", goal)


def tables() -> None:
    """Issues to tables, beside checking and beside Python's own writers of rows that lie in lists already."""
    boxes = columns(IMAGES)
    checking, both = best_of(5, lambda: boxlint.check(*boxes), lambda: boxlint.check(*boxes).to_arrow())
    say("to_arrow, times check", f"{(both - checking) / checking:.2f}", "at most 0.3")
    issues = boxlint.check(*boxes).issues[:1_000_000]
    some = issues[: len(issues) // 10]
    values = dict(zip(boxlint.Issue._fields, map(list, zip(*some, strict=True)), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "issues"
        written: dict[str, tuple[Callable[[Path], object], Callable[[], object]]] = {
            "CSV": (issues.to_csv, partial(rows_to_csv, values, path)),
            "JSON": (issues.to_json, partial(rows_to_json, values, path)),
        }
        for name, (write, by_python) in written.items():
            seconds, of_python = best_of(3, partial(write, path), by_python)
            say(f"{len(issues):,} issues to {name}", f"{seconds:.2f} s")
            say("  times as fast as Python's writer", f"{10 * of_python / seconds:.1f}", "at least 8")
        seconds, reading = best_of(3, partial(issues.to_parquet, path), issues.to_arrow)
        say(f"{len(issues):,} issues to Parquet", f"{seconds:.2f} s, of which to_arrow {reading:.2f} s")


def rows_to_csv(values: dict[str, list[Any]], path: Path) -> None:
    """Writes rows one after the other."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(values)
        writer.writerows(zip(*values.values(), strict=True))


def rows_to_json(values: dict[str, list[Any]], path: Path) -> None:
    """Writes an object a line."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(
            json.dumps(dict(zip(values, row, strict=True))) + ",\n" for row in zip(*values.values(), strict=True)
        )


def against_numpy(dtype: type[Any]) -> None:
    """Columns to image scores, beside numpy's sum of the same arrays."""
    boxes = columns(IMAGES, dtype)
    arrays = [array for of in boxes for array in (of.xyxy, of.class_id, of.score) if array is not None]
    scoring, summing, checking = best_of(
        15,
        lambda: rank.get_label_quality_scores(*boxes, verbose=False),
        lambda: [array.sum() for array in arrays],
        lambda: [Boxes(of.xyxy, of.class_id, of.score, of.offsets) for of in boxes],
    )
    name = np.dtype(dtype).name
    say(f"{IMAGES:,} images of {name} columns, scored in", f"{scoring * 1e3:.0f} ms, {IMAGES / scoring:,.0f} images/s")
    say("  times numpy's sum of the arrays", f"{scoring / summing:.2f}", "at most 4")
    say("  times numpy's sum, with making and checking the Boxes", f"{(scoring + checking) / summing:.2f}")


def memory() -> None:
    """Peak memory while scoring and checking, in processes of their own."""
    say("peak memory while scoring columns, times the columns", in_process("peak_of_columns"), "at most 1.1")
    say("peak memory while checking columns, times the columns", in_process("peak_of_columns", "check"), "at most 1.5")
    say("peak memory while scoring lists, added, times the arrays", in_process("peak_of_lists"), "at most 2")


def scaling() -> None:
    """Time for more images, and for more threads."""
    sizes = 10_000, 100_000, 1_000_000
    times = [float(in_process("seconds", str(size))) for size in sizes]
    for size, seconds in zip(sizes, times, strict=True):
        say(f"{size:,} images of columns", f"{seconds / size * 1e6:.2f} us an image")
    one, two = (min(float(in_process("seconds", str(IMAGES), threads=threads)) for _ in range(3)) for threads in (1, 2))
    say("two threads, times the time of one", f"{two / one:.2f}", "at most 0.6")


def peak_of_columns(what: str = "score") -> float:
    """Peak resident memory divided by the size of the columns, without the memory that Python itself takes."""
    kernels: dict[str, Callable[[], object]] = {
        "score": lambda: rank.get_label_quality_scores(*boxes, verbose=False),
        "check": lambda: boxlint.check(*boxes),
    }
    before = resident("VmRSS")
    boxes = columns(IMAGES)
    others = resident("VmRSS") - before - nbytes(*boxes)
    return (peak_during(kernels[what]) - before - others) / nbytes(*boxes)


def peak_of_lists() -> float:
    """Memory that scoring adds, divided by the size of the arrays in the lists."""
    labels, predictions = lists(*columns(20_000, np.float64))
    arrays = [label["bboxes"] for label in labels] + [array for of in predictions for array in of]
    before = resident("VmRSS")
    peak = peak_during(lambda: rank.get_label_quality_scores(labels, predictions, verbose=False))
    return (peak - before) / sum(int(array.nbytes) for array in arrays)


def seconds(images: str) -> float:
    """Shortest time of scoring columns."""
    boxes = columns(int(images))
    return best_of(5, lambda: rank.get_label_quality_scores(*boxes, verbose=False))[0]


def best_of(
    times: int, *functions: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The shortest time of each function; they are called in turns."""
    taken = np.full((times, len(functions)), np.inf)
    for turn in range(times):
        for index, function in enumerate(functions):
            start = clock()
            function()
            taken[turn, index] = clock() - start
    return [float(shortest) for shortest in taken.min(axis=0)]


def peak_during(function: Callable[[], object]) -> int:
    """Peak resident bytes of this process while the function runs (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    function()
    return resident("VmHWM")


def resident(field: str) -> int:
    """A size in bytes from /proc/self/status (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def in_process(name: str, *arguments: str, threads: int | None = None) -> str:
    """What one of the functions above returns when a new process runs it."""
    environment = os.environ if threads is None else {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, name, *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def say(what: str, figure: str, goal: str = "") -> None:
    """Prints one line: what was measured, the figure, and the goal for it."""
    print(f"{what:58} {figure:>34}   {goal}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(f"{globals()[sys.argv[1]](*sys.argv[2:]):.6g}")
    else:
        main()
