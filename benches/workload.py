"""The data that speed is measured on: 80 classes, 7 annotations and 97 predictions an image."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from boxlint import Boxes

CLASSES, ANNOTATIONS, PREDICTIONS = 80, 7, 97
SIZE = np.array([640, 480])


def columns(images: int, dtype: type[Any] = np.float32, seed: int = 0) -> tuple[Boxes, Boxes]:
    """Annotations anywhere, a prediction near each, and many more with the low scores that detectors give.

    The first 118,000 images repeat if there are more.
    """
    generator = np.random.default_rng(seed)
    # Drawing more would take longer than the benchmark.
    drawn = min(images, 118_000)
    annotated = _anywhere(generator, drawn, ANNOTATIONS)
    predicted = _anywhere(generator, drawn, PREDICTIONS)
    predicted[:, :ANNOTATIONS] = annotated + generator.normal(0, 3, annotated.shape)
    classes = generator.integers(0, CLASSES, (drawn, PREDICTIONS))
    scores = generator.beta(0.3, 2, (drawn, PREDICTIONS))
    scores[:, :ANNOTATIONS] = generator.uniform(0.3, 1, (drawn, ANNOTATIONS))
    # Sorted by class, as lists are.
    order = np.argsort(classes, axis=1, kind="stable")
    annotated_classes = classes[:, :ANNOTATIONS]
    classes = np.take_along_axis(classes, order, axis=1)
    scores = np.take_along_axis(scores, order, axis=1)
    predicted = np.take_along_axis(predicted, order[:, :, None], axis=1)
    rows = np.arange(images) % drawn
    return (
        Boxes(
            annotated.astype(dtype)[rows].reshape(-1, 4),
            annotated_classes.astype(np.int32)[rows].reshape(-1),
            offsets=np.arange(images + 1) * ANNOTATIONS,
        ),
        Boxes(
            predicted.astype(dtype)[rows].reshape(-1, 4),
            classes.astype(np.int32)[rows].reshape(-1),
            scores.astype(dtype)[rows].reshape(-1),
            np.arange(images + 1) * PREDICTIONS,
        ),
    )


def lists(annotations: Boxes, predictions: Boxes) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """The same boxes as lists for cleanlab, each array with its own memory."""
    labels = [
        {"bboxes": annotations.xyxy[start:end].copy(), "labels": annotations.class_id[start:end].astype(np.int64)}
        for start, end in pairwise(annotations.offsets.tolist())
    ]
    assert predictions.score is not None
    rows = np.hstack([predictions.xyxy, predictions.score[:, None]])
    of_class = []
    for start, end in pairwise(predictions.offsets.tolist()):
        ends = np.searchsorted(predictions.class_id[start:end], np.arange(1, CLASSES)) + start
        of_class.append([array.copy() for array in np.split(rows[start:end], ends - start)])
    return labels, of_class


def nbytes(*boxes: Boxes) -> int:
    """Size of the columns in bytes."""
    arrays = [array for of in boxes for array in (of.xyxy, of.class_id, of.score, of.offsets) if array is not None]
    return sum(array.nbytes for array in arrays)


def _anywhere(generator: np.random.Generator, images: int, boxes: int) -> np.ndarray[Any, Any]:
    centre = generator.uniform(0, 1, (images, boxes, 2)) * SIZE
    half = generator.uniform(5, 100, (images, boxes, 2))
    return np.concatenate([centre - half, centre + half], axis=2)
