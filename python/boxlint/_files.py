"""Output files: written whole or not at all."""

from __future__ import annotations

import base64
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from boxlint._core import csv_lines, json_lines
from boxlint._replacement import hidden_file, naming, put, real_path, stream_at, sync, sync_folder
from boxlint._table import Cells, arrow_batch, engine_table, number_of_rows, repeats
from boxlint._threads import room_for_thread

__all__ = ["atomic_write", "parquet_writer", "pyarrow_and_parquet", "table_format", "write_table"]


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, which takes the place of the given one when all went well.

    Interrupted or failed, the old file stays as it was. The new one keeps its mode, and its owner where the system
    allows it. A symbolic link stays: the file that it leads to is replaced. Other hard links keep the old content. What
    is no file, such as a pipe, a device or ``/dev/stdout``, is written into, once all is there.

    Raises
    ------
    OSError
        If it cannot be written, or the old file is write-protected: to rename a file over it would not ask.
    """
    stream = stream_at(path)
    if stream is not None:
        with tempfile.TemporaryDirectory() as folder:
            beside = Path(folder, "written")
            beside.touch()
            yield beside
            _pour(beside, stream, path)
        return
    with naming(path):
        target = real_path(path)
        with hidden_file(target) as beside:
            yield beside
            sync([beside])
            put(beside, target)
            sync_folder(target.parent)


def _pour(file: Path, stream: int | Path, path: str | os.PathLike[str]) -> None:
    """Copies a file into a stream, which is not made if it is gone."""
    if sys.stdout is not None:
        sys.stdout.flush()
    handle = os.dup(stream) if isinstance(stream, int) else os.open(stream, os.O_WRONLY)
    with naming(path), open(handle, "wb") as out, file.open("rb") as written:
        shutil.copyfileobj(written, out)


def table_format(path: str | os.PathLike[str], *more: str) -> str:
    """csv, json or parquet, from the ending of a path; ``more`` can be written, too.

    Raises
    ------
    ValueError
        If it ends in nothing of these.
    ImportError
        If parquet needs pyarrow and there is none.
    """
    ending = Path(path).suffix.lower()
    *endings, last = ".csv", ".json", ".parquet", *(f".{form}" for form in more)
    if ending not in (*endings, last):
        raise ValueError(f"{path}: expected a path that ends in {', '.join(endings)} or {last}")
    if ending == ".parquet":
        pyarrow_and_parquet()
    return ending[1:]


def write_table(
    blocks: Iterable[Mapping[str, Cells | Sequence[Any]]],
    path: str | os.PathLike[str],
    file_format: str | None = None,
    progress: Callable[[int], object] | None = None,
    *,
    raw_csv: bool = False,
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
    raw_csv:
        Write texts as they are in CSV. Else those that a spreadsheet would run as a formula, as they begin with one of
        ``=``, ``+``, ``-``, ``@`` or a control character, get an apostrophe before them.

    Raises
    ------
    ValueError
        If JSON should hold a float that is not finite.
    OSError
        If the file cannot be written: the old one stays.
    """
    file_format = file_format or table_format(path)
    writers: dict[str, Callable[[BinaryIO, _Blocks], Iterator[int]]] = {
        "csv": partial(_write_csv, raw=raw_csv),
        "json": _write_json,
        "parquet": _write_parquet,
    }
    with atomic_write(path) as beside, beside.open("wb") as out:
        for rows in writers[file_format](out, _ahead(iter(blocks))):
            if progress is not None:
                progress(rows)


_Blocks = Iterator[Mapping[str, Cells | Sequence[Any]]]


def _ahead(blocks: _Blocks) -> _Blocks:
    """The blocks, each made while the one before is written: the engine and pyarrow let other threads run."""
    from concurrent.futures import ThreadPoolExecutor

    room_for_thread()
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = worker.submit(next, blocks, None)
            yield block


def _write_csv(out: BinaryIO, blocks: _Blocks, raw: bool) -> Iterator[int]:
    for number, block in enumerate(blocks):
        out.writelines(csv_lines(engine_table(block), number == 0, raw))
        yield number_of_rows(block)


def _write_json(out: BinaryIO, blocks: _Blocks) -> Iterator[int]:
    # An object a line.
    out.write(b"[")
    for number, block in enumerate(blocks):
        out.writelines(json_lines(engine_table(block), number == 0))
        yield number_of_rows(block)
    out.write(b"\n]\n")


def _write_parquet(out: BinaryIO, blocks: _Blocks) -> Iterator[int]:
    pyarrow_and_parquet()
    first = next(blocks)
    # Floats and sentences hardly repeat: to look for those that do takes longer than writing them, and saves nothing.
    repeating = [name for name, column in engine_table(first) if repeats(column)]
    with parquet_writer(out, arrow_batch(first, dictionaries=True).schema, repeating) as writer:
        for block in chain([first], blocks):
            writer.write_batch(arrow_batch(block, dictionaries=True))
            yield number_of_rows(block)


# Columns by whose smallest and largest value rows are sought: to compare those of all others takes longer than to write
# them.
_SOUGHT = ("kind", "image_id", "image_name", "image_index", "suspicion", "score")
# Digits at random, and numbers of which all digits count, become hardly smaller.
_NOT_COMPRESSED = ("issue_id", "suspicion")
# Rows that pyarrow looks at together; many more than by default, which takes longer.
_ROWS = 1 << 16


def parquet_writer(out: Any, schema: Any, repeating: Sequence[str]) -> Any:
    """A ParquetWriter of a table of issues.

    Parameters
    ----------
    out:
        What it writes to.
    schema:
        The columns. Dictionaries of texts are written as such, without looking for those that repeat; what is read is
        texts.
    repeating:
        Columns of which the values mostly stand in many rows, all dictionaries among them.
    """
    pyarrow, parquet = pyarrow_and_parquet()
    read = pyarrow.schema(
        field.with_type(field.type.value_type) if pyarrow.types.is_dictionary(field.type) else field for field in schema
    )
    leaves = ["support.list.element" if name == "support" else name for name in schema.names]
    writer = parquet.ParquetWriter(
        out,
        schema,
        store_schema=False,
        use_dictionary=repeating,
        write_statistics=[name for name in schema.names if name in _SOUGHT],
        compression={name: "none" if name in _NOT_COMPRESSED else "snappy" for name in leaves},
        write_batch_size=_ROWS,
    )
    # Where readers of Arrow find which types the columns have.
    writer.add_key_value_metadata({"ARROW:schema": base64.b64encode(read.serialize())})
    return writer


def pyarrow_and_parquet() -> tuple[Any, Any]:
    """The two modules; ImportError names what installs them."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("writing Parquet needs pyarrow: pip install 'boxlint[arrow]'") from error
    return pyarrow, pyarrow.parquet
