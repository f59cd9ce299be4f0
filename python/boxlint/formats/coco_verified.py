"""What the images of a COCO file say about verified classes, as in LVIS, where that changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Any, NamedTuple

import numpy as np

from boxlint._per_image import ClassesOfImages
from boxlint.boxes import Boxes

__all__ = ["Annotated", "told_of_images"]

_ABSENT, _PARTIAL = "neg_category_ids", "not_exhaustive_category_ids"
# What tells ids apart.
_Key = Callable[[Any], Hashable]


class Annotated(NamedTuple):
    """Annotations, the row of each image by the key of its id, and the ids of the classes."""

    boxes: Boxes
    rows: dict[Any, int]
    category_ids: list[Any]

    def classes(self, image: Any) -> list[Any]:
        """The ids of the classes that an image, told by its key, has annotations of."""
        boxes, row = self.boxes, self.rows[image]
        class_ids = np.unique(boxes.class_id[boxes.offsets[row] : boxes.offsets[row + 1]])
        return [self.category_ids[class_id] for class_id in class_ids]


def told_of_images(
    before: Annotated,
    after: Annotated,
    verified: ClassesOfImages,
    keys: tuple[_Key, _Key],
    new: bool,
) -> Callable[[Any], Any]:
    """What becomes of the record of an image: itself, unless its lists tell of other verified classes, or of one as
    absent that now has its first annotation there.

    Parameters
    ----------
    before:
        What the file has. Ids of categories that it does not list stay in the lists of its images.
    after, verified:
        The annotations and the verified classes that a data set has now. Records of images without row stay;
        the others have one of the file, too.
    keys:
        What tells the ids of images apart, and those of categories.
    new:
        Whether no image of the file has such lists, so that all classes would be verified.
    """
    image_key, key = keys
    listed = set(map(key, before.category_ids))
    offsets, classes = verified

    def corrected(record: Any) -> Any:
        id_ = record.get("id") if isinstance(record, dict) else None
        image = image_key(id_) if isinstance(id_, (int, str)) else None
        row = after.rows.get(image)
        if row is None:
            return record
        searched = [after.category_ids[class_id] for class_id in classes[offsets[row] : offsets[row + 1]]]
        annotated = after.classes(image)
        wanted, present = set(map(key, searched)), set(map(key, annotated))
        found = present.difference(map(key, before.classes(image)))
        absent, partial = (record.get(name) or [] for name in (_ABSENT, _PARTIAL))
        told = (present - set(map(key, partial))) | set(map(key, absent)).intersection(listed)
        if not new and told == wanted and found.isdisjoint(map(key, absent)):
            return record
        lists = {
            _ABSENT: _list(absent, lambda one: one in wanted - found or one not in listed, searched, present, key),
            _PARTIAL: _list(partial, lambda one: one not in wanted, annotated, wanted, key),
        }
        return record | {name: ids for name, ids in lists.items() if new or ids or name in record}

    return corrected


def _list(listed: list[Any], stays: Callable[[Any], bool], more: list[Any], but: Collection[Any], key: _Key) -> Any:
    """The ids of a list that stay, and more that are not in it, but for some."""
    kept = [id_ for id_ in listed if stays(key(id_))]
    known = set(map(key, kept)).union(but)
    return kept + [id_ for id_ in more if key(id_) not in known]
