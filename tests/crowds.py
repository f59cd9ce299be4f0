"""Data sets of more images than one thread takes at a time, for scripts that tests start, too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint import Boxes, rank


def made(seed: int, images: int = 1000, annotated: int = 5, predicted: int = 20) -> tuple[Boxes, Boxes]:
    """Annotations and predictions."""
    rng = np.random.default_rng(seed)

    def boxes(count: int, scored: bool) -> Boxes:
        corners = rng.uniform(0, 600, (images * count, 2))
        xyxy = np.hstack([corners, corners + rng.uniform(5, 200, (images * count, 2))])
        score = rng.choice([0.3, 0.6, 0.96, 0.99], len(xyxy)) if scored else None
        return Boxes(xyxy, rng.integers(0, 3, len(xyxy)), score, np.arange(images + 1) * count)

    return boxes(annotated, False), boxes(predicted, True)


def as_lists(annotations: Boxes, predictions: Boxes) -> tuple[list[dict[str, Any]], list[Any]]:
    """The list form of the same boxes, whose predictions have to be sorted by class."""
    assert predictions.score is not None
    given, detected = annotations.offsets.tolist(), predictions.offsets.tolist()
    labels = [
        {"bboxes": annotations.xyxy[start:end], "labels": annotations.class_id[start:end]}
        for start, end in pairwise(given)
    ]
    rows = np.column_stack([predictions.xyxy, predictions.score])
    classes = range(int(predictions.class_id.max()) + 1)
    by_class = [
        [rows[start:end][predictions.class_id[start:end] == class_id] for class_id in classes]
        for start, end in pairwise(detected)
    ]
    return labels, by_class


def scores(seed: int, images: int = 1000) -> NDArray[np.float64]:
    """All scores that there are, one after another."""
    annotations, predictions = made(seed, images)
    return np.concatenate(
        [
            rank.get_label_quality_scores(annotations, predictions, verbose=False),
            rank.get_label_quality_scores(*as_lists(annotations, predictions), verbose=False),
            *rank.compute_overlooked_box_scores(labels=annotations, predictions=predictions),
            *rank.compute_badloc_box_scores(labels=annotations, predictions=predictions),
            *rank.compute_swap_box_scores(labels=annotations, predictions=predictions),
        ]
    )
