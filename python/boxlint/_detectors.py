"""Sets of predictions of several detectors, and the images that a detector was not run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_array, as_ids, as_list, expect, expect_dict, expect_list
from boxlint.boxes import Boxes, as_predictions, owned, read_only, scored

__all__ = [
    "all_predictions", "checked", "classes_of_boxes", "each_alone", "expect_one", "gathered", "joined",
    "sets_of_predictions",
]  # fmt: skip

# Image, class, row, column: the levels of the predictions of one detector as lists.
_LEVELS = 4


def all_predictions(dataset: Any) -> list[Boxes]:
    """The predictions of each detector of a Dataset."""
    return [dataset.predictions, *dataset.more_predictions]


def classes_of_boxes(dataset: Any) -> int:
    """1 + the greatest class id of all boxes of a Dataset, with or without a name; 0 without boxes."""
    sides: list[Boxes] = [dataset.annotations, *all_predictions(dataset)]
    return max(boxes._columns.classes for boxes in sides)


def expect_one(what: str, dataset: Any) -> None:
    """Raises ValueError if a Dataset has several detectors, of which only the first one's predictions would count."""
    if dataset.more_predictions:
        names = ", ".join(dataset.detector_names)
        raise ValueError(f"{what}: there are several detectors, {names}; expected one")


def sets_of_predictions(predictions: Any, images: int) -> dict[str, Any] | None:
    """The predictions of each of several detectors, by name; None if these are of one detector.

    Several are a dict from names, or a list whose entries are Boxes or lists of N images each.

    >>> one = [[[[1, 1, 9, 9, 0.5]]]]
    >>> sets_of_predictions(one, 1)
    >>> sets_of_predictions([one, one], 1) == {"detector 1": one, "detector 2": one}
    True
    """
    if isinstance(predictions, Mapping):
        if not predictions:
            raise ValueError("predictions is an empty dict, expected predictions by the names of detectors")
        return {str(name): of_one for name, of_one in predictions.items()}
    if not isinstance(predictions, (list, tuple)) or not predictions:
        return None
    if not all(isinstance(of_one, Boxes) for of_one in predictions):
        levels = _levels(predictions)
        # Without a box, the number of entries alone tells.
        several = len(predictions) != images if levels is None else levels > _LEVELS
        if not several:
            return None
    return dict(zip(_names(None, len(predictions)), predictions, strict=True))


def _levels(values: Any, deepest: int = _LEVELS + 2) -> int | None:
    """How deep the numbers of nested lists and arrays lie, where that is not too deep; None if there are none."""
    if isinstance(values, Boxes):
        return _LEVELS
    if isinstance(values, np.ndarray) and values.dtype.kind == "O":
        values = values.tolist()
    if not isinstance(values, (list, tuple)):
        return None if values is None else np.ndim(values)
    if deepest == 0:
        return 0
    # Millions of images may have nothing.
    found = (_levels(value, deepest - 1) for value in values if type(value) is not list or value)
    levels = next((levels for levels in found if levels is not None), None)
    return None if levels is None else 1 + levels


def _names(given: Any, detectors: int) -> tuple[str, ...]:
    """The names of the detectors; numbers where none are given.

    >>> _names(None, 2)
    ('detector 1', 'detector 2')
    """
    if given is None:
        return tuple(f"detector {number}" for number in range(1, detectors + 1)) if detectors > 1 else ("detector",)
    names = tuple(str(name) for name in as_list("Dataset: detector_names", given, "a list of texts"))
    if len(names) != detectors or len(set(names)) != detectors:
        raise ValueError(
            f"Dataset: detector_names is {list(names)!r:.80}, expected {detectors} different names, one for each set "
            "of predictions"
        )
    return names


def _not_run(given: Any, predictions: list[Boxes]) -> NDArray[np.bool_] | None:
    """(N, D) whether each detector was not run on each image; None if all were run on all.

    Raises
    ------
    ValueError, TypeError
        If it is of another shape or type, or a detector has predictions where it was not run.
    """
    if given is None:
        return None
    flags = as_array("Dataset: not_run", given).copy()
    shape = len(predictions[0]), len(predictions)
    if flags.dtype.kind != "b":
        raise TypeError(f"Dataset: not_run: expected booleans, found dtype {flags.dtype}")
    if flags.shape == shape[:1] and shape[1] == 1:
        flags = flags[:, None]
    if flags.shape != shape:
        raise ValueError(f"Dataset: not_run has shape {flags.shape}, expected {shape}, images and sets of predictions")
    for detector, boxes in enumerate(predictions):
        wrong = np.flatnonzero(flags[:, detector] & (np.diff(boxes.offsets) > 0))
        if len(wrong):
            raise ValueError(
                f"Dataset: not_run: detector {detector} has predictions in image {wrong[0]}, expected none where it "
                "was not run"
            )
    return read_only(flags) if flags.any() else None


def checked(dataset: Any) -> dict[str, Any]:
    """The fields of a Dataset that are about detectors, as it keeps them."""
    more = as_list("Dataset: more_predictions", dataset.more_predictions, "a list of Boxes")
    for number, boxes in enumerate(more):
        expect(f"Dataset: more_predictions[{number}]", boxes, Boxes)
    more = list(map(scored, more))
    sets = [dataset.predictions, *more]
    for number, boxes in enumerate(sets):
        if boxes.score is None or len(boxes) != len(sets[0]):
            raise ValueError(
                f"Dataset: more_predictions[{number - 1}] has {len(boxes)} images, expected {len(sets[0])} as in "
                "predictions, and a score for each box"
            )
    ids = as_list("Dataset: more_prediction_ids", dataset.more_prediction_ids, "a list of lists") or [None] * len(more)
    for at, one in enumerate(ids):
        if one is not None:
            expect_list(f"Dataset: more_prediction_ids[{at}]", one)
    counts = [len(boxes.class_id) if one is None else len(one) for boxes, one in zip(more, ids, strict=False)]
    if len(ids) != len(more) or counts != [len(boxes.class_id) for boxes in more]:
        raise ValueError("Dataset: more_prediction_ids has other lengths than more_predictions")
    named = dataset.detector_names is not None or len(sets) > 1
    return {
        "detector_names": _names(dataset.detector_names, len(sets)) if named else None,
        "more_predictions": tuple(more),
        "more_prediction_ids": tuple(owned(as_ids("Dataset: more_prediction_ids", one)) for one in ids),
        "not_run": _not_run(dataset.not_run, sets),
    }


def each_alone(dataset: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each detector of a Dataset, and the fields of the Dataset that has its predictions alone."""
    sets = all_predictions(dataset)
    ids = [dataset.prediction_ids, *dataset.more_prediction_ids]
    for at, name in enumerate(_names(dataset.detector_names, len(sets))):
        yield (
            name,
            {
                "predictions": sets[at],
                "prediction_ids": ids[at],
                "detector_names": None if dataset.detector_names is None else (name,),
                "more_predictions": (),
                "more_prediction_ids": (),
                "not_run": None if dataset.not_run is None else dataset.not_run[:, [at]],
            },
        )


def joined(of: type[Any], detectors: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Dataset of several detectors that differ from those of the first; ``of`` is the type Dataset."""
    expect_dict("Dataset.of_detectors", detectors, "from names to data sets")
    if not detectors:
        raise ValueError("Dataset.of_detectors: found no data set, expected one for each detector")
    names, datasets = list(detectors), list(detectors.values())
    for name, dataset in detectors.items():
        expect(f"Dataset.of_detectors: {name}", dataset, of)
        apart = _apart(datasets[0], dataset)
        if apart is not None:
            raise ValueError(f"Dataset.of_detectors: {names[0]} and {name} have other {apart}, expected the same")
        if dataset.more_predictions:
            raise ValueError(f"Dataset.of_detectors: {name} has several detectors, expected one")
    flags = [dataset.not_run for dataset in datasets]
    nowhere = np.zeros((len(datasets[0]), 1), bool)
    return {
        "detector_names": tuple(names),
        "more_predictions": tuple(dataset.predictions for dataset in datasets[1:]),
        "more_prediction_ids": tuple(dataset.prediction_ids for dataset in datasets[1:]),
        "not_run": np.hstack([nowhere if one is None else one for one in flags]),
    }


def _apart(one: Any, other: Any) -> str | None:
    """In what besides predictions two data sets differ; None if in nothing that counts."""
    a, b = one.annotations, other.annotations
    columns = ("xyxy", "class_id", "offsets", "ignore")
    verified = [(None, None) if each.verified_classes is None else each.verified_classes for each in (one, other)]
    same = {
        "images": len(a) == len(b) and _equal(one.image_names, other.image_names),
        "image ids": one.image_ids is None or other.image_ids is None or _equal(one.image_ids, other.image_ids),
        "annotations": all(_equal(getattr(a, column), getattr(b, column)) for column in columns),
        "class names": _equal(one.class_names, other.class_names),
        "verified classes": all(map(_equal, *verified)),
    }
    return next((what for what, is_same in same.items() if not is_same), None)


def _equal(one: Any, other: Any) -> bool:
    return (one is None) == (other is None) and (one is other or np.array_equal(one, other))


def gathered(predictions: Any, images: int) -> dict[str, Any]:
    """The fields of a Dataset that hold these predictions: of one detector, or of several."""
    several = sets_of_predictions(predictions, images)
    sets = [_gathered(of_one) for of_one in ([predictions] if several is None else several.values())]
    nowhere = np.zeros(images, bool)
    # Dataset refuses lists of another length.
    flags = [nowhere if absent is None or len(absent) != images else absent for _, absent in sets]
    return {
        "predictions": sets[0][0],
        "detector_names": None if several is None else tuple(several),
        "more_predictions": tuple(boxes for boxes, _ in sets[1:]),
        "not_run": np.column_stack(flags),
    }


def _gathered(predictions: Any) -> tuple[Boxes, NDArray[np.bool_] | None]:
    """The predictions of one detector, and which images it was not run on: those of which the list says None."""
    if isinstance(predictions, Boxes):
        return predictions, None
    listed = as_list("predictions", predictions)
    not_run = np.fromiter(map(is_, listed, repeat(None)), bool, len(listed))
    if not not_run.any():
        return as_predictions(listed), None
    return as_predictions([[] if image is None else image for image in listed]), not_run
