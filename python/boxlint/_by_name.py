"""A data set as kernels take it, which know classes by number alone: classes of equal names are one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boxlint._core import DatasetColumns
from boxlint._per_image import ClassesOfImages, verified_of
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, as_classes_of_images, first_of_name

__all__ = ["boxes_by_name", "columns_by_name", "verified_boxes"]


def columns_by_name(dataset: Dataset) -> DatasetColumns:
    """What kernels take, with classes of equal names as one: each has the class id of the first of them."""
    named_classes = 0 if dataset.class_names is None else len(dataset.class_names)
    not_run = None if dataset.not_run is None else np.ascontiguousarray(dataset.not_run[:, 0])
    annotations, predictions = _sides_by_name(dataset)
    columns = annotations._columns, predictions._columns
    return DatasetColumns(*columns, annotations.ignore, _verified_by_name(dataset), named_classes, not_run)


def verified_boxes(dataset: Dataset) -> tuple[Boxes, Boxes]:
    """Annotations and predictions for what knows class ids alone.

    Classes of equal names are one, and predictions of classes that were not looked for in their image are left out.

    >>> boxes = Boxes([[1, 1, 9, 9], [1, 1, 9, 9]], [0, 1], [0.9, 0.8])
    >>> verified_boxes(Dataset(Boxes([[1, 1, 9, 9]], [0]), boxes, verified_classes=[[0]]))[1].class_id
    array([0], dtype=int32)
    """
    annotations, predictions = _sides_by_name(dataset)
    verified = _verified_by_name(dataset)
    if verified is None:
        return annotations, predictions
    # Image and class as one number.
    class_ids = (verified[1], predictions.class_id)
    numbers = 1 + max(int(ids.max(initial=0)) for ids in class_ids)
    searched, predicted = (
        np.repeat(np.arange(len(dataset)), np.diff(offsets)) * numbers + ids
        for offsets, ids in zip((verified[0], predictions.offsets), class_ids, strict=True)
    )
    return annotations, predictions.keep(np.isin(predicted, searched))


def boxes_by_name(boxes: Boxes, class_names: Sequence[str] | None) -> Boxes:
    """Boxes in which each class has the class id of the first of its name.

    >>> boxes_by_name(Boxes([[1, 1, 9, 9]], [2]), ["cat", "dog", "cat"]).class_id
    array([0], dtype=int32)
    """
    first = first_of_name(class_names)
    if first is None:
        return boxes
    return Boxes(boxes.xyxy, first[boxes.class_id], boxes.score, boxes.offsets, boxes.ignore)


def _sides_by_name(dataset: Dataset) -> tuple[Boxes, Boxes]:
    names = dataset.class_names
    return boxes_by_name(dataset.annotations, names), boxes_by_name(dataset.predictions, names)


def _verified_by_name(dataset: Dataset) -> ClassesOfImages | None:
    if dataset.verified_classes is None:
        return None
    offsets, class_ids = as_classes_of_images(dataset)
    first = first_of_name(dataset.class_names)
    return (offsets, class_ids) if first is None else verified_of((offsets, first[class_ids]), len(dataset), None)
