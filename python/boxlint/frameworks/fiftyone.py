"""FiftyOne: Detections, whose boxes are relative to the image size."""

from __future__ import annotations

from typing import Any

import numpy as np

from boxlint._per_image import image_sizes_of
from boxlint.boxes import Boxes
from boxlint.frameworks._classes import Classes, chosen, class_ids
from boxlint.frameworks._gather import FLAGS, Found, gather, is_set

__all__ = ["from_fiftyone"]


def from_fiftyone(
    images: Any,
    image_sizes: Any,
    *,
    class_names: Classes | None = None,
    skip_unknown: bool = False,
    classes: Classes | None = None,
) -> Boxes:
    """FiftyOne's Detections: predictions, or annotations where ``confidence`` is None.

    Parameters
    ----------
    images:
        N Detections, or None for an image without any, as ``dataset.values("ground_truth")`` returns them. Those whose
        attribute ``iscrowd``, ``ignore`` or ``difficult`` is set are annotations to ignore.
    image_sizes:
        (N, 2) width and height of each image in pixels; or a tuple of two lists, the N widths and the N heights, as
        ``dataset.values(["metadata.width", "metadata.height"])`` returns them.
    class_names:
        Names of the class ids from 0 on, as ``dataset.class_names``, or name -> class id.
    skip_unknown:
        Drop boxes of other labels instead of refusing them.
    classes:
        The same as ``class_names``.

    Raises
    ------
    ValueError, TypeError
        Naming the image that cannot be read.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> cat = SimpleNamespace(label="cat", bounding_box=[0.1, 0.1, 0.4, 0.5], confidence=0.9)  # as a Detection has them
    >>> from_fiftyone([SimpleNamespace(detections=[cat]), None], [(640, 480)] * 2, class_names=["dog", "cat"])
    Boxes(2 images, 1 box)
    """
    names = chosen(class_names, classes)
    if names is None:
        raise TypeError("from_fiftyone: expected class_names, which say which class id a label has")
    images = list(images)
    pairs = list(zip(images, image_sizes_of("from_fiftyone: image_sizes", image_sizes, len(images)), strict=True))
    return gather(
        "from_fiftyone",
        pairs,
        lambda pair: class_ids(_find(pair[0], pair[1]), names, skip_unknown),
        box_format="xywh",
    )


def _find(image: Any, size: Any) -> Found:
    detections = [] if image is None else getattr(image, "detections", None)
    if detections is None:
        raise TypeError(f"expected Detections, found {type(image).__name__}")
    if any(detection.bounding_box is None for detection in detections):
        raise ValueError("a detection has no bounding_box, expected boxes in two dimensions")
    if detections and np.isnan(size).any():
        raise ValueError(
            f"its size is unknown ({size[0]:g} x {size[1]:g}), expected width and height: compute_metadata()"
        )
    confidence = [detection.confidence for detection in detections]
    known = [score is not None for score in confidence]
    if any(known) and not all(known):
        raise ValueError("some detections have a confidence and some have none")
    boxes = np.array([detection.bounding_box for detection in detections], np.float64).reshape(-1, 4)
    labels = [detection.label for detection in detections]
    flagged = [any(is_set(getattr(detection, flag, None)) for flag in FLAGS) for detection in detections]
    scores = confidence if any(known) else None
    return Found(boxes * np.tile(size, 2) if detections else boxes, labels, scores, flagged)
