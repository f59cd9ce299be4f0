"""Annotations and predictions of any format, recognised by what lies at their paths, and written back corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from boxlint._core import FolderFiles
from boxlint._detectors import classes_of_boxes
from boxlint._text import counted
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.coco import read_coco, write_coco
from boxlint.formats.joining import PredictionOptions
from boxlint.formats.lost_images import add_beside_lost
from boxlint.formats.parquet_files import parquet_files, read_parquet_files
from boxlint.formats.predictions import add_predictions, stems_of
from boxlint.formats.read_options import TITLES, TITLES_OF_PREDICTIONS, ReadOptions, refuse_unused
from boxlint.formats.recognise import Found, recognise, words_of_labels
from boxlint.formats.voc import voc_images, write_voc
from boxlint.formats.yolo import read_yolo, write_yolo
from boxlint.formats.yolo_layout import Names, YoloLayout, class_names, in_order, layout_of, names_beside, numbered
from boxlint.inspection.findings import Finding, FindingCallback
from boxlint.inspection.inspect import report_findings

__all__ = ["Source", "names_of_parquet", "number_of_classes", "read_parquet_source", "read_source"]


@dataclass(frozen=True)
class Source:
    """A data set, where it came from, and what was found on the way.

    Attributes
    ----------
    dataset:
        The annotations and predictions.
    found:
        What lies at the path of the annotations.
    folder:
        The file or folder that holds them.
    recognised:
        In one line what was read as what.
    findings:
        What may be wrong with it.
    images:
        The folder of its images, where it is known.
    one_based:
        Pascal VOC: whether corners are pixels counted from 1.
    parquet:
        The files of Parquet, in the order of their images.
    voc:
        The file of each image of Pascal VOC.
    """

    dataset: Dataset
    found: Found
    folder: Path
    recognised: str
    findings: tuple[Finding, ...]
    images: Path | None
    one_based: bool = False
    parquet: tuple[Path, ...] = ()
    voc: FolderFiles | None = None

    def write(self, corrected: Dataset, path: Path) -> None:
        """Writes corrected annotations in the format they came in, keeping what did not change.

        Raises
        ------
        OSError
            If a file cannot be written.
        """
        if self.found.kind == "coco":
            write_coco(corrected, path, keep=self.folder)
        elif self.found.kind == "yolo":
            write_yolo(corrected, path, keep=self.folder)
        else:
            write_voc(corrected, path, one_based=self.one_based, keep=self.folder)


def read_source(annotations: Path, predictions: Path | None, options: ReadOptions) -> Source:
    """Reads annotations and predictions of any format.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If it is not one of the formats, or something in it cannot be understood.
    """
    found = recognise(annotations)
    if found.kind == "parquet" and predictions is None:
        return read_parquet_source([annotations], options)
    if found.kind == "parquet":
        raise ValueError(f"{annotations} is Parquet, which holds predictions, too: leave out {predictions}")
    if found.kind == "coco_results":
        raise ValueError(f"{annotations} looks like COCO results, a detector's boxes: the annotations come first")
    given = None if predictions is None else recognise(predictions, detections=True)
    if given is not None:
        _refuse_exchanged(found, given)
    refuse_unused(options, found.kind, [] if given is None else [given.kind])
    named = None if given is None or options.names is None else class_names(options.names)
    read = {"coco": _read_coco, "yolo": _read_yolo, "voc": _read_voc}[found.kind]
    findings: list[Finding] = []
    dataset, folder, title, joined, lost, images, voc = read(found, given, options, findings.append)
    _expect_images(dataset, annotations, findings)
    if given is not None and not joined:
        how_to_read = _for_predictions(options, named, dataset, found, given)
        dataset, how = add_beside_lost(
            dataset, lost, lambda to: add_predictions(to, given, how_to_read, findings.append), findings.append
        )
        inspected: list[Finding] = []
        report_findings(annotations, dataset, findings, (), inspected.append)
        findings = inspected
        joined = f"{_title_of_predictions(given)} ({how})"
    if given is not None and not len(dataset.predictions.class_id):
        findings = [one for one in findings if one.kind != "no_detections"]
        findings.append(Finding("no_detections", "detections", 1, str(given.path)))
    if given is not None and options.empty_not_run:
        dataset = replace(dataset, not_run=(np.diff(dataset.predictions.offsets) == 0)[:, None])
        findings = [one for one in findings if one.kind != "without_detections"]
    recognised = _recognised(found.kind, title, dataset)
    if given is not None:
        recognised += f"; predictions read as {joined}: {given.path}"
    images = options.images or images
    return Source(dataset, found, folder, recognised, tuple(findings), images, options.one_based, voc=voc)


def read_parquet_source(paths: Sequence[Path], options: ReadOptions) -> Source:
    """Reads Parquet files, or folders of them, which have predictions beside the annotations.

    Raises
    ------
    OSError, ValueError, TypeError
        If a file cannot be read, or is not as `boxlint.from_arrow` takes it.
    """
    refuse_unused(options, "parquet", ())
    files = parquet_files(paths)
    dataset = _judged(read_parquet_files(files, options.columns, names_of_parquet(options)), options)
    findings: list[Finding] = []
    report_findings(paths[0], dataset, (), (), findings.append)
    _expect_images(dataset, paths[0], findings)
    if _lacks_detections(dataset, options):
        findings.append(Finding("no_detections", "detections", 1, str(paths[0])))
    title = paths[0].name if len(paths) == 1 else counted(len(files), "file")
    return Source(
        dataset,
        Found("parquet", paths[0]),
        paths[0],
        _recognised("parquet", title, dataset),
        tuple(findings),
        options.images,
        parquet=tuple(files),
    )


def _expect_images(dataset: Dataset, path: Path, findings: Sequence[Finding]) -> None:
    """Refuses a data set without images, unless a finding says that none could be read."""
    if len(dataset) == 0 and all(one.kind != "unreadable" for one in findings):
        raise ValueError(f"there are no images in {path}")


def _lacks_detections(dataset: Dataset, options: ReadOptions) -> bool:
    """Whether a detector that was run has no detection in Parquet; one that was not run has none to give."""
    if (options.columns or {}).get("predictions", "") is None:
        return False
    runs = [one for one in dataset.detectors.values() if one.not_run is None or not one.not_run.all()]
    return any(len(one.predictions.class_id) == 0 for one in runs)


def names_of_parquet(options: ReadOptions) -> list[str] | None:
    """The names of the classes, if they are given, in the order of their numbers."""
    return None if options.names is None else in_order(class_names(options.names))


def _judged(dataset: Dataset, options: ReadOptions) -> Dataset:
    """The data set, without marks to ignore where no flag is one."""
    if options.ignore:
        return dataset
    boxes = dataset.annotations
    return replace(dataset, annotations=Boxes(boxes.xyxy, boxes.class_id, offsets=boxes.offsets))


def _recognised(kind: str, title: str, dataset: Dataset) -> str:
    return (
        f"read as {TITLES[kind]}: {title}, {counted(len(dataset), 'image')}, "
        f"{counted(number_of_classes(dataset), 'class')}"
    )


def number_of_classes(dataset: Dataset) -> int:
    """How many classes have names; without names, up to which class id there are boxes."""
    if dataset.class_names is not None:
        return len(dataset.class_names)
    return classes_of_boxes(dataset)


class _Read(NamedTuple):
    """A data set, and what is known of it: the fields that are not those of `Source` are described here."""

    dataset: Dataset
    folder: Path
    # What to call it, and what predictions were read as if they were.
    title: str
    joined: str
    # Images that are left out because they cannot be read.
    lost: list[str]
    images: Path | None
    voc: FolderFiles | None = None


def _read_coco(found: Found, given: Found | None, options: ReadOptions, on_finding: FindingCallback) -> _Read:
    at_once = given is None or (given.kind == "coco_results" and options.names is None)
    of_detections: dict[str, Any] = {}
    if given is not None and at_once:
        names = ("images_by_stem", "classes_from", "class_order")
        of_detections = {"detections": given.path, **{name: getattr(options, name) for name in names}}
    dataset = read_coco(
        found.path,
        ignore=options.ignore,
        skip_unknown=options.skip_unknown,
        on_finding=on_finding,
        skip_unreadable=options.skip_unreadable,
        **of_detections,
    )
    joined = TITLES_OF_PREDICTIONS["coco_results"] if at_once else ""
    return _Read(dataset, found.path, found.path.name, joined, [], None)


def _read_yolo(found: Found, given: Found | None, options: ReadOptions, on_finding: FindingCallback) -> _Read:
    stems = None if given is None or options.split is not None else stems_of(given)
    layout = layout_of(found, options.split, stems)
    labelled, detected = _names_of_both(layout, given, options)
    at_once = given is not None and given.kind == "yolo" and numbered(detected) == numbered(labelled)
    dataset = read_yolo(
        layout.labels,
        given.path if given is not None and at_once else None,
        names=labelled,
        **layout.sizes(options.sizes, options.images),
        confidence=options.confidence,
        outlines=options.outlines,
        keypoints=options.keypoints,
        skip_unknown=options.skip_unknown,
        on_finding=on_finding,
        skip_unreadable=options.skip_unreadable,
    )
    images = layout.image_names(options.sizes, options.images) if options.skip_unreadable else ()
    lost = sorted(set(images) - set(dataset.image_names or ()))
    joined = "YOLO labels with confidences" if at_once else ""
    return _Read(dataset, layout.labels, layout.title, joined, lost, layout.images)


def _names_of_both(layout: YoloLayout, given: Found | None, options: ReadOptions) -> tuple[Names, Names]:
    """The names of the labels and of the detector's numbers, which may be in another order.

    Names that are given are the detector's, where it has numbers and the labels have names of their own.
    """
    has_numbers = given is not None and given.kind in ("yolo", "coco_results")
    names = layout.names if options.names is None else class_names(options.names)
    if names is None:
        raise ValueError(
            f"{layout.labels}: YOLO labels hold class ids without names: "
            "give a data.yaml with names, or --names cat,dog"
        )
    beside = names_beside(given.path) if given is not None and given.kind == "yolo" and options.names is None else None
    labelled = layout.names if has_numbers and layout.names is not None else names
    return labelled, beside or names


def _read_voc(found: Found, given: Found | None, options: ReadOptions, on_finding: FindingCallback) -> _Read:
    names = None if options.names is None else class_names(options.names)
    dataset, files, lost = voc_images(
        found.path,
        names=None if names is None else in_order(names),
        one_based=options.one_based,
        skip_unknown=options.skip_unknown,
        on_finding=on_finding,
        skip_unreadable=options.skip_unreadable,
    )
    beside = found.path.parent / "JPEGImages"
    images = beside if beside.is_dir() else None
    return _Read(_judged(dataset, options), found.path, found.path.name, "", lost, images, files)


def _for_predictions(
    options: ReadOptions, names: Names | None, dataset: Dataset, found: Found, given: Found
) -> PredictionOptions:
    """The options for predictions. A list of classes beside them is theirs, unless names are given for them alone."""
    if names is None and given.kind == "yolo":
        names = names_beside(given.path)
    return PredictionOptions(
        names=dataset.class_names if names is None and found.kind == "yolo" else names,
        confidence=options.confidence,
        outlines=options.outlines,
        keypoints=options.keypoints,
        images_by_stem=options.images_by_stem,
        classes_from=options.classes_from,
        skip_unknown=options.skip_unknown,
        skip_unreadable=options.skip_unreadable,
        one_based=options.one_based,
    )


def _refuse_exchanged(found: Found, given: Found) -> None:
    """Refuses a detector's folder of YOLO in the place of the annotations, and theirs in its place."""
    if found.kind == given.kind == "yolo" and (words_of_labels(found), words_of_labels(given)) == (6, 5):
        raise ValueError(
            f"{found.path} has labels with confidences, as a detector writes them, and {given.path} has none: "
            "the annotations come first"
        )


def _title_of_predictions(given: Found) -> str:
    return TITLES_OF_PREDICTIONS.get(given.kind) or f"{TITLES[given.kind]} with scores"
