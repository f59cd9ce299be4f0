"""Output files: written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from boxlint._core import csv_lines, json_lines
from boxlint._table import Cells, Texts, arrow_batch, engine_table, number_of_rows, repeats

__all__ = ["atomic_write", "pyarrow_and_parquet", "table_format", "write_table"]

# It is one for all threads, and can only be read by setting it.
_UMASK = Lock()


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside the given one to write to, which takes its place when all went well.

    Interrupted or failed, the old file stays as it was.

    Raises
    ------
    OSError
        If it cannot be written, or the old file is write-protected: to rename a file over it would not ask.
    """
    target = Path(path)
    if target.exists() and not target.stat().st_mode & 0o222:
        raise PermissionError(errno.EACCES, "write-protected", str(target))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files for the owner alone; the new one gets what any new file would get.
        with _UMASK:
            umask = os.umask(0)
            os.umask(umask)
        beside.chmod(0o666 & ~umask)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def table_format(path: str | os.PathLike[str]) -> str:
    """csv, json or parquet, from the ending of a path.

    Raises
    ------
    ValueError
        If it ends in nothing of these.
    ImportError
        If parquet needs pyarrow and there is none.
    """
    ending = Path(path).suffix
    if ending not in (".csv", ".json", ".parquet"):
        raise ValueError(f"{path}: expected a path that ends in .csv, .json or .parquet")
    if ending == ".parquet":
        pyarrow_and_parquet()
    return ending[1:]


def write_table(
    blocks: Iterable[Mapping[str, Cells | Sequence[Any]]],
    path: str | os.PathLike[str],
    file_format: str | None = None,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Writes a table as csv, json (a list of objects) or parquet; by default as the path ends.

    Masked numbers and None are null, or an empty cell.

    Parameters
    ----------
    blocks:
        The rows, in at least one block, each of the same columns.
    path, file_format:
        What to write.
    progress:
        Called with the number of rows of each block that is written.

    Raises
    ------
    ValueError
        If JSON should hold a float that is not finite.
    OSError
        If the file cannot be written: the old one stays.
    """
    file_format = file_format or table_format(path)
    write = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}[file_format]
    with atomic_write(path) as beside, beside.open("wb") as out:
        for rows in write(out, _ahead(iter(blocks))):
            if progress is not None:
                progress(rows)


_Blocks = Iterator[Mapping[str, Cells | Sequence[Any]]]


def _ahead(blocks: _Blocks) -> _Blocks:
    """The blocks, each made while the one before is written: the engine and pyarrow let other threads run."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = worker.submit(next, blocks, None)
            yield block


def _write_csv(out: BinaryIO, blocks: _Blocks) -> Iterator[int]:
    for number, block in enumerate(blocks):
        out.writelines(csv_lines(engine_table(block), number == 0))
        yield number_of_rows(block)


def _write_json(out: BinaryIO, blocks: _Blocks) -> Iterator[int]:
    # An object a line.
    out.write(b"[")
    for number, block in enumerate(blocks):
        out.writelines(json_lines(engine_table(block), number == 0))
        yield number_of_rows(block)
    out.write(b"\n]\n")


def _write_parquet(out: BinaryIO, blocks: _Blocks) -> Iterator[int]:
    _, parquet = pyarrow_and_parquet()
    first = next(blocks)
    table = engine_table(first)
    # Floats and sentences hardly repeat: to look for those that do takes longer than writing them, and saves nothing.
    # Nobody asks for the first and the last of all sentences either.
    repeat = [name for name, column in table if repeats(column)]
    compared = [name for name, column in table if not isinstance(column, Texts)]
    options = {"use_dictionary": repeat, "write_statistics": compared}
    with parquet.ParquetWriter(out, arrow_batch(first).schema, **options) as writer:
        for block in chain([first], blocks):
            writer.write_batch(arrow_batch(block))
            yield number_of_rows(block)


def pyarrow_and_parquet() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("writing Parquet needs pyarrow: pip install 'boxlint[arrow]'") from error
    return pyarrow, pyarrow.parquet
