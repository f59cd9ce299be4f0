"""A table of issues in the forms that other tools take: pandas, Arrow, CSV, JSON and Parquet."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boxlint._files import atomic_write, write_table

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = ["Tabular"]

Array = NDArray[Any]


class Tabular(ABC):
    """What has rows and columns, and can be handed to other tools.

    A box is four columns there, such as ``given_x1`` to ``given_y2``.
    """

    @abstractmethod
    def _flat(self) -> dict[str, Array]:
        """The columns, each of one dimension: masked arrays of numbers, or objects with None."""

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame.

        Columns of integers that can be null have the type Int64; where a float or a text is null, it is NaN or None.
        Needs pandas.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        columns: dict[str, Any] = {}
        for name, column in self._flat().items():
            if not isinstance(column, np.ma.MaskedArray):
                columns[name] = column
            elif column.dtype.kind == "i":
                columns[name] = pandas.arrays.IntegerArray(column.data, np.ma.getmaskarray(column))
            else:
                columns[name] = column.filled(np.nan)
        return pandas.DataFrame(columns)

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a pyarrow Table; what there is not is null. Needs pyarrow, and no pandas."""
        try:
            import pyarrow
        except ImportError as error:
            raise ImportError("an Arrow table needs pyarrow: pip install 'boxlint[arrow]'") from error
        columns = self._flat()
        return pyarrow.Table.from_arrays([_arrow(column) for column in columns.values()], names=list(columns))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What polars, duckdb, pandas and others read tables by."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as CSV, whole or not at all; a cell for which there is nothing is empty."""
        write_table(self._flat(), path, "csv")

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as JSON, a list of objects, whole or not at all."""
        write_table(self._flat(), path, "json")

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as Parquet, whole or not at all. Needs pyarrow."""
        table = self.to_arrow()
        from pyarrow import parquet

        with atomic_write(path) as beside:
            parquet.write_table(table, beside)


def _arrow(column: Array) -> Any:
    """A column as an Arrow array, made of its memory: pyarrow's own conversion of arrays imports pandas."""
    import pyarrow

    if column.dtype.kind in "if":
        numbers = np.ascontiguousarray(np.ma.getdata(column))
        of_type = pyarrow.from_numpy_dtype(numbers.dtype)
        buffers = [_validity(np.ma.getmaskarray(column)), pyarrow.py_buffer(numbers)]
        return pyarrow.Array.from_buffers(of_type, len(column), buffers)
    values = column.tolist()
    nothing = np.fromiter((value is None for value in values), bool, len(values))
    texts = ["" if value is None else str(value) for value in values]
    joined = "".join(texts).encode()
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    if lengths.sum() != len(joined):
        lengths = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    ends = np.concatenate([[0], np.cumsum(lengths)])
    buffers = [_validity(nothing), pyarrow.py_buffer(ends), pyarrow.py_buffer(joined)]
    return pyarrow.Array.from_buffers(pyarrow.large_string(), len(column), buffers)


def _validity(nothing: NDArray[np.bool_]) -> Any:
    import pyarrow

    return pyarrow.py_buffer(np.packbits(~nothing, bitorder="little")) if nothing.any() else None
