"""What the columns of a table of issues take from the data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_ids
from boxlint._core import name_hashes
from boxlint._table import Numbers, Taken, Texts, engine_cells, texts
from boxlint.boxes import image_of_boxes
from boxlint.dataset import Dataset, Ids
from boxlint.report.rows import EngineRows, rows_of

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
    """What a data set has; of none, nothing."""

    dataset: Dataset | None

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
    def named(self) -> dict[str, NDArray[np.bool_]]:
        """Which images have an id, and which a name, that no other image has; nothing of a column that there is not.

        Names are left out where each image has such an id, which is an integer.
        """
        named = {}
        if self.dataset is not None:
            for column, values in (("image_id", self.dataset.image_ids), ("image_name", self.dataset.image_names)):
                if values is not None and len(values):
                    named[column] = _alone(values)
                    if isinstance(values, np.ndarray) and named[column].all():
                        break
        return named

    @cached_property
    def positions_name(self) -> bool:
        """Whether some images have an id or a name, and others none but their position."""
        return bool(self.named) and not np.any([*self.named.values()], axis=0).all()

    @cached_property
    def image_hashes(self) -> Any:
        """The hash of what names each image: its id, else its name, else its position."""
        ids = self.image_id_texts if "image_ids" in self.texts else Numbers(self.numbers["image_ids"])
        columns: dict[str, Any] = {"image_id": ids, "image_name": self.image_names}
        images = np.arange(0 if self.dataset is None else len(self.dataset))
        return name_hashes(self.naming(columns.__getitem__, images))

    def naming(self, cells: Callable[[str], Any], images: NDArray[np.int64]) -> list[Any]:
        """Columns of which the first that has something names these images, made of the ``cells`` of a column."""
        only = [
            engine_cells(cells(name)) if alone.all() else _without(engine_cells(cells(name)), ~alone[images])
            for name, alone in self.named.items()
        ]
        # A position must not be taken for an id.
        positions = texts([f"#{image}" for image in images.tolist()]) if self.positions_name else Numbers(images)
        return [*only, positions]

    def names(self, rows: EngineRows) -> list[Texts]:
        """A column that names the annotations of rows which their id does not name; none if all ids name one."""
        if not self._names:
            return []
        assert self.dataset is not None
        flat = rows_of(self.dataset.annotations, rows.image, rows.annotation)
        return [texts(map(self._names.get, flat.tolist()))]

    @cached_property
    def _names(self) -> dict[int, str]:
        """Names of the annotations that their id does not name.

        Of those with id, class and box of one before them in their image: the id, and how many these are. Of those
        without an id: the position, which must not be taken for the id of another one.
        """
        ids = self._ids["annotation_ids"]
        if self.dataset is None or ids is None or _alone(ids).all():
            return {}
        boxes, numbers = self.dataset.annotations, _numbered(ids)
        has_id = np.ones(len(numbers), bool) if isinstance(ids, np.ndarray) else numbers >= 0
        given, without = np.flatnonzero(has_id), np.flatnonzero(~has_id)
        image = image_of_boxes(boxes)
        order = given[np.lexsort((numbers[given], image[given]))]
        same = (image[order[1:]] == image[order[:-1]]) & (numbers[order[1:]] == numbers[order[:-1]])
        before: Counter[Any] = Counter()
        positions = (without - boxes.offsets[image[without]]).tolist()
        names = {row: f"#{position}" for row, position in zip(without.tolist(), positions, strict=True)}
        for row in sorted({*order[1:][same].tolist(), *order[:-1][same].tolist()}):
            key = int(image[row]), int(numbers[row]), int(boxes.class_id[row]), *boxes.xyxy[row].tolist()
            if before[key]:
                names[row] = f"{ids[row]}\0{before[key]}"
            before[key] += 1
        return names

    @cached_property
    def _ids(self) -> dict[str, Any]:
        return {
            name: None if self.dataset is None else integers(getattr(self.dataset, name)) for name in set(IDS.values())
        }


def _alone(values: Any) -> NDArray[np.bool_]:
    """Which ids or names are those of one image or box alone; None is none."""
    if isinstance(values, np.ndarray):
        if (values[1:] > values[:-1]).all():
            return np.ones(len(values), bool)
        _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
        return np.asarray(counts[which.ravel()] == 1)
    given = [None if one is None else str(one) for one in values]
    distinct = set(given)
    if len(distinct) == len(given) and None not in distinct:
        return np.ones(len(given), bool)
    times = Counter(given)
    return np.array([one is not None and times[one] == 1 for one in given], bool)


def _numbered(ids: Any) -> NDArray[np.int64]:
    """Ids as integers, equal ones as equal ones; of a list, -1 for none."""
    if isinstance(ids, np.ndarray):
        return ids
    numbers = {text: number for number, text in enumerate(dict.fromkeys(map(str, ids)))}
    return np.array([-1 if one is None else numbers[str(one)] for one in ids], np.int64)


def _without(column: Any, nothing: NDArray[np.bool_]) -> Any:
    """A column that has nothing in some more rows."""
    if isinstance(column, Taken):
        return column._replace(rows=np.where(nothing, -1, column.rows))
    return column._replace(nothing=nothing if column.nothing is None else nothing | column.nothing)


def integers(ids: Ids | None) -> Any:
    """Ids as an array, if all of them are integers of 64 bits; else as they are."""
    are_integers = isinstance(ids, (list, tuple)) and bool(ids) and isinstance(ids[0], int)
    array = as_ids("ids", np.asarray(ids) if are_integers else ids)
    if isinstance(array, np.ndarray) and array.dtype.kind in "iu":
        return np.ascontiguousarray(array, np.int64)
    return None if isinstance(ids, np.ndarray) and not len(ids) else ids
