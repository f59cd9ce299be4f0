"""Random errors: another class, a moved box, a second box, a box where nothing is annotated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint.benchmark.corruption import EMPTY, MOVED, AddedBox, Rows
from boxlint.benchmark.truth import pairwise_iou
from boxlint.boxes import image_of_boxes
from boxlint.dataset import Dataset, first_of_name

__all__ = ["Classes", "duplicates", "moved_box", "spurious_boxes"]

# Smallest IoU of a duplicate with its original, and the standard deviation of the shift of its center and of the
# logarithm of its stretch, in sides of the original.
DUPLICATE_IOU, DUPLICATE_SPREAD = 0.75, 0.06
# Draws of a box, or of a direction to move it in, before giving up.
TRIES = 200
# Halvings of the distance that a box is moved.
HALVINGS = 30

Box = NDArray[np.float64]


class Classes(NamedTuple):
    """The classes of a data set, of equal names the first, as everywhere."""

    # Those that differ, and for each class the position among them of the first of its name: ranges where no two have a
    # name in common, since class ids may be large.
    distinct: Sequence[int]
    position: Sequence[int]

    @classmethod
    def of(cls, dataset: Dataset) -> Classes:
        first = first_of_name(dataset.class_names)
        if first is not None:
            distinct, position = np.unique(first, return_inverse=True)
            return cls(distinct.tolist(), position.tolist())
        every = range(max(len(dataset.class_names or ()), int(dataset.annotations.class_id.max(initial=-1)) + 1))
        return cls(every, every)

    def other(self, generator: np.random.Generator, class_id: int) -> int:
        """A class that is not the one given, each as likely."""
        step = int(generator.integers(1, len(self.distinct)))
        return self.distinct[(self.position[class_id] + step) % len(self.distinct)]


def moved_box(generator: np.random.Generator, dataset: Dataset, row: int) -> Box:
    """The box of an annotation, shifted and stretched to an IoU drawn evenly from that of badly located boxes.

    The box itself where no direction leads there.
    """
    box, limits = _box_and_limits(dataset, row)
    target = generator.uniform(*MOVED)
    for _ in range(TRIES):
        shift, stretch = generator.normal(size=(2, 2))
        moved, overlap, near, far = box, 1.0, 0.0, 2.0
        for _ in range(HALVINGS):
            distance = (near + far) / 2
            tried = _shifted(box, distance * shift, distance * stretch, limits)
            iou = pairwise_iou(box[None], tried[None])[0, 0]
            if iou < target:
                far = distance
            else:
                moved, overlap, near = tried, iou, distance
        if overlap <= MOVED[1] and far < 2:
            return moved
    return box


def duplicates(generator: np.random.Generator, dataset: Dataset, rows: Rows, classes: Classes) -> list[AddedBox]:
    """A second box for each of some annotations, every other one with another class."""
    annotations, added = dataset.annotations, []
    image = image_of_boxes(annotations)
    for turn, row in enumerate(generator.permutation(rows).tolist()):
        class_id = int(annotations.class_id[row])
        if turn % 2 == 1 and len(classes.distinct) > 1:
            class_id = classes.other(generator, class_id)
        box = _second_box(generator, dataset, row)
        added.append(AddedBox("duplicate", int(image[row]), box, class_id, row))
    return added


def spurious_boxes(generator: np.random.Generator, dataset: Dataset, usable: Rows, quota: int) -> list[AddedBox]:
    """Boxes where nothing is annotated, in images that have annotations, with the size and class of some annotation."""
    annotations, added = dataset.annotations, []
    filled = np.flatnonzero(np.diff(annotations.offsets) > 0)
    for _ in range(quota):
        for _ in range(TRIES):
            image, like = int(generator.choice(filled)), usable[generator.integers(len(usable))]
            low, high = _extent(dataset, image)
            size = annotations.xyxy[like, 2:].astype(np.float64) - annotations.xyxy[like, :2]
            if (size > high - low).any() or (size <= 0).any():
                continue
            corner = low + generator.random(2) * (high - low - size)
            box = np.concatenate([corner, corner + size])
            here = annotations.xyxy[annotations.offsets[image] : annotations.offsets[image + 1]]
            if _covered(box, here).max() < EMPTY:
                added.append(AddedBox("spurious", image, box, int(annotations.class_id[like])))
                break
    return added


def _second_box(generator: np.random.Generator, dataset: Dataset, row: int) -> Box:
    """A second box of an annotation, as another person might draw it."""
    box, limits = _box_and_limits(dataset, row)
    for _ in range(TRIES):
        shift, stretch = generator.normal(0, DUPLICATE_SPREAD, (2, 2))
        second = _shifted(box, shift, stretch, limits)
        if pairwise_iou(box[None], second[None])[0, 0] >= DUPLICATE_IOU:
            return second
    return box


def _box_and_limits(dataset: Dataset, row: int) -> tuple[Box, Box]:
    """The box of an annotation, and the box that it may not leave: its image, or itself where it already does."""
    annotations = dataset.annotations
    box = annotations.xyxy[row].astype(np.float64)
    low, high = _extent(dataset, int(np.searchsorted(annotations.offsets, row, side="right")) - 1)
    return box, np.concatenate([np.minimum(low, box[:2]), np.maximum(high, box[2:])])


def _shifted(box: Box, shift: Box, stretch: Box, limits: Box) -> Box:
    """A box moved by a fraction of its sides, which grow by a factor of exp(stretch), cut to the limits."""
    center, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    middle, half = center + shift * size, np.exp(stretch) * size / 2
    low, high = limits[:2], limits[2:]
    return np.concatenate([np.clip(middle - half, low, high), np.clip(middle + half, low, high)])


def _covered(box: Box, others: NDArray[Any]) -> Box:
    """The fraction of a box that lies on each of the others."""
    sides = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None)
    covered: Box = sides.prod(axis=1) / (box[2:] - box[:2]).prod()
    return covered


def _extent(dataset: Dataset, image: int) -> tuple[Box, Box]:
    """Corners of an image: of the whole where its size is known, else of the box around everything in it."""
    if dataset.image_sizes is not None and not np.isnan(dataset.image_sizes[image]).any():
        return np.zeros(2), np.asarray(dataset.image_sizes[image], np.float64)
    every = (dataset.annotations, dataset.predictions, *dataset.more_predictions)
    seen = np.vstack([boxes.xyxy[boxes.offsets[image] : boxes.offsets[image + 1]] for boxes in every])
    return seen[:, :2].min(axis=0), seen[:, 2:].max(axis=0)
