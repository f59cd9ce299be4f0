"""Hugging Face: outputs of transformers, and the ``objects`` column of datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boxlint.boxes import Boxes
from boxlint.frameworks._gather import BoxFormat, Classes, Found, class_ids, found_in_dict, gather

__all__ = ["from_datasets", "from_transformers"]

_BOX = ("xmin", "ymin", "xmax", "ymax")


def from_transformers(images: Any, *, classes: Classes | None = None) -> Boxes:
    """Predictions of transformers' models for object detection.

    Parameters
    ----------
    images:
        N outputs of ``post_process_object_detection``, dicts with ``boxes``, ``labels`` and ``scores``; or N outputs of
        the pipeline, lists of dicts with ``label``, ``score`` and ``box``. Boxes are corners in pixels; for the former
        only if it was given the sizes of the images.
    classes:
        If labels are names: the names of the class ids from 0 on, or name -> class id, as ``model.config.label2id``.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> box = {"xmin": 10, "ymin": 10, "xmax": 50, "ymax": 50}
    >>> from_transformers([[{"label": "cat", "score": 0.9, "box": box}], []], classes=["dog", "cat"])
    Boxes(2 images, 1 box)
    """
    return gather("from_transformers", images, lambda image: _find(image, classes))


def from_datasets(
    images: Any,
    *,
    classes: Classes | None = None,
    box_format: BoxFormat = "xywh",
    boxes: str = "bbox",
    labels: str = "category",
) -> Boxes:
    """Annotations in a column of a data set of the datasets library.

    Parameters
    ----------
    images:
        The column, ``dataset["objects"]``: for each of N images a dict of lists, or a list of dicts.
    classes:
        If labels are names: the names of the class ids from 0 on, or name -> class id.
    box_format:
        Meaning of the four numbers of a box, in pixels; most data sets have x, y, width, height.
    boxes, labels:
        Names of the fields of boxes and of labels.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_datasets([{"bbox": [[10, 10, 40, 40]], "category": [3]}]).xyxy
    array([[10., 10., 50., 50.]])
    """

    def find(image: Any) -> Found:
        return Found(_column(image, boxes), class_ids(_column(image, labels), classes))

    return gather("from_datasets", images, find, box_format=box_format)


def _find(image: Any, classes: Classes | None) -> Found:
    if isinstance(image, Mapping):
        found = found_in_dict(image)
        return found._replace(labels=class_ids(found.labels, classes))
    if not isinstance(image, Sequence) or isinstance(image, str):
        raise TypeError(f"expected a dict, or a list of dicts, found {type(image).__name__}")
    corners = _column(image, "box")
    return Found(
        list(zip(*(_column(corners, side) for side in _BOX), strict=True)),
        class_ids(_column(image, "label"), classes),
        _column(image, "score"),
    )


def _column(records: Any, field: str) -> Any:
    """The values of a field, from a dict of columns or from a list of dicts."""
    return records[field] if isinstance(records, Mapping) else [record[field] for record in records]
