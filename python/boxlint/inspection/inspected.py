"""One side of a data set while it is inspected, and the words for the places in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, Ids
from boxlint.inspection.findings import Finding, FindingKind

if TYPE_CHECKING:
    from boxlint._core_types import Occurrences

__all__ = ["Inspected", "image_name"]


@dataclass(frozen=True)
class Inspected:
    """The annotations or the predictions of a data set."""

    dataset: Dataset
    boxes: Boxes
    ids: Ids | None
    where: str

    def find(self, kind: FindingKind, found: Occurrences) -> Iterator[Finding]:
        """A finding about the boxes that were found, if there are any."""
        row = found["first"]
        if row is not None:
            yield Finding(kind, self.where, found["count"], self._example(kind, row))

    def find_all(self, kind: FindingKind) -> Iterator[Finding]:
        """A finding about all boxes, if there are any."""
        count = len(self.boxes.class_id)
        return self.find(kind, {"count": count, "first": 0 if count else None})

    def _example(self, kind: FindingKind, row: int) -> str:
        image = int(np.searchsorted(self.boxes.offsets, row, side="right")) - 1
        example = f"box {row - int(self.boxes.offsets[image])} of {image_name(self.dataset, image)}"
        if self.ids is not None:
            box_id = self.ids[row]
            example += f" (id {box_id!r})" if isinstance(box_id, str) else f" (id {box_id})"
        # Digits enough to see what is wrong, and none that a float in single precision has by chance.
        example += f" spans {[float(f'{corner:.7g}') for corner in self.boxes.xyxy[row].tolist()]}"
        if kind in ("outside", "sizes_exchanged", "one_based") and self.dataset.image_sizes is not None:
            width, height = self.dataset.image_sizes[image]
            example += f" in an image of {width:g} x {height:g}"
        if self.boxes.score is not None:
            example += f" with score {self.boxes.score[row]:g}"
        return example


def image_name(dataset: Dataset, image: int) -> str:
    """What an image is called in a finding."""
    names = dataset.image_names
    return f"image {image}" if names is None else repr(names[image])
