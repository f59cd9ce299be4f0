"""COCO: annotations in one JSON file, detections (a results file) in another."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_list, expect
from boxlint._core import CLASS_LIMIT
from boxlint._core import read_coco as read_file
from boxlint._core import write_coco as write_file
from boxlint._detectors import expect_one
from boxlint._files import atomic_write
from boxlint._per_image import sizes_or_nan
from boxlint.boxes import Boxes, no_boxes
from boxlint.dataset import Dataset, as_classes_of_images
from boxlint.formats.coco_kept import kept_pieces
from boxlint.formats.folders import PathLike
from boxlint.formats.no_json import explained
from boxlint.formats.unpacked import content_of
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind, check_kinds
from boxlint.inspection.inspect import report_findings

if TYPE_CHECKING:
    from boxlint._core import Coco
    from boxlint._core_types import ReadOptions

__all__ = ["IGNORED_FLAGS", "read_coco", "write_coco"]

_FLAGS = ("iscrowd", "ignore", "difficult")
# The default of read_coco's ignore.
IGNORED_FLAGS = ("iscrowd", "ignore")
# How to find which annotations of a file can be read: their ids are their positions.
_POSITIONS: ReadOptions = {
    "skip_unknown": True,
    "skip_unreadable": True,
    "images_by_stem": False,
    "classes_from": None,
    "in_file_order": None,
    "ids_are_positions": True,
}


def read_coco(
    annotations: PathLike,
    detections: PathLike | None = None,
    *,
    skip_unknown: bool = False,
    skip_unreadable: bool = False,
    ignore: Sequence[str] = IGNORED_FLAGS,
    images_by_stem: bool = False,
    classes_from: int | None = None,
    class_order: Literal["ids", "file"] | None = None,
    refuse: Collection[FindingKind] = (),
    on_finding: FindingCallback | None = None,
) -> Dataset:
    """Reads COCO files, plain or gzip, into columns.

    Boxes become corners in pixels. Images keep the order of the file. Class ids count from 0, without gaps, in rising
    order of the category ids. Masks and keypoints are skipped, except that a box without ``bbox`` becomes that around
    its ``segmentation``. An image of width or height 0, or of empty text, is one of unknown size.

    Boxes name images and classes by id. If none of a file does, they are joined by what most of them match: the file
    name, with or without its folder and ending, or the name of the class. What is made or joined in this way is told as
    a finding, and a name that may mean two images or classes is refused. Detections that have names of classes beside
    ids, in ``category_name`` or in ``categories`` of their own file, are joined by the names where the ids mean others.

    Parameters
    ----------
    annotations:
        File with ``images``, ``annotations`` and ``categories``. If an annotation has no ``id``, the ids of all are
        their positions in the list, counted from 1.
    detections:
        File with a list of objects that have ``image_id`` or ``file_name``, ``category_id`` or ``category_name``,
        ``bbox`` or ``segmentation``, and ``score``; None for no predictions. If they do not all have an ``id``, their
        ids are their positions in the list.
    skip_unknown:
        Drop boxes of an unknown image or category instead of refusing the file.
    skip_unreadable:
        Drop records that lack a field or whose values cannot be used instead of refusing the file.
    ignore:
        Annotations with one of these flags are ignored: any of ``iscrowd``, ``ignore`` and ``difficult``.
    images_by_stem:
        Detections name images by the stem of their file name, as Ultralytics writes them.
    classes_from:
        Detections name classes by position, counted from this number, instead of by category id.
    class_order:
        The order of these positions: that of the category ids, or that of ``categories`` in the file. It must be said
        only where the two differ.
    refuse:
        Kinds of findings that make the files unfit, such as ``outside``: see `boxlint.inspection.KINDS`.
    on_finding:
        Called with each finding: what may be wrong with the records of the files, and what `boxlint.inspect` finds.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file cannot be understood: names the file, the record, what was found and what is expected. Or at the first
        finding of a kind to refuse. Or if ``class_order`` is given without ``classes_from``.

    Examples
    --------
    >>> import json, tempfile
    >>> lists = {"images": [{"id": 7, "file_name": "a.jpg"}], "categories": [{"id": 3, "name": "cat"}]}
    >>> lists["annotations"] = [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 10, 40, 40]}]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "annotations.json").write_text(json.dumps(lists))
    ...     dataset = read_coco(Path(folder, "annotations.json"))
    >>> dataset.image_names, dataset.class_names, dataset.annotations.xyxy.tolist()
    (['a.jpg'], ['cat'], [[10.0, 10.0, 50.0, 50.0]])
    """
    ignore = as_list("ignore", ignore, "a list of flags")
    unknown = [flag for flag in ignore if flag not in _FLAGS]
    if unknown:
        raise ValueError(f"ignore: unknown flag {unknown[0]!r}, expected some of {', '.join(_FLAGS)}")
    if class_order not in (None, "ids", "file"):
        raise ValueError(f"class_order is {class_order!r}, expected 'ids' or 'file'")
    if class_order is not None and classes_from is None:
        raise ValueError("class_order needs classes_from, the number of the first class")
    check_kinds(refuse)
    paths = [os.fspath(annotations), *([] if detections is None else [os.fspath(detections)])]
    try:
        coco = read_file(
            paths[0],
            paths[1] if detections is not None else None,
            {
                "skip_unknown": skip_unknown,
                "skip_unreadable": skip_unreadable,
                "images_by_stem": images_by_stem,
                "classes_from": classes_from,
                "in_file_order": None if class_order is None else class_order == "file",
                "ids_are_positions": False,
            },
        )
    except ValueError as error:
        raise explained(error, paths) from error
    dataset = _dataset_of(coco, ignore)
    report_findings(annotations, dataset, [Finding(**found) for found in coco.findings], refuse, on_finding)
    return dataset


def _dataset_of(coco: Coco, ignore: Sequence[str]) -> Dataset:
    """The data set in the columns of files, whose annotations are ignored if they have one of these flags."""
    ignored = np.zeros(len(coco.annotations.class_id), bool)
    for flag in ignore:
        ignored |= coco.flags[flag]
    offsets, classes = coco.verified_offsets, coco.verified_classes
    none = no_boxes(len(coco.image_names), scores=True)
    # The reader has checked each value where it stands in the file.
    return Dataset._of(
        annotations=Boxes._of(coco.annotations, ignored if ignored.any() else None),
        predictions=none if coco.detections is None else Boxes._of(coco.detections),
        image_names=coco.image_names,
        class_names=coco.class_names,
        annotation_ids=coco.annotation_ids,
        prediction_ids=coco.detection_ids,
        image_sizes=coco.image_sizes,
        image_ids=coco.image_ids,
        category_ids=coco.class_ids,
        verified_classes=None if offsets is None or classes is None else (offsets, classes),
    )


def write_coco(
    dataset: Dataset, annotations: PathLike, detections: PathLike | None = None, *, keep: PathLike | None = None
) -> None:
    """Writes COCO files, each whole or not at all.

    If the data set has no ids, they count from 1; if it has no names, they are numbers from 1. Ignored annotations get
    ``iscrowd``, which evaluators heed. Verified classes are written as LVIS has them.

    Parameters
    ----------
    dataset:
        What to write.
    annotations, detections:
        Paths of the files, packed with gzip if they end in ``.gz``; None writes no detections.
    keep:
        The annotations file that the data set was read from. All else in it is kept as it was, to the last character:
        masks, areas, attributes, licences, order, layout, images that the data set has not with their annotations.
        Annotations are matched by their ids, or by their positions if one has none. One whose box has changed loses its
        mask and keypoints, which describe the old box.

    Raises
    ------
    OSError
        If a file cannot be written, or ``keep`` cannot be read.
    ValueError
        If ``keep`` is another file, an id lacks or is beyond 64 bits, UTF-8 cannot hold an id or name, or a class id
        without name is above 1,048,575. Or if two classes have one id, or an image with boxes has that of one before
        it, to which readers would give them. Or if there are detections of several detectors to write.

    Examples
    --------
    >>> import tempfile
    >>> dataset = Dataset(Boxes([[10, 10, 50, 50]], [0]), Boxes([[12, 10, 50, 50]], [0], [0.9]), class_names=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_coco(dataset, f"{folder}/annotations.json", f"{folder}/detections.json")
    ...     read_coco(f"{folder}/annotations.json", f"{folder}/detections.json").predictions.xyxy.tolist()
    [[12.0, 10.0, 50.0, 50.0]]
    """
    expect("write_coco", dataset, Dataset)
    images = len(dataset)
    classes = _number_of_classes(dataset)
    shared: dict[str, Any] = {
        "image_ids": _ids("image_ids", dataset.image_ids, images),
        "image_names": _names("image_names", dataset.image_names, images),
        "image_sizes": np.ascontiguousarray(sizes_or_nan(dataset), np.float64),
        "class_ids": _ids("category_ids", dataset.category_ids, classes),
        "class_names": _names("class_names", dataset.class_names, classes),
    }
    _expect_own("category_ids", shared["class_ids"], np.ones(classes, bool))
    _expect_own("image_ids", shared["image_ids"], np.diff(dataset.annotations.offsets) > 0)
    ids = _ids("annotation_ids", dataset.annotation_ids, len(dataset.annotations.class_id))
    detection_ids = None
    if detections is not None:
        # Before a file is written.
        expect_one("write_coco: detections", dataset)
        _expect_own("image_ids", shared["image_ids"], np.diff(dataset.predictions.offsets) > 0)
        detection_ids = _ids("prediction_ids", dataset.prediction_ids, len(dataset.predictions.class_id))
    verified = None if dataset.verified_classes is None else as_classes_of_images(dataset)
    if keep is None:
        _write(annotations, dataset.annotations, ids, shared, verified)
    else:
        try:
            # Of a file that is no COCO, the reader says best what is wrong.
            read = read_file(os.fspath(keep), None, _POSITIONS)
            before, after = _dataset_of(read, ()).annotations, dataset.annotations
            content = content_of(Path(keep))
            of_boxes = shared["image_ids"], shared["class_ids"], verified
            pieces = kept_pieces(content, read, before, after, ids, *of_boxes)
        except ValueError as error:
            why = str(error).removeprefix(f"{keep}: ")
            raise ValueError(f"{keep}: expected the COCO annotations that the data set was read from: {why}") from error
        with atomic_write(annotations) as beside:
            with beside.open("w", encoding="utf-8", newline="") as out:
                out.writelines(pieces)
            _pack(beside, annotations)
    if detections is not None:
        _write(detections, dataset.predictions, detection_ids, shared)


def _write(path: PathLike, boxes: Boxes, ids: Any, shared: dict[str, Any], verified: Any = None) -> None:
    with atomic_write(path) as beside:
        write_file(
            os.fspath(beside),
            boxes._columns,
            ids,
            ignore=None if boxes.ignore is None else boxes.ignore.tolist(),
            verified=verified,
            **shared,
        )
        _pack(beside, path)


def _pack(written: Path, path: PathLike) -> None:
    """Packs what was written with gzip if the path that it is for says so; the same bytes whenever that is."""
    if os.fspath(path).lower().endswith(".gz"):
        written.write_bytes(gzip.compress(written.read_bytes(), mtime=0))


_LEAST, _GREATEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
# Halves of surrogate pairs, which stand in names of files that Python could not decode.
_NOT_IN_UTF8 = re.compile("[\ud800-\udfff]")


def _ids(name: str, given: Any, count: int) -> Any:
    """The ids of a data set as they can be written; numbers from 1 if it has none."""
    if given is None:
        return np.arange(1, count + 1)
    if not isinstance(given, np.ndarray):
        for row, one in enumerate(given):
            if not isinstance(one, str) and (one is None or not _LEAST <= one <= _GREATEST):
                raise ValueError(f"write_coco: {name}[{row}] is {one!r:.60}, expected an integer of 64 bits or a text")
        _expect_utf8(name, given)
    return given


def _expect_own(name: str, ids: Any, named: NDArray[np.bool_]) -> None:
    """Raises ValueError at what boxes name by an id that one before it has."""
    if isinstance(ids, np.ndarray):
        ids = [] if np.diff(np.sort(ids)).all() else ids.tolist()
    first: dict[Any, int] = {}
    for row, one in enumerate(ids if len(set(ids)) < len(ids) else ()):
        if first.setdefault(one, row) != row and named[row]:
            before = f"{name}[{first[one]}]"
            raise ValueError(f"write_coco: {name}[{row}] is {one!r:.60}, as is {before}, expected another one")


def _names(name: str, given: Sequence[str] | None, count: int) -> list[str]:
    """The names of a data set as they can be written; numbers from 1 if it has none."""
    names = list(given or map(str, range(1, count + 1)))
    _expect_utf8(name, names)
    return names


def _expect_utf8(name: str, given: Iterable[int | str]) -> None:
    """Raises ValueError at a text that UTF-8 cannot hold."""
    for row, one in enumerate(given):
        if isinstance(one, str) and not one.isascii() and _NOT_IN_UTF8.search(one):
            raise ValueError(f"write_coco: {name}[{row}] is {ascii(one)[:60]}, expected a text that UTF-8 can hold")


def _number_of_classes(dataset: Dataset) -> int:
    if dataset.class_names is not None:
        return len(dataset.class_names)
    columns = [dataset.annotations.class_id, dataset.predictions.class_id]
    if dataset.verified_classes is not None:
        columns.append(as_classes_of_images(dataset)[1])
    greatest = max(int(class_id.max(initial=-1)) for class_id in columns)
    if greatest >= CLASS_LIMIT:
        raise ValueError(f"write_coco: there are class ids up to {greatest}, expected at most {CLASS_LIMIT - 1}")
    given = 1 + greatest if dataset.category_ids is None else len(dataset.category_ids)
    if given <= greatest:
        raise ValueError(f"write_coco: category_ids has {given}, expected {1 + greatest}, one for each class")
    return given
