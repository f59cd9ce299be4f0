"""The rows of a table of issues as the engine has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._core import CheckResult
from boxlint.boxes import Boxes

__all__ = ["EngineRows", "Rows", "rows_of"]


class Rows(NamedTuple):
    """The rows as the engine finds them; boxes are named by their position within the image, -1 for none."""

    suspicion: NDArray[np.float64]
    image: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    annotation: NDArray[np.int32]
    prediction: NDArray[np.int32]
    kept_annotation: NDArray[np.int32]
    # NaN for none.
    iou: NDArray[np.float32]
    detectability: NDArray[np.float32]
    # How many annotations the detectability rests on.
    alike: NDArray[np.uint32]


# What pass 2 returned, which makes each array when it is first read; or some rows of it.
EngineRows = CheckResult | Rows


def rows_of(boxes: Boxes, image: NDArray[Any], position: NDArray[np.int32]) -> NDArray[np.int64]:
    """(n,) positions within their images as rows of the boxes of all images; -1, for none, stays."""
    return np.where(position >= 0, boxes.offsets[image] + position, -1)
