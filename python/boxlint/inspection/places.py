"""A finding about places: do the predictions lie on the annotations at all, and if not, what makes them do so?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from boxlint._core import annotations_met
from boxlint.boxes import Boxes, dataset_columns, judged
from boxlint.dataset import Dataset
from boxlint.inspection.findings import Finding

__all__ = ["find_boxes_apart"]

Array = NDArray[np.float64]

# Fewer boxes than these on one side, or images, show nothing.
_MIN_BOXES, _MIN_IMAGES = 30, 5
# If a smaller fraction of the best predictions lies on an annotation, they are of other images. Where they are not, it
# was 35 % or more, on each class and on parts of VOC 2007, COCO and BCCD; where they are, by chance, 14 % at most.
_LEAST_FRACTION = 0.2
# A reason counts as found if the predictions, moved as it says, lie on annotations in this fraction.
_EXPLAINED_FRACTION = 0.4
# So many predictions show what explains it.
_SHOWING = 1 << 20
# Sides to which images are resized for a detector; language models count positions to 1000.
_RESIZED = (320, 416, 512, 640, 800, 1000, 1024, 1280)


def find_boxes_apart(dataset: Dataset) -> Iterator[Finding]:
    """Whether hardly any of the best predictions lies on an annotation, as if they were of other images."""
    pair = _Pair.of(dataset)
    if pair is None or (fraction := pair.fraction()) >= _LEAST_FRACTION:
        return
    beginning = pair.beginning()
    reason = beginning.reason() if beginning.count else None
    example = f"{fraction:.0%} lie on an annotation, where a detector has 40 % and more: "
    yield Finding("boxes_apart", "detections", pair.count, example + (reason or "are they of these images?"))


@dataclass(frozen=True)
class _Pair:
    """Annotations, and the best predictions of their classes, as many if there are."""

    annotations: Boxes
    predictions: Boxes
    image_sizes: Array | None

    @classmethod
    def of(cls, dataset: Dataset) -> _Pair | None:
        """None if there are too few boxes to tell."""
        annotations, predictions = judged(dataset.annotations), dataset.predictions
        assert predictions.score is not None
        wanted = len(annotations.class_id)
        predictions = predictions.keep(np.isin(predictions.class_id, annotations.class_id))
        score = predictions.score
        assert score is not None
        if 0 < wanted < len(score):
            predictions = predictions.keep(score >= np.partition(score, -wanted)[-wanted])
        pair = cls(annotations, predictions, dataset.image_sizes)
        images = (np.diff(annotations.offsets) > 0) & (np.diff(predictions.offsets) > 0)
        return None if pair.count < _MIN_BOXES or images.sum() < _MIN_IMAGES else pair

    @property
    def count(self) -> int:
        """How many could meet."""
        return min(len(self.annotations.class_id), len(self.predictions.class_id))

    def beginning(self) -> _Pair:
        """The first images, as many as it takes to show a reason."""
        images = slice(max(1, int(np.searchsorted(self.predictions.offsets, _SHOWING))))
        sizes = None if self.image_sizes is None else self.image_sizes[images]
        return _Pair(self.annotations[images], self.predictions[images], sizes)

    def fraction(self) -> float:
        """How many of those that could meet do."""
        return annotations_met(dataset_columns(self.annotations, self.predictions)) / self.count

    def reason(self) -> str | None:
        """What would bring the predictions onto the annotations."""
        tried = ((self.moved(corners), why) for corners, why in self._corners())
        for pair, why in (*tried, *self._images()):
            if pair.fraction() >= _EXPLAINED_FRACTION:
                return why
        return None

    def moved(self, corners: Array) -> _Pair:
        boxes = self.predictions
        return replace(self, predictions=Boxes(corners, boxes.class_id, boxes.score, boxes.offsets))

    def _corners(self) -> Iterator[tuple[Array, str]]:
        """Other corners that the predictions may mean, and what would then be wrong."""
        corners = self.predictions.xyxy.astype(np.float64)
        yield corners[:, [1, 0, 3, 2]], "x and y are exchanged on one side"
        half = (corners[:, 2:] - corners[:, :2]) / 2
        for step in (half, -half):
            yield corners + np.hstack([step, step]), "the first two numbers are the center of the box on one side"
        if self.image_sizes is not None:
            sizes = np.repeat(self.image_sizes, np.diff(self.predictions.offsets), axis=0)
            for side in _RESIZED:
                why = f"they are of images resized to {side} x {side}, or positions from 0 to {side}"
                yield corners * np.hstack([sizes, sizes]) / side, why
        largest = [np.quantile(boxes.xyxy[:, 2:], 0.98, axis=0) for boxes in (self.annotations, self.predictions)]
        factor = largest[0] / np.maximum(largest[1], 1e-9)
        why = f"they are of images of another size, about {1 / factor[0]:.2g} times as wide"
        yield corners * np.hstack([factor, factor]), why

    def _images(self) -> Iterator[tuple[_Pair, str]]:
        """The predictions of the image before or after."""
        images = np.arange(len(self.predictions))
        for step, too in ((1, "low"), (-1, "high")):
            of_other = replace(self, predictions=self.predictions[np.roll(images, step)])
            yield of_other, f"they fit the images beside theirs: image ids are 1 too {too}"
