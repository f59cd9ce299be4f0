"""What a data set holds for each image besides boxes: its size, and the classes that were looked for in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_array, as_list, has_masked

__all__ = ["ClassesOfImages", "image_sizes_of", "sizes_or_nan", "verified_of"]

# Offsets (N + 1,) and class ids: those of image i are class_ids[offsets[i]:offsets[i + 1]].
ClassesOfImages = tuple[NDArray[np.int64], NDArray[np.int32]]


def image_sizes_of(argument: str, given: Any, images: int) -> NDArray[np.float64]:
    """The sizes (N, 2), NaN where one is unknown: None, 0, or not a number.

    Parameters
    ----------
    argument:
        What to call it in errors.
    given:
        N rows of width and height; or a tuple of two lists, the widths and the heights.
    images:
        N.

    Raises
    ------
    ValueError, TypeError
        If it is of another shape, or holds text, or a size is negative or infinite.

    >>> image_sizes_of("sizes", ([640, 320, 64], [480, None, 48]), 3).tolist()
    [[640.0, 480.0], [320.0, nan], [64.0, 48.0]]
    """
    # A tuple of two tuples can be two rows as well: if there are two images, it is.
    is_pair = isinstance(given, tuple) and len(given) == 2
    columns = is_pair and all(hasattr(part, "__len__") for part in given) and {len(part) for part in given} == {images}
    if columns and images == 2:
        columns = not any(isinstance(part, tuple) for part in given)
    if any(map(has_masked, given)) if columns else has_masked(given):
        raise ValueError(f"{argument} has masked values")
    try:
        array = np.asarray(list(zip(*given, strict=True)) if columns else given)
        # Those of pandas lie column by column, and kernels read row by row.
        sizes = array.astype(np.float64, "C") if array.dtype.kind in "fiuO" else None
    except (TypeError, ValueError):
        array, sizes = np.empty(0), None
    if sizes is None:
        raise TypeError(f"{argument} holds what is no number, expected (N, 2), width and height of each image")
    if sizes.size == 0 and images == 0:
        sizes = sizes.reshape(0, 2)
    if sizes.ndim == 2 and sizes.shape[1] == 2 and len(sizes) != images:
        raise ValueError(f"{argument} has {len(sizes)} rows, expected {images}, one an image")
    if sizes.shape != (images, 2):
        raise ValueError(
            f"{argument} has shape {sizes.shape}, expected ({images}, 2), width and height of each image, or a tuple "
            f"of two lists, {images} widths and {images} heights"
        )
    wrong = np.flatnonzero((sizes < 0) | np.isinf(sizes))
    if len(wrong):
        image = wrong[0] // 2
        raise ValueError(f"{argument}: image {image} is of size {sizes[image].tolist()}, expected pixels")
    return np.where(sizes == 0, np.nan, sizes)


def sizes_or_nan(dataset: Any) -> NDArray[np.float64]:
    """(N, 2) width and height of each image of a Dataset, NaN where they are unknown."""
    sizes: NDArray[np.float64] | None = dataset.image_sizes
    return np.full((len(dataset), 2), np.nan) if sizes is None else sizes


def verified_of(given: Any, images: int, classes: int | None) -> ClassesOfImages | None:
    """The classes that were looked for in each image, rising and each once; None if all were.

    Parameters
    ----------
    given:
        N lists of class ids, or a tuple of offsets (N + 1,) and class ids; or None.
    images:
        N.
    classes:
        Number of classes, if they have names.

    Raises
    ------
    ValueError, TypeError
        If it is neither, or a class id is out of range: says in which image.

    >>> offsets, class_ids = verified_of([[2, 0, 2], []], 2, 3)
    >>> offsets.tolist(), class_ids.tolist()
    ([0, 2, 2], [0, 2])
    """
    if given is None:
        return None
    offsets, ids = _flat(given, images)
    image = np.repeat(np.arange(images), np.diff(offsets))
    limit = np.iinfo(np.int32).max + 1 if classes is None else classes
    wrong = np.flatnonzero((ids < 0) | (ids >= limit))
    if len(wrong):
        raise ValueError(
            f"Dataset: verified_classes: image {image[wrong[0]]}: class id is {ids[wrong[0]]}, expected an integer "
            f"from 0 to {limit - 1}"
        )
    order = np.lexsort([ids, image])
    ids = ids[order]
    first = np.ones(len(ids), bool)
    first[1:] = (ids[1:] != ids[:-1]) | (image[1:] != image[:-1])
    counts = np.bincount(image[first], minlength=images)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), ids[first].astype(np.int32)


def _flat(given: Any, images: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets and class ids, as they are given."""
    expected = f"{images} lists of class ids, or a tuple of offsets ({images + 1},) and class ids"
    if isinstance(given, tuple):
        if len(given) != 2:
            raise ValueError(f"Dataset: verified_classes is a tuple of {len(given)}, expected {expected}")
        offsets, ids = (_integers(f"verified_classes[{at}]", part) for at, part in enumerate(given))
        if len(offsets) != images + 1 or offsets[0] != 0 or offsets[-1] != len(ids) or (np.diff(offsets) < 0).any():
            raise ValueError(
                f"Dataset: verified_classes[0] are not {images + 1} offsets that rise from 0 to {len(ids)}, the number "
                "of class ids"
            )
        return offsets, ids
    listed = as_list("Dataset: verified_classes", given, expected)
    if len(listed) != images:
        raise ValueError(f"Dataset: verified_classes has {len(listed)}, expected {expected}")
    parts: Sequence[Any] = [_integers(f"verified_classes[{image}]", part) for image, part in enumerate(listed)]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return offsets, np.concatenate([*parts, np.empty(0, np.int64)]).astype(np.int64)


def _integers(name: str, values: Any) -> NDArray[np.int64]:
    if isinstance(values, (set, frozenset)):
        values = sorted(values)
    array = as_array(f"Dataset: {name}", values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError(f"Dataset: {name} is {values!r:.80}, expected a list of integers")
    return array.astype(np.int64)
