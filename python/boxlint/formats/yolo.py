"""YOLO: a text file for each image, with a line for each box in fractions of the image's sides."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import as_names, expect
from boxlint._core import FolderFiles, count_box_lines, plain_sizes
from boxlint._detectors import expect_one
from boxlint.boxes import Boxes, image_of_boxes, judged, no_boxes
from boxlint.dataset import Dataset
from boxlint.formats.class_list import ClassNames, class_list, expect_order, repeated_names
from boxlint.formats.folders import (
    PathLike,
    Sizes,
    expect_files,
    expect_images,
    files_below,
    image_sizes_below,
    output_files,
)
from boxlint.formats.image_files import image_files
from boxlint.formats.line_checks import checked_columns, expect_confidence_column
from boxlint.formats.line_table import Layout, LineTable, Shape, read_lines
from boxlint.formats.unreadable import unreadable
from boxlint.formats.yolo_kept import FRACTION, expect_fractions, relative_boxes, write_kept_lines
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind, check_kinds
from boxlint.inspection.inspect import report_findings

__all__ = ["read_yolo", "write_yolo"]

Confidence = Literal["last", "second"]

# Files of class names that annotation tools put beside the labels.
_CLASS_LISTS = ("classes", "labels", "names", "obj_names")


def read_yolo(
    labels_dir: PathLike,
    predictions_dir: PathLike | None = None,
    *,
    names: ClassNames,
    image_sizes: Mapping[str, tuple[float, float] | None] | None = None,
    images_dir: PathLike | None = None,
    image_names: Sequence[str] | None = None,
    confidence: Confidence = "last",
    outlines: bool = False,
    keypoints: bool = False,
    skip_unknown: bool = False,
    skip_unreadable: bool = False,
    refuse: Collection[FindingKind] = (),
    on_finding: FindingCallback | None = None,
) -> Dataset:
    """Reads YOLO text files. A line is ``class x_center y_center width height``; detections add their confidence.

    The file of image ``a/b.jpg`` is ``a/b.txt``; an image without a file has no boxes. If the files are in other
    folders than the images, their stems say which belong together. Hidden files, and files without lines of numbers
    such as ``classes.txt``, are passed over.

    A line of a segment, ``class x1 y1 x2 y2 x3 y3 ...``, gives the box around its points, and one of a pose gives its
    box without the keypoints. They are told apart by all lines of the folder.

    Parameters
    ----------
    labels_dir:
        Folder of the annotations.
    predictions_dir:
        Folder of the detections; None for no predictions.
    names:
        Name of each class id, as in the ``names`` of a data set's YAML file: a list, or a dict by class id.
    image_sizes:
        Name of each image -> its width and height in pixels; None, 0 or NaN where unknown, which only an image without
        boxes may have. Give this or images_dir.
    images_dir:
        Folder of the images, to read the sizes from them; needs Pillow for all but plain JPEG files.
    image_names:
        The images to read, such as those of one split, if not all of image_sizes or images_dir. Files of others are
        passed over.
    confidence:
        The column of the confidence in detections: "last", as Ultralytics writes, or "second", as darknet does.
    outlines, keypoints:
        Read all lines that are longer than a box as outlines, or all as boxes with keypoints.
    skip_unknown:
        Drop boxes of an unknown image or class instead of refusing the folder.
    skip_unreadable:
        Drop lines that cannot be read, and images whose file cannot be read at all, instead of refusing the folder.
    refuse:
        Kinds of findings that make the files unfit, such as ``outside``: see `boxlint.inspection.KINDS`.
    on_finding:
        Called with each finding: lines and boxes that were dropped, and what `boxlint.inspect` finds.

    Raises
    ------
    OSError
        If a folder or file cannot be read.
    TypeError
        If names is a single text, or the name of an image is no text.
    ValueError
        If a file has another content: names the file, the line, what was found and what is expected. Or if no files
        are found, or one could belong to two images.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("1 0.5 0.5 0.2 0.2")
    ...     dataset = read_yolo(folder, names=["cat", "dog"], image_sizes={"a.jpg": (640, 480)})
    >>> dataset.annotations.class_id.tolist(), dataset.annotations.xyxy.tolist()
    ([1], [[256.0, 192.0, 384.0, 288.0]])
    """
    check_kinds(refuse)
    if confidence not in ("last", "second"):
        raise ValueError(f"confidence is {confidence!r}, expected 'last' or 'second'")
    if outlines and keypoints:
        raise ValueError("outlines and keypoints are both given, expected one of them")
    if (image_sizes is None) == (images_dir is None):
        raise ValueError("read_yolo: expected one of image_sizes and images_dir")
    classes, image_names = class_list(names), as_names("image_names", image_names)
    if images_dir is not None:
        by_name, faults = image_sizes_below(images_dir, image_names)
        images, sides = _columns(by_name)
    else:
        (images, sides), faults = _sizes({} if image_sizes is None else image_sizes, image_names), []
    found = [*repeated_names(classes), *unreadable("images", faults, skip_unreadable)]
    lost = set(np.flatnonzero(np.isnan(sides).any(axis=1)).tolist()) if faults else set()
    shape: Shape | None = "outlines" if outlines else "keypoints" if keypoints else None
    are_all = image_names is None
    folder = _Folder(images, sides, classes, shape, are_all, skip_unknown, skip_unreadable, found, lost)
    annotations = folder.read(labels_dir, "annotations")
    predictions = no_boxes(len(sides), scores=True)
    if predictions_dir is not None:
        predictions = folder.read(predictions_dir, confidence)
    dataset = Dataset(annotations, predictions, image_names=images, class_names=classes, image_sizes=sides)
    if folder.lost:
        dataset = dataset[np.setdiff1d(np.arange(len(dataset)), sorted(folder.lost))]
    report_findings(labels_dir, dataset, folder.found, refuse, on_finding)
    return dataset


def write_yolo(
    dataset: Dataset,
    labels_dir: PathLike,
    predictions_dir: PathLike | None = None,
    *,
    confidence: Confidence = "last",
    ignored: Literal["write", "drop"] | None = None,
    keep: PathLike | None = None,
) -> None:
    """Writes YOLO text files, one an image, empty for an image without boxes.

    A new folder appears whole or not at all. In a folder that exists, files of the same names are replaced once all are
    written. Fractions have ten digits, which is far below a thousandth of a pixel. Class names, image sizes and
    verified classes are not in these files; keep them elsewhere. What is written can be read by `read_yolo`: boxes may
    reach over the edge of their image, but what would have to be written as more than twice its side is refused, for
    `read_yolo` takes such a number for pixels.

    Parameters
    ----------
    dataset:
        What to write; it needs image names and image sizes.
    labels_dir, predictions_dir:
        Paths of the folders; None writes no predictions.
    confidence:
        The column of the confidence in predictions: "last", as Ultralytics writes, or "second", as darknet does.
    ignored:
        What to do with ignored annotations, which the format cannot mark: "write" them like any others, or "drop" them.
    keep:
        The folder of annotations that the data set was read from; it may be labels_dir itself. Files in which nothing
        changes stay as they are, byte for byte, and of the others all lines but those that change. A changed class
        replaces the first word of its line, so that an outline stays. Another folder gets a copy of the text files.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If there are neither images nor ``keep``, names or sizes are missing, two images would have the same file, or
        there are ignored annotations and ``ignored`` is None. Or if a box is larger than twice its image or has its
        center as far outside, or the predictions would look as if their confidence were in the other column. Or if
        ``keep`` is the folder of another data set, or there are predictions of several detectors to write.

    Examples
    --------
    >>> import tempfile
    >>> boxes = Boxes([[256, 192, 384, 288]], [1])
    >>> dataset = Dataset(boxes, Boxes([], [], []), ["a.jpg"], ["cat", "dog"], image_sizes=[(640, 480)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_yolo(dataset, folder)
    ...     Path(folder, "a.txt").read_text().split()
    ['1', '0.5', '0.5', '0.2', '0.2']
    """
    expect("write_yolo", dataset, Dataset)
    if confidence not in ("last", "second"):
        raise ValueError(f"confidence is {confidence!r}, expected 'last' or 'second'")
    annotations = dataset.annotations
    if annotations.ignore is not None and annotations.ignore.any():
        if ignored not in ("write", "drop"):
            raise ValueError(
                f"write_yolo: {annotations.ignore.sum()} annotations are marked ignore, which YOLO files cannot say, "
                "expected ignored='write' or 'drop'"
            )
        if ignored == "drop":
            annotations = judged(annotations)
    _expect_sizes(dataset, annotations)
    if keep is None:
        expect_images("write_yolo", len(dataset))
    detected = None
    if predictions_dir is not None:
        expect_one("write_yolo: predictions_dir", dataset)
        _expect_sizes(dataset, dataset.predictions)
        detected = _lines(dataset, dataset.predictions, confidence)
    if keep is None:
        _write(dataset, _lines(dataset, annotations, "annotations"), labels_dir)
    else:
        write_kept_lines(dataset, annotations, keep, labels_dir)
    if detected is not None:
        assert predictions_dir is not None
        _write(dataset, detected, predictions_dir)


def _columns(sizes: Sizes) -> tuple[list[str], NDArray[np.float64]]:
    """The names of the images and (N, 2) their widths and heights."""
    return list(sizes), np.array(list(sizes.values()), np.float64).reshape(-1, 2)


def _sizes(given: Mapping[str, Any], names: Sequence[str] | None) -> tuple[list[str], NDArray[np.float64]]:
    """The images whose sizes are given, or some of these if names are given, and (N, 2) the sizes; NaN if unknown."""
    plain = plain_sizes(given)
    if plain is not None and len(plain) and names is None:
        return list(given), plain
    if not isinstance(given, Mapping):
        raise TypeError(f"image_sizes: expected a dict by the names of the images, found {type(given).__name__}")
    sizes: Sizes = {}
    for name, size in given.items():
        if not isinstance(name, (str, os.PathLike)):
            raise TypeError(f"image_sizes: the name {name!r}: expected a text, found {type(name).__name__}")
        try:
            if isinstance(size, str):
                raise ValueError("a single text")
            width, height = (None, None) if size is None else size
            sides = (nan if width is None else float(width), nan if height is None else float(height))
        except (OverflowError, TypeError, ValueError) as error:
            raise ValueError(f"image_sizes: {name!r} has {size!r:.80}, expected its width and height") from error
        are_known = 0 < sides[0] < inf and 0 < sides[1] < inf
        if not are_known and (min(sides) < 0 or inf in sides):
            raise ValueError(f"image_sizes: {name!r} has {size!r}, expected its width and height")
        sizes[os.fspath(name)] = sides if are_known else (nan, nan)
    if not sizes:
        raise ValueError("image_sizes has no images, expected all of the data set")
    lacking = [name for name in names or () if name not in sizes]
    if lacking:
        raise ValueError(f"image_sizes has no image {lacking[0]!r}, which image_names has")
    return _columns(sizes if names is None else {name: sizes[name] for name in names})


@dataclass
class _Folder:
    """The images and classes that files of labels and of detections are about, and what was found in these."""

    names: list[str]
    # (N, 2) width and height of each image.
    sides: NDArray[np.float64]
    classes: list[str]
    shape: Shape | None
    # Whether these are all images that the files may be of.
    are_all: bool
    skip_unknown: bool
    skip_unreadable: bool
    found: list[Finding]
    # Positions of images of which a file cannot be read.
    lost: set[int] = field(default_factory=set)

    def read(self, folder: PathLike, layout: Layout) -> Boxes:
        where = "annotations" if layout == "annotations" else "detections"
        files = files_below(folder, ".txt")
        expect_files(folder, ".txt", files)
        belonging = image_files(self.names, files)
        of_images = belonging.files.copy()
        matched = np.flatnonzero(of_images >= 0)
        others = belonging.others.paths()
        for file in others:
            if Path(file).stem.lower() in _CLASS_LISTS:
                expect_order(self.classes, Path(file))
        if self.are_all:
            self.found += self._of_unknown_images(belonging.others, where)
        if not len(matched) and not any(count_box_lines(belonging.others)):
            only = Path(others[0]).name
            raise ValueError(f"{folder}: found no .txt files with lines of boxes, only {only}")
        if belonging.by_stem:
            first = int(matched[0])
            example = f"{files.path(of_images[first])} is of {self.names[first]!r}"
            self.found.append(Finding("matched_by_stem", where, len(matched), example))
        of_images[sorted(self.lost)] = -1
        table = read_lines(files, of_images, layout, self.shape)
        self.found += unreadable(where, table.faults, self.skip_unreadable)
        self.lost.update(table.lost)
        self.found += checked_columns(table, layout, where)
        self.found += _of_shapes(table, where)
        return self._boxes(table, layout, where)

    def _boxes(self, table: LineTable, layout: Layout, where: str) -> Boxes:
        unknown = table.class_id >= len(self.classes)
        if unknown.any():
            first = int(unknown.argmax())
            example = f"{table.place(first)} has class {table.class_id[first]:g} of {len(self.classes)}"
            self.found.append(self._drop("unknown_class", where, int(unknown.sum()), example))
            table = table.chosen(~unknown)
        sizeless = np.asarray(np.isnan(self.sides).any(axis=1))[table.image]
        if sizeless.any():
            first = int(sizeless.argmax())
            name = self.names[table.image[first]]
            raise ValueError(f"{table.place(first)}: image {name!r} has boxes but no known size")
        offsets = np.concatenate([[0], np.cumsum(np.bincount(table.image, minlength=len(self.names)))])
        corners = table.corners * np.hstack([self.sides, self.sides])[table.image]
        score = None if layout == "annotations" else table.score
        return Boxes(corners, table.class_id, score, offsets, copy=False)

    def _of_unknown_images(self, others: FolderFiles, where: str) -> Iterator[Finding]:
        counts = count_box_lines(others)
        if any(counts):
            first = others.path(next(file for file, count in enumerate(counts) if count))
            same = [name for name in self.names if Path(name).stem.lower() == Path(first).stem.lower()]
            hint = f"; in another folder or case, there is {same[0]!r}" if same else ""
            example = f"{first} belongs to none of the {len(self.names)} images{hint}"
            yield self._drop("unknown_image", where, sum(counts), example)

    def _drop(self, kind: FindingKind, where: str, count: int, example: str) -> Finding:
        finding = Finding(kind, where, count, example)
        if not self.skip_unknown:
            raise ValueError(f"{finding}; skip_unknown drops them")
        return finding


def _of_shapes(table: LineTable, where: str) -> Iterator[Finding]:
    made_from: dict[FindingKind, NDArray[np.bool_]] = {
        "box_from_outline": table.outlines,
        "box_from_keypoints": table.keypoints,
    }
    for kind, made in made_from.items():
        if made.any():
            yield Finding(kind, where, int(made.sum()), table.place(int(made.argmax())))


def _expect_sizes(dataset: Dataset, boxes: Boxes) -> None:
    if dataset.image_names is None or dataset.image_sizes is None:
        raise ValueError("write_yolo: the data set has no image names or no image sizes, expected both")
    image = image_of_boxes(boxes)
    unknown = ~(dataset.image_sizes[image] > 0).all(axis=1)
    if unknown.any():
        name = dataset.image_names[image[unknown.argmax()]]
        raise ValueError(f"write_yolo: image {name!r} has boxes but no known size, expected width and height")


def _lines(dataset: Dataset, boxes: Boxes, layout: Layout) -> Iterator[str]:
    """The content of the file of each image.

    Raises
    ------
    ValueError
        If `read_yolo` would refuse it.
    """
    assert dataset.image_names is not None
    assert dataset.image_sizes is not None
    names, image = dataset.image_names, image_of_boxes(boxes)
    relative = relative_boxes(boxes.xyxy, dataset.image_sizes[image])
    expect_fractions(names, image, boxes.xyxy, relative)
    columns: list[NDArray[Any]] = [boxes.class_id, *relative.T]
    if layout != "annotations":
        assert boxes.score is not None
        score = boxes.score.astype(np.float64)
        expect_confidence_column(relative, score, layout, lambda row: f"write_yolo: image {names[image[row]]!r}")
        columns.insert(1 if layout == "second" else len(columns), boxes.score)
    rows = np.column_stack(columns)
    line = " ".join(["%d", *[FRACTION] * (len(columns) - 1)]) + "\n"
    ends = boxes.offsets.tolist()
    return (line * (end - start) % tuple(rows[start:end].ravel().tolist()) for start, end in pairwise(ends))


def _write(dataset: Dataset, contents: Iterator[str], folder: PathLike) -> None:
    assert dataset.image_names is not None
    with output_files(folder, dataset.image_names, ".txt") as files:
        for file, content in zip(files, contents, strict=True):
            file.write_text(content, encoding="utf-8")
