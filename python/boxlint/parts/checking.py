"""What `boxlint.check` says of each part of a data set, with the statistics of the whole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, final

import numpy as np
import pyarrow as pa

from boxlint._check import check_statistics, report_on, search_of
from boxlint._detectors import all_predictions
from boxlint._kinds import KINDS, Kind, kinds_of
from boxlint._statistics import Statistics
from boxlint._table import Cells, Numbers, arrow_array, arrow_batch, arrow_dictionary, engine_cells
from boxlint._threads import at_most
from boxlint._totals import Summable
from boxlint.boxes import judged
from boxlint.dataset import Dataset
from boxlint.parts.part import Part, walked
from boxlint.parts.schemas import DICTIONARIES, IMAGES, ISSUES, ISSUES_TO_WRITE
from boxlint.report.report import Report
from boxlint.report.summary import Counts, Summary, Tally, steps_from

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "MIN_SUSPICION",
    "Checked",
    "PartSummary",
    "check",
    "check_images",
    "checked",
    "checked_to_write",
    "summarize",
]

T = TypeVar("T")

#: Suspicion from which on rows are listed, unless asked otherwise.
MIN_SUSPICION = 0.01
# What is listed of a part must not depend on what else is in it, so none is left out for there being many.
_ALL_ROWS = sys.maxsize


@final
@dataclass(frozen=True)
class PartSummary(Summable):
    """What the summary of a report needs of a part; `sum` adds up those of parts, in any order."""

    tally: Tally
    # Predictions that are likelier right than wrong.
    confident: int
    min_suspicion: float
    class_names: tuple[str, ...] | None

    def __add__(self, other: PartSummary) -> PartSummary:
        if not isinstance(other, PartSummary):
            return NotImplemented
        if (self.min_suspicion, self.class_names) != (other.min_suspicion, other.class_names):
            raise ValueError("these are of another min_suspicion, or of classes of other names")
        confident = self.confident + other.confident
        return PartSummary(self.tally.merged(other.tally), confident, self.min_suspicion, self.class_names)


class Options(TypedDict, total=False):
    """Those of `checked`."""

    kinds: Kind | Iterable[Kind]
    min_suspicion: float
    priors: Mapping[Kind, float] | None
    threads: int | None


class Checked(NamedTuple):
    """What is said of a part: rows of the schemas `ISSUES` and `IMAGES`, and its share of the summary."""

    issues: pa.RecordBatch
    images: pa.RecordBatch
    summary: PartSummary


def checked(
    parts: Iterable[Dataset | Any],
    statistics: Statistics,
    *,
    kinds: Kind | Iterable[Kind] = KINDS,
    min_suspicion: float = MIN_SUSPICION,
    priors: Mapping[Kind, float] | None = None,
    threads: int | None = None,
) -> Iterator[Checked]:
    """What `check` and `check_images` say of each part, and its share of the summary, from one look at it.

    Parameters
    ----------
    parts:
        The parts of a data set, in any order and of any size: each a `boxlint.Dataset`, or a table of Arrow as
        `boxlint.from_arrow` takes it. Images need ids or names.
    statistics:
        The sum of `collect` over all parts; of several detectors, that of the second round.
    kinds, priors:
        As in `boxlint.check`.
    min_suspicion:
        List rows from this suspicion on, in [0, 1]. There is no limit to their number, which could not be kept without
        looking at all parts; `ranked` keeps the most suspicious. Below 0.01 there is hardly an error, and nine of ten
        rows.
    threads:
        Use at most so many threads; None for one a core.

    Raises
    ------
    ValueError, TypeError
        If an option or a part is not as described: before any part is read, or when it is its turn.

    Examples
    --------
    >>> from boxlint.parts import collect
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> parts = [scenes[:20], scenes[20:]]
    >>> found = list(checked(parts, collect(parts), min_suspicion=0.5))
    >>> [(part.issues.num_rows, part.images.num_rows) for part in found]
    [(3, 20), (5, 40)]
    """
    options: Options = {"kinds": kinds, "min_suspicion": min_suspicion, "priors": priors, "threads": threads}
    return map(_with_texts, checked_to_write(parts, statistics, **options))


def checked_to_write(
    parts: Iterable[Dataset | Any], statistics: Statistics, **options: Unpack[Options]
) -> Iterator[Checked]:
    """The same with issues of the schema `ISSUES_TO_WRITE`."""
    return _each(parts, statistics, _checked, **options)


def check(
    parts: Iterable[Dataset | Any], statistics: Statistics, **options: Unpack[Options]
) -> Iterator[pa.RecordBatch]:
    """Lists every suspicious box: what `boxlint.check` lists of the whole, to the last bit, but in the order of parts.

    Parameters
    ----------
    parts, statistics, **options:
        As in `checked`.

    Returns
    -------
    A batch of rows for each part, with the schema `ISSUES`, as soon as the part is read.

    Examples
    --------
    >>> from boxlint.parts import collect
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> parts = [scenes[:20], scenes[20:]]
    >>> [batch.num_rows for batch in check(parts, collect(parts), min_suspicion=0.5)]
    [3, 5]
    """
    return _each(parts, statistics, lambda part, report: _as_texts(_issues(part, report, _block(report))), **options)


def check_images(
    parts: Iterable[Dataset | Any], statistics: Statistics, **options: Unpack[Options]
) -> Iterator[pa.RecordBatch]:
    """Says how suspicious each image is: one row an image, with the schema `IMAGES`.

    Parameters
    ----------
    parts, statistics, **options:
        As in `checked`; ``min_suspicion`` changes nothing here.

    Examples
    --------
    >>> from boxlint.parts import collect
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> [batch.num_rows for batch in check_images([scenes], collect([scenes]))]
    [60]
    """
    return _each(parts, statistics, _images, **options)


def summarize(summaries: Iterable[PartSummary], statistics: Statistics) -> Summary:
    """What was found in all parts, by kind and class, and what the detector can show: `Report.summary` of the whole.

    Parameters
    ----------
    summaries:
        ``found.summary`` of all that `checked` returns, or sums of them.
    statistics:
        Those of the whole.

    Raises
    ------
    ValueError
        If there is none, or they were made with different options.

    Examples
    --------
    >>> from boxlint.parts import collect
    >>> from boxlint.synthetic import make_scenes
    >>> scenes = make_scenes(60).dataset
    >>> parts = [scenes[:20], scenes[20:]]
    >>> statistics = collect(parts)
    >>> summarize((found.summary for found in checked(parts, statistics)), statistics).by_suspicion["swap"][0.5]
    6
    """
    whole = sum(summaries)
    if not isinstance(whole, PartSummary):
        raise ValueError("there are no parts to summarize")
    counts = Counts.made(statistics.totals.sizes, whole.confident, statistics.omitted, statistics.mistaken)
    kinds = tuple(whole.tally.by_suspicion)
    return Summary(lambda _: whole.tally, counts, whole.class_names, kinds, whole.min_suspicion, {}, 0, None)


def _each(
    parts: Iterable[Dataset | Any],
    statistics: Statistics,
    make: Callable[[Part, Report], T],
    *,
    kinds: Kind | Iterable[Kind] = KINDS,
    min_suspicion: float = MIN_SUSPICION,
    priors: Mapping[Kind, float] | None = None,
    threads: int | None = None,
) -> Iterator[T]:
    """What is made of the report on each part."""
    search_of(kinds, min_suspicion, _ALL_ROWS, priors)
    check_statistics(statistics)
    examine = partial(
        report_on,
        kinds=kinds_of(kinds),
        min_suspicion=min_suspicion,
        max_rows=_ALL_ROWS,
        priors=priors,
        statistics=statistics,
    )

    def made(part: Part) -> T:
        with at_most(threads):
            return make(part, examine(part.dataset))

    return map(made, walked(parts, threads))


def _checked(part: Part, report: Report) -> Checked:
    block = _block(report)
    given, suggested = (engine_cells(block[name]).values for name in ("given_class", "suggested_class"))
    rows = report.issues._columns.rows
    tally = Tally.of(rows, given, suggested, report.kinds, steps_from(report.min_suspicion))
    names = part.dataset.class_names
    named = None if names is None else tuple(names)
    summary = PartSummary(tally, report._confident, report.min_suspicion, named)
    return Checked(_issues(part, report, block), _images(part, report), summary)


def _block(report: Report) -> dict[str, Cells]:
    """The columns of all rows of a report."""
    (block,) = report.issues._blocks(max(len(report.issues), 1))
    return block


def _issues(part: Part, report: Report, block: dict[str, Cells]) -> pa.RecordBatch:
    """The rows of a report with their ids as texts, by the schema `ISSUES_TO_WRITE`; ``block`` has their columns."""
    rows = arrow_batch(block, short=True, dictionaries=True)
    columns = dict(zip(rows.schema.names, rows.columns, strict=True))
    columns["image_id"] = arrow_dictionary(engine_cells(block["image_index"]).values, part.image_ids)
    if part.dataset.more_predictions:
        support = report["support"]
        numbers = arrow_array(engine_cells(support.ravel()))
        ends = arrow_array(Numbers(np.arange(len(support) + 1) * support.shape[1])).cast(pa.int32())
        columns["support"] = pa.ListArray.from_arrays(ends, numbers)
    arrays = [_cast(columns.get(field.name), field.type, rows.num_rows) for field in ISSUES_TO_WRITE]
    return pa.RecordBatch.from_arrays(arrays, schema=ISSUES_TO_WRITE)


def _with_texts(found: Checked) -> Checked:
    """The same with issues of the schema `ISSUES`."""
    return found._replace(issues=_as_texts(found.issues))


def _as_texts(issues: pa.RecordBatch) -> pa.RecordBatch:
    """The rows by the schema `ISSUES`."""
    columns = dict(zip(issues.schema.names, issues.columns, strict=True))
    columns |= {name: columns[name].dictionary_decode() for name in DICTIONARIES}
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=ISSUES)


def _cast(column: pa.Array | None, to: pa.DataType, rows: int) -> pa.Array:
    if column is None or column.null_count == rows:
        return pa.nulls(rows, to)
    return column if column.type.equals(to) else column.cast(to)


def _images(part: Part, report: Report) -> pa.RecordBatch:
    return part.batch(
        IMAGES,
        score=report.image_scores,
        neg_log_clean=report._image_neg_log_clean,
        annotations=np.diff(judged(part.dataset.annotations).offsets),
        predictions=np.sum([np.diff(boxes.offsets) for boxes in all_predictions(part.dataset)], axis=0),
    )
