"""The errors of an annotator: what another detector gets wrong, planted in place of random errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint.benchmark.corruption import EMPTY, MOVED, AddedBox, Rows
from boxlint.benchmark.truth import SAME_OBJECT, pairwise_iou
from boxlint.boxes import Boxes, image_of_boxes, scored

__all__ = ["AnnotatorErrors", "errors_of", "spurious_boxes_of"]


class AnnotatorErrors(NamedTuple):
    """What an annotator gets wrong.

    Rows of the annotations: those that it misses, and those to which it gives another class or a bad box, with that
    class or box. Rows of its own boxes: the spurious ones.
    """

    missing: list[int]
    swap: dict[int, int]
    badloc: dict[int, NDArray[np.float64]]
    spurious: list[int]


def errors_of(annotator: Boxes, annotations: Boxes) -> AnnotatorErrors:
    """Compares the boxes of an annotator with the annotations of the same images.

    Each of its boxes is compared with one annotation only: the best one of its class with an IoU of at least 0.5, else
    the one with the largest IoU.

    Raises
    ------
    ValueError
        If its boxes have no scores, or are of another number of images.
    """
    annotator = scored(annotator)
    if annotator.score is None:
        raise ValueError("annotator has no scores, expected the predictions of a detector")
    if len(annotator) != len(annotations):
        raise ValueError(f"annotator has {len(annotator)} images, expected {len(annotations)} as in dataset")
    found, score = AnnotatorErrors([], {}, {}, []), annotator.score
    ends, other_ends = annotations.offsets.tolist(), annotator.offsets.tolist()
    for image in range(len(annotations)):
        rows, others = slice(*ends[image : image + 2]), slice(*other_ends[image : image + 2])
        iou = pairwise_iou(annotations.xyxy[rows], annotator.xyxy[others])
        empty = iou.max(axis=0, initial=0) < EMPTY
        found.spurious.extend((others.start + np.flatnonzero(empty)).tolist())
        same = annotations.class_id[rows, None] == annotator.class_id[None, others]
        about = (iou + (same & (iou >= SAME_OBJECT))).argmax(axis=0) if len(iou) else np.empty(0)
        for row in range(rows.start, rows.stop):
            if annotations.ignore is not None and annotations.ignore[row]:
                continue
            here = np.where(about == row - rows.start, iou[row - rows.start], 0)
            meets, of_class = here >= SAME_OBJECT, same[row - rows.start]
            own = np.where(of_class, here, 0)
            if not meets.any():
                found.missing.append(row)
            elif not (meets & of_class).any():
                best = others.start + np.where(meets, score[others], -1).argmax()
                found.swap[row] = int(annotator.class_id[best])
            if MOVED[0] <= own.max(initial=0) <= MOVED[1]:
                found.badloc[row] = annotator.xyxy[others.start + own.argmax()].astype(np.float64)
    return found


def spurious_boxes_of(
    annotator: Boxes, errors: AnnotatorErrors, generator: np.random.Generator, quota: int
) -> list[AddedBox]:
    """Some of the spurious boxes of an annotator, at most a quota."""
    image, boxes = image_of_boxes(annotator), annotator.xyxy.astype(np.float64)
    rows: Rows = np.sort(generator.permutation(np.array(errors.spurious, np.int64))[:quota])
    return [AddedBox("spurious", int(image[row]), boxes[row], int(annotator.class_id[row])) for row in rows.tolist()]
