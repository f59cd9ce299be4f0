"""What names a data set on every run: fingerprints of annotations and predictions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, class_name

__all__ = ["Fingerprint", "annotations_fingerprint", "fingerprint"]

Array = NDArray[Any]


class Fingerprint(NamedTuple):
    """32 hex digits for the annotations of a data set, and for its predictions."""

    annotations: str
    predictions: str


def fingerprint(dataset: Dataset) -> Fingerprint:
    """Equal for data sets of the same images, boxes, classes and ids, in the same order.

    >>> dataset = Dataset(Boxes([[1, 1, 9, 9]], [0]), Boxes([[1, 1, 8, 9]], [0], [0.9]))
    >>> fingerprint(dataset) == fingerprint(dataset[[0]])
    True
    """
    return Fingerprint(
        annotations_fingerprint(dataset),
        _digest_of_predictions(dataset),
    )


def annotations_fingerprint(dataset: Dataset) -> str:
    """That of the annotations alone."""
    return _digest(dataset.annotations, dataset.class_names, _images(dataset), dataset.annotation_ids)


def _digest_of_predictions(dataset: Dataset) -> str:
    """Of several detectors, the same in whichever order they stand."""
    alone = dataset.detectors.values()
    digests = [_digest(one.predictions, one.class_names, _images(one), one.prediction_ids) for one in alone]
    return digests[0] if len(digests) == 1 else blake2b("".join(sorted(digests)).encode(), digest_size=16).hexdigest()


def _images(dataset: Dataset) -> Iterable[Any]:
    """What names each image, in their order: its id, else its name, else its position."""
    names = dataset.image_ids if dataset.image_ids is not None else dataset.image_names
    return range(len(dataset)) if names is None else names


def _digest(boxes: Boxes, class_names: Sequence[str] | None, images: Iterable[Any], ids: Any) -> str:
    # Classes without boxes do not count: a list of names may be longer when it is read beside predictions.
    classes, class_ids = np.unique(boxes.class_id, return_inverse=True)
    digest = blake2b(digest_size=16)
    score = None if boxes.score is None else np.asarray(boxes.score, np.float64)
    for column in (boxes.offsets, np.asarray(boxes.xyxy, np.float64), class_ids, score, boxes.ignore):
        digest.update(b"-" if column is None else np.ascontiguousarray(column).tobytes())
    names = [class_name(class_names, number) for number in classes.tolist()]
    for texts in (names, images, () if ids is None else np.asarray(ids).tolist()):
        digest.update("\0".join(map(str, texts)).encode("utf-8", "surrogatepass"))
        digest.update(b"\1")
    return digest.hexdigest()
