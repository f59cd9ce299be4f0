"""What pickling leaves out."""

from __future__ import annotations

from boxlint.dataset import Dataset

__all__ = ["whole"]


def whole(dataset: Dataset | None) -> Dataset:
    """The data set of a report.

    Raises
    ------
    ValueError
        If there is none, since pickling has left it out.
    """
    if dataset is None:
        raise ValueError("the report was pickled, without its data set: give it back with report.with_dataset")
    return dataset
