"""A table of issues in the forms that other tools take: pandas, Arrow, CSV, JSON and Parquet."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boxlint._files import write_table
from boxlint._table import BLOCK, Cells, arrow_batch, object_array
from boxlint._text import encodable
from boxlint.boxes import Progress

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = ["Tabular"]

Array = NDArray[Any]

# Rows of a batch of an Arrow table: enough that numpy gets its memory in large pages.
_ARROW_BLOCK = 1 << 18


class Tabular(ABC):
    """What has rows and columns, and can be handed to other tools.

    A box is four columns there, such as ``given_x1`` to ``given_y2``. A half of a surrogate pair, which stands for a
    byte of a file name that is no text, becomes what Python calls it: ``\\udce9``.
    """

    @abstractmethod
    def _flat(self) -> dict[str, Array]:
        """The columns, each of one dimension: masked arrays of numbers, or objects with None."""

    @abstractmethod
    def _blocks(self, rows: int = BLOCK, reasons: bool = True) -> Iterator[dict[str, Cells]]:
        """The same columns of so many rows after the other; of none, if there is no row. Or those without reasons."""

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
            if column.dtype.kind == "O":
                columns[name] = _encodable(column)
            elif not isinstance(column, np.ma.MaskedArray):
                columns[name] = column
            elif column.dtype.kind == "i":
                columns[name] = pandas.arrays.IntegerArray(column.data, np.ma.getmaskarray(column))
            else:
                columns[name] = column.filled(np.nan)
        return pandas.DataFrame(columns)

    def to_arrow(self, *, reasons: bool = True) -> pyarrow.Table:
        """The rows as a pyarrow Table; what there is not is null. Needs pyarrow, and no pandas.

        Parameters
        ----------
        reasons:
            With the column ``reason``, which takes a fourth of the time; `to_csv`, `to_json` and `to_parquet` have it,
            too.
        """
        try:
            import pyarrow
        except ImportError as error:
            raise ImportError("an Arrow table needs pyarrow: pip install 'boxlint[arrow]'") from error
        return pyarrow.Table.from_batches(map(arrow_batch, self._blocks(_ARROW_BLOCK, reasons)))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What polars, duckdb, pandas and others read tables by."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_csv(
        self,
        path: str | os.PathLike[str],
        *,
        raw: bool = False,
        reasons: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """Writes the rows as CSV, whole or not at all; a cell for which there is nothing is empty.

        Parameters
        ----------
        path:
            The file.
        raw:
            Write texts as they are. Else those that a spreadsheet would run as a formula, such as the name ``=1.jpg``,
            get an apostrophe before them.
        reasons:
            With the column ``reason``.
        progress:
            Called with the number of rows that were written since the last call; `to_json` and `to_parquet` do so, too.
        """
        write_table(self._blocks(reasons=reasons), path, "csv", progress, raw_csv=raw)

    def to_json(self, path: str | os.PathLike[str], *, reasons: bool = True, progress: Progress | None = None) -> None:
        """Writes the rows as JSON, a list of objects, whole or not at all."""
        write_table(self._blocks(reasons=reasons), path, "json", progress)

    def to_parquet(
        self, path: str | os.PathLike[str], *, reasons: bool = True, progress: Progress | None = None
    ) -> None:
        """Writes the rows as Parquet, whole or not at all. Needs pyarrow."""
        write_table(self._blocks(reasons=reasons), path, "parquet", progress)


def _encodable(column: Array) -> Array:
    """Objects, of which texts are as `encodable` makes them."""
    values = column.tolist()
    return object_array([encodable(one) if isinstance(one, str) and not one.isascii() else one for one in values])
