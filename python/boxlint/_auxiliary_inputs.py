"""Auxiliary inputs: the boxes of an image and their similarities, which several scorers share, as one dict an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_array, as_list, expect
from boxlint._core import Columns, similarity_matrices
from boxlint.boxes import Boxes, as_annotations, as_predictions, dataset_columns

if TYPE_CHECKING:
    from boxlint._core_types import Given

__all__ = ["inputs_of", "make", "split"]

_MIN = "min_possible_similarity"
_SHAPES = {
    "lab_labels": "(L,)",
    "lab_bboxes": "(L, 4)",
    "pred_labels": "(M,)",
    "pred_label_probs": "(M,)",
    "pred_bboxes": "(M, 4)",
    "similarity_matrix": "(L, M)",
    "iou_matrix": "(L, M)",
}
_REQUIRED = [key for key in (*_SHAPES, _MIN) if key != "iou_matrix"]


def make(annotations: Boxes, predictions: Boxes, alpha: float | None) -> list[dict[str, Any]]:
    """One dict an image, whose arrays are views into flat arrays."""
    matrices = similarity_matrices(dataset_columns(annotations, predictions), alpha=alpha)
    lengths = np.diff(annotations.offsets), np.diff(predictions.offsets)
    pairs = np.concatenate([[0], np.cumsum(lengths[0] * lengths[1])])
    assert predictions.score is not None
    columns = {
        "pred_labels": split(predictions.class_id, predictions.offsets),
        "pred_label_probs": split(_double(predictions.score), predictions.offsets),
        "pred_bboxes": split(_double(predictions.xyxy), predictions.offsets),
        "lab_labels": split(annotations.class_id, annotations.offsets),
        "lab_bboxes": split(_double(annotations.xyxy), annotations.offsets),
    }
    shapes = list(zip(*(length.tolist() for length in lengths), strict=True))
    for key, matrix in (("similarity_matrix", matrices["similarity"]), ("iou_matrix", matrices["iou"])):
        columns[key] = [flat.reshape(shape) for flat, shape in zip(split(matrix, pairs), shapes, strict=True)]
    min_similarity = matrices["min_similarity"]
    return [
        {**dict(zip(columns, arrays, strict=True)), _MIN: min_similarity}
        for arrays in zip(*columns.values(), strict=True)
    ]


def _double(array: NDArray[Any]) -> NDArray[np.float64]:
    """In the precision of all scores: numpy would compare float32 with a threshold that is rounded to float32."""
    return array.astype(np.float64, copy=False)


def split(flat: NDArray[Any], offsets: NDArray[np.int64]) -> list[NDArray[Any]]:
    """One view an image."""
    return [flat[start:end] for start, end in pairwise(offsets.tolist())]


def inputs_of(
    labels: Any, predictions: Any, auxiliary_inputs: Sequence[Mapping[str, Any]] | None
) -> tuple[Boxes, Boxes, Given | None]:
    """Annotations, predictions and given similarities from auxiliary inputs; without them, from the two."""
    if auxiliary_inputs is not None:
        return _read(auxiliary_inputs)
    if labels is None or predictions is None:
        raise ValueError("expected labels and predictions, or auxiliary_inputs")
    return as_annotations(labels), as_predictions(predictions), None


def _read(auxiliary_inputs: Sequence[Mapping[str, Any]]) -> tuple[Boxes, Boxes, Given]:
    """Annotations, predictions and given similarities from one dict an image.

    Raises
    ------
    ValueError, TypeError
        Naming the image and key at fault.
    """
    images = as_list("auxiliary_inputs", auxiliary_inputs, "a list of dicts")
    keys = list(_SHAPES)
    if not any(isinstance(entry, dict) and "iou_matrix" in entry for entry in images):
        keys.remove("iou_matrix")
    per_image = [_arrays(f"auxiliary_inputs: image {image}", entry, keys) for image, entry in enumerate(images)]
    flat = {key: _concatenated([arrays[key] for arrays in per_image]) for key in [*keys, _MIN]}
    annotations = _boxes("annotations", flat["lab_bboxes"], flat["lab_labels"], None, _offsets(per_image, "lab_labels"))
    scores = flat["pred_label_probs"].astype(np.float64)
    predictions = _boxes(
        "predictions", flat["pred_bboxes"], flat["pred_labels"], scores, _offsets(per_image, "pred_labels")
    )
    given: Given = {
        "similarity": flat["similarity_matrix"].astype(np.float64),
        "iou": flat["iou_matrix"].astype(np.float64) if "iou_matrix" in keys else None,
        "min_similarity": flat[_MIN].astype(np.float64),
    }
    return annotations, predictions, given


def _arrays(at: str, entry: Any, keys: list[str]) -> dict[str, NDArray[Any]]:
    """The values of one dict as arrays, if their shapes fit each other."""
    expect(at, entry, dict)
    missing = [key for key in [*keys, _MIN] if key not in entry]
    unknown = [key for key in entry if key not in _SHAPES and key != _MIN]
    if missing or unknown:
        fault = f"no key '{missing[0]}'" if missing else f"unknown key '{unknown[0]}'"
        raise ValueError(f"{at}: {fault}, expected {', '.join(_SHAPES)} and {_MIN}")
    arrays = {key: as_array(f"{at}: {key}", entry[key]) for key in [*keys, _MIN]}
    rows = {"L": arrays["lab_labels"].size, "M": arrays["pred_labels"].size, "4": 4}
    for key in keys:
        expected = tuple(rows[length.strip()] for length in _SHAPES[key].strip("()").split(",") if length)
        array = arrays[key]
        if array.shape != expected and not (array.size == 0 == np.prod(expected)):
            raise ValueError(f"{at}: {key} has shape {array.shape}, expected {expected}, that is {_SHAPES[key]}")
        if array.size and array.dtype.kind not in "fiu":
            raise TypeError(f"{at}: {key}: expected numbers, found dtype {array.dtype}")
        if array.size and not np.isfinite(array).all():
            raise ValueError(f"{at}: {key} holds {array[~np.isfinite(array)][0]}, expected finite numbers")
        if key.endswith("_labels"):
            arrays[key] = _class_ids(f"{at}: {key}", array)
    minimum = arrays[_MIN]
    if minimum.size != 1 or minimum.dtype.kind not in "fiu" or not np.isfinite(minimum).all():
        raise ValueError(f"{at}: {_MIN} is {entry[_MIN]!r}, expected a finite number")
    return arrays


def _class_ids(at: str, array: NDArray[Any]) -> NDArray[np.int32]:
    limit = np.iinfo(np.int32).max
    wrong = np.flatnonzero((array < 0) | (array > limit) | (array % 1 != 0))
    if wrong.size:
        raise ValueError(f"{at}[{wrong[0]}] is {array[wrong[0]]}, expected an integer from 0 to {limit}")
    return array.astype(np.int32)


def _boxes(
    side: str,
    xyxy: NDArray[Any],
    class_id: NDArray[Any],
    score: NDArray[np.float64] | None,
    offsets: NDArray[np.int64],
) -> Boxes:
    """Boxes; an error says whether it is in the annotations or the predictions."""
    corners = xyxy.astype(np.float64).reshape(-1, 4)
    return Boxes._of(Columns(corners, class_id.astype(np.int32), score, offsets, f"auxiliary_inputs, {side}"))


def _concatenated(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """All values in one dimension. Empty arrays, which may be of floats, must not turn integers into floats."""
    return np.concatenate([array.reshape(-1) for array in arrays if array.size] or [np.empty(0)])


def _offsets(per_image: list[dict[str, NDArray[Any]]], key: str) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([arrays[key].size for arrays in per_image])]).astype(np.int64)
