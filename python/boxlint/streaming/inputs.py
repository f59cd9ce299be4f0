"""The Parquet files of a data set: found, described by their footers, and read batch by batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import parquet

from boxlint.dataset import Dataset
from boxlint.formats.arrow import CLASSES, from_arrow
from boxlint.formats.arrow_batch import ColumnNames, names_of_columns
from boxlint.formats.parquet_files import not_parquet, one_sentence, other_classes

__all__ = ["Columns", "InputFile", "Unit", "batches", "described", "units_of", "unlike"]

# Images of a unit, the least that is done again after an interruption: some seconds of work.
_UNIT = 50_000
# Images and bytes of a batch: fewer cost time, more cost memory.
_BATCH = 10_000
_BATCH_BYTES = 8 << 20
# What is read of a column at a time. The default is all that is asked for, of all row groups, before the first batch.
_READ_AT_A_TIME: dict[str, Any] = {"pre_buffer": False, "buffer_size": 1 << 18}


class Columns(NamedTuple):
    """How the files are read: what their columns and classes are called, as in `boxlint.from_arrow`."""

    names: ColumnNames | None
    class_names: Sequence[str] | Mapping[int, str] | None

    def dataset(self, table: pa.RecordBatch | pa.Table) -> Dataset:
        """The images of a table."""
        return from_arrow(table, columns=self.names, class_names=self.class_names)


class InputFile(NamedTuple):
    """A Parquet file as its footer describes it."""

    path: Path
    size: int
    # When it was changed last, in nanoseconds.
    changed: int
    # A digest of its footer.
    footer: str
    # Images of each row group.
    row_groups: tuple[int, ...]
    # Of the columns that are read.
    bytes_per_image: float
    # Without images.
    empty: Dataset

    @property
    def images(self) -> int:
        """Number of images."""
        return sum(self.row_groups)


class Unit(NamedTuple):
    """Consecutive row groups of a file, which are counted, checked and written together."""

    # Number of the file.
    number: int
    file: InputFile
    first: int
    last: int

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"part-{self.number:05}-{self.first:05}"

    @property
    def images(self) -> int:
        """Number of images."""
        return sum(self.file.row_groups[self.first : self.last + 1])

    def __str__(self) -> str:
        return f"{self.file.path}, row groups {self.first} to {self.last}"


def described(path: Path, columns: Columns) -> InputFile:
    """What a file's footer says of it.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError, TypeError
        If it is no Parquet, or its columns are not as `boxlint.from_arrow` takes them, with ids or names of the images.
    """
    try:
        with parquet.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(path, error) from error
    read = _read_columns(schema, columns)
    try:
        empty = columns.dataset(pa.Table.from_batches([], schema))
    except (TypeError, ValueError) as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{path}: {one_sentence(error)}") from error
    if empty.image_ids is None and empty.image_names is None:
        raise ValueError(f"{path} has neither image_id nor image_name, which tell its images apart")
    status = path.stat()
    return InputFile(
        path,
        status.st_size,
        status.st_mtime_ns,
        _digest(path),
        tuple(metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)),
        _bytes(metadata, set(read)) / max(metadata.num_rows, 1),
        empty,
    )


def unlike(file: InputFile, other: InputFile) -> str | None:
    """In what a file is not like another one, up to that one's name; None if they can be parts of one data set."""
    if list(file.empty.detectors) != list(other.empty.detectors):
        return f"the detectors {', '.join(file.empty.detectors)}, not {', '.join(other.empty.detectors)} as in"
    return other_classes(*({name: getattr(one.empty, name) for name in CLASSES} for one in (file, other)))


def units_of(files: Sequence[InputFile]) -> list[Unit]:
    """All row groups that have images, some consecutive ones of a file at a time."""
    units = []
    for number, file in enumerate(files):
        first, images = 0, 0
        for at, rows in enumerate(file.row_groups):
            if images and images + rows > _UNIT:
                units.append(Unit(number, file, first, at - 1))
                first, images = at, 0
            images += rows
        if images:
            units.append(Unit(number, file, first, len(file.row_groups) - 1))
    return units


def batches(unit: Unit, columns: Columns) -> Iterator[Dataset]:
    """The images of a unit, some thousand at a time.

    Raises
    ------
    OSError, ValueError, TypeError
        If they cannot be read, are not as `boxlint.from_arrow` takes them, or the file has changed: names the file.
    """
    file, size = unit.file, max(1, min(_BATCH, int(_BATCH_BYTES / max(unit.file.bytes_per_image, 1))))
    _refuse_changed(file)
    groups = range(unit.first, unit.last + 1)
    try:
        with parquet.ParquetFile(file.path, **_READ_AT_A_TIME) as opened:
            read = _read_columns(opened.schema_arrow, columns)
            for batch in opened.iter_batches(size, row_groups=groups, columns=read, use_threads=False):
                yield columns.dataset(batch)
                # Its memory is for the next one.
                del batch
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(file.path, error) from error
    _refuse_changed(file)


def _refuse_changed(file: InputFile) -> None:
    status = file.path.stat()
    if (status.st_size, status.st_mtime_ns) != (file.size, file.changed):
        raise ValueError(f"{file.path} has changed while it was being checked")


def _read_columns(schema: pa.Schema, columns: Columns) -> list[str]:
    """The columns that are read, and not pictures or embeddings that lie beside them."""
    wanted = names_of_columns(columns.names)
    return [name for name in schema.names if name in wanted]


def _bytes(metadata: Any, read: set[str]) -> int:
    """Uncompressed bytes of columns."""
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    chunks = (group.column(at) for group in groups for at in range(group.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in read)


def _digest(path: Path) -> str:
    """Of the footer, which has the sizes, places and ranges of all columns."""
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
        file.seek(-8 - length, os.SEEK_END)
        return blake2b(file.read(length), digest_size=16).hexdigest()


def _unreadable(path: Path, error: Exception) -> Exception:
    if isinstance(error, OSError) and error.errno is not None:
        return OSError(error.errno, os.strerror(error.errno), str(path))
    return not_parquet(path, error)
