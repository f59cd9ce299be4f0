"""What the two passes over Parquet cost, as ratios of one run: `streaming.py FOLDER`, of files that lake.py wrote.

CPU seconds of one worker: decoding the columns that are read; counting; checking, with rows written; and reading,
checking and writing the same in memory. Then `check_parquet` with one and two workers, with its peak memory.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from pyarrow import parquet

import boxlint
from boxlint import parts
from boxlint._kinds import KINDS
from boxlint._threads import at_most
from boxlint.formats.parquet_files import parquet_files, read_parquet_files
from boxlint.streaming.folder import Folder
from boxlint.streaming.inputs import Columns, batches, described, units_of
from boxlint.streaming.passes import Run

ROUNDS = 3
COLUMNS = Columns(None, None)
OPTIONS = {"kinds": KINDS, "min_suspicion": parts.MIN_SUSPICION}
WHOLE = """
import resource, sys, time
import boxlint
begun = time.perf_counter()
boxlint.check_parquet(sys.argv[1], sys.argv[2], workers=int(sys.argv[3]), verbose=False)
taken, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss begins with that of the process that started this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(taken, used.ru_utime + used.ru_stime, int(peak.split()[1]) / 1024)
"""


def main() -> None:
    """Prints the table."""
    folder = Path(sys.argv[1])
    units = units_of([described(path, COLUMNS) for path in parquet_files(folder)])
    run = Run(units, COLUMNS, OPTIONS, None, 1)
    images = sum(unit.images for unit in units)
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        with TemporaryDirectory(dir=folder.parent) as out, Folder.opened(Path(out), {}, True) as at:
            taken.setdefault("decode", []).append(cpu(decode, run))
            taken.setdefault("pass 1", []).append(cpu(count, run, at))
            taken.setdefault("pass 2", []).append(cpu(check, run, at))
            taken.setdefault("in memory", []).append(cpu(in_memory, folder, at))
    middle = {name: median(seconds) for name, seconds in taken.items()}
    print(f"{images:,} images, CPU of one worker")
    for name, seconds in middle.items():
        each, times = 1e6 * seconds / images, seconds / middle["decode"]
        print(f"  {name:10} {seconds:7.2f} s  {each:6.1f} us an image  {times:5.2f}")
    print(f"  both passes, times in memory {(middle['pass 1'] + middle['pass 2']) / middle['in memory']:.2f}")
    for workers in (1, 2):
        wall, used, peak = whole(folder, workers)
        print(f"  {workers} workers: wall {wall:.1f} s, CPU {used:.1f} s, peak {peak:.0f} MiB")


def cpu(work: Callable[..., Any], *arguments: Any) -> float:
    """CPU seconds of some work in a thread of its own, as workers are."""
    with ThreadPoolExecutor(1) as worker:
        return worker.submit(_alone, work, arguments).result()


def _alone(work: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    with at_most(1):
        begun = time.process_time()
        work(*arguments)
        return time.process_time() - begun


def decode(run: Run) -> None:
    for unit in run.units:
        with parquet.ParquetFile(unit.file.path) as file:
            for _ in file.iter_batches(5000, row_groups=range(unit.first, unit.last + 1), use_threads=False):
                pass


def count(run: Run, out: Folder) -> None:
    out.keep_statistics("_counts", parts.collect(each for unit in run.units for each in batches(unit, COLUMNS)))


def check(run: Run, out: Folder) -> None:
    statistics = out.statistics("_counts")
    for unit in run.units:
        run._check(unit, statistics, out, lambda _: None)()


def in_memory(folder: Path, out: Folder) -> None:
    dataset = read_parquet_files(parquet_files(folder), None, None)
    report = boxlint.check(dataset, min_suspicion=parts.MIN_SUSPICION, max_rows=10**9)
    report.to_parquet(out.path / "rows.parquet")


def whole(folder: Path, workers: int) -> list[float]:
    with TemporaryDirectory(dir=folder.parent) as out:
        command = [sys.executable, "-c", WHOLE, str(folder), out, str(workers)]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(number) for number in printed.split()]


if __name__ == "__main__":
    main()
