"""The data that speed is measured on, in columns and in lists."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import boxlint
from boxlint import Boxes

DATA = Path(os.environ.get("BOXLINT_DATA", Path(__file__).parents[2] / "shared" / "data"))
CLASSES, ANNOTATIONS, PREDICTIONS = 80, 7, 97
SIZE = np.array([640, 480])


def columns(images: int, dtype: type[Any] = np.float32, seed: int = 0) -> tuple[Boxes, Boxes]:
    """7 annotations anywhere, a prediction near each, and 90 more with the low scores that detectors give.

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


def varying(
    images: int,
    annotations: float,
    predictions: float,
    *,
    spread: float = np.inf,
    classes: int = CLASSES,
    seed: int = 0,
) -> tuple[Boxes, Boxes]:
    """Images of any number of boxes, of sizes from a corner to the whole image, their classes in no order.

    ``annotations`` and ``predictions`` are means of Poisson distributions, whose rate varies from image to image by a
    gamma distribution of this mean divided by ``spread``: the smaller, the heavier. About half of the annotations are
    predicted nearly as they are, and on average two predictions an image score above 0.95.
    """
    generator = np.random.default_rng(seed)
    rate = np.ones(images) if np.isinf(spread) else generator.gamma(spread, 1 / spread, images)
    annotated = generator.poisson(annotations * rate)
    found = generator.binomial(annotated, 0.5)
    predicted = found + generator.poisson(max(0.0, predictions - annotations / 2) * rate)
    a_offsets, p_offsets = (np.concatenate([[0], np.cumsum(counts)]) for counts in (annotated, predicted))
    a_xyxy, p_xyxy = (_of_any_size(generator, offsets[-1]) for offsets in (a_offsets, p_offsets))
    a_class, p_class = (generator.integers(0, classes, offsets[-1]) for offsets in (a_offsets, p_offsets))
    within = np.arange(p_offsets[-1]) - np.repeat(p_offsets[:-1], predicted)
    near = np.flatnonzero(within < np.repeat(found, predicted))
    source = np.repeat(a_offsets[:-1], predicted)[near] + within[near]
    p_xyxy[near] = a_xyxy[source] + generator.normal(0, 3, (len(near), 4))
    p_class[near] = a_class[source]
    score = generator.beta(0.3, 2, len(within))
    score[near] = generator.uniform(0.3, 0.95, len(near))
    above = generator.random(len(score)) < 2 * images / len(score)
    score[above] = generator.uniform(0.95, 1, above.sum())
    order = np.lexsort([generator.random(len(within)), np.repeat(np.arange(images), predicted)])
    single = np.float32
    return (
        Boxes(a_xyxy.astype(single), a_class.astype(np.int32), offsets=a_offsets),
        Boxes(p_xyxy[order].astype(single), p_class[order].astype(np.int32), score[order].astype(single), p_offsets),
    )


def real(name: str, detections: str, images: int) -> tuple[Boxes, Boxes]:
    """A real data set with the predictions of a real detector, repeated to about so many images."""
    folder = DATA / name
    dataset = boxlint.read_coco(folder / "annotations.json", folder / f"{detections}.json")
    times = max(1, round(images / len(dataset.annotations)))
    return repeated(dataset.annotations, times), repeated(dataset.predictions, times)


def repeated(boxes: Boxes, times: int) -> Boxes:
    """The same images so many times, one after the other."""
    starts = np.arange(times)[:, None] * len(boxes.class_id)
    return Boxes(
        np.tile(boxes.xyxy, (times, 1)),
        np.tile(boxes.class_id, times),
        None if boxes.score is None else np.tile(boxes.score, times),
        np.concatenate([[0], (starts + boxes.offsets[1:]).ravel()]),
    )


def lists(annotations: Boxes, predictions: Boxes) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """The same boxes as lists for cleanlab, each array with its own memory."""
    labels = [
        {"bboxes": annotations.xyxy[start:end].copy(), "labels": annotations.class_id[start:end].astype(np.int64)}
        for start, end in pairwise(annotations.offsets.tolist())
    ]
    assert predictions.score is not None
    rows = np.hstack([predictions.xyxy, predictions.score[:, None]])
    classes = 1 + max(of.class_id.max(initial=0) for of in (annotations, predictions))
    of_class = []
    for start, end in pairwise(predictions.offsets.tolist()):
        order = np.argsort(predictions.class_id[start:end], kind="stable")
        ends = np.searchsorted(predictions.class_id[start:end][order], np.arange(1, classes))
        of_class.append([array.copy() for array in np.split(rows[start:end][order], ends)])
    return labels, of_class


def nbytes(*boxes: Boxes) -> int:
    """Size of the columns in bytes."""
    arrays = [array for of in boxes for array in (of.xyxy, of.class_id, of.score, of.offsets) if array is not None]
    return sum(array.nbytes for array in arrays)


def _anywhere(generator: np.random.Generator, images: int, boxes: int) -> np.ndarray[Any, Any]:
    centre = generator.uniform(0, 1, (images, boxes, 2)) * SIZE
    half = generator.uniform(5, 100, (images, boxes, 2))
    return np.concatenate([centre - half, centre + half], axis=2)


def _of_any_size(generator: np.random.Generator, boxes: int) -> np.ndarray[Any, Any]:
    size = SIZE * np.exp(generator.uniform(np.log(0.02), 0, (boxes, 2)))
    start = generator.uniform(0, 1, (boxes, 2)) * (SIZE - size)
    return np.concatenate([start, start + size], axis=1)
