"""A copy of a data set with errors in it, and the `Truth` that lists them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint.benchmark.truth import KINDS, Truth
from boxlint.boxes import Boxes, image_of_boxes
from boxlint.dataset import Dataset

__all__ = ["EMPTY", "MOVED", "AddedBox", "Rows", "corrupted_copy"]

# A box of an annotator whose IoU with every annotation is smaller is about none of them. A random box must lie on each
# annotation with a smaller fraction of its area.
EMPTY = 0.2
# IoU of a badly located box with the right one.
MOVED = (0.3, 0.7)

Rows = NDArray[np.int64]


class AddedBox(NamedTuple):
    """An annotation to add; ``original`` is the row that it duplicates, or -1."""

    kind: str
    image: int
    box: NDArray[np.float64]
    class_id: int
    original: int = -1


def corrupted_copy(
    dataset: Dataset,
    chosen: Mapping[str, Rows],
    xyxy: NDArray[np.float64],
    class_id: NDArray[np.int32],
    added: list[AddedBox],
    positions: NDArray[np.float64],
    kinds: tuple[str, ...],
) -> tuple[Dataset, Truth]:
    """Removes and adds annotations, and lists all errors.

    Parameters
    ----------
    dataset:
        The data set before.
    chosen:
        Kind -> rows of the annotations in error; those of ``missing`` are removed.
    xyxy, class_id:
        (n, 4) and (n,) boxes and classes of all annotations, those in error already changed.
    added:
        Annotations to add.
    positions:
        One for each added annotation: where it stands among those of its image, from -0.5, before the first.
    kinds:
        What was to be planted.
    """
    old = dataset.annotations
    count, images = (
        len(old.class_id),
        np.concatenate([image_of_boxes(old), [one.image for one in added]]).astype(np.int64),
    )
    positions = np.concatenate([np.arange(count) - old.offsets[images[:count]], positions])
    keep = np.ones(len(images), bool)
    keep[chosen["missing"]] = False
    order = np.lexsort((positions, images))
    order = order[keep[order]]
    offsets = np.searchsorted(images[order], np.arange(len(old) + 1))
    annotations = Boxes(
        np.vstack([xyxy, *(one.box for one in added)])[order],
        np.concatenate([class_id, [one.class_id for one in added]]).astype(np.int32)[order],
        offsets=offsets,
        ignore=None if old.ignore is None else np.concatenate([old.ignore, np.zeros(len(added), bool)])[order],
    )
    row = np.full(len(images), -1)
    row[order] = np.arange(len(order)) - offsets[images[order]]
    errors: list[tuple[Any, ...]] = [
        (kind, images[n], row[n], -1, old.class_id[n], old.xyxy[n])
        for kind in ("missing", "swap", "badloc")
        for n in chosen.get(kind, ())
    ]
    errors += [_error_of(one, row[new], row, old) for new, one in enumerate(added, start=count)]
    errors.sort(key=lambda error: (KINDS.index(error[0]), *error[1:3]))
    corrupted = dataclasses.replace(dataset, annotations=annotations, annotation_ids=_ids(dataset, len(added), order))
    return corrupted, _truth(errors, corrupted, kinds)


def _error_of(added: AddedBox, new_row: int, row: Rows, old: Boxes) -> tuple[Any, ...]:
    """The values of one row of the truth, in the order of `_truth`."""
    right: tuple[Any, ...] = (-1, -1, np.full(4, np.nan))
    if added.kind == "duplicate":
        right = (row[added.original], old.class_id[added.original], old.xyxy[added.original])
    return (added.kind, added.image, new_row, *right)


def _truth(errors: list[tuple[Any, ...]], corrupted: Dataset, kinds: tuple[str, ...]) -> Truth:
    kind, image, row, partner, class_id, box = zip(*errors, strict=True) if errors else ((),) * 6
    return Truth(
        kind=np.array(kind, np.str_),
        image_index=np.array(image, np.int64),
        annotation_index=np.array(row, np.int64),
        partner_index=np.array(partner, np.int64),
        class_id=np.array(class_id, np.int64),
        box=np.array(box, np.float64).reshape(-1, 4),
        annotations=corrupted.annotations,
        kinds=kinds,
        class_names=corrupted.class_names,
    )


def _ids(dataset: Dataset, added: int, order: Rows) -> Any:
    """The ids of the annotations that are left, and new ones for those added."""
    if dataset.annotation_ids is None:
        return None
    ids = np.asarray(dataset.annotation_ids)
    if ids.dtype.kind in "iu":
        return np.concatenate([ids, ids.max(initial=0) + 1 + np.arange(added)])[order]
    both = [*dataset.annotation_ids, *(f"planted {number}" for number in range(1, added + 1))]
    return [both[row] for row in order.tolist()]
