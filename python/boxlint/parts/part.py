"""One part of a data set, as the passes over parts take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from boxlint._by_name import verified_boxes
from boxlint._table import arrow_array, arrow_flags, engine_cells, texts
from boxlint._threads import at_most
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.arrow import from_arrow

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Part", "added", "walked"]


class _Addable(Protocol):
    def __add__(self, other: Self) -> Self: ...


_Sum = TypeVar("_Sum", bound=_Addable)


@dataclass(frozen=True)
class Part:
    """A part, and what names its images in what is said about them."""

    dataset: Dataset

    @property
    def names(self) -> Any:
        """Ids, or else names, of the images; None if there are neither."""
        return self.dataset.image_names if self.dataset.image_ids is None else self.dataset.image_ids

    @cached_property
    def image_ids(self) -> Any:
        """The same as texts of Arrow."""
        return arrow_array(texts(self.names), short=True)

    def boxes(self) -> tuple[Boxes, Boxes]:
        """Annotations and predictions as `verified_boxes` has them.

        A ValueError if there are several detectors: ObjectLab and average precision take one.
        """
        if self.dataset.more_predictions:
            raise ValueError(f"a part has {1 + len(self.dataset.more_predictions)} detectors, expected one")
        return verified_boxes(self.dataset)

    def batch(self, schema: pa.Schema, **columns: Any) -> pa.RecordBatch:
        """One row an image, in these columns beside its id."""
        given = (columns[name] for name in schema.names[1:])
        made = (arrow_flags(one) if one.dtype == bool else arrow_array(engine_cells(one)) for one in given)
        return pa.RecordBatch.from_arrays([self.image_ids, *made], schema=schema)


def walked(parts: Iterable[Any], threads: int | None = None) -> Iterator[Part]:
    """The parts one by one, each a Dataset or a table of Arrow, which is read with at most so many threads.

    Raises
    ------
    ValueError
        If ``threads`` is out of range; later, if the images of a part have neither ids nor names, or one stands twice.
    TypeError
        If there are no parts to walk, or a single one.
    """
    # A reader of record batches is a table of Arrow, too, and goes through its batches.
    table = hasattr(parts, "__arrow_c_stream__") and not isinstance(parts, Iterator)
    one = table or isinstance(parts, Dataset) or hasattr(parts, "__arrow_c_array__")
    if one or not isinstance(parts, Iterable):
        raise TypeError(f"parts: expected several, such as a list or table.to_batches(), found {type(parts).__name__}")
    with at_most(threads):
        # A generator would hold a part until the next one is read.
        return map(partial(_part, threads), count(), parts)


def _part(threads: int | None, number: int, given: Any) -> Part:
    with at_most(threads):
        dataset = given if isinstance(given, Dataset) else from_arrow(given)
    part = Part(dataset)
    if part.names is None:
        raise ValueError(f"part {number}: its images have neither ids nor names, which tell them apart")
    if not _rise(part.names) and len(part.image_ids.unique()) < len(dataset):
        first: dict[str, int] = {}
        twice = next(one for at, one in enumerate(part.image_ids.to_pylist()) if first.setdefault(one, at) != at)
        raise ValueError(f"part {number}: image {twice} stands twice")
    return part


def _rise(names: Any) -> bool:
    """Whether these are integers that rise, so that none stands twice."""
    return isinstance(names, np.ndarray) and names.dtype.kind == "i" and bool((names[1:] > names[:-1]).all())


def added(items: Iterable[_Sum]) -> _Sum | None:
    """The sum of many; None of none. Sums are of about equal size, so that none is added to again and again."""
    sums: list[tuple[int, _Sum]] = []
    for item in items:
        sums.append((1, item))
        while len(sums) > 1 and sums[-2][0] == sums[-1][0]:
            (many, before), (_, last) = sums[-2:]
            sums[-2:] = [(2 * many, before + last)]
    total = sums.pop()[1] if sums else None
    while sums and total is not None:
        total = sums.pop()[1] + total
    return total
