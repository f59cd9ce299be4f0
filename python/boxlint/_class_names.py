"""Names of classes, and the boxes of each name: how many there are, and how large they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._auxiliary_inputs import split
from boxlint._core import Classes, DatasetColumns, classes

__all__ = ["ClassNames", "Names", "areas_by_name", "by_name", "counts_by_name", "name_of", "names_of"]

# What users give: a dict from class ids, as integers or text, to names; or a list of names.
ClassNames = Mapping[Any, Any] | Sequence[Any]
Names = dict[int, Any]


def names_of(class_names: ClassNames | None) -> Names | None:
    """Class id -> name, by rising class id.

    Raises
    ------
    ValueError, TypeError
        If it is neither a dict nor a list, or a key is no class id.
    """
    if class_names is None:
        return None
    if isinstance(class_names, (str, bytes)) or not isinstance(class_names, (Mapping, Sequence)):
        found = type(class_names).__name__
        raise TypeError(f"class_names: expected a dict from class ids to names or a list of names, found {found}")
    names = class_names.items() if isinstance(class_names, Mapping) else enumerate(class_names)
    return dict(sorted((_class_id(key), name) for key, name in names))


def name_of(class_id: int, names: Names | None) -> Any:
    """Its name; without names, the class id itself."""
    if names is not None and class_id not in names:
        raise ValueError(f"class_names has no name for class {class_id}")
    return class_id if names is None else names[class_id]


def counts_by_name(columns: DatasetColumns, names: Names | None) -> list[dict[Any, int]]:
    """How many annotations, and how many predictions, each class has; in the order in which classes first occur.

    Raises
    ------
    ValueError
        If a class that occurs has no name.
    """
    return [by_name(_counts(counted), names) for counted in classes(columns)]


def by_name(counts: Iterable[tuple[int, int]], names: Names | None) -> dict[Any, int]:
    """Name -> number of boxes, given the number of each class; several may share a name."""
    of_name: dict[Any, int] = {}
    for class_id, count in counts:
        name = name_of(class_id, names)
        of_name[name] = of_name.get(name, 0) + count
    return of_name


def areas_by_name(columns: DatasetColumns, names: Names | None, by_count: bool) -> list[dict[Any, NDArray[np.float64]]]:
    """The areas of the annotations, and of the predictions, of each class, except of classes without a name.

    Classes come in the order in which they first occur, or those with most boxes first.
    """
    sides = []
    for counted in classes(columns):
        # Several classes may share a name.
        groups: dict[Any, list[int]] = {}
        lengths: dict[Any, int] = {}
        for class_id, count in _counts(counted):
            if names is None or class_id in names:
                name = name_of(class_id, names)
                groups.setdefault(name, []).append(class_id)
                lengths[name] = lengths.get(name, 0) + count
        flat = counted.areas(list(groups.values()), sum(lengths.values()))
        of_name = zip(groups, split(flat, np.cumsum([0, *lengths.values()])), strict=True)
        sides.append(dict(sorted(of_name, key=lambda item: -len(item[1])) if by_count else of_name))
    return sides


def _counts(counted: Classes) -> Iterator[tuple[int, int]]:
    """Each class that occurs with its number of boxes."""
    ids, boxes = counted.counts()
    return zip(ids.tolist(), boxes.tolist(), strict=True)


def _class_id(key: Any) -> int:
    try:
        return int(str(key))
    except ValueError:
        raise ValueError(f"class_names has the key {key!r}, expected class ids") from None
