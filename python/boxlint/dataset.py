"""A data set: annotations and predictions of the same images, with names and the source's own ids."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_ids, as_names, expect, expect_list, list_or, names_in_order
from boxlint._detectors import all_predictions, checked, each_alone, gathered, joined
from boxlint._per_image import ClassesOfImages, image_sizes_of, verified_of
from boxlint._selection import Selection, selected
from boxlint._text import HTML_ROWS, TEXT_ROWS, Preview, corners, counted
from boxlint.boxes import Boxes, as_annotations, as_predictions, lists, owned, read_only, rows_of_images, scored

__all__ = [
    "Dataset", "Ids", "as_classes_of_images", "as_dataset", "class_ids_by_name", "class_name", "first_of_name",
    "names_of_images",
]  # fmt: skip

# Integers mostly, texts now and then.
Ids = NDArray[np.int64] | Sequence[int | str]


@final
@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Annotations and predictions of the same N images, with names, and the source's own ids to point back at.

    ``dataset[i]`` is a data set of image i alone, with its names and ids; ``dataset[a:b]``, ``dataset[indices]`` and
    ``dataset[mask]`` are data sets of several images, such as ``dataset[report.image_order[:10]]``.

    Arrays are kept as `Boxes` keep theirs: nobody can write to them, and those that could be written to are copied.

    Parameters
    ----------
    annotations, predictions:
        Boxes of the same N images; the predictions have scores.
    image_names:
        N names, texts or paths, or None.
    class_names:
        K names: that of class id k is at position k; a dict of them from class ids; or None. Classes of equal names
        are compared as one.
    annotation_ids, prediction_ids:
        (n,) the source's id of each box, or None.
    image_sizes:
        (N, 2) width and height of each image in pixels, NaN or 0 where unknown; or a tuple of two lists, the N widths
        and the N heights; or None. Kept as an array (N, 2).
    image_ids:
        (N,) the source's id of each image, or None.
    category_ids:
        (K,) the source's id of each class, such as the ids of ``categories`` in a COCO file, or None.
    verified_classes:
        For data in which not every class is annotated everywhere: the class ids that were looked for exhaustively in
        each image, as N lists, or as a tuple of offsets (N + 1,) and class ids (image i has
        ``class_ids[offsets[i]:offsets[i + 1]]``). Kept as the latter. None if all classes were. A class that was not
        looked for in an image is never reported as missing there, and its predictions in that image count neither
        for nor against the detector.
    detector_names:
        Names of the D detectors, such as ``["yolov8", "detr"]``: that of ``predictions`` and those of
        ``more_predictions``; or None.
    more_predictions, more_prediction_ids:
        The predictions of D - 1 more detectors, and the source's ids of theirs: see `Dataset.of_detectors`.
    not_run:
        (N, D) true where a detector was not run on an image: then it says nothing there, where otherwise it would say
        that there is nothing. None if all were run on all images.

    Raises
    ------
    ValueError
        If the numbers of images, names or ids do not fit, a class id has no name, or the predictions have no scores.
    TypeError
        If annotations or predictions are no Boxes, or names are one text.

    Examples
    --------
    >>> cat, dog = [[1, 1, 9, 9]], [[2, 2, 8, 8]]
    >>> annotations = Boxes(cat + dog, [0, 1], offsets=[0, 1, 2])
    >>> predictions = Boxes(cat + dog, [0, 1], [0.9, 0.8], offsets=[0, 1, 2])
    >>> dataset = Dataset(annotations, predictions, image_names=["a.jpg", "b.jpg"], class_names=["cat", "dog"])
    >>> dataset
    Dataset(2 images, 2 annotations, 2 predictions)
    image  annotations  predictions
    a.jpg            1            1
    b.jpg            1            1
    >>> dataset[1]
    Dataset(1 image, 1 annotation, 1 prediction): b.jpg
                class  score  box
    annotation  dog           2 2 8 8
    prediction  dog    0.800  2 2 8 8
    """

    annotations: Boxes
    predictions: Boxes
    image_names: Sequence[str] | None = None
    class_names: Sequence[str] | None = None
    annotation_ids: Ids | None = None
    prediction_ids: Ids | None = None
    image_sizes: NDArray[np.float64] | None = None
    image_ids: Ids | None = None
    category_ids: Ids | None = None
    verified_classes: Sequence[Sequence[int]] | ClassesOfImages | None = None
    detector_names: Sequence[str] | None = None
    more_predictions: Sequence[Boxes] = ()
    more_prediction_ids: Sequence[Ids | None] = ()
    not_run: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        for name in ("annotations", "predictions"):
            expect(f"Dataset: {name}", getattr(self, name), Boxes)
        object.__setattr__(self, "predictions", scored(self.predictions))
        if self.predictions.score is None:
            raise ValueError("Dataset: predictions has no scores, expected one for each box")
        images = len(self.annotations)
        if len(self.predictions) != images:
            found = len(self.predictions)
            raise ValueError(f"Dataset: predictions has {found} images, expected {images} as in annotations")
        boxes = len(self.annotations.class_id), len(self.predictions.class_id)
        self._check_lengths(images, "as there are images", "image_names", "image_ids")
        self._check_lengths(boxes[0], "as there are annotations", "annotation_ids")
        self._check_lengths(boxes[1], "as there are predictions", "prediction_ids")
        self._check_lengths(None, "", "class_names", "category_ids")
        for name in ("image_ids", "annotation_ids", "prediction_ids", "category_ids"):
            object.__setattr__(self, name, owned(as_ids(f"Dataset: {name}", getattr(self, name))))
        for name, value in checked(self).items():
            object.__setattr__(self, name, value)
        if isinstance(self.class_names, Mapping):
            object.__setattr__(self, "class_names", names_in_order("Dataset: class_names", self.class_names))
        for name in ("image_names", "class_names"):
            object.__setattr__(self, name, as_names(f"Dataset: {name}", getattr(self, name)))
        if self.class_names is not None:
            self._check_lengths(len(self.class_names), "as there are class_names", "category_ids")
            self._check_class_ids(len(self.class_names))
        if self.image_sizes is not None:
            sizes = image_sizes_of("Dataset: image_sizes", self.image_sizes, images)
            object.__setattr__(self, "image_sizes", read_only(sizes))
        names = None if self.class_names is None else len(self.class_names)
        object.__setattr__(self, "verified_classes", _frozen(verified_of(self.verified_classes, images, names)))

    @classmethod
    def _of(cls, **checked: Any) -> Dataset:
        """One of fields that are as it keeps them, except that arrays may be writable."""
        dataset = object.__new__(cls)
        dataset.__setstate__(checked)
        return dataset

    def __setstate__(self, state: dict[str, Any]) -> None:
        # numpy forgets in pickles that nobody can write to an array.
        self.__dict__.update({name: _frozen(value) for name, value in state.items()})

    @property
    def detectors(self) -> dict[str, Dataset]:
        """For each detector, by name, the data set with its predictions alone."""
        return {name: replace(self, **fields) for name, fields in each_alone(self)}

    @classmethod
    def of_detectors(cls, detectors: Mapping[str, Dataset]) -> Dataset:
        """One data set of several detectors, from data sets of the same annotations with the predictions of each.

        Parameters
        ----------
        detectors:
            Name -> data set, as `Dataset.detectors` returns them.

        Raises
        ------
        ValueError
            If there is none, or their images, annotations or classes are not the same.

        Examples
        --------
        >>> annotations = Boxes([[1, 1, 9, 9]], [0])
        >>> scores = {"yolov8": [0.9], "detr": [0.4]}
        >>> both = Dataset.of_detectors(
        ...     {name: Dataset(annotations, Boxes([[1, 1, 9, 9]], [0], score)) for name, score in scores.items()}
        ... )
        >>> both.detector_names, both.detectors["detr"].predictions.score
        (('yolov8', 'detr'), array([0.4]))
        """
        fields = joined(cls, detectors)
        return replace(next(iter(detectors.values())), **fields)

    @classmethod
    def from_lists(cls, labels: Sequence[dict[str, Any]], predictions: Sequence[Any]) -> Dataset:
        """Gathers lists of labels and predictions into columns, once for several calls.

        Parameters
        ----------
        labels:
            N dicts with ``bboxes`` (L, 4), ``labels`` (L,) and, if all have one and no two the same, ``image_name``.
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
        labels = lists("labels", labels)
        return cls(as_annotations(labels), as_predictions(predictions), _names_in(labels))

    def __len__(self) -> int:
        """Number of images."""
        return len(self.annotations)

    def __getitem__(self, images: int | Selection) -> Dataset:
        """A data set of one image, or of some of them: a slice, indices or a mask of images."""
        chosen = np.atleast_1d(selected(images, len(self), "image"))
        return Dataset(
            self.annotations[chosen],
            self.predictions[chosen],
            image_names=_taken(self.image_names, chosen),
            class_names=self.class_names,
            annotation_ids=_taken(self.annotation_ids, rows_of_images(self.annotations.offsets, chosen)[0]),
            prediction_ids=_taken(self.prediction_ids, rows_of_images(self.predictions.offsets, chosen)[0]),
            image_sizes=None if self.image_sizes is None else self.image_sizes[chosen],
            image_ids=_taken(self.image_ids, chosen),
            category_ids=self.category_ids,
            verified_classes=self._verified_of(chosen),
            detector_names=self.detector_names,
            more_predictions=tuple(boxes[chosen] for boxes in self.more_predictions),
            more_prediction_ids=tuple(
                _taken(ids, rows_of_images(boxes.offsets, chosen)[0])
                for boxes, ids in zip(self.more_predictions, self.more_prediction_ids, strict=True)
            ),
            not_run=None if self.not_run is None else self.not_run[chosen],
        )

    def __iter__(self) -> Iterator[Dataset]:
        """A data set of each image."""
        return (self[image] for image in range(len(self)))

    def __repr__(self) -> str:
        return self._preview(TEXT_ROWS).text()

    def _repr_html_(self) -> str:
        return self._preview(HTML_ROWS).html()

    def _preview(self, limit: int) -> Preview:
        """The first images, or the boxes of the only one."""
        sets = all_predictions(self)
        counts = {"annotation": len(self.annotations.class_id), "prediction": sum(len(one.class_id) for one in sets)}
        counts |= {"detector": len(sets)} if len(sets) > 1 else {}
        title = f"Dataset({', '.join(counted(count, noun) for noun, count in {'image': len(self), **counts}.items())})"
        first = self[:limit]
        names = names_of_images(first)
        if len(self) == 1:
            nameless = self.image_names is None and self.image_ids is None
            return _preview_of_boxes(self, title if nameless else f"{title}: {names[0]}", limit)
        columns = {"image": names}
        if first.image_sizes is not None:
            columns["size"] = [
                "" if np.isnan(size).any() else "{:.0f}x{:.0f}".format(*size) for size in first.image_sizes
            ]
        predicted = np.sum([one.offsets for one in all_predictions(first)], axis=0)
        for name, ends in (("annotations", first.annotations.offsets), ("predictions", predicted)):
            columns[name] = [f"{count:,}" for count in np.diff(ends).tolist()]
        more = len(self) - len(first)
        numbers = ("annotations", "predictions")
        return Preview(title, columns, counted(more, "more image") if more else "", numbers, narrowed=("image",))

    def _verified_of(self, images: NDArray[np.intp]) -> ClassesOfImages | None:
        """The classes that were looked for in some of the images."""
        if self.verified_classes is None:
            return None
        offsets, class_ids = as_classes_of_images(self)
        rows, ends = rows_of_images(offsets, images)
        return ends, class_ids[rows]

    def _check_class_ids(self, names: int) -> None:
        """Refuses class ids that have no name."""
        sides = {"annotations": self.annotations, "predictions": self.predictions}
        sides |= {f"more_predictions[{at}]": boxes for at, boxes in enumerate(self.more_predictions)}
        side, boxes = next((one for one in sides.items() if one[1]._columns.classes > names), ("", None))
        if boxes is None:
            return
        row = int((boxes.class_id >= names).argmax())
        image = int(np.searchsorted(boxes.offsets, row, side="right")) - 1
        name = "" if self.image_names is None else f" ({self.image_names[image]!r})"
        raise ValueError(
            f"Dataset: {side}: image {image}{name}, row {row - int(boxes.offsets[image])}: class id is "
            f"{boxes.class_id[row]}, expected one below {names}, the number of class_names; if these are category ids, "
            "give category_ids= to the function that reads them"
        )

    def _check_lengths(self, expected: int | None, what: str, *names: str) -> None:
        for name in names:
            values = getattr(self, name)
            if values is None:
                continue
            expect_list(f"Dataset: {name}", values)
            if expected is not None and len(values) != expected:
                raise ValueError(f"Dataset: {name} has {len(values)}, expected {expected}, as many {what}")


def as_dataset(dataset: Any, predictions: Any) -> Dataset:
    """The data set given, or one of annotations and predictions that are lists or Boxes."""
    if isinstance(dataset, Dataset):
        if predictions is not None:
            raise TypeError("expected a Dataset, or labels and predictions, found a Dataset and predictions")
        return dataset
    if predictions is None:
        raise TypeError(f"expected a Dataset, or labels and predictions, found {type(dataset).__name__} alone")
    labels = list_or("labels", dataset, Boxes)
    annotations = as_annotations(labels)
    names = None if isinstance(labels, Boxes) else _names_in(labels)
    return Dataset(annotations, image_names=names, **gathered(predictions, len(annotations)))


def _names_in(labels: list[Any]) -> tuple[str, ...] | None:
    """The names of images in dicts of labels, if all have one, a text or a path; equal ones would name no image."""
    names = tuple(label.get("image_name") for label in labels)
    if not names or not all(isinstance(name, (str, os.PathLike)) for name in names):
        return None
    texts = tuple(map(os.fspath, names))
    return texts if len(set(texts)) == len(texts) else None


def class_name(names: Sequence[str] | None, class_id: int) -> str:
    """The name of a class, or its number if it has none."""
    return names[class_id] if names is not None and 0 <= class_id < len(names) else f"class {class_id}"


def first_of_name(names: Sequence[str] | None) -> NDArray[np.int32] | None:
    """(K,) for each class the first class of its name; None if no name stands twice.

    >>> first_of_name(["cat", "dog", "cat"])
    array([0, 1, 0], dtype=int32)
    """
    if names is None or len(set(names)) == len(names):
        return None
    first = class_ids_by_name(names)
    return np.array([first[name] for name in names], np.int32)


def class_ids_by_name(names: Iterable[str]) -> dict[str, int]:
    """Name -> class id, of equal names the first."""
    ids: dict[str, int] = {}
    for class_id, name in enumerate(names):
        ids.setdefault(name, class_id)
    return ids


def as_classes_of_images(dataset: Dataset) -> ClassesOfImages:
    """The verified classes of a data set that has some, in the form in which it keeps them."""
    offsets, class_ids = dataset.verified_classes or ()
    return np.asarray(offsets, np.int64), np.asarray(class_ids, np.int32)


def _frozen(value: Any) -> Any:
    """Arrays, also those in a tuple, so that nobody can write to them; anything else as it is."""
    if isinstance(value, tuple) and any(isinstance(one, np.ndarray) for one in value):
        return tuple(map(_frozen, value))
    return read_only(value) if isinstance(value, np.ndarray) else value


def _taken(values: Any, rows: NDArray[np.intp]) -> Any:
    """Some of the names or ids; None if there are none."""
    if values is None or isinstance(values, np.ndarray):
        return None if values is None else read_only(values[rows])
    return [values[row] for row in rows.tolist()]


def names_of_images(dataset: Dataset) -> list[str]:
    """What to call each image: its name, its id, or else its position."""
    names = dataset.image_names if dataset.image_names is not None else dataset.image_ids
    return [str(name) for name in (range(len(dataset)) if names is None else names)]


def _preview_of_boxes(dataset: Dataset, title: str, limit: int) -> Preview:
    """The annotations of a single image, and its predictions, of all detectors, highest score first."""
    given = [("annotation", "", row, dataset.annotations) for row in range(len(dataset.annotations.class_id))]
    names = dataset.detector_names if dataset.more_predictions else None
    scored = [
        (score, name, row, boxes)
        for name, boxes in zip(names or ["prediction"], all_predictions(dataset), strict=True)
        for row, score in enumerate([] if boxes.score is None else boxes.score.tolist())
    ]
    scored.sort(key=lambda one: -one[0])
    predicted = [(name, f"{score:.3f}", row, boxes) for score, name, row, boxes in scored]
    shown = (given + predicted)[:limit]
    columns = {
        "": [what for what, *_ in shown],
        "class": [class_name(dataset.class_names, boxes.class_id[row]) for *_, row, boxes in shown],
        "score": [score for _, score, *_ in shown],
        "box": [corners(boxes.xyxy[row].tolist()) for *_, row, boxes in shown],
    }
    more = len(given) + len(predicted) - len(shown)
    return Preview(title, columns, counted(more, "more box") if more else "", ("score",), ("class",))
