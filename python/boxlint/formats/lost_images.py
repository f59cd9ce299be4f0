"""Images that are left out because their annotations cannot be read: predictions of them are left out with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from boxlint._per_image import sizes_or_nan
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.inspection.findings import Finding, FindingCallback

__all__ = ["add_beside_lost"]


def add_beside_lost(
    dataset: Dataset,
    lost: Sequence[str],
    add: Callable[[Dataset], tuple[Dataset, str]],
    on_finding: FindingCallback,
) -> tuple[Dataset, str]:
    """The data set with predictions that ``add`` joins to it, without those of lost images, which are told of."""
    if not lost:
        return add(dataset)
    images, names = len(dataset), [*(dataset.image_names or ()), *lost]
    with_lost = replace(
        dataset,
        annotations=_and_empty(dataset.annotations, len(lost)),
        predictions=_and_empty(dataset.predictions, len(lost)),
        image_names=names,
        # Any size will do for boxes that are left out.
        image_sizes=np.vstack([sizes_or_nan(dataset), np.ones((len(lost), 2))]),
    )
    both, how = add(with_lost)
    counts = np.diff(both.predictions.offsets)[images:]
    if counts.any():
        first = int(counts.argmax())
        example = f"{counts[first]} are of {lost[first]!r}, whose annotations cannot be read"
        on_finding(Finding("unreadable", "detections", int(counts.sum()), example))
    return both[:images], how


def _and_empty(boxes: Boxes, images: int) -> Boxes:
    """The same boxes, and more images without any."""
    offsets = np.concatenate([boxes.offsets, np.repeat(boxes.offsets[-1:], images)])
    return Boxes(boxes.xyxy, boxes.class_id, boxes.score, offsets, boxes.ignore)
