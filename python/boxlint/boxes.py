"""The boxes of many images in flat arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import as_array, as_list, list_or
from boxlint._core import Columns, DatasetColumns, gather_annotations, gather_predictions
from boxlint._selection import Selection, selected
from boxlint._text import counted

__all__ = [
    "Boxes",
    "Progress",
    "as_annotations",
    "as_predictions",
    "dataset_columns",
    "image_of_boxes",
    "judged",
    "lists",
    "no_boxes",
    "owned",
    "read_only",
    "rows_of_images",
    "scored",
]


@final
class Boxes:
    """The boxes of N images in flat arrays, checked when they are made and frozen afterwards.

    Image i owns the rows ``offsets[i]:offsets[i + 1]``; ``boxes[i]`` has these rows alone, as the Boxes of one image,
    and ``boxes[a:b]``, ``boxes[indices]`` and ``boxes[mask]`` those of several images.

    Calls read the arrays while other threads of Python run, so nobody may write to them. Arrays that can be written to
    are therefore copied, once; read-only ones of the right type and layout are kept as they are.

    Parameters
    ----------
    xyxy:
        (n, 4) corners ``x1, y1, x2, y2`` in pixels. Float32 and float64 are kept as given, integers become float64.
    class_id:
        (n,) integers from 0.
    score:
        (n,) numbers from 0 to 1, for predictions; None for annotations.
    offsets:
        (N + 1,) integers that rise from 0 to n; None for a single image.
    ignore:
        (n,) booleans: annotations to ignore, such as crowds and difficult objects. They take no part, and a prediction
        with at least half of its area in one is never reported as missing. None ignores none.
    copy:
        False keeps arrays of the right type and layout without a copy even if they can be written to. What is found is
        undefined if somebody writes to them while the Boxes live.

    Raises
    ------
    ValueError
        If shapes or lengths do not fit, or a value is out of range: says which column, image and row.
    TypeError
        If an array is of a wrong type.

    Examples
    --------
    >>> boxes = Boxes([[10, 10, 50, 50], [20, 20, 30, 30]], [0, 2], score=[0.9, 0.8], offsets=[0, 2, 2])
    >>> boxes
    Boxes(2 images, 2 boxes)
    >>> boxes[0].xyxy
    array([[10., 10., 50., 50.],
           [20., 20., 30., 30.]])
    """

    __slots__ = ("_columns", "class_id", "ignore", "offsets", "score", "xyxy")

    xyxy: NDArray[np.float32] | NDArray[np.float64]
    class_id: NDArray[np.int32]
    score: NDArray[np.float32] | NDArray[np.float64] | None
    offsets: NDArray[np.int64]
    ignore: NDArray[np.bool_] | None
    _columns: Columns

    def __new__(
        cls,
        xyxy: ArrayLike,
        class_id: ArrayLike,
        score: ArrayLike | None = None,
        offsets: ArrayLike | None = None,
        ignore: ArrayLike | None = None,
        copy: bool = True,
    ) -> Boxes:
        corners = _floats("xyxy", xyxy, copy)
        if corners.size == 0:
            corners = corners.reshape(0, 4)
        if corners.ndim != 2 or corners.shape[1] != 4:
            raise ValueError(f"Boxes: xyxy has shape {corners.shape}, expected (n, 4)")
        ends = [0, len(corners)] if offsets is None else offsets
        columns = Columns(
            corners,
            _integers("class_id", class_id, np.int32, copy),
            None if score is None else _vector("score", _floats("score", score, copy)),
            _integers("offsets", ends, np.int64, copy),
            "Boxes",
        )
        return cls._of(columns, None if ignore is None else _booleans("ignore", ignore, len(corners), copy))

    @classmethod
    def from_lists(cls, images: Sequence[Any]) -> Boxes:
        """Gathers lists of labels or of predictions into columns, once for several calls.

        Parameters
        ----------
        images:
            Labels: N dicts with ``bboxes`` (L, 4) and ``labels`` (L,). Or predictions: N lists (or object arrays) of K
            arrays (M, 5), one a class, or N arrays (K, M, 5), whose columns are ``x1, y1, x2, y2, score``. The boxes of
            an image keep their order, class by class.

        Raises
        ------
        ValueError, TypeError
            Naming the image, class and row that cannot be read.

        Examples
        --------
        >>> Boxes.from_lists([{"bboxes": [[10, 10, 50, 50]], "labels": [3]}, {"bboxes": [], "labels": []}])
        Boxes(2 images, 1 box)
        """
        listed = lists("images", images)
        return as_annotations(listed) if listed and isinstance(listed[0], dict) else as_predictions(listed)

    @classmethod
    def _of(cls, columns: Columns, ignore: NDArray[np.bool_] | None = None) -> Boxes:
        boxes = object.__new__(cls)
        for name in ("xyxy", "class_id", "score", "offsets"):
            array = getattr(columns, name)
            object.__setattr__(boxes, name, None if array is None else read_only(array))
        object.__setattr__(boxes, "ignore", None if ignore is None else read_only(ignore))
        object.__setattr__(boxes, "_columns", columns)
        return boxes

    def keep(self, mask: ArrayLike) -> Boxes:
        """The boxes for which a mask (n,) is true; the images stay.

        Examples
        --------
        >>> boxes = Boxes([[1, 1, 9, 9], [2, 2, 9, 9]], [0, 1], ignore=[True, False])
        >>> boxes.keep(~boxes.ignore).class_id
        array([1], dtype=int32)
        """
        kept = _booleans("mask", mask, len(self.class_id), copy=False)
        return self._taken(np.flatnonzero(kept), np.concatenate([[0], np.cumsum(kept)])[self.offsets])

    def __getitem__(self, images: int | Selection) -> Boxes:
        """The boxes of one image, or of some of them: a slice, indices or a mask of images.

        Examples
        --------
        >>> boxes = Boxes([[1, 1, 9, 9], [2, 2, 9, 9], [3, 3, 9, 9]], [0, 1, 2], offsets=[0, 1, 1, 3])
        >>> boxes[-1].class_id, boxes[:2], boxes[[2, 0]].class_id
        (array([1, 2], dtype=int32), Boxes(2 images, 1 box), array([1, 2, 0], dtype=int32))
        """
        return self._taken(*rows_of_images(self.offsets, np.atleast_1d(selected(images, len(self), "image"))))

    def _taken(self, rows: NDArray[np.intp], offsets: NDArray[np.int64]) -> Boxes:
        """The boxes in some rows; numpy's `take` is several times as fast as indexing."""
        columns = (self.xyxy, self.class_id, self.score, self.ignore)
        xyxy, class_id, score, ignore = (None if column is None else column.take(rows, axis=0) for column in columns)
        assert xyxy is not None
        assert class_id is not None
        return Boxes(xyxy, class_id, score, offsets, ignore, copy=False)

    def __iter__(self) -> Iterator[Boxes]:
        """The Boxes of each image."""
        return (self[image] for image in range(len(self)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Boxes are frozen: make new ones to change {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Boxes are frozen: cannot delete {name}")

    def __len__(self) -> int:
        """Number of images."""
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        return f"Boxes({counted(len(self), 'image')}, {counted(len(self.class_id), 'box')})"

    def __reduce__(self) -> tuple[type[Boxes], tuple[Any, ...]]:
        return Boxes, (self.xyxy, self.class_id, self.score, self.offsets, self.ignore, False)


def no_boxes(images: int, *, scores: bool) -> Boxes:
    """The Boxes of so many images without any box; with scores, as predictions have them."""
    return Boxes([], [], [] if scores else None, np.zeros(images + 1, np.int64))


def judged(annotations: Boxes) -> Boxes:
    """The annotations without those to ignore."""
    return annotations if annotations.ignore is None else annotations.keep(~annotations.ignore)


def image_of_boxes(boxes: Boxes) -> NDArray[np.int64]:
    """(n,) the image of each box."""
    return np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets))


def rows_of_images(offsets: NDArray[np.int64], images: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of some images, image after image, and the offsets of these images among them."""
    lengths = np.diff(offsets)[images]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(ends[-1]) + np.repeat(offsets[images] - ends[:-1], lengths), ends


Progress = Callable[[int], object]


def lists(argument: str, images: Any) -> list[Any]:
    """`as_list`; Boxes are none, though they can be walked."""
    if isinstance(images, Boxes):
        raise TypeError(f"{argument}: expected a list with one entry an image, found Boxes")
    return as_list(argument, images)


def as_annotations(labels: Any) -> Boxes:
    """The Boxes given, or those gathered from N dicts."""
    listed = list_or("labels", labels, Boxes)
    return listed if isinstance(listed, Boxes) else Boxes._of(gather_annotations(listed))


def as_predictions(predictions: Any) -> Boxes:
    """The Boxes given, or those gathered from N lists of arrays."""
    listed = list_or("predictions", predictions, Boxes)
    return scored(listed) if isinstance(listed, Boxes) else Boxes._of(gather_predictions(listed))


def scored(predictions: Boxes) -> Boxes:
    """Predictions, with scores if there is no box: where there is none, no adapter can know that boxes have scores."""
    if predictions.score is not None or len(predictions.class_id):
        return predictions
    return Boxes(predictions.xyxy, predictions.class_id, np.empty(0), predictions.offsets)


def dataset_columns(annotations: Boxes, predictions: Boxes) -> DatasetColumns:
    """What kernels take; a ValueError if these are not annotations and predictions of the same images."""
    return DatasetColumns(annotations._columns, predictions._columns, annotations.ignore)


def _floats(name: str, values: ArrayLike, copy: bool) -> NDArray[np.float32] | NDArray[np.float64]:
    array = _array(name, values)
    if array.size and array.dtype.kind not in "fiu":
        raise TypeError(f"Boxes: {name}: expected numbers, found dtype {array.dtype}")
    single = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    return _required(array, np.float32 if single else np.float64, copy and not _is_fresh(values))


def _integers(name: str, values: ArrayLike, dtype: type[Any], copy: bool) -> NDArray[Any]:
    array = _vector(name, _array(name, values))
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"Boxes: {name}: expected integers, found dtype {array.dtype}")
    limits = np.iinfo(dtype)
    # As integers of Python: numpy 1 compares unsigned ones of 64 bits with others as floats.
    if array.size and not limits.min <= int(array.min()) <= int(array.max()) <= limits.max:
        row = next(row for row, value in enumerate(array.tolist()) if not limits.min <= value <= limits.max)
        raise ValueError(f"Boxes: {name}[{row}] is {array[row]}, expected an integer of {limits.bits} bits")
    return _required(array, dtype, copy and not _is_fresh(values))


def _booleans(name: str, values: ArrayLike, boxes: int, copy: bool) -> NDArray[np.bool_]:
    array = _vector(name, _array(name, values))
    if array.size and array.dtype.kind != "b":
        raise TypeError(f"Boxes: {name}: expected booleans, found dtype {array.dtype}")
    if len(array) != boxes:
        raise ValueError(f"Boxes: {name} has {len(array)} rows, expected {boxes} as in xyxy")
    return _required(array, np.bool_, copy and not _is_fresh(values))


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    return as_array(f"Boxes: {name}", values)


def _is_fresh(values: ArrayLike) -> bool:
    """Whether numpy has just made an array of the values, which nobody else can write to."""
    return isinstance(values, (list, tuple))


def _required(array: NDArray[Any], dtype: type[Any], copy: bool) -> NDArray[Any]:
    """The array in a type and layout that kernels read; if `copy`, not one that its owner can write to."""
    required = np.require(array, dtype, ["C", "A"])
    shared = required.flags.writeable and np.may_share_memory(required, array)
    return required.copy() if copy and shared else required


def _vector(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim != 1:
        raise ValueError(f"Boxes: {name} has shape {array.shape}, expected one dimension")
    return array


def owned(values: Any) -> Any:
    """An array that nobody can write to: a copy of one that can be written to. Anything else as it is."""
    writeable = isinstance(values, np.ndarray) and values.flags.writeable
    return read_only(values.copy()) if writeable else values


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of the array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
