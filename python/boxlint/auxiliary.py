"""Auxiliary inputs: what several scorers share, one dict an image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint import _core
from boxlint.dataset import Boxes

__all__ = ["Matrices", "make", "read", "split"]

# Similarities of all pairs, their IoUs if given, and the least similarity for each image.
Matrices = tuple[NDArray[np.float64], "NDArray[np.float64] | None", NDArray[np.float64]]

_LEAST = "min_possible_similarity"
_SHAPES = {
    "lab_labels": "(L,)",
    "lab_bboxes": "(L, 4)",
    "pred_labels": "(M,)",
    "pred_label_probs": "(M,)",
    "pred_bboxes": "(M, 4)",
    "similarity_matrix": "(L, M)",
    "iou_matrix": "(L, M)",
}
_REQUIRED = [key for key in (*_SHAPES, _LEAST) if key != "iou_matrix"]


def make(annotations: Boxes, predictions: Boxes, alpha: float) -> list[dict[str, Any]]:
    """One dict an image, made of views into flat arrays."""
    similarity, iou, least = _core.similarity_matrices(annotations._columns, predictions._columns, alpha=alpha)
    lengths = np.diff(annotations.offsets), np.diff(predictions.offsets)
    pairs = np.concatenate([[0], np.cumsum(lengths[0] * lengths[1])])
    assert predictions.score is not None
    columns = {
        "pred_labels": split(predictions.class_id, predictions.offsets),
        "pred_label_probs": split(predictions.score, predictions.offsets),
        "pred_bboxes": split(predictions.xyxy, predictions.offsets),
        "lab_labels": split(annotations.class_id, annotations.offsets),
        "lab_bboxes": split(annotations.xyxy, annotations.offsets),
    }
    shapes = list(zip(*(length.tolist() for length in lengths), strict=True))
    for key, matrix in (("similarity_matrix", similarity), ("iou_matrix", iou)):
        columns[key] = [flat.reshape(shape) for flat, shape in zip(split(matrix, pairs), shapes, strict=True)]
    return [
        {**dict(zip(columns, arrays, strict=True)), _LEAST: least} for arrays in zip(*columns.values(), strict=True)
    ]


def split(flat: NDArray[Any], offsets: NDArray[np.int64]) -> list[NDArray[Any]]:
    """One view an image."""
    return [flat[start:end] for start, end in pairwise(offsets.tolist())]


def read(auxiliary_inputs: Sequence[Mapping[str, Any]]) -> tuple[Boxes, Boxes, Matrices]:
    """Annotations, predictions and given matrices from one dict an image.

    Raises
    ------
    ValueError, TypeError
        Naming the image and key at fault.
    """
    if isinstance(auxiliary_inputs, (str, bytes, dict)) or not isinstance(auxiliary_inputs, Iterable):
        raise TypeError(f"auxiliary_inputs: expected a list of dicts, found {type(auxiliary_inputs).__name__}")
    images = list(auxiliary_inputs)
    keys = list(_SHAPES)
    if not any(isinstance(entry, dict) and "iou_matrix" in entry for entry in images):
        keys.remove("iou_matrix")
    per_image = [_arrays(f"auxiliary_inputs: image {image}", entry, keys) for image, entry in enumerate(images)]
    flat = {key: _concatenated([arrays[key] for arrays in per_image]) for key in [*keys, _LEAST]}
    annotations = Boxes(
        flat["lab_bboxes"].reshape(-1, 4), flat["lab_labels"], offsets=_offsets(per_image, "lab_labels")
    )
    predictions = Boxes(
        flat["pred_bboxes"].reshape(-1, 4),
        flat["pred_labels"],
        flat["pred_label_probs"],
        _offsets(per_image, "pred_labels"),
    )
    iou = flat["iou_matrix"].astype(np.float64) if "iou_matrix" in keys else None
    return annotations, predictions, (flat["similarity_matrix"].astype(np.float64), iou, flat[_LEAST])


def _arrays(at: str, entry: Any, keys: list[str]) -> dict[str, NDArray[Any]]:
    """The entry's values as arrays whose shapes fit each other."""
    if not isinstance(entry, dict):
        raise TypeError(f"{at}: expected a dict, found {type(entry).__name__}")
    missing = [key for key in [*keys, _LEAST] if key not in entry]
    unknown = [key for key in entry if key not in _SHAPES and key != _LEAST]
    if missing or unknown:
        fault = f"no key '{missing[0]}'" if missing else f"unknown key '{unknown[0]}'"
        raise ValueError(f"{at}: {fault}, expected {', '.join(_SHAPES)} and {_LEAST}")
    arrays = {key: np.asarray(entry[key]) for key in [*keys, _LEAST]}
    rows = {"L": arrays["lab_labels"].size, "M": arrays["pred_labels"].size, "4": 4}
    for key in keys:
        expected = tuple(rows[length.strip()] for length in _SHAPES[key].strip("()").split(",") if length)
        array = arrays[key]
        if array.shape != expected and not (array.size == 0 == np.prod(expected)):
            raise ValueError(f"{at}: {key} has shape {array.shape}, expected {expected}, that is {_SHAPES[key]}")
        if array.size and not (array.dtype.kind in "fiu" and np.isfinite(array).all()):
            raise ValueError(f"{at}: {key} holds something else than finite numbers")
    least = arrays[_LEAST]
    if least.size != 1 or least.dtype.kind not in "fiu" or not np.isfinite(least).all():
        raise ValueError(f"{at}: {_LEAST} is {entry[_LEAST]!r}, expected a finite number")
    return arrays


def _concatenated(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """All values in one dimension; those without any would make integers floats."""
    return np.concatenate([array.reshape(-1) for array in arrays if array.size] or [np.empty(0)])


def _offsets(per_image: list[dict[str, NDArray[Any]]], key: str) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([arrays[key].size for arrays in per_image])]).astype(np.int64)
