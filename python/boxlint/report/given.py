"""What the columns of a table of issues take from the data set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from boxlint._arguments import as_ids
from boxlint._core import name_hashes
from boxlint._table import Numbers, Texts, texts
from boxlint.dataset import Dataset, Ids

__all__ = ["IDS", "Given", "integers"]

# Columns of ids, and what the data set calls the ids.
IDS = {
    "image_id": "image_ids",
    "annotation_id": "annotation_ids",
    "prediction_id": "prediction_ids",
    "kept_annotation_id": "annotation_ids",
    "given_category_id": "category_ids",
    "suggested_category_id": "category_ids",
}


@dataclass(frozen=True)
class Given:
    """What a data set has; of none, nothing but what names its images."""

    dataset: Dataset | None
    naming: tuple[str, ...] = ("image_index",)

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """What the engine makes numbers of, by name."""
        dataset, ids = self.dataset, {name: None if name in self.texts else of for name, of in self._ids.items()}
        if dataset is None:
            return {"annotations": None, "predictions": None, "image_sizes": None, **ids}
        columns = {"annotations": dataset.annotations._columns, "predictions": dataset.predictions._columns}
        return {**columns, "image_sizes": dataset.image_sizes, **ids}

    @cached_property
    def texts(self) -> dict[str, Any]:
        """Ids that are not all integers."""
        return {name: of for name, of in self._ids.items() if not isinstance(of, np.ndarray | None)}

    @cached_property
    def image_names(self) -> Texts:
        """The names of all images, if they have any."""
        return texts((None if self.dataset is None else self.dataset.image_names) or ())

    @cached_property
    def image_id_texts(self) -> Texts:
        """The ids of all images, if they are not all integers."""
        return texts(self.texts["image_ids"])

    @cached_property
    def image_naming(self) -> tuple[str, ...]:
        """The columns of which the first that has something names an image: its id, else its name, else its position.

        Ids or names of which two are equal name no image.
        """
        if self.dataset is None:
            return self.naming
        named: list[str] = []
        for column, values in (("image_id", self.dataset.image_ids), ("image_name", self.dataset.image_names)):
            if values is not None and len(values) and _differ(values):
                named.append(column)
                if isinstance(values, np.ndarray):
                    break  # each image has one
        return (*named, "image_index")

    @cached_property
    def image_hashes(self) -> Any:
        """The hash of what names each image."""
        count = 0 if self.dataset is None else len(self.dataset)
        columns: dict[str, Any] = {"image_index": Numbers(np.arange(count))}
        if "image_id" in self.image_naming:
            columns["image_id"] = (
                self.image_id_texts if "image_ids" in self.texts else Numbers(self.numbers["image_ids"])
            )
        if "image_name" in self.image_naming:
            columns["image_name"] = self.image_names
        return name_hashes([columns[name] for name in self.image_naming])

    @cached_property
    def _ids(self) -> dict[str, Any]:
        return {
            name: None if self.dataset is None else integers(getattr(self.dataset, name)) for name in set(IDS.values())
        }


def _differ(values: Any) -> bool:
    """Whether no two ids or names are equal; None is none."""
    if isinstance(values, np.ndarray):
        return bool((values[1:] > values[:-1]).all()) or len(np.unique(values)) == len(values)
    given = [one for one in values if one is not None]
    return len(set(map(str, given))) == len(given)


def integers(ids: Ids | None) -> Any:
    """Ids as an array, if all of them are integers of 64 bits; else as they are."""
    are_integers = isinstance(ids, (list, tuple)) and bool(ids) and isinstance(ids[0], int)
    array = as_ids("ids", np.asarray(ids) if are_integers else ids)
    if isinstance(array, np.ndarray) and array.dtype.kind in "iu":
        return np.ascontiguousarray(array, np.int64)
    return None if isinstance(ids, np.ndarray) and not len(ids) else ids
