"""Joins the classes of a framework by what they are: by name, or by the ids of their categories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from boxlint._text import listed
from boxlint.dataset import class_ids_by_name
from boxlint.frameworks._gather import Found, as_array

__all__ = ["Classes", "by_category", "by_name", "chosen", "class_ids", "joined", "with_category_ids"]

# Names of the class ids from 0 on, or name -> class id.
Classes = Sequence[str] | Mapping[str, int]


def chosen(class_names: Classes | None, classes: Classes | None) -> Classes | None:
    """``class_names``, or ``classes``, its former name."""
    if class_names is not None and classes is not None:
        raise TypeError("expected class_names, found class_names and classes")
    return classes if class_names is None else class_names


def by_name(class_names: Classes) -> dict[Any, int]:
    """Name -> class id, of equal names the first.

    Raises
    ------
    TypeError
        If the names are one text, or a set, which has no order.

    >>> by_name(["cat", "dog", "cat"])["cat"]
    0
    """
    if isinstance(class_names, Mapping):
        # Class id -> name, as Ultralytics and transformers have it, too.
        given: Mapping[Any, Any] = class_names
        if not all(isinstance(key, (int, np.integer)) for key in given):
            return dict(given)
        in_order = sorted(given.items())
        return {name: int(in_order[at][0]) for name, at in class_ids_by_name(name for _, name in in_order).items()}
    if isinstance(class_names, (str, bytes, set, frozenset)) or not isinstance(class_names, Iterable):
        raise TypeError(f"class_names is {class_names!r}, expected a list of names, or a dict from names to class ids")
    return class_ids_by_name(class_names)


def by_category(category_ids: Iterable[int]) -> dict[Any, int]:
    """Category id -> class id, its position.

    Raises
    ------
    TypeError, ValueError
        If it is no list, or an id stands twice.

    >>> by_category([1, 3, 90])
    {1: 0, 3: 1, 90: 2}
    """
    if isinstance(category_ids, (str, bytes, Mapping, set, frozenset)) or not isinstance(category_ids, Iterable):
        raise TypeError(f"category_ids is {category_ids!r}, expected a list: the category id of each class")
    in_order = list(category_ids)
    ids = {category_id: class_id for class_id, category_id in enumerate(in_order)}
    if len(ids) < len(in_order):
        again = next(id_ for class_id, id_ in enumerate(in_order) if ids[id_] != class_id)
        raise ValueError(f"category_ids has {again} twice")
    return ids


def with_category_ids(
    find: Callable[[Any], Found], category_ids: Iterable[int] | None, skip_unknown: bool
) -> Callable[[Any], Found]:
    """``find`` as it is; or, if labels are category ids, with these looked up."""
    if category_ids is None:
        return find
    ids = by_category(category_ids)
    return lambda image: joined(find(image), ids, skip_unknown)


def class_ids(found: Found, class_names: Classes | None, skip_unknown: bool) -> Found:
    """Boxes whose labels are class ids: labels that are names are looked up, others stay."""
    labels = found.labels
    if not isinstance(labels, Sequence) or not any(isinstance(label, str) for label in labels):
        return found
    if class_names is None:
        raise ValueError(f"label {labels[0]!r} is a name, expected class_names to say which class id it has")
    return joined(found, by_name(class_names), skip_unknown)


def joined(found: Found, ids: Mapping[Any, int], skip_unknown: bool) -> Found:
    """Boxes whose labels are looked up.

    Parameters
    ----------
    found:
        Boxes whose labels are names or category ids.
    ids:
        Label -> class id.
    skip_unknown:
        Drop the boxes of other labels instead of refusing them.

    Raises
    ------
    ValueError
        At an unknown label.
    """
    labels = as_array(found.labels).tolist()
    known = [label in ids for label in labels]
    if all(known):
        return found._replace(labels=np.array([ids[label] for label in labels], np.int64))
    if not skip_unknown:
        raise ValueError(
            f"label {labels[known.index(False)]!r} is none of the classes, expected one of {listed(ids)} "
            "(skip_unknown=True drops boxes of others)"
        )
    rows = np.flatnonzero(known)
    scores, ignore = (None if column is None else as_array(column)[rows] for column in (found.scores, found.ignore))
    return Found(as_array(found.boxes)[rows], [ids[labels[row]] for row in rows], scores, ignore)
