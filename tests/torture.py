"""Everything that has ever broken a program like this, for about half an hour: ``python tests/torture.py``.

Prints what was done and what went wrong, and fails if anything did. Not part of the test suite.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import fuzzing
import interrupts
import killed_writers
from comparing import unequal

TESTS = Path(__file__).parent
FILES, KILLS, DATA_SETS, INTERRUPTS = 1_000_000, 500, 10_000, 100
FILES_OF_A_CHILD = 5_000
DATA_SETS_OF_A_CHILD = 500

WRONG = (
    "panics",
    "aborts",
    "torn files or leftovers read",
    "calls that outlast SIGINT by a second",
    "unexplained differences",
    "other faults",
)
HOSTILE = ("test_bad_input.py", "test_bad_options.py", "test_hostile_names.py", "test_faults.py", "test_concurrency.py")


def main() -> int:
    """1 if anything went wrong."""
    seed = random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    wrong: Counter[str] = Counter()
    jobs = [*mutated_files(seed), *data_sets(seed), *kills(seed)]
    # Calls that are interrupted are children of their own, whose time is mostly spent waiting.
    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(os.cpu_count()) as pool:
        outlasting = beside.submit(interrupted_calls, seed)
        for found in pool.map(in_a_child, jobs):
            wrong.update(found)
        wrong.update(outlasting.result())
    wrong.update(hostile_objects())
    for kind in WRONG:
        print(f"{wrong[kind]:6}  {kind}")
    return int(any(wrong.values()))


def in_a_child(job: Callable[[], Counter[str]]) -> Counter[str]:
    """Does a job in a process of its own, which may be ended by what it meets."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        sender.send(job())

    child = context.Process(target=work)
    child.start()
    sender.close()
    try:
        found: Counter[str] = receiver.recv()
    except EOFError:
        child.join()
        found = Counter({"aborts": 1})
        print(f"{job} ended with {child.exitcode}", flush=True)
    child.join()
    return found


def mutated_files(seed: int) -> Iterable[Callable[[], Counter[str]]]:
    names = list(fuzzing.readers())
    children = -(-FILES // FILES_OF_A_CHILD)
    print(f"{children * FILES_OF_A_CHILD:,} mutated files over {len(names)} readers", flush=True)
    return [partial(read_mutated, names[number % len(names)], seed + number) for number in range(children)]


def read_mutated(name: str, seed: int) -> Counter[str]:
    reader, chance, found = fuzzing.readers()[name], random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(FILES_OF_A_CHILD):
            content = fuzzing.mutated(reader.sound, chance)
            fault = fuzzing.fault(reader, content, Path(folder))
            if fault is not None:
                found["panics" if "fault of boxlint" in fault or "PanicException" in fault else "other faults"] += 1
                print(f"{name}: {content!r}\n{fault}", flush=True)
    return found


def data_sets(seed: int) -> Iterable[Callable[[], Counter[str]]]:
    print(f"{DATA_SETS:,} data sets beside cleanlab", flush=True)
    return [partial(compare, seed + number) for number in range(DATA_SETS // DATA_SETS_OF_A_CHILD)]


def compare(seed: int) -> Counter[str]:
    differences = unequal(seed, DATA_SETS_OF_A_CHILD)
    for difference in differences:
        print(difference, flush=True)
    return Counter({"unexplained differences": len(differences)})


def kills(seed: int) -> Iterable[Callable[[], Counter[str]]]:
    names = list(killed_writers.outputs())
    of_each = -(-KILLS // len(names))
    print(f"{of_each * len(names)} writers killed", flush=True)
    return [partial(kill, name, of_each, seed) for name in names]


def kill(name: str, times: int, seed: int) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            killed_writers.kill(killed_writers.outputs()[name], times, Path(folder), random.Random(seed))
        except AssertionError as error:
            print(f"killed writers of {name}: {error}", flush=True)
            return Counter({"torn files or leftovers read": 1})
    return Counter()


def interrupted_calls(seed: int) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in interrupts.calls(Path(folder)) if "endless" not in name]
    of_each = -(-INTERRUPTS // len(names))
    print(f"{of_each * len(names)} calls interrupted", flush=True)
    found: Counter[str] = Counter()
    longest = 0.0
    for name in names:
        for seconds in interrupts.delays(name, of_each, random.Random(seed)):
            longest = max(longest, seconds)
            if seconds > 1.0:
                found["calls that outlast SIGINT by a second"] += 1
                print(f"{name} went on for {seconds:.1f} s", flush=True)
    print(f"an interrupted call went on for {longest:.2f} s at most", flush=True)
    return found


def hostile_objects() -> Counter[str]:
    """The tests of the suite that hand strange objects over, with thousands of examples each."""
    print("hostile objects of the test suite", flush=True)
    command: list[Any] = [sys.executable, "-m", "pytest", "-q", *(TESTS / name for name in HOSTILE)]
    done = subprocess.run(
        command, env={**os.environ, "BOXLINT_PROFILE": "search"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, done.stderr, flush=True)
    return Counter({"aborts" if done.returncode < 0 else "other faults": int(done.returncode != 0)})


if __name__ == "__main__":
    sys.exit(main())
