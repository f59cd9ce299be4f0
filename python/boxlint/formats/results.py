"""COCO results whose classes are numbered as a list of names, or that are of images of another format."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from boxlint._json import parsed_json
from boxlint.boxes import Boxes, no_boxes
from boxlint.dataset import Dataset, class_ids_by_name
from boxlint.formats.coco import read_coco, write_coco
from boxlint.formats.joining import KEYS, PredictionOptions, about_detections, drop_unknown
from boxlint.formats.unpacked import content_of
from boxlint.formats.yolo_layout import in_order
from boxlint.inspection.findings import FindingCallback

__all__ = ["add_results", "stems_of_results"]

_NAMED_IMAGE = re.compile(rb'"(?:image_id|file_name)"\s*:\s*("(?:[^"\\]|\\.)*"|\d+)')
# A number may be in quotes.
_NUMBERED_CLASS = re.compile(rb'"category_id"\s*:\s*("?)(-?\d+)\1')
_NAMED_CLASS = b'"category_name"'


def stems_of_results(path: Path) -> set[str]:
    """The stems of the images that results are of."""
    named = set(_NAMED_IMAGE.findall(content_of(path)))
    return {KEYS["stem"](str(parsed_json(name))) for name in named}


def add_results(
    dataset: Dataset, path: Path, options: PredictionOptions, on_finding: FindingCallback
) -> tuple[Dataset, str]:
    """The data set with these predictions, and in words how they were read.

    The images, and the classes in the detector's order, become a COCO file that the results are read with.

    Raises
    ------
    ValueError
        If the results cannot be understood, or it is not clear which images or classes they are of.
    """
    classes = _detector_classes(dataset, options)
    content = content_of(path)
    numbers = _numbers_of_classes(content, classes)
    first = options.classes_from if options.classes_from is not None else _first_class(classes, path, numbers, options)
    if dataset.image_ids is not None:
        by_stem, key = options.images_by_stem, "id"
    else:
        image = _NAMED_IMAGE.search(content)
        by_stem, key = image is not None and parsed_json(image[1]) not in set(dataset.image_names or ()), "file name"
    with _as_coco(dataset, classes, 1 if first is None else first) as annotations:
        read = read_coco(
            annotations,
            path,
            skip_unknown=options.skip_unknown,
            images_by_stem=by_stem,
            # Those in quotes are joined with the ids of the file.
            classes_from=None if b'"' in numbers.values() else first,
            on_finding=about_detections(on_finding),
            skip_unreadable=options.skip_unreadable,
        )
    read = _with_classes_of(dataset, read, path, options, on_finding)
    how = f"images by {'stem' if by_stem else key}, classes {'by name' if first is None else f'counted from {first}'}"
    return replace(dataset, predictions=read.predictions, prediction_ids=read.prediction_ids), how


def _detector_classes(dataset: Dataset, options: PredictionOptions) -> list[str]:
    """The names of the detector's classes in the order of their numbers."""
    return list(dataset.class_names or ()) if options.names is None else in_order(options.names)


def _with_classes_of(
    dataset: Dataset, read: Dataset, path: Path, options: PredictionOptions, on_finding: FindingCallback
) -> Dataset:
    """The same predictions with the class ids that the data set has for their names."""
    names = read.class_names or ()
    index = class_ids_by_name(dataset.class_names or ())
    boxes, ids = read.predictions, read.prediction_ids
    assert ids is not None, "read_coco numbers those without ids"
    class_id = np.array([index.get(name, -1) for name in names], np.int32)[boxes.class_id]
    given = [names[one] for one in boxes.class_id.tolist()]
    drop_unknown("unknown_class", class_id, given, dataset, path, options, on_finding)
    known = class_id >= 0
    renamed = Boxes(boxes.xyxy, np.maximum(class_id, 0), boxes.score, boxes.offsets)
    # Integers and texts mixed are a list, which numpy would make texts of.
    kept = ids[known] if isinstance(ids, np.ndarray) else [ids[row] for row in np.flatnonzero(known).tolist()]
    return replace(read, predictions=renamed.keep(known), prediction_ids=kept)


def _numbers_of_classes(content: bytes, names: Sequence[str]) -> dict[int, bytes]:
    """The numbers of classes, and the quote before each; none where classes have names, which may be digits."""
    # Each stands in many detections.
    texts = {one.groups() for one in _NUMBERED_CLASS.finditer(content)}
    found = {int(number): quote for quote, number in sorted(texts)}
    named = any(quote and str(number) in names for number, quote in found.items())
    return {} if named or _NAMED_CLASS in content else found


def _first_class(names: Sequence[str], path: Path, numbers: Collection[int], options: PredictionOptions) -> int | None:
    """Where the numbers of the classes start; None if there are none. Only one that fits all numbers is taken."""
    if not numbers:
        return None
    classes = len(names)
    if options.names is None:
        raise ValueError(
            f"{path}: category_id is a number such as {min(numbers)}, whose class is not known: give --names with the "
            "detector's classes in their order, such as --names cat,dog or --names data.yaml"
        )
    fitting = [first for first in (0, 1) if first <= min(numbers) and max(numbers) < classes + first]
    if len(fitting) == 1:
        return fitting[0]
    found = f"category ids from {min(numbers)} to {max(numbers)} for {classes} classes"
    if fitting:
        raise ValueError(f"{path}: {found} may count from 0 or from 1: give --classes-from 1 (Ultralytics) or 0")
    raise ValueError(f"{path}: {found} fit neither counted from 0 nor from 1: are they of another list of classes?")


@contextmanager
def _as_coco(dataset: Dataset, classes: Sequence[str], first: int) -> Iterator[Path]:
    """A COCO file of the images and classes alone: images have their names as ids if they have no others, classes the
    numbers from the first one on.
    """
    names = list(dataset.image_names or ())
    bare = Dataset(
        no_boxes(len(names), scores=False),
        no_boxes(len(names), scores=True),
        image_names=names,
        class_names=classes,
        category_ids=np.arange(first, first + len(classes)),
        image_sizes=dataset.image_sizes,
        image_ids=names if dataset.image_ids is None else dataset.image_ids,
    )
    with tempfile.TemporaryDirectory(prefix="boxlint_") as folder:
        path = Path(folder) / "annotations.json"
        write_coco(bare, path)
        yield path
