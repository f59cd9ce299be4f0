"""Gathers the outputs of a framework, one an image, into `Boxes`. Frameworks are not imported: attributes decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import has_masked, on_cpu
from boxlint._core import Columns
from boxlint._text import listed
from boxlint.boxes import Boxes

__all__ = ["FLAGS", "BoxFormat", "Found", "as_array", "found_in_dict", "gather", "is_set"]

BoxFormat = Literal["xyxy", "xywh", "cxcywh"]

# Fields and attributes that mark an annotation to ignore.
FLAGS = ("iscrowd", "is_crowd", "ignore", "difficult")


class Found(NamedTuple):
    """The boxes of one image, as arrays, sequences or tensors on any device."""

    boxes: Any
    labels: Any
    scores: Any = None
    ignore: Any = None


def gather(
    source: str, images: Any, find: Callable[[Any], Found], *, box_format: BoxFormat = "xyxy", first_label: int = 0
) -> Boxes:
    """The boxes of all images: predictions if there are scores, else annotations.

    Parameters
    ----------
    source:
        Name of the public function, for error messages.
    images:
        A sequence or iterator of N outputs.
    find:
        Finds the boxes in one output. Its error messages need not name the image.
    box_format:
        Meaning of the four numbers of a box, in pixels: corners, or a corner or the center with width and height.
    first_label:
        The label that becomes class id 0.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.
    """
    if not isinstance(images, (Sequence, Iterator)) or isinstance(images, (str, bytes)):
        raise TypeError(f"{source}: expected a list with one output an image, found {type(images).__name__}")
    if box_format not in ("xyxy", "xywh", "cxcywh"):
        raise ValueError(f"{source}: box_format is {box_format!r}, expected 'xyxy', 'xywh' or 'cxcywh'")
    columns: list[Found] = []
    for index, image in enumerate(images):
        try:
            columns.append(_checked(find(image), first_label))
        except TypeError as error:
            raise TypeError(f"{source}: image {index}: {error}") from error
        except (AttributeError, ValueError) as error:
            raise ValueError(f"{source}: image {index}: {error}") from error
        except KeyError as error:
            there = f", only {listed(image)}" if isinstance(image, Mapping) and image else ""
            raise ValueError(f"{source}: image {index}: no field {error}{there}") from error
    offsets = np.concatenate([[0], np.cumsum([len(found.labels) for found in columns])]).astype(np.int64)
    score = _optional(source, "scores", [found.scores for found in columns], offsets)
    ignore = np.concatenate(
        [np.zeros(len(found.labels), bool) if found.ignore is None else found.ignore for found in columns]
        or [np.empty(0, bool)]
    )
    xyxy = np.ascontiguousarray(_corners(_joined([found.boxes for found in columns]).reshape(-1, 4), box_format))
    class_id = _joined([found.labels for found in columns]).astype(np.int32)
    return Boxes._of(Columns(xyxy, class_id, score, offsets, source), ignore if ignore.any() else None)


def found_in_dict(image: Any, box_format: BoxFormat = "xyxy") -> Found:
    """Boxes in a dict of ``boxes`` (n, 4), ``labels`` (n,), perhaps ``scores`` (n,) and ``iscrowd`` (n,).

    Boxes that know their format, such as BoundingBoxes of torchvision, are refused if it is another one.
    """
    if not isinstance(image, Mapping):
        raise TypeError(f"expected a dict with boxes and labels, found {type(image).__name__}")
    known = getattr(image["boxes"], "format", None)
    name = getattr(known, "name", known)
    if name is not None and name != box_format.upper():
        raise ValueError(f"boxes are {name}, expected {box_format.upper()}: see ConvertBoundingBoxFormat")
    return Found(image["boxes"], image["labels"], image.get("scores"), image.get("iscrowd"))


def is_set(flag: Any) -> bool:
    """Whether a flag is set: those of VOC are the texts "0" and "1", and pandas has NaN where there is none."""
    return flag == flag and flag not in (None, False, 0, "0", "")


def as_array(values: Any) -> NDArray[Any]:
    """A tensor on any device, or anything that numpy can read, as an array; a ValueError if values are masked."""
    if has_masked(values):
        raise ValueError("has masked values")
    return np.asarray(on_cpu(values))


def _checked(found: Found, first_label: int) -> Found:
    """Arrays whose shapes fit each other, with class ids from 0 as labels."""
    boxes = _numbers("boxes", found.boxes)
    boxes = boxes.reshape(0, 4) if boxes.size == 0 else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        oriented = ", perhaps oriented boxes" if boxes.ndim == 2 and boxes.shape[1] in (5, 8) else ""
        raise ValueError(f"boxes has shape {boxes.shape}{oriented}, expected (n, 4)")
    labels = _vector("labels", found.labels, len(boxes))
    if (labels != np.rint(labels)).any():
        raise ValueError(f"label {labels[labels != np.rint(labels)][0]:g} is no integer")
    class_id = labels.astype(np.int64) - first_label
    if len(labels) and (class_id.min() < 0 or class_id.max() > np.iinfo(np.int32).max):
        worst = labels[np.argmin(class_id) if class_id.min() < 0 else np.argmax(class_id)]
        raise ValueError(f"label {worst:g} is out of range, expected integers from {first_label}")
    scores = None if found.scores is None else _vector("scores", found.scores, len(boxes))
    ignore = None if found.ignore is None else np.nan_to_num(_vector("iscrowd", found.ignore, len(boxes))).astype(bool)
    return Found(boxes, class_id, scores, ignore)


def _vector(name: str, values: Any, boxes: int) -> NDArray[Any]:
    array = _numbers(name, values)
    array = array.reshape(0) if array.size == 0 else array
    if array.shape != (boxes,):
        raise ValueError(f"{name} has shape {array.shape}, expected ({boxes},), one for each box")
    return array


def _numbers(name: str, values: Any) -> NDArray[Any]:
    if has_masked(values):
        raise ValueError(f"{name} has masked values")
    try:
        array = as_array(values)
    except ValueError as error:
        raise ValueError(f"{name} has rows of different lengths, expected (n, 4)") from error
    if array.size and array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected numbers, found dtype {array.dtype}")
    return array


def _optional(source: str, name: str, parts: list[Any], offsets: NDArray[np.int64]) -> NDArray[Any] | None:
    """The scores of all images, or None if no image has any; of images without boxes only if there are no others."""
    has_boxes = np.diff(offsets) > 0
    given = np.array([part is not None for part in parts], bool)
    decisive = has_boxes if has_boxes.any() else ~has_boxes
    if not given[decisive].any():
        return None
    if not given[decisive].all():
        image = int((decisive & ~given).argmax())
        raise ValueError(f"{source}: image {image}: no {name}, expected some as other images have them")
    return _joined([part for part in parts if part is not None])


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """All values in one array of float32 or float64; empty arrays do not decide its type."""
    joined = np.concatenate([part for part in parts if part.size] or [np.empty(0)])
    single = joined.dtype.kind == "f" and joined.dtype.itemsize <= 4
    return joined.astype(np.float32 if single else np.float64, copy=False)


def _corners(boxes: NDArray[Any], box_format: BoxFormat) -> NDArray[Any]:
    if box_format == "xyxy":
        return boxes
    low, size = boxes[:, :2], boxes[:, 2:]
    if box_format == "cxcywh":
        low = low - size / 2
    return np.hstack([low, low + size])
