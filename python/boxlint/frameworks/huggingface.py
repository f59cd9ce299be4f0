"""Hugging Face: outputs of transformers, and the ``objects`` column of datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from boxlint.boxes import Boxes
from boxlint.frameworks._classes import Classes, by_category, by_name, chosen, class_ids, joined
from boxlint.frameworks._gather import FLAGS, BoxFormat, Found, as_array, found_in_dict, gather, is_set

__all__ = ["from_datasets", "from_transformers"]

_BOX = ("xmin", "ymin", "xmax", "ymax")
_EXPECTED = "expected a dict of lists, or a list of dicts"


def from_transformers(
    images: Any,
    *,
    class_names: Classes | None = None,
    id2label: Mapping[int, str] | None = None,
    category_ids: Iterable[int] | None = None,
    skip_unknown: bool = False,
    classes: Classes | None = None,
) -> Boxes:
    """Predictions of transformers' models for object detection.

    Parameters
    ----------
    images:
        N outputs of ``post_process_object_detection``, dicts with ``boxes``, ``labels`` and ``scores``; or N outputs of
        the pipeline, lists of dicts with ``label``, ``score`` and ``box``. Boxes are corners in pixels; for the former
        only if it was given the sizes of the images.
    class_names:
        Names of the class ids from 0 on, as ``dataset.class_names``, or name -> class id. Labels that are names, and
        numbers whose names ``id2label`` has, are joined by them.
    id2label:
        The names that the model has for its labels, ``model.config.id2label``; needs ``class_names``.
    category_ids:
        If labels are category ids, as of models trained on COCO: (K,) the category id of each class, as
        ``dataset.category_ids``.
    skip_unknown:
        Drop boxes of other names or category ids instead of refusing them.
    classes:
        The same as ``class_names``.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> box = {"xmin": 10, "ymin": 10, "xmax": 50, "ymax": 50}
    >>> from_transformers([[{"label": "cat", "score": 0.9, "box": box}], []], class_names=["dog", "cat"])
    Boxes(2 images, 1 box)
    """
    names = chosen(class_names, classes)
    if id2label is not None and names is None:
        raise TypeError("from_transformers: id2label needs class_names, which say which class id a name has")
    if id2label is not None and category_ids is not None:
        raise TypeError("from_transformers: expected one of id2label and category_ids, found both")
    ids = None if category_ids is None else by_category(category_ids)

    def find(image: Any) -> Found:
        found = _find(image)
        if ids is not None:
            return joined(found, ids, skip_unknown)
        labels = as_array(found.labels)
        if id2label is not None and names is not None and labels.dtype.kind in "iuf":
            return joined(found._replace(labels=_named(labels, id2label)), by_name(names), skip_unknown)
        return class_ids(found, names, skip_unknown)

    return gather("from_transformers", images, find)


def from_datasets(
    images: Any,
    *,
    class_names: Classes | None = None,
    category_ids: Iterable[int] | None = None,
    skip_unknown: bool = False,
    box_format: BoxFormat = "xywh",
    boxes: str = "bbox",
    labels: str = "category",
    classes: Classes | None = None,
) -> Boxes:
    """Annotations in a column of a data set of the datasets library.

    Parameters
    ----------
    images:
        The column, ``dataset["objects"]``: for each of N images a dict of lists, or a list of dicts. Objects whose
        field ``iscrowd``, ``is_crowd``, ``ignore`` or ``difficult`` is set are annotations to ignore.
    class_names:
        If labels are names: the names of the class ids from 0 on, or name -> class id.
    category_ids:
        If labels are category ids: (K,) the category id of each class, as ``dataset.category_ids``.
    skip_unknown:
        Drop boxes of other names or category ids instead of refusing them.
    box_format:
        Meaning of the four numbers of a box, in pixels; most data sets have x, y, width, height.
    boxes, labels:
        Names of the fields of boxes and of labels.
    classes:
        The same as ``class_names``.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from_datasets([{"bbox": [[10, 10, 40, 40]], "category": [3]}]).xyxy
    array([[10., 10., 50., 50.]])
    """

    names = chosen(class_names, classes)
    ids = None if category_ids is None else by_category(category_ids)

    def find(image: Any) -> Found:
        found = Found(_column(image, boxes), _column(image, labels), ignore=_flagged(image))
        return class_ids(found, names, skip_unknown) if ids is None else joined(found, ids, skip_unknown)

    return gather("from_datasets", images, find, box_format=box_format)


def _named(labels: NDArray[Any], id2label: Mapping[int, str]) -> list[str]:
    """The name of each label."""
    numbers = labels.tolist()
    nameless = [number for number in numbers if number not in id2label]
    if nameless:
        raise ValueError(f"label {nameless[0]} has no name in id2label")
    return [id2label[number] for number in numbers]


def _find(image: Any) -> Found:
    if isinstance(image, Mapping):
        return found_in_dict(image)
    if not isinstance(image, Sequence) or isinstance(image, str):
        raise TypeError(f"expected a dict, or a list of dicts, found {type(image).__name__}")
    corners = _column(image, "box")
    return Found(
        list(zip(*(_column(corners, side) for side in _BOX), strict=True)),
        _column(image, "label"),
        _column(image, "score"),
    )


def _flagged(image: Any) -> list[bool] | None:
    """Which objects are to be ignored; None if none of the fields that say so is there."""
    if not isinstance(image, Mapping):
        return [any(is_set(record.get(flag)) for flag in FLAGS) for record in image]
    given = [as_array(image[flag]).tolist() for flag in FLAGS if flag in image]
    return [any(map(is_set, flags)) for flags in zip(*given, strict=True)] if given else None


def _walked(records: Any) -> Iterable[Any]:
    """What can be walked and is no text."""
    if isinstance(records, (str, bytes)) or not isinstance(records, Iterable):
        raise TypeError(f"{_EXPECTED}, found {type(records).__name__}")
    return records


def _column(records: Any, field: str) -> Any:
    """The values of a field, from a dict of columns or from a list of dicts."""
    if isinstance(records, Mapping):
        return records[field]
    found = [type(record).__name__ for record in _walked(records) if not isinstance(record, Mapping)]
    if found:
        raise TypeError(f"{_EXPECTED}, found a list with {found[0]}")
    return [record[field] for record in records]
