"""Findings about classes: do annotations and predictions mean the same ones, and are they annotated everywhere?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from boxlint._by_name import columns_by_name
from boxlint._core import DatasetColumns, classes, lacking_classes, permuted_classes
from boxlint.dataset import Dataset, class_name, first_of_name
from boxlint.inspection.findings import Finding
from boxlint.inspection.inspected import Inspected, image_name

if TYPE_CHECKING:
    from boxlint._core_types import PermutedClass

__all__ = ["find_classes_apart", "find_equal_names", "find_lacking_classes", "find_permuted_classes"]

# If so many of the boxes that are detected as another class are so by the same step, class ids are shifted.
_SHIFTED_FRACTION = 0.9
# How many classes of an assignment are listed, and how many there may be to list them all in the detector's order.
_LISTED, _NAMED = 5, 20


def find_classes_apart(annotations: Inspected, predictions: Inspected) -> Iterator[Finding]:
    """Classes that are annotated but never detected; classes of equal name are one."""
    first = first_of_name(annotations.dataset.class_names)
    columns = DatasetColumns(annotations.boxes._columns, predictions.boxes._columns, None)
    found = (side.counts()[0] for side in classes(columns))
    annotated, detected = (class_ids if first is None else np.unique(first[class_ids]) for class_ids in found)
    never = np.setdiff1d(annotated, detected)
    if len(annotated) and len(never) == len(annotated):
        yield from predictions.find_all("classes_apart")
    elif len(never):
        yield Finding("undetected_class", "classes", len(never), _called(annotations.dataset, int(never[0])))


def find_equal_names(dataset: Dataset) -> Iterator[Finding]:
    """Classes whose name an earlier one has."""
    first = first_of_name(dataset.class_names)
    if first is None:
        return
    later = np.flatnonzero(first != np.arange(len(first)))
    one, other = int(first[later[0]]), int(later[0])
    ids = dataset.category_ids
    which = f"class {one} and class {other}" if ids is None else f"category {ids[one]} and category {ids[other]}"
    yield Finding("equal_names", "classes", len(later), f"{which} are both {_called(dataset, one)}")


def find_lacking_classes(dataset: Dataset) -> Iterator[Finding]:
    """Images without annotation of a class that nearly all others have, of those in which it was looked for."""
    found = lacking_classes(columns_by_name(dataset))
    first = found["first"]
    if first is not None:
        most = f"{first['having']:,} of {first['searched']:,} images do"
        what = f"{image_name(dataset, first['image'])} has no {_called(dataset, first['class_id'])}, as {most}"
        yield Finding("lacking_class", "images", found["images"], what)


def find_permuted_classes(dataset: Dataset, at_most: int | None = None) -> Iterator[Finding]:
    """Whether the predictions number the classes otherwise than the annotations do, as at most so many images show."""
    permuted = permuted_classes(columns_by_name(dataset), at_most)
    if permuted:
        yield Finding("classes_permuted", "classes", len(permuted), _assignment(dataset, permuted))


def _assignment(dataset: Dataset, permuted: list[PermutedClass]) -> str:
    """Which classes are detected as which, most boxes first, and what to do about it."""
    listed = sorted(permuted, key=lambda found: -found["explained"])
    called = [tuple(_called(dataset, found[side]) for side in ("annotated", "predicted")) for found in listed]
    first, (annotated, predicted) = listed[0], called[0]
    percent = 100 * first["explained"] / first["pairs"]
    text = f"boxes of {annotated} are detected as {predicted} in {percent:.0f} %"
    others = [f"{one} as {other}" for one, other in called[1:_LISTED]]
    others += [f"and {len(listed) - _LISTED} more"] if len(listed) > _LISTED else []
    text += f" ({', '.join(others)})" if others else ""
    steps: Counter[int] = Counter()
    for found in permuted:
        steps[found["predicted"] - found["annotated"]] += found["explained"]
    step, explained = steps.most_common(1)[0]
    if explained >= _SHIFTED_FRACTION * steps.total():
        return f"{text}: are class ids shifted? {_against_shift(dataset, step)}"
    pairs = {(found["annotated"], found["predicted"]) for found in permuted}
    exchanged = len(pairs) == 2 and all((other, one) in pairs for one, other in pairs)
    question = "are the two classes exchanged?" if exchanged else "are the detector's classes in another order?"
    return f"{text}: {question} {_names_to_give(dataset, pairs)}"


def _names_to_give(dataset: Dataset, pairs: Collection[tuple[int, int]]) -> str:
    """What to do if classes, each annotated and predicted, are in another order."""
    names, order = dataset.class_names, {predicted: annotated for annotated, predicted in pairs}
    count = 0 if names is None else len(names)
    of_detector = [order.get(predicted, predicted) for predicted in range(count)]
    if names is not None and count <= _NAMED and sorted(of_detector) == list(range(count)):
        listed = ",".join(names[class_id] for class_id in of_detector)
        return f"Give the detector's classes in the order of its numbers (--names {listed!r}), or join by name"
    return (
        "Give the detector's classes in the order of its numbers (--names), join by name (class_names=), or renumber "
        "the predictions by this assignment"
    )


def _against_shift(dataset: Dataset, step: int) -> str:
    """What to do if the class ids of the predictions are too high by so much."""
    size = abs(step)
    too, more = ("high", "more") if step > 0 else ("low", "less")
    what = f"Those of the predictions are {size} too {too}: "
    by_position = f"{'subtract' if step > 0 else 'add'} {size}"
    ids = dataset.category_ids
    if ids is None:
        names = dataset.class_names or ()
        shifted = ",".join(["none"] * step + list(names)) if 0 < len(names) <= _NAMED else "none,cat,dog"
        by_names = f", or give their names from number 0 on (--names {shifted!r})" if step > 0 else ""
        return f"{what}{by_position}{by_names}, or read COCO results with classes_from {size} {more} than now"
    given = np.asarray(ids)
    if given.dtype.kind in "iu" and (np.diff(given) == 1).all() and given[0] + step >= 0:
        start = int(given[0]) + step
        return f"{what}read them with classes_from={start}, or {size} {more} than was given"
    return f"{what}read them with classes_from {size} {more} than was given, or without it"


def _called(dataset: Dataset, class_id: int) -> str:
    names = dataset.class_names
    return class_name(names, class_id) if names is None or class_id >= len(names) else repr(names[class_id])
