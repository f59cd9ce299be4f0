"""What the images of a COCO file say about verified classes, as in LVIS, where that changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Any

import numpy as np

from boxlint._per_image import ClassesOfImages
from boxlint.boxes import Boxes

__all__ = ["told_of_images"]

_ABSENT, _PARTIAL = "neg_category_ids", "not_exhaustive_category_ids"
# What tells ids apart.
_Key = Callable[[Any], Hashable]


def told_of_images(
    boxes: Boxes,
    verified: ClassesOfImages,
    rows: dict[Any, int],
    category_ids: Any,
    keys: tuple[_Key, _Key],
    listed: Collection[Hashable],
    new: bool,
) -> Callable[[Any], Any]:
    """What becomes of the record of an image: itself, unless its lists tell of other verified classes.

    Parameters
    ----------
    boxes, verified:
        The annotations and the verified classes that a data set has now.
    rows:
        Key of an image id -> its row in the data set; records of others stay.
    category_ids:
        Those of the classes.
    keys:
        What tells the ids of images apart, and those of categories.
    listed:
        The keys of the categories of the file. Others in the lists of its images stay.
    new:
        Whether no image of the file has such lists, so that all classes would be verified.
    """
    ids = np.asarray(category_ids, object)
    image_key, key = keys
    offsets, classes = verified

    def corrected(record: Any) -> Any:
        id_ = record.get("id") if isinstance(record, dict) else None
        row = rows.get(image_key(id_)) if isinstance(id_, (int, str)) else None
        if row is None:
            return record
        searched = ids[classes[offsets[row] : offsets[row + 1]]].tolist()
        annotated = ids[np.unique(boxes.class_id[boxes.offsets[row] : boxes.offsets[row + 1]])].tolist()
        wanted, present = set(map(key, searched)), set(map(key, annotated))
        absent, partial = (record.get(name) or [] for name in (_ABSENT, _PARTIAL))
        told = (present - set(map(key, partial))) | set(map(key, absent)).intersection(listed)
        if not new and told == wanted:
            return record
        lists = {
            _ABSENT: _list(absent, lambda one: one in wanted or one not in listed, searched, present, key),
            _PARTIAL: _list(partial, lambda one: one not in wanted, annotated, wanted, key),
        }
        return record | {name: ids for name, ids in lists.items() if new or ids or name in record}

    return corrected


def _list(listed: list[Any], stays: Callable[[Any], bool], more: list[Any], but: Collection[Any], key: _Key) -> Any:
    """The ids of a list that stay, and more that are not in it, but for some."""
    kept = [id_ for id_ in listed if stays(key(id_))]
    known = set(map(key, kept)).union(but)
    return kept + [id_ for id_ in more if key(id_) not in known]
