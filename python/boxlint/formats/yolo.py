"""YOLO: a text file for each image, with a line for each box in fractions of the image's sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.folders import PathLike, Sizes, files_below, image_sizes_below, output_files, without_ending
from boxlint.formats.line_table import Layout, LineTable, lines_of
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind, check_kinds
from boxlint.inspection.inspect import report_findings

__all__ = ["read_yolo", "write_yolo"]

Confidence = Literal["last", "second"]

_LABEL = ("class", "x_center", "y_center", "width", "height")
_LAYOUTS: dict[str, Layout] = {
    "last": (*_LABEL, "confidence"),
    "second": ("class", "confidence", *_LABEL[1:]),
}

# A file of class names that annotation tools put beside the labels.
_CLASS_LIST = "classes"


def read_yolo(
    labels_dir: PathLike,
    predictions_dir: PathLike | None = None,
    *,
    names: Sequence[str] | Mapping[int, str],
    image_sizes: Mapping[str, tuple[float, float]] | None = None,
    images_dir: PathLike | None = None,
    confidence: Confidence = "last",
    skip_unknown: bool = False,
    refuse: Collection[FindingKind] = (),
    on_finding: FindingCallback | None = None,
) -> Dataset:
    """Reads YOLO text files. A line is ``class x_center y_center width height``; detections add their confidence.

    The file of image ``a/b.jpg`` is ``a/b.txt``; an image without a file has no boxes.

    Parameters
    ----------
    labels_dir:
        Folder of the annotations.
    predictions_dir:
        Folder of the detections; None for no predictions.
    names:
        Name of each class id, as in the ``names`` of a data set's YAML file.
    image_sizes:
        Name of each image -> its width and height in pixels. Give this or images_dir.
    images_dir:
        Folder of the images, to read the sizes from them; needs Pillow.
    confidence:
        The column of the confidence in detections: "last", as Ultralytics writes, or "second", as darknet does.
    skip_unknown:
        Drop boxes of an unknown image or class instead of refusing the folder.
    refuse:
        Kinds of findings that make the files unfit, such as ``outside``: see `boxlint.inspection.KINDS`.
    on_finding:
        Called with each finding: boxes that were dropped, and what `boxlint.inspect` finds.

    Raises
    ------
    OSError
        If a folder, file or image cannot be read.
    ValueError
        If a file has another content: names the file, the line, what was found and what is expected.
    """
    check_kinds(refuse)
    if confidence not in _LAYOUTS:
        raise ValueError(f"confidence is {confidence!r}, expected 'last' or 'second'")
    if (image_sizes is None) == (images_dir is None):
        raise ValueError("read_yolo: expected one of image_sizes and images_dir")
    sizes = image_sizes_below(images_dir) if images_dir is not None else dict(image_sizes or {})
    folder = _Folder(sizes, _class_names(names), skip_unknown)
    annotations, found = folder.read(labels_dir, _LABEL, "annotations")
    predictions = Boxes(np.empty((0, 4)), [], [], np.zeros(len(sizes) + 1, np.int64))
    if predictions_dir is not None:
        predictions, found_there = folder.read(predictions_dir, _LAYOUTS[confidence], "detections")
        found += found_there
    dataset = Dataset(
        annotations,
        predictions,
        image_names=list(sizes),
        class_names=folder.classes,
        image_sizes=np.array(list(sizes.values()), np.float64).reshape(-1, 2),
    )
    report_findings(labels_dir, dataset, found, refuse, on_finding)
    return dataset


def write_yolo(
    dataset: Dataset,
    labels_dir: PathLike,
    predictions_dir: PathLike | None = None,
    *,
    confidence: Confidence = "last",
    ignored: Literal["write", "drop"] | None = None,
) -> None:
    """Writes YOLO text files, one an image, empty for an image without boxes.

    A new folder appears whole or not at all. In a folder that exists, files of the same names are replaced once all are
    written. Fractions have ten digits, which is far below a thousandth of a pixel. Class names and image sizes are not
    in these files; keep them elsewhere.

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

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If names or sizes are missing, two images would have the same file, or there are ignored annotations and
        ``ignored`` is None.
    """
    if confidence not in _LAYOUTS:
        raise ValueError(f"confidence is {confidence!r}, expected 'last' or 'second'")
    annotations = dataset.annotations
    if annotations.ignore is not None and annotations.ignore.any():
        if ignored not in ("write", "drop"):
            raise ValueError(
                f"write_yolo: {annotations.ignore.sum()} annotations are marked ignore, which YOLO files cannot say, "
                "expected ignored='write' or 'drop'"
            )
        annotations = annotations.keep(~annotations.ignore) if ignored == "drop" else annotations
    _write(dataset, annotations, labels_dir, _LABEL)
    if predictions_dir is not None:
        _write(dataset, dataset.predictions, predictions_dir, _LAYOUTS[confidence])


@dataclass(frozen=True)
class _Folder:
    """The images and classes that files of labels and of detections are about."""

    sizes: Sizes
    classes: list[str]
    skip_unknown: bool

    def read(self, folder: PathLike, layout: Layout, where: str) -> tuple[Boxes, list[Finding]]:
        files = files_below(folder, ".txt")
        stems = [without_ending(name) for name in self.sizes]
        findings = list(self._of_unknown_images(files, stems, where))
        table = LineTable.read([files.get(stem) for stem in stems], layout)
        table.check()
        unknown = table["class"] >= len(self.classes)
        if unknown.any():
            first = int(unknown.argmax())
            example = f"{table.place(first)} has class {table['class'][first]:g} of {len(self.classes)}"
            findings.append(self._drop("unknown_class", where, int(unknown.sum()), example))
        image = np.repeat(np.arange(len(stems)), np.diff(table.offsets))[~unknown]
        sides = np.array(list(self.sizes.values()), np.float64).reshape(-1, 2)[image]
        rows = table.rows[~unknown]
        score = rows[:, layout.index("confidence")] if "confidence" in layout else None
        offsets = np.searchsorted(image, np.arange(len(stems) + 1))
        corners = _corners(rows[:, layout.index("x_center") :][:, :4], sides)
        return Boxes(corners, rows[:, 0].astype(np.int32), score, offsets), findings

    def _of_unknown_images(self, files: dict[str, Path], stems: list[str], where: str) -> Iterator[Finding]:
        others = files.keys() - set(stems) - {_CLASS_LIST}
        lines = {name: len(lines_of(files[name])) for name in sorted(others)}
        boxes = {name: count for name, count in lines.items() if count}
        if boxes:
            example = f"{files[next(iter(boxes))]} belongs to none of the {len(stems)} images"
            yield self._drop("unknown_image", where, sum(boxes.values()), example)

    def _drop(self, kind: FindingKind, where: str, count: int, example: str) -> Finding:
        finding = Finding(kind, where, count, example)
        if not self.skip_unknown:
            raise ValueError(f"{finding}; skip_unknown drops them")
        return finding


def _corners(boxes: NDArray[np.float64], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    center, size = boxes[:, :2], boxes[:, 2:]
    return np.hstack([(center - size / 2) * sides, (center + size / 2) * sides])


def _class_names(names: Sequence[str] | Mapping[int, str]) -> list[str]:
    if not isinstance(names, Mapping):
        return list(names)
    if sorted(names) != list(range(len(names))):
        raise ValueError(f"names has the class ids {sorted(names)}, expected 0 to {len(names) - 1}")
    return [names[class_id] for class_id in range(len(names))]


def _write(dataset: Dataset, boxes: Boxes, folder: PathLike, layout: Layout) -> None:
    if dataset.image_names is None or dataset.image_sizes is None:
        raise ValueError("write_yolo: the data set has no image names or no image sizes, expected both")
    image = np.repeat(np.arange(len(boxes)), np.diff(boxes.offsets))
    sides = dataset.image_sizes[image]
    unknown = ~(sides > 0).all(axis=1)
    if unknown.any():
        name = dataset.image_names[image[unknown.argmax()]]
        raise ValueError(f"write_yolo: image {name!r} has boxes but no known size, expected width and height")
    low, high = boxes.xyxy[:, :2].astype(np.float64), boxes.xyxy[:, 2:].astype(np.float64)
    columns: list[NDArray[Any]] = [boxes.class_id, *((low + high) / 2 / sides).T, *((high - low) / sides).T]
    if "confidence" in layout:
        assert boxes.score is not None
        columns.insert(layout.index("confidence"), boxes.score)
    rows = np.column_stack(columns)
    line = " ".join(["%d", *["%.10g"] * (len(layout) - 1)]) + "\n"
    ends = boxes.offsets.tolist()
    with output_files(folder, dataset.image_names, ".txt") as files:
        for file, start, end in zip(files, ends[:-1], ends[1:], strict=True):
            file.write_text(line * (end - start) % tuple(rows[start:end].ravel().tolist()), encoding="utf-8")
