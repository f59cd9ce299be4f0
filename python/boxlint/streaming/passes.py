"""The passes over all units: counting, and then checking; what is done already is not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from boxlint._core import limit_threads
from boxlint._files import atomic_write, parquet_writer
from boxlint._statistics import Statistics
from boxlint._threads import at_most
from boxlint.dataset import Dataset
from boxlint.formats.parquet_files import one_sentence
from boxlint.parts.checking import PartSummary, checked_to_write, summarize
from boxlint.parts.part import added
from boxlint.parts.schemas import IMAGES, ISSUES_TO_WRITE
from boxlint.parts.scoring import collect
from boxlint.report.summary import Summary
from boxlint.streaming.folder import ALONE, TOGETHER, Folder, read_json, write_json
from boxlint.streaming.inputs import Columns, Unit, batches
from boxlint.streaming.tallies import content_of, part_summary, summary_content

__all__ = ["Run"]

Progress = Callable[[int], object]
# Puts what was made of a unit where it belongs, and returns when it is on the disk.
Keep = Callable[[], object]

# Columns whose values mostly stand in many rows, as dictionaries: to look for others takes longer than to write them.
_REPEATING = ("given_class", "suggested_class", "detector")

# Each sum takes as long as there are parts in it.
_ADDED_AT_A_TIME = 64


class _StoppedError(Exception):
    """Another worker failed, or the run was interrupted."""


@dataclass(frozen=True)
class Run:
    """What is to be done: the units, how they are read, and the options of `boxlint.parts.checked`."""

    units: Sequence[Unit]
    columns: Columns
    options: Mapping[str, Any]
    class_names: Sequence[str] | None
    detectors: int

    @property
    def rounds(self) -> tuple[str, ...]:
        """The rounds of counting."""
        return (ALONE, TOGETHER) if self.detectors > 1 else (TOGETHER,)

    @property
    def work(self) -> int:
        """How many images all passes look at."""
        return (len(self.rounds) + 1) * sum(unit.images for unit in self.units)

    def done(self, folder: Folder) -> int:
        """How many of them were looked at before."""
        if folder.summary() is not None:
            return self.work
        looked_at = 0
        for counting in self.rounds:
            whole = folder.has_statistics(counting)
            looked_at += sum(unit.images for unit in self.units if whole or folder.counts(counting, unit).exists())
        return looked_at + sum(unit.images for unit in self.units if folder.is_checked(unit))

    def finish(self, folder: Folder, workers: int, progress: Progress) -> Summary:
        """Does what is not done yet, and returns the summary."""
        content = folder.summary()
        if content is not None:
            # All is done, and what only the run needed is removed.
            return summarize([part_summary(content, self.class_names)], folder.statistics(TOGETHER))
        statistics: Statistics | None = None
        for counting in self.rounds:
            statistics = self._counted(counting, statistics, folder, workers, progress)
        assert statistics is not None, "there is at least one round"
        units = [unit for unit in self.units if not folder.is_checked(unit)]
        _each(units, lambda unit, told: self._check(unit, statistics, folder, told), workers, progress)
        whole = sum(part_summary(read_json(folder.tally(unit)), self.class_names) for unit in self.units)
        assert isinstance(whole, PartSummary), "there is at least one unit"
        summary = summarize([whole], statistics)
        folder.keep_summary(summary_content(whole, summary))
        return summary

    def _counted(
        self, counting: str, before: Statistics | None, folder: Folder, workers: int, progress: Progress
    ) -> Statistics:
        """The statistics of a round; ``before`` is the round before it."""
        if folder.has_statistics(counting):
            return folder.statistics(counting)
        total, left = _Total(), []
        for unit in self.units:
            path = folder.counts(counting, unit)
            if path.exists():
                total.add(unit, Statistics.from_bytes(path.read_bytes()))
            else:
                left.append(unit)
        _each(left, lambda unit, told: self._count(unit, counting, before, folder, total, told), workers, progress)
        statistics = total.statistics()
        folder.keep_statistics(counting, statistics)
        return statistics

    def _count(
        self, unit: Unit, counting: str, before: Statistics | None, folder: Folder, total: _Total, told: Progress
    ) -> Keep:
        with _naming(unit):
            statistics = collect(self._datasets(unit, told), before)
        total.add(unit, statistics)

        def keep() -> None:
            with atomic_write(folder.counts(counting, unit)) as beside:
                beside.write_bytes(statistics.to_bytes())

        return keep

    def _check(self, unit: Unit, statistics: Statistics, folder: Folder, told: Progress) -> Keep:
        found = checked_to_write(self._datasets(unit, told), statistics, **self.options)
        summaries = []
        with ExitStack() as opened:
            opened.enter_context(_naming(unit))
            issues = opened.enter_context(_written(folder.issues(unit), ISSUES_TO_WRITE))
            images = opened.enter_context(_written(folder.images(unit), IMAGES))
            for of_batch in found:
                issues.write_batch(of_batch.issues)
                images.write_batch(of_batch.images)
                summaries.append(of_batch.summary)
                # Its memory is for the next one.
                del of_batch
            written = opened.pop_all()
        whole = sum(summaries)
        assert isinstance(whole, PartSummary), "a unit has images"

        def keep() -> None:
            written.close()
            write_json(folder.tally(unit), content_of(whole), indent=None)

        return keep

    def _datasets(self, unit: Unit, told: Progress) -> Iterator[Dataset]:
        """The images of a unit; tells of a batch when it is done."""
        for dataset in batches(unit, self.columns):
            yield dataset
            told(len(dataset))
            # Its memory is for the next one.
            del dataset


class _Total:
    """The sum of the statistics of units, which workers add to."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._units: dict[bytes, Unit] = {}
        # The first one may be the sum of many.
        self._added: list[Statistics] = []

    def add(self, unit: Unit, statistics: Statistics) -> None:
        """Adds a unit; a ValueError if images come twice."""
        with self._lock:
            for part in statistics.totals.parts:
                before = self._units.setdefault(part, unit)
                if before is not unit:
                    raise ValueError(f"{unit}: the same images as in {before}")
            self._added.append(statistics)
            if len(self._added) == _ADDED_AT_A_TIME:
                self._added = [self.statistics()]

    def statistics(self) -> Statistics:
        """The sum."""
        total = added(self._added)
        assert total is not None, "there is at least one unit"
        return total


def _each(units: Sequence[Unit], work: Callable[[Unit, Progress], Keep], workers: int, progress: Progress) -> None:
    """Does the work on each unit, on some at a time, and keeps what it made.

    The workers are threads: nearly all they do lets other threads run, and a process that is killed leaves none behind.
    Each works alone, which takes less than to share out its calls, until there is nothing left to do for another one.
    What it made of one unit goes to the disk, which takes a while, during its work on the next.
    """
    waiting, lock, stop = iter(units), Lock(), Event()
    busy = count = min(workers, len(units))

    def share() -> None:
        limit_threads(1 if busy == workers else workers)

    def told(images: int) -> None:
        if stop.is_set():
            raise _StoppedError
        with lock:
            progress(images)
        share()

    def worker() -> None:
        nonlocal busy
        with at_most(workers), ThreadPoolExecutor(1) as keeper:
            keeping: Future[object] | None = None
            while not stop.is_set():
                with lock:
                    unit = next(waiting, None)
                    if unit is None:
                        busy -= 1
                        break
                share()
                before, keeping = keeping, keeper.submit(work(unit, told))
                if before is not None:
                    before.result()
            if keeping is not None:
                keeping.result()

    with ThreadPoolExecutor(workers) as pool:
        try:
            running = [pool.submit(worker) for _ in range(count)]
            for ended in wait(running, return_when=FIRST_EXCEPTION).done:
                ended.result()
        finally:
            stop.set()


@contextmanager
def _written(path: Path, schema: pa.Schema) -> Iterator[parquet.ParquetWriter]:
    """A writer of a file, which has its name when it is whole."""
    repeating = [field.name for field in schema if field.name in _REPEATING or pa.types.is_dictionary(field.type)]
    with atomic_write(path) as beside, parquet_writer(beside, schema, repeating) as writer:
        yield writer


@contextmanager
def _naming(unit: Unit) -> Iterator[None]:
    """Says of a fault in which unit it is."""
    try:
        yield
    except (TypeError, ValueError) as error:
        said = one_sentence(error).removeprefix(f"{unit.file.path} ")
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{unit}: {said}") from error
