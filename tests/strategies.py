"""Data sets in list form, as users pass them: every shape, type and layout, and boxes that meet in every way.

Hypothesis draws how a data set is made, and a seed for the rest: fast, and it still shrinks to few images and kinds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]

# Corners are multiples of step, which makes ties and touching boxes common, and is exact in float32.
STEPS = (1 / 1024, 0.625, 1.0, 10_000 / 1024)
PROBABILITIES = (0.0, 0.25, 0.5, 0.75, 0.95, 0.96, 0.99, 1.0)
CROWDS = {"none": 0, "one": 1, "some": 6, "many": 40}


@dataclass(repr=False)
class ListForm:
    """A data set as a user has it, and the same as plain float64 arrays of the documented shapes."""

    labels: list[dict[str, Any]]
    predictions: list[Any]
    plain_labels: list[dict[str, Array]]
    plain_predictions: list[Array]

    def __repr__(self) -> str:
        boxes = [*(label["bboxes"] for label in self.plain_labels), *itertools.chain(*self.plain_predictions)]
        few = sum(map(len, boxes)) < 20
        return f"ListForm({self.labels}, {self.predictions})" if few else f"ListForm({len(self.labels)} images)"


def _strided(array: Array) -> Array:
    wide = np.zeros((2 * len(array), 3 * array.shape[1]), array.dtype)
    wide[::2, ::3] = array
    return wide[::2, ::3]


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


FORMS: dict[str, Callable[[Floats], Any]] = {
    "float64": lambda rows: rows,
    "float32": lambda rows: rows.astype(np.float32),
    "list of arrays": list,
    "list": lambda rows: rows.tolist(),
    "tuple": lambda rows: tuple(map(tuple, rows.tolist())),
    "objects": lambda rows: rows.astype(object),
    "Fortran order": np.asfortranarray,
    "strided": _strided,
    "strided float32": lambda rows: _strided(rows.astype(np.float32)),
    "upside down": lambda rows: rows[::-1].copy()[::-1],
    "mirrored": lambda rows: rows[:, ::-1].copy()[:, ::-1],
    "big endian": lambda rows: rows.astype(">f8"),
    "read-only": lambda rows: _read_only(rows.copy()),
    "long double": lambda rows: rows.astype(np.longdouble),
}
INTEGER_FORMS: dict[str, Callable[[Floats], Any]] = {
    "int64": lambda rows: rows.astype(np.int64),
    "int32": lambda rows: rows.astype(np.int32),
    "list of int": lambda rows: rows.astype(int).tolist(),
}
EMPTY_FORMS: tuple[Callable[[int], Any], ...] = (
    lambda width: np.empty((0, width)),
    lambda width: np.empty((0, width), np.float32),
    lambda width: np.array([]),
    lambda width: [],
    lambda width: (),
)
CLASS_FORMS: tuple[Callable[[Array], Any], ...] = (
    *(lambda ids, dtype=dtype: ids.astype(dtype) for dtype in "bhilqBHILQ"),
    lambda ids: ids.astype(">i4"),
    lambda ids: ids.astype(object),
    lambda ids: ids.tolist(),
    lambda ids: tuple(ids.tolist()),
    lambda ids: np.repeat(ids, 3)[::3],
    lambda ids: ids[::-1].copy()[::-1],
)


@st.composite
def data_sets(draw: st.DrawFn, min_images: int = 0, empty: bool = True, form: str | None = None) -> ListForm:
    """Data sets of few images; `empty` ones among them; all arrays in one `form`, or drawn."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    images = draw(st.integers(min_images, 6), label="images")
    classes = draw(st.integers(1, 4), label="classes")
    sizes = list(CROWDS)[0 if empty else 1 :]
    crowd = CROWDS[draw(st.sampled_from(sizes), label="boxes")]
    step = draw(st.sampled_from(STEPS), label="step")
    forms = FORMS | (INTEGER_FORMS if step == 1.0 else {})
    drawn = form or draw(st.sampled_from(["mixed", *forms]), label="form")
    only_integers = drawn in INTEGER_FORMS

    def dressed(rows: Floats) -> Any:
        if len(rows) == 0 and form is None:
            return EMPTY_FORMS[rng.integers(len(EMPTY_FORMS))](rows.shape[1])
        return FORMS[rng.choice(list(FORMS))](rows) if drawn == "mixed" else forms[drawn](rows)

    result = ListForm([], [], [], [])
    for _ in range(images):
        least = 0 if empty else 1
        bboxes = _boxes(rng, int(rng.integers(least, crowd + 1)), step)
        ids = rng.integers(0, classes + 1 if empty else classes, len(bboxes))
        arrays = _predictions(rng, bboxes, classes, crowd, step, empty)
        if only_integers:
            arrays = [np.floor(rows) for rows in arrays]
        label = {"bboxes": dressed(bboxes), "labels": CLASS_FORMS[rng.integers(len(CLASS_FORMS))](ids)}
        prediction = _prediction_form(rng, arrays, dressed)
        result.labels.append(label)
        result.predictions.append(prediction)
        # What the form holds, since float32 rounds the probabilities.
        result.plain_labels.append({"bboxes": _plain(label["bboxes"], 4), "labels": ids})
        missing = [np.empty((0, 5))] * (classes - len(prediction))
        result.plain_predictions.append(_object_array([*(_plain(rows, 5) for rows in prediction), *missing]))
    return result


def _boxes(rng: np.random.Generator, count: int, step: float, near: Floats | None = None) -> Floats:
    """Boxes anywhere, and some that stand in a special relation to one before them (or to one of `near`)."""
    corners = np.zeros((count, 4))
    for row in range(count):
        x, y, width, height = rng.integers((0, 0, 1, 1), (1024, 1024, 256, 256))
        box = np.array([x, y, x + width, y + height], float)
        earlier = corners[:row] if near is None or len(near) == 0 else near / step
        other = earlier[rng.integers(len(earlier))].copy() if len(earlier) else box
        x1, y1, x2, y2 = other
        related = {
            "duplicate": other,
            "jittered": other + rng.integers(-3, 4, 4),
            "touching": np.array([x2, y1, x2 + width, y2]),
            "touching at a corner": np.array([x2, y2, x2 + width, y2 + height]),
            "nested": np.array([x1 + 1, y1 + 1, x2 - 1, y2 - 1]),
            "inverted": box[[2, 1, 0, 3]],
            "inverted twice": box[[2, 3, 0, 1]],
            "no area": box[[0, 1, 0, 3]],
            "a point": box[[0, 1, 0, 1]],
        }
        kind = rng.choice(["anywhere", "anywhere", "jittered", *related])
        corners[row] = related.get(kind, box)
    return corners * step


def _predictions(
    rng: np.random.Generator, bboxes: Floats, classes: int, crowd: int, step: float, empty: bool
) -> list[Floats]:
    """One array a class; by chance of equal length, and one class that nothing is predicted for."""
    counts = rng.integers(0, crowd + 1, classes)
    if rng.random() < 0.3:
        counts[:] = counts[0]
    if not empty and counts.sum() == 0:
        counts[rng.integers(classes)] = 1
    return [
        np.column_stack([_boxes(rng, count, step, near=bboxes), rng.choice(PROBABILITIES, count)]) for count in counts
    ]


def _prediction_form(rng: np.random.Generator, arrays: list[Floats], dressed: Callable[[Floats], Any]) -> Any:
    """A list, a tuple, an object array or one array (K, M, 5); by chance without the last classes if they are empty."""
    while arrays and len(arrays[-1]) == 0 and rng.random() < 0.5:
        arrays = arrays[:-1]
    if arrays and len({len(rows) for rows in arrays}) == 1 and rng.random() < 0.5:
        return np.stack(arrays)
    of_classes = [dressed(rows) for rows in arrays]
    return (list, tuple, _object_array)[rng.integers(3)](of_classes)


def _plain(rows: Any, width: int) -> Floats:
    return np.asarray(rows, np.float64).reshape(-1, width)


def _object_array(items: list[Any]) -> Array:
    array = np.empty(len(items), object)
    array[:] = [None] * len(items)
    for index, item in enumerate(items):
        array[index] = item
    return array
