"""Output files: written whole or not at all."""

from __future__ import annotations

import csv
import errno
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["atomic_write", "table_format", "write_table"]


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
        _pyarrow()
    return ending[1:]


def write_table(
    columns: Mapping[str, Sequence[Any] | np.ndarray[Any, Any]],
    path: str | os.PathLike[str],
    file_format: str | None = None,
) -> None:
    """Writes columns of equal length as csv, json (a list of objects) or parquet; by default as the path ends.

    Masked numbers and None are null, or an empty cell.
    """
    file_format = file_format or table_format(path)
    plain = {name: column.tolist() if isinstance(column, np.ndarray) else column for name, column in columns.items()}
    with atomic_write(path) as beside:
        if file_format == "parquet":
            arrow, parquet = _pyarrow()
            parquet.write_table(arrow.table(dict(plain)), beside)
            return
        with beside.open("w", newline="", encoding="utf-8") as out:
            rows = zip(*plain.values(), strict=True)
            if file_format == "csv":
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(plain)
                writer.writerows(rows)
            else:
                # An object a line: json.dumps is quick only where it need not indent.
                out.write("[")
                for number, row in enumerate(rows):
                    out.write(
                        (",\n" if number else "\n") + json.dumps(dict(zip(plain, row, strict=True)), allow_nan=False)
                    )
                out.write("\n]\n")


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("writing Parquet needs pyarrow: pip install 'boxlint[arrow]'") from error
    return pyarrow, pyarrow.parquet
