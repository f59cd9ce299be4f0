"""`boxlint.parts` on an engine that shares out tables of Arrow: the passes, and what is done in a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypedDict, TypeVar

import numpy as np
import pyarrow as pa

from boxlint._arguments import integer
from boxlint._check import check_statistics
from boxlint._kinds import Kind
from boxlint._statistics import Statistics
from boxlint._threads import at_most
from boxlint.boxes import no_boxes
from boxlint.dataset import Dataset
from boxlint.filter import ClassThresholds
from boxlint.formats.arrow import from_arrow
from boxlint.formats.arrow_batch import ColumnNames, checked_names
from boxlint.parts import checking, precision, schemas, scoring
from boxlint.parts.matches import Matches, Places

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["SUM", "Engine", "Look", "Reader", "Sum", "merged"]

Data = TypeVar("Data")
Sum = TypeVar("Sum", Statistics, Matches, Places)
Tables = Iterable[pa.Table | pa.RecordBatch]
# A pass: takes an iterator of parts, and threads=.
Look = Callable[..., Iterator[pa.RecordBatch]]

#: What a task counted, as a row of bytes.
SUM = pa.schema([("counted", pa.binary())])
# Images that are looked at together: of fewer, merging what is counted takes more time; more take more memory.
_BATCH_SIZE = 16384


class Reader(NamedTuple):
    """How tables become parts."""

    columns: ColumnNames | None = None
    class_names: Sequence[str] | Mapping[int, str] | None = None
    batch_size: int = _BATCH_SIZE

    def part(self, table: pa.Table | pa.RecordBatch) -> Dataset:
        """The data set of a table."""
        return from_arrow(table, columns=self.columns, class_names=self.class_names)

    def batches(self, tables: Tables, look: Look, threads: int) -> Iterator[pa.RecordBatch]:
        """What a pass returns for the tables of a task."""
        return look(self._parts(tables, threads), threads=threads)

    def _parts(self, tables: Tables, threads: int) -> Iterator[Dataset]:
        for table in tables:
            # Of no rows there is no part: engines have empty partitions.
            for start in range(0, table.num_rows, self.batch_size):
                with at_most(threads):
                    part = self.part(table.slice(start, self.batch_size))
                yield part


class _Reading(TypedDict, total=False):
    """The fields of `Reader`."""

    columns: ColumnNames | None
    class_names: Sequence[str] | Mapping[int, str] | None
    batch_size: int


class _CheckOptions(_Reading, total=False):
    kinds: Kind | Iterable[Kind]
    min_suspicion: float
    priors: Mapping[Kind, float] | None


class _ScoreOptions(_Reading, total=False):
    aggregation_weights: Mapping[str, float] | None
    overlapping_label_check: bool


class _LabelIssueOptions(_Reading, total=False):
    overlapping_label_check: bool


class Engine(ABC, Generic[Data]):
    """What an engine must do, and what boxlint does with it.

    Data sets have a row an image, with the columns of `boxlint.from_arrow`. Rows are known by their image ids, since
    engines change their order. Tables are computed when they are asked for, statistics at once.
    """

    @abstractmethod
    def empty(self, data: Data) -> pa.Table | None:
        """A table with the columns of a data set and no rows; None if they are not known before anything is computed.

        Raises
        ------
        TypeError
            If it is no data set of this engine.
        """

    @abstractmethod
    def over_parts(self, data: Data, look: Look, schema: pa.Schema, reader: Reader) -> Data:
        """What a pass returns for all tasks, with as many threads as each has: nothing is computed yet."""

    @abstractmethod
    def few_sums(self, sums: Data, kind: type[Sum]) -> Tables:
        """Computes rows of `SUM`, and merges them in tasks until they are few."""

    def collect(self, data: Data, statistics: Statistics | None = None, **options: Unpack[_Reading]) -> Statistics:
        """Counts a data set, now: what `boxlint.parts.collect` counts of its parts.

        Parameters
        ----------
        data:
            The data set.
        statistics:
            Of several detectors, for their second round: what the first round returned.
        columns, class_names:
            As in `boxlint.from_arrow`. Engines lose the class names that a Parquet file has.
        batch_size:
            Look at so many images together, or fewer where the engine has fewer in a table; at least 1.

        Raises
        ------
        ValueError, TypeError
            If something is not as described: before any work, where the columns are known. What a task finds in its
            rows, engines raise in errors of their own.
        """
        if statistics is not None:
            check_statistics(statistics)
        return self._collected(data, statistics, self._reader(data, dict(options)))

    def check(self, data: Data, statistics: Statistics | None = None, **options: Unpack[_CheckOptions]) -> Data:
        """Lists every suspicious box: what `boxlint.parts.check` lists of the parts of a data set, in any order.

        Parameters
        ----------
        data, columns, class_names, batch_size:
            As in `collect`.
        statistics:
            What `collect` returned, of several detectors in the second round; None to collect them first.
        kinds, min_suspicion, priors:
            As in `boxlint.parts.check`.

        Returns
        -------
        Rows with the schema `boxlint.parts.ISSUES`.
        """
        return self._second_pass(data, checking.check, schemas.ISSUES, statistics, dict(options))

    def check_images(self, data: Data, statistics: Statistics | None = None, **options: Unpack[_CheckOptions]) -> Data:
        """Says how suspicious each image is: what `boxlint.parts.check_images` says of the parts of a data set.

        Parameters
        ----------
        data, statistics, **options:
            As in `check`.

        Returns
        -------
        Rows with the schema `boxlint.parts.IMAGES`.
        """
        return self._second_pass(data, checking.check_images, schemas.IMAGES, statistics, dict(options))

    def score(self, data: Data, statistics: Statistics | None = None, **options: Unpack[_ScoreOptions]) -> Data:
        """ObjectLab's score of each image: what `boxlint.parts.score` tells of the parts of a data set.

        Parameters
        ----------
        data, statistics, columns, class_names, batch_size:
            As in `check`; of a single detector.
        aggregation_weights, overlapping_label_check:
            As in `boxlint.parts.score`.

        Returns
        -------
        Rows with the schema `boxlint.parts.SCORES`.
        """
        return self._second_pass(data, scoring.score, schemas.SCORES, statistics, dict(options))

    def class_thresholds(self, data: Data, **options: Unpack[_Reading]) -> ClassThresholds:
        """How good the detector is at each class, and the thresholds that follow, now, from two passes.

        What `boxlint.parts.class_thresholds` tells of the parts of a data set. The driver and each process of a worker
        hold the matches: see `boxlint.parts.Matches` for what they take.

        Parameters
        ----------
        data, columns, class_names, batch_size:
            As in `collect`; of a single detector.
        """
        reader = self._reader(data, dict(options))
        matches = self._total(data, precision.collect_matches, Matches, reader)
        places = self._total(data, partial(_places, matches=matches.to_bytes()), Places, reader)
        return precision.class_thresholds(matches, places)

    def find_label_issues(
        self,
        data: Data,
        statistics: Statistics | None = None,
        thresholds: ClassThresholds | None = None,
        **options: Unpack[_LabelIssueOptions],
    ) -> Data:
        """The images with an issue: what `boxlint.parts.find_label_issues` tells of the parts of a data set.

        Parameters
        ----------
        data, statistics, columns, class_names, batch_size:
            As in `check`; of a single detector.
        thresholds:
            What `class_thresholds` returned; None to find them first.
        overlapping_label_check:
            As in `boxlint.parts.find_label_issues`.

        Returns
        -------
        Rows with the schema `boxlint.parts.LABEL_ISSUES`.
        """
        if thresholds is None:
            reading: Any = {name: value for name, value in options.items() if name in Reader._fields}
            thresholds = self.class_thresholds(data, **reading)
        look = partial(scoring.find_label_issues, thresholds=thresholds)
        return self._second_pass(data, look, schemas.LABEL_ISSUES, statistics, dict(options))

    def _second_pass(
        self, data: Data, look: Look, schema: pa.Schema, statistics: Statistics | None, options: dict[str, Any]
    ) -> Data:
        """What a function of `boxlint.parts` says with the statistics of the whole."""
        reader = self._reader(data, options)
        look = partial(look, **options)
        # Options that are wrong are told before any work.
        look(iter(()), statistics=_of_no_images() if statistics is None else statistics)
        if statistics is None:
            statistics = self._collected(data, None, reader)
            if statistics.detectors > 1:
                statistics = self._collected(data, statistics, reader)
        return self.over_parts(data, partial(look, statistics=statistics), schema, reader)

    def _collected(self, data: Data, statistics: Statistics | None, reader: Reader) -> Statistics:
        return self._total(data, partial(scoring.collect, statistics=statistics), Statistics, reader)

    def _total(self, data: Data, count: Callable[..., Sum], kind: type[Sum], reader: Reader) -> Sum:
        """The sum of what is counted in all tasks."""
        sums = self.over_parts(data, partial(_counted, count=count), SUM, reader)
        return _sum(self.few_sums(sums, kind), kind)

    def _reader(self, data: Data, options: dict[str, Any]) -> Reader:
        """Takes the options of reading out of all, and reads the columns that are known."""
        reader = Reader(**{name: options.pop(name) for name in Reader._fields if name in options})
        integer("batch_size", reader.batch_size, 1)
        checked_names(reader.columns)
        table = self.empty(data)
        if table is not None:
            reader.part(table)
        return reader


def merged(tables: Tables, kind: type[Sum]) -> pa.RecordBatch:
    """The sum of rows of `SUM`, at least one, as one row."""
    return _row(_sum(tables, kind))


def _sum(tables: Tables, kind: type[Sum]) -> Sum:
    rows = (row.as_py() for table in tables for row in table["counted"])
    total: Any = sum(map(kind.from_bytes, rows))
    if not isinstance(total, kind):
        raise ValueError("the data set has no images")
    return total


def _row(counted: Statistics | Matches | Places) -> pa.RecordBatch:
    content = counted.to_bytes()
    # To make an array of what Python has, pyarrow imports pandas.
    buffers = [None, pa.py_buffer(np.array([0, len(content)], np.int32)), pa.py_buffer(content)]
    return pa.RecordBatch.from_arrays([pa.Array.from_buffers(pa.binary(), 1, buffers)], schema=SUM)


def _counted(datasets: Iterator[Dataset], *, count: Callable[..., Sum], threads: int) -> Iterator[pa.RecordBatch]:
    """What is counted in the parts of a task, if it has any."""
    for first in datasets:
        yield _row(count(chain([first], datasets), threads=threads))


# A process has the same matches in each of its tasks.
_matches = lru_cache(maxsize=1)(Matches.from_bytes)


def _places(datasets: Iterable[Dataset], *, matches: bytes, threads: int) -> Places:
    return precision.collect_places(datasets, _matches(matches), threads=threads)


def _of_no_images() -> Statistics:
    return scoring.collect([Dataset(no_boxes(0, scores=False), no_boxes(0, scores=True), image_ids=[])])
