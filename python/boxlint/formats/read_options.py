"""What a path alone does not tell of the data set that lies there, and which of it says nothing about its format."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxlint.formats.coco import IGNORED_FLAGS
from boxlint.formats.yolo import Confidence

__all__ = ["TITLES", "TITLES_OF_PREDICTIONS", "ReadOptions", "refuse_unused"]

TITLES = {"coco": "COCO annotations", "yolo": "YOLO labels", "voc": "Pascal VOC", "parquet": "Parquet"}
TITLES_OF_PREDICTIONS = {"coco": "COCO annotations with scores", "coco_results": "COCO results"}
_ALL_TITLES = {**TITLES_OF_PREDICTIONS, **TITLES}


@dataclass(frozen=True)
class ReadOptions:
    """What a path alone does not tell.

    Attributes
    ----------
    images, sizes:
        Folder of the images of YOLO labels, or a CSV file of name, width and height.
    names:
        Names of the classes: cat,dog; or a file that has them.
    split:
        train, val or test of a data.yaml, or several as one: train,val.
    confidence:
        The column of the confidence in YOLO predictions.
    outlines, keypoints:
        What all lines of YOLO labels that are longer than a box are; see `boxlint.read_yolo`.
    one_based:
        Pascal VOC: corners are pixels counted from 1, and the last one is part of the box.
    ignore:
        Flags of COCO annotations that are to be ignored; if there are none, no annotation of any format is.
    images_by_stem, classes_from, class_order:
        How COCO results name images and classes; see `boxlint.read_coco`.
    columns:
        What columns of Parquet are called, as in `boxlint.from_arrow`.
    empty_not_run:
        The detector was not run on the images of which it has no box.
    skip_unknown, skip_unreadable:
        Drop boxes of unknown images or classes, and records that cannot be read, instead of refusing.
    with_pictures:
        The images are shown, so that their folder may be given for any format.
    pass_over:
        Pass over options that say nothing about what is read, instead of refusing them.
    """

    images: Path | None = None
    sizes: Path | None = None
    names: str | None = None
    split: str | None = None
    confidence: Confidence = "last"
    outlines: bool = False
    keypoints: bool = False
    one_based: bool = False
    ignore: tuple[str, ...] = IGNORED_FLAGS
    images_by_stem: bool = False
    classes_from: int | None = None
    class_order: Literal["ids", "file"] | None = None
    columns: Mapping[str, str | None] | None = None
    empty_not_run: bool = False
    skip_unknown: bool = False
    skip_unreadable: bool = False
    with_pictures: bool = False
    pass_over: bool = False


def refuse_unused(options: ReadOptions, found: str, given: Collection[str]) -> None:
    """Refuses options that say nothing about annotations of a format, nor about any predictions, of these formats."""
    if options.pass_over:
        return
    second = options.confidence == "second"
    for option, wanted in {"--empty-not-run": options.empty_not_run, "--confidence-second": second}.items():
        if wanted and not given and found != "parquet":
            raise ValueError(f"{option} is about predictions, which are not given")
    yolo, voc, results = {"yolo"}, {"voc"}, {"coco_results"}
    # What the annotations must be for it, or the predictions.
    for option, value, annotated, predicted in (
        ("--images without --report", options.images and not options.with_pictures, yolo, set()),
        ("--sizes", options.sizes, yolo, set()),
        ("--split", options.split, yolo, set()),
        ("--confidence-second", second, set(), yolo),
        ("--outlines", options.outlines, yolo, yolo),
        ("--keypoints", options.keypoints, yolo, yolo),
        ("--names", options.names, yolo | voc | {"parquet"}, yolo | results),
        ("--columns", options.columns, {"parquet"}, set()),
        ("--empty-not-run", options.empty_not_run, set(), {"coco", *yolo, *voc, *results}),
        ("--one-based", options.one_based, voc, voc),
        ("--classes-from", options.classes_from is not None, set(), results),
        ("--class-order", options.class_order, set(), results),
        ("--images-by-stem", options.images_by_stem, set(), results),
    ):
        if value and found not in annotated and predicted.isdisjoint(given):
            titles = " and ".join(sorted(_ALL_TITLES[kind] for kind in annotated | predicted))
            of_annotations = "" if annotated.isdisjoint(given) else " as annotations"
            side = " as predictions" if found in predicted else of_annotations
            kinds = sorted({_ALL_TITLES[kind] for kind in (found, *given)})
            raise ValueError(f"{option} is for {titles}{side}, found {' and '.join(kinds)}")
    if options.class_order is not None and (found != "coco" or options.names is not None):
        raise ValueError("--class-order is about the categories of COCO annotations, and here names tell the order")
