"""Columns: the boxes of many images in flat arrays, and a data set of two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from boxlint._arguments import as_array, as_list, list_or
from boxlint._core import Columns, DatasetColumns, gather_annotations, gather_predictions
from boxlint._text import counted

__all__ = ["Boxes", "Dataset"]


@final
class Boxes:
    """The boxes of N images in flat arrays, checked when made and frozen after.

    Image i owns the rows ``offsets[i]:offsets[i + 1]``. Arrays that already have the right type and layout are kept
    without a copy, as read-only views; do not write to the originals while the Boxes live.

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
        (n,) booleans: annotations that are not to be judged (crowds, difficult ones). They take no part as annotations,
        and a prediction that lies in one with at least half its area is never reported as overlooked. None judges all.

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
    >>> boxes.xyxy[boxes.offsets[0] : boxes.offsets[1]]
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
    ) -> Boxes:
        corners = _floats("xyxy", xyxy)
        if corners.size == 0:
            corners = corners.reshape(0, 4)
        if corners.ndim != 2 or corners.shape[1] != 4:
            raise ValueError(f"Boxes: xyxy has shape {corners.shape}, expected (n, 4)")
        ends = np.array([0, len(corners)]) if offsets is None else _array("offsets", offsets).copy()
        columns = Columns(
            corners,
            _integers("class_id", class_id, np.int32),
            None if score is None else _vector("score", _floats("score", score)),
            _integers("offsets", ends, np.int64),
            "Boxes",
        )
        return cls._of(columns, None if ignore is None else _flags("ignore", ignore, len(corners)))

    @classmethod
    def from_lists(cls, images: Sequence[Any]) -> Boxes:
        """Gathers the list form of labels or of predictions, once, so that several calls share it.

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
        listed = as_list("images", images)
        return as_annotations(listed) if listed and isinstance(listed[0], dict) else as_predictions(listed)

    @classmethod
    def _of(cls, columns: Columns, ignore: NDArray[np.bool_] | None = None) -> Boxes:
        boxes = object.__new__(cls)
        for name in ("xyxy", "class_id", "score", "offsets"):
            array = getattr(columns, name)
            object.__setattr__(boxes, name, None if array is None else _read_only(array))
        object.__setattr__(boxes, "ignore", None if ignore is None else _read_only(ignore))
        object.__setattr__(boxes, "_columns", columns)
        return boxes

    def keep(self, mask: ArrayLike) -> Boxes:
        """The boxes for which a mask (n,) is true, of the same images.

        Examples
        --------
        >>> boxes = Boxes([[1, 1, 9, 9], [2, 2, 9, 9]], [0, 1], ignore=[True, False])
        >>> boxes.keep(~boxes.ignore).class_id
        array([1], dtype=int32)
        """
        kept = _flags("mask", mask, len(self.class_id))
        return Boxes(
            self.xyxy[kept],
            self.class_id[kept],
            None if self.score is None else self.score[kept],
            np.concatenate([[0], np.cumsum(kept)])[self.offsets],
            None if self.ignore is None else self.ignore[kept],
        )

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
        return Boxes, (self.xyxy, self.class_id, self.score, self.offsets, self.ignore)


# Integers mostly, texts now and then.
Ids = NDArray[np.int64] | Sequence[int | str]


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """Annotations and predictions of the same N images, with names, and the source's own ids to point back at.

    Parameters
    ----------
    annotations, predictions:
        Boxes of the same N images; the predictions have scores.
    image_names:
        N names, or None.
    class_names:
        Name of each class id, or None.
    annotation_ids, prediction_ids:
        (n,) the source's id of each box, or None.
    image_sizes:
        (N, 2) width and height of each image in pixels, NaN where unknown, or None.
    image_ids, class_ids:
        The source's id of each image and of each class, or None.

    Raises
    ------
    ValueError
        If the numbers of images, names or ids do not fit, or the predictions have no scores.
    TypeError
        If annotations or predictions are no Boxes.

    Examples
    --------
    >>> Dataset(Boxes([[1, 1, 9, 9]], [0]), Boxes([[1, 1, 8, 8]], [0], [0.9]), image_names=["a.jpg"])
    Dataset(1 image, 1 annotation, 1 prediction)
    """

    annotations: Boxes
    predictions: Boxes
    image_names: Sequence[str] | None = None
    class_names: Sequence[str] | None = None
    annotation_ids: Ids | None = None
    prediction_ids: Ids | None = None
    image_sizes: NDArray[np.float64] | None = None
    image_ids: Ids | None = None
    class_ids: Ids | None = None

    def __post_init__(self) -> None:
        for name in ("annotations", "predictions"):
            if not isinstance(getattr(self, name), Boxes):
                raise TypeError(f"Dataset: {name} is {type(getattr(self, name)).__name__}, expected Boxes")
        if self.predictions.score is None:
            raise ValueError("Dataset: predictions has no scores, expected one for each box")
        images = len(self.annotations)
        if len(self.predictions) != images:
            found = len(self.predictions)
            raise ValueError(f"Dataset: predictions has {found} images, expected {images} as in annotations")
        boxes = len(self.annotations.class_id), len(self.predictions.class_id)
        self._check_lengths(images, "as there are images", "image_names", "image_sizes", "image_ids")
        self._check_lengths(boxes[0], "as there are annotations", "annotation_ids")
        self._check_lengths(boxes[1], "as there are predictions", "prediction_ids")
        self._check_lengths(None, "", "class_names", "class_ids")

    @classmethod
    def from_lists(cls, labels: Sequence[dict[str, Any]], predictions: Sequence[Any]) -> Dataset:
        """Gathers the list form of labels and predictions, once, so that several calls share it.

        Parameters
        ----------
        labels:
            N dicts with ``bboxes`` (L, 4), ``labels`` (L,) and, if all have it, ``image_name``.
        predictions:
            N lists of K arrays (M, 5): see `Boxes.from_lists`.

        Raises
        ------
        ValueError, TypeError
            Naming the image, class and row that cannot be read.

        Examples
        --------
        >>> Dataset.from_lists([{"bboxes": [], "labels": [], "image_name": "a.jpg"}], [[]]).image_names
        ('a.jpg',)
        """
        labels = as_list("labels", labels)
        annotations = as_annotations(labels)
        names = tuple(label["image_name"] for label in labels if "image_name" in label)
        return cls(annotations, as_predictions(predictions), names if len(names) == len(labels) > 0 else None)

    def __repr__(self) -> str:
        annotations, predictions = len(self.annotations.class_id), len(self.predictions.class_id)
        return (
            f"Dataset({counted(len(self), 'image')}, {counted(annotations, 'annotation')}, "
            f"{counted(predictions, 'prediction')})"
        )

    def __len__(self) -> int:
        """Number of images."""
        return len(self.annotations)

    def _check_lengths(self, expected: int | None, what: str, *names: str) -> None:
        for name in names:
            values = getattr(self, name)
            if values is None:
                continue
            if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
                raise TypeError(f"Dataset: {name} is {type(values).__name__}, expected a list")
            if expected is not None and len(values) != expected:
                raise ValueError(f"Dataset: {name} has {len(values)}, expected {expected}, as many {what}")


Progress = Callable[[int], object]


def as_annotations(labels: Any, progress: Progress | None = None) -> Boxes:
    """Boxes as they are, or gathered from N dicts."""
    listed = list_or("labels", labels, Boxes)
    return listed if isinstance(listed, Boxes) else Boxes._of(gather_annotations(listed, progress=progress))


def as_predictions(predictions: Any, progress: Progress | None = None) -> Boxes:
    """Boxes as they are, or gathered from N lists of arrays."""
    listed = list_or("predictions", predictions, Boxes)
    return listed if isinstance(listed, Boxes) else Boxes._of(gather_predictions(listed, progress=progress))


def dataset_columns(annotations: Boxes, predictions: Boxes) -> DatasetColumns:
    """What kernels take; a ValueError if these are not annotations and predictions of the same images."""
    return DatasetColumns(annotations._columns, predictions._columns, annotations.ignore)


def _floats(name: str, values: ArrayLike) -> NDArray[np.float32] | NDArray[np.float64]:
    array = _array(name, values)
    if array.size and array.dtype.kind not in "fiu":
        raise TypeError(f"Boxes: {name} has dtype {array.dtype}, expected numbers")
    single = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    return np.require(array, np.float32 if single else np.float64, ["C", "A"])


def _integers(name: str, values: ArrayLike, dtype: type[Any]) -> NDArray[Any]:
    array = _vector(name, _array(name, values))
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"Boxes: {name} has dtype {array.dtype}, expected integers")
    limits = np.iinfo(dtype)
    if array.size and (array.max() > limits.max or array.min() < limits.min):
        row = np.flatnonzero((array > limits.max) | (array < limits.min))[0]
        raise ValueError(f"Boxes: {name}[{row}] is {array[row]}, expected an integer of {limits.bits} bits")
    return np.require(array, dtype, ["C", "A"])


def _flags(name: str, values: ArrayLike, boxes: int) -> NDArray[np.bool_]:
    array = _vector(name, _array(name, values))
    if array.size and array.dtype.kind != "b":
        raise TypeError(f"Boxes: {name} has dtype {array.dtype}, expected booleans")
    if len(array) != boxes:
        raise ValueError(f"Boxes: {name} has {len(array)} rows, expected {boxes} as in xyxy")
    return np.require(array, np.bool_, ["C", "A"])


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    return as_array(f"Boxes: {name}", values)


def _vector(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim != 1:
        raise ValueError(f"Boxes: {name} has shape {array.shape}, expected one dimension")
    return array


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
