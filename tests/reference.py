"""Every formula of `boxlint.rank`, in slow and readable float64 NumPy: what the engine is tested against.

The scores are those of ObjectLab (Tkachenko, Thyagarajan, Mueller 2023, arXiv 2309.00832).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ALPHA = 0.9
DISTANCE_FACTOR = 0.1
LOW = 0.5
HIGH = 0.95
LABEL_OVERLAP = 0.95
TEMPERATURE = 0.1
TEMPERATURE_FLOOR = 1e-6
UNION_FLOOR = 1e-6
TINY = 1e-100
TYPES = ("overlooked", "badloc", "swap")


@dataclass
class Image:
    """One image: its boxes, and the similarity and IoU of each annotation (row) with each prediction (column)."""

    lab_bboxes: Floats
    lab_labels: Integers
    pred_bboxes: Floats
    pred_labels: Integers
    pred_label_probs: Floats
    similarity_matrix: Floats
    iou_matrix: Floats


def iou(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(width * height / max(areas - width * height, UNION_FLOOR))


def similarity(a: Floats, b: Floats, alpha: float) -> float:
    """A blend of the IoU and of the nearness of the centres."""
    distance = np.hypot((a[0] + a[2]) / 2 - (b[0] + b[2]) / 2, (a[1] + a[3]) / 2 - (b[1] + b[3]) / 2)
    # Not the same as exp(...): the two subtractions round it to a multiple of 2^-53.
    nearness = 1 - (1 - np.exp(-DISTANCE_FACTOR * distance))
    return float(alpha * iou(a, b) + (1 - alpha) * nearness)


def images(labels: Sequence[Mapping[str, Any]], predictions: Sequence[Any], alpha: float = ALPHA) -> list[Image]:
    """Reads the list form, in which whatever is empty is no box, and compares all pairs of each image."""
    return [_image(label, prediction, alpha) for label, prediction in zip(labels, predictions, strict=True)]


def _image(label: Mapping[str, Any], prediction: Iterable[ArrayLike], alpha: float) -> Image:
    lab_bboxes = np.asarray(label["bboxes"], np.float64).reshape(-1, 4)
    of_classes = [np.asarray(boxes, np.float64).reshape(-1, 5) for boxes in prediction]
    rows = np.concatenate([*of_classes, np.empty((0, 5))])
    pred_labels = [class_id for class_id, boxes in enumerate(of_classes) for _ in boxes]
    shape = len(lab_bboxes), len(rows)
    return Image(
        lab_bboxes=lab_bboxes,
        lab_labels=np.asarray(label["labels"], np.int64).reshape(-1),
        pred_bboxes=rows[:, :4],
        pred_labels=np.array(pred_labels, np.int64),
        pred_label_probs=rows[:, 4],
        similarity_matrix=np.reshape([similarity(a, b, alpha) for a in lab_bboxes for b in rows[:, :4]], shape),
        iou_matrix=np.reshape([iou(a, b) for a in lab_bboxes for b in rows[:, :4]], shape),
    )


def min_possible_similarity(data: Sequence[Image]) -> float:
    """The smallest similarity in the data set that is not 0."""
    values = [image.similarity_matrix[image.similarity_matrix > 0] for image in data]
    return float(min([1.0, *np.concatenate([*values, np.empty(0)])]))


def overlooked(data: Sequence[Image], high: float = HIGH) -> list[Floats]:
    """One score a prediction."""
    least = min_possible_similarity(data)
    return [
        np.array([_overlooked(image, j, high, least) for j in range(len(image.pred_labels))], float) for image in data
    ]


def _overlooked(image: Image, j: int, high: float, least: float) -> float:
    if image.pred_label_probs[j] < high or (image.iou_matrix[:, j] > 0).any():
        return np.nan
    same_class = image.lab_labels == image.pred_labels[j]
    if same_class.any():
        return float(image.similarity_matrix[same_class, j].max())
    return float(least * (1 - image.pred_label_probs[j]))


def badloc(data: Sequence[Image], low: float = LOW) -> list[Floats]:
    """One score an annotation."""
    return [np.array([_badloc(image, n, low) for n in range(len(image.lab_labels))], float) for image in data]


def _badloc(image: Image, n: int, low: float) -> float:
    same_class = image.pred_labels == image.lab_labels[n]
    considered = same_class & (image.pred_label_probs > low) & (image.iou_matrix[n] > 0)
    return float(image.similarity_matrix[n, considered].max()) if considered.any() else 1.0


def swap(data: Sequence[Image], high: float = HIGH, overlapping_label_check: bool = True) -> list[Floats]:
    """One score an annotation."""
    least = min_possible_similarity(data)
    return [
        np.array([_swap(image, n, high, overlapping_label_check, least) for n in range(len(image.lab_labels))], float)
        for image in data
    ]


def _swap(image: Image, n: int, high: float, overlapping_label_check: bool, least: float) -> float:
    if overlapping_label_check and _labelled_twice(image, n):
        return least
    considered = (image.pred_labels != image.lab_labels[n]) & (image.pred_label_probs > high)
    return max(least, float(1 - image.similarity_matrix[n, considered].max())) if considered.any() else 1.0


def _labelled_twice(image: Image, n: int) -> bool:
    others = image.lab_bboxes[image.lab_labels != image.lab_labels[n]]
    return any(iou(image.lab_bboxes[n], other) >= LABEL_OVERLAP for other in others)


def pool(box_scores: Iterable[ArrayLike], temperature: float = TEMPERATURE) -> Floats:
    """Softmin of the scores of each image."""
    return np.array([_softmin(np.asarray(scores, float), temperature) for scores in box_scores], float)


def _softmin(scores: Floats, temperature: float) -> float:
    present = scores[~np.isnan(scores)]
    if present.size == 0:
        return 1.0
    exponents = -present / max(temperature, TEMPERATURE_FLOOR)
    weights = np.exp(exponents - exponents.max())
    return float((weights / weights.sum() * present).sum())


def image_scores(
    data: Sequence[Image], weights: Mapping[str, float] | None = None, overlapping_label_check: bool = True
) -> Floats:
    """One score an image."""
    weights = weights or dict.fromkeys(TYPES, 1 / 3)
    pooled = {
        "overlooked": pool(overlooked(data)),
        "badloc": pool(badloc(data)),
        "swap": pool(swap(data, overlapping_label_check=overlapping_label_check)),
    }
    logarithms = [weights[kind] * np.log(TINY + pooled[kind]) for kind in TYPES]
    return np.asarray(np.exp(np.sum(logarithms, axis=0)), np.float64)


def issues_from_scores(scores: ArrayLike, threshold: float = 0.1) -> Integers:
    """Images at or below the threshold, lowest first, equal ones in order."""
    values = np.asarray(scores, float)
    return np.array(sorted(np.flatnonzero(values <= threshold), key=lambda image: values[image]), np.int64)


def auxiliary_inputs(data: Sequence[Image]) -> list[dict[str, Any]]:
    """What the scorers take instead of labels and predictions."""
    least = min_possible_similarity(data)
    return [{**vars(image), "min_possible_similarity": least} for image in data]
