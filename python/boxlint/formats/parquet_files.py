"""A data set in Parquet files: which files these are, and reading small ones."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxlint._files import pyarrow_and_parquet
from boxlint.dataset import Dataset
from boxlint.formats.arrow import CLASSES, classes_of, from_arrow
from boxlint.formats.folders import PathLike
from boxlint.formats.recognise import visible_files

if TYPE_CHECKING:
    from boxlint.formats.arrow_batch import ColumnNames

__all__ = [
    "images_of_files", "not_parquet", "one_sentence", "other_classes", "parquet_files", "read_parquet_files",
    "with_ids",
]  # fmt: skip


def parquet_files(paths: PathLike | Iterable[PathLike]) -> list[Path]:
    """The files that are given, or lie in folders that are, in the order of their absolute paths.

    Raises
    ------
    OSError
        If a path is not there.
    ValueError
        If there is none, a folder has none, or one is given twice.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files = sorted(file.absolute() for path in given for file in _files_at(Path(path)))
    if not files:
        raise ValueError("paths: expected at least one Parquet file")
    twice = next((one for one, other in pairwise(files) if one == other), None)
    if twice is not None:
        raise ValueError(f"{twice} is given twice")
    return files


def _files_at(path: Path) -> list[Path]:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    if not path.is_dir():
        return [path]
    # Engines begin the names of what is no data so.
    files = [
        file
        for file in visible_files(path, ".parquet")
        if not any(part.startswith("_") for part in file.relative_to(path).parts)
    ]
    if not files:
        raise ValueError(f"{path} has no Parquet files (.parquet) in it")
    return files


def read_parquet_files(
    files: Sequence[Path], columns: ColumnNames | None, class_names: Sequence[str] | Mapping[int, str] | None
) -> Dataset:
    """All images of some files, in memory, as `boxlint.from_arrow` reads them.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError, TypeError
        If a file is no Parquet, or its columns are not as `from_arrow` takes them.
    """
    pyarrow, parquet = pyarrow_and_parquet()
    tables = []
    for file in files:
        try:
            tables.append(parquet.read_table(file))
        except pyarrow.ArrowInvalid as error:
            raise not_parquet(file, error) from error
    classes = []
    for file, table in zip(files, tables, strict=True):
        try:
            classes.append(classes_of(table.schema.metadata, class_names))
        except ValueError as error:
            raise ValueError(f"{file}: {one_sentence(error)}") from error
    told = with_ids([one.get("category_ids") for one in classes])
    for file, one in zip(files, classes, strict=True):
        if (why := other_classes(one, classes[told])) is not None:
            raise ValueError(f"{file} has {why} {files[told]}")
    # Those of the first table count.
    tables[0] = tables[0].replace_schema_metadata(tables[told].schema.metadata)
    # In a file without any box, the lists may be of nulls.
    try:
        table = pyarrow.concat_tables(tables, promote_options="permissive")
        return from_arrow(table, columns=columns, class_names=class_names)
    except (TypeError, ValueError) as error:
        where = f"{files[0]}{' and other files' * (len(files) > 1)}"
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{where}: {one_sentence(error)}") from error


def other_classes(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> str | None:
    """In what the classes of a file are not like those of another one, up to that one's name; None if in nothing.

    A file without category ids says nothing about them.
    """
    for name in CLASSES:
        one, other = (None if classes.get(name) is None else list(classes[name]) for classes in (mine, theirs))
        if one != other and (name == "class_names" or None not in (one, other)):
            return f"other {name} than"
    return None


def with_ids(category_ids: Sequence[Any]) -> int:
    """The first file with category ids, with which others are compared: one without them says nothing about them."""
    return next((at for at, ids in enumerate(category_ids) if ids is not None), 0)


def images_of_files(files: Sequence[Path]) -> list[Path]:
    """The file of each image of what `read_parquet_files` reads."""
    _, parquet = pyarrow_and_parquet()
    return [file for file in files for _ in range(parquet.read_metadata(file).num_rows)]


# What pyarrow says where one of several boxes of fixed size is null: versions up to 25 of files that 26 wrote, and of
# files of DuckDB.
_OF_NULL_BOXES = ("Expected all lists to be of size", "larger than values array")


def not_parquet(file: Path, error: Exception) -> ValueError:
    """Says that pyarrow cannot read a file, and of which kind of data that is known."""
    said = one_sentence(error)
    hint = " (so pyarrow says of boxes of which one is null)" if any(of in said for of in _OF_NULL_BOXES) else ""
    return ValueError(f"{file} cannot be read as Parquet: {said}{hint}")


def one_sentence(error: Exception) -> str:
    """What an error of pyarrow or of `from_arrow` says, to be put after the name of a file."""
    return str(error).removeprefix("from_arrow: ").split("\n")[0].rstrip(".")
