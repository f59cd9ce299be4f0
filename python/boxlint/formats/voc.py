"""Pascal VOC: one XML file an image."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import boolean, expect
from boxlint._core import FolderFiles, without_ending
from boxlint._per_image import sizes_or_nan
from boxlint._text import listed
from boxlint.boxes import Boxes, no_boxes
from boxlint.dataset import Dataset, class_ids_by_name
from boxlint.formats.class_list import ClassNames, class_list, repeated_names
from boxlint.formats.folders import PathLike, expect_files, expect_images, files_below, output_files
from boxlint.formats.plain_xml import NOT_IN_XML
from boxlint.formats.unreadable import unreadable
from boxlint.formats.voc_file import (
    CORNERS,
    ONE_BASED,
    VocFiles,
    number_text,
    voc_files,
    voc_image_name,
    voc_image_names,
)
from boxlint.formats.voc_kept import write_kept_objects
from boxlint.inspection.findings import Finding, FindingCallback, FindingKind, check_kinds
from boxlint.inspection.inspect import report_findings

__all__ = ["VocImages", "read_voc", "voc_images", "write_voc"]


def read_voc(
    annotations_dir: PathLike,
    *,
    names: ClassNames | None = None,
    one_based: bool = False,
    skip_unknown: bool = False,
    skip_unreadable: bool = False,
    refuse: Collection[FindingKind] = (),
    on_finding: FindingCallback | None = None,
) -> Dataset:
    """Reads Pascal VOC annotations; the data set has no predictions.

    Images are in the order of the files' paths. An image is named by its ``filename``; if several files have the same
    one, or it says nothing, by the path of the file. Objects marked ``difficult`` become ignored annotations. An object
    with a ``polygon`` and no ``bndbox`` gives the box around the polygon.

    Parameters
    ----------
    annotations_dir:
        Folder of the XML files.
    names:
        Name of each class id, a list or a dict by class id; None takes the names that occur, sorted.
    one_based:
        Corners are pixels counted from 1, and the last one is part of the box, as in the data of the challenge itself.
        Most tools write coordinates from 0; supervision writes them from 1.
    skip_unknown:
        Drop boxes of classes that are not in names instead of refusing the folder.
    skip_unreadable:
        Drop objects that cannot be read, and images whose file cannot be read at all, instead of refusing the folder.
    refuse:
        Kinds of findings that make the files unfit, such as ``outside``: see `boxlint.inspection.KINDS`.
    on_finding:
        Called with each finding: names used twice, boxes that were dropped, and what `boxlint.inspect` finds.

    Raises
    ------
    OSError
        If a folder or file cannot be read.
    TypeError
        If names is a single text.
    ValueError
        If a file has another content: names the file, the object, what was found and what is expected. Or if no files
        are found.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> box = "<xmin>10</xmin><ymin>10</ymin><xmax>50</xmax><ymax>50</ymax>"
    >>> text = f"<annotation><object><name>cat</name><bndbox>{box}</bndbox></object></annotation>"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.xml").write_text(text)
    ...     dataset = read_voc(folder)
    >>> dataset.image_names, dataset.class_names, dataset.annotations.xyxy.tolist()
    (['a'], ['cat'], [[10.0, 10.0, 50.0, 50.0]])
    """
    return voc_images(
        annotations_dir,
        names=names,
        one_based=one_based,
        skip_unknown=skip_unknown,
        skip_unreadable=skip_unreadable,
        refuse=refuse,
        on_finding=on_finding,
    ).dataset


class VocImages(NamedTuple):
    """What is read of Pascal VOC: the data set, and what its images and those that are left out are called as files."""

    dataset: Dataset
    # The file of each image.
    files: FolderFiles
    # The paths within the folder, without the ending, of files of which nothing could be read.
    lost: list[str]


def voc_images(
    annotations_dir: PathLike,
    *,
    names: ClassNames | None,
    one_based: bool,
    skip_unknown: bool,
    skip_unreadable: bool,
    refuse: Collection[FindingKind] = (),
    on_finding: FindingCallback | None,
) -> VocImages:
    """What `read_voc` reads, with the files."""
    check_kinds(refuse)
    one_based = boolean("one_based", one_based)
    given = None if names is None else class_list(names)
    files = files_below(annotations_dir, ".xml")
    expect_files(annotations_dir, ".xml", files)
    read = voc_files(files, one_based)
    found = unreadable("annotations", read.faults, skip_unreadable)
    if read.is_lost.all():
        raise ValueError(
            f"{annotations_dir}: none of its files can be read ({len(files):,}), the first: {found[0].example}"
        )
    image_names = voc_image_names(read)
    found += _of_names(read, image_names)
    classes = sorted(read.class_names) if given is None else given
    class_id = _class_ids(read, classes)
    found += _of_objects(read, class_id, classes, skip_unknown)
    dataset = _dataset(read, class_id, image_names, classes, one_based)
    report_findings(annotations_dir, dataset, found, refuse, on_finding)
    lost = [files.name(file) for file in np.flatnonzero(read.is_lost).tolist()]
    return VocImages(dataset, files.chosen(np.flatnonzero(~read.is_lost).tolist()), lost)


def write_voc(
    dataset: Dataset, annotations_dir: PathLike, *, one_based: bool = False, keep: PathLike | None = None
) -> None:
    """Writes the annotations as Pascal VOC, an XML file for each image; ignored annotations become ``difficult``.

    A new folder appears whole or not at all. In a folder that exists, files of the same names are replaced once all are
    written. Verified classes are not in these files; keep them elsewhere.

    Parameters
    ----------
    dataset:
        What to write; it needs image names and class names.
    annotations_dir:
        Path of the folder.
    one_based:
        Write corners as pixels counted from 1, of which the last one is part of the box.
    keep:
        The folder that the data set was read from; it may be annotations_dir itself. Files in which nothing changes
        stay as they are, byte for byte, and of the others everything but the objects that changed. In these, only the
        name, the corners and ``difficult`` are replaced; one whose box changed loses its polygon, which describes the
        old box. Another folder gets a copy of the XML files.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If something could not be read back as it is: there are neither images nor ``keep``, names are missing, XML
        cannot hold one of them, or `read_voc` would take it for another; two images would have the same file; or with
        ``one_based``, a box begins before the first pixel. Or if ``keep`` is the folder of another data set.

    Examples
    --------
    >>> import tempfile
    >>> dataset = Dataset(Boxes([[10, 10, 50, 50]], [0]), Boxes([], [], []), ["a.jpg"], ["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_voc(dataset, folder)
    ...     read_voc(folder).image_names
    ['a.jpg']
    """
    expect("write_voc", dataset, Dataset)
    one_based = boolean("one_based", one_based)
    if dataset.image_names is None or dataset.class_names is None:
        raise ValueError("write_voc: the data set has no image names or no class names, expected both")
    if keep is None:
        expect_images("write_voc", len(dataset))
    boxes = dataset.annotations
    pixels_of_file = boxes.xyxy + ONE_BASED * one_based
    _expect_writable(dataset, pixels_of_file, one_based)
    corners = pixels_of_file.tolist()
    class_id = boxes.class_id.tolist()
    ignore = np.zeros(len(class_id), int) if boxes.ignore is None else boxes.ignore.astype(int)
    if keep is not None:
        write_kept_objects(dataset, corners, keep, annotations_dir, one_based)
        return
    sizes = sizes_or_nan(dataset)
    with output_files(annotations_dir, dataset.image_names, ".xml") as files:
        for image, file in enumerate(files):
            root = ElementTree.Element("annotation")
            _add(root, "filename", dataset.image_names[image])
            known = [side for side in zip(("width", "height"), sizes[image].tolist(), strict=True) if side[1] > 0]
            if known:
                size = ElementTree.SubElement(root, "size")
                for side, pixels in known:
                    _add(size, side, number_text(pixels))
            for row in range(*boxes.offsets[image : image + 2].tolist()):
                element = ElementTree.SubElement(root, "object")
                _add(element, "name", dataset.class_names[class_id[row]])
                _add(element, "difficult", str(ignore[row]))
                box = ElementTree.SubElement(element, "bndbox")
                for corner, pixels in zip(CORNERS, corners[row], strict=True):
                    _add(box, corner, number_text(pixels))
            ElementTree.indent(root)
            file.write_bytes(ElementTree.tostring(root, encoding="utf-8") + b"\n")


def _expect_writable(dataset: Dataset, corners: NDArray[np.float64], one_based: bool) -> None:
    """Raises ValueError at what cannot be read again: names of images or of classes in use, and boxes."""
    assert dataset.image_names is not None
    assert dataset.class_names is not None
    names = [(f"image {image}", name) for image, name in enumerate(dataset.image_names)]
    used = np.unique(dataset.annotations.class_id).tolist()
    names += ((f"class {class_id}", dataset.class_names[class_id]) for class_id in used)
    for what, name in names:
        if name != name.strip() or not name or NOT_IN_XML.search(name):
            raise ValueError(
                f"write_voc: the name of {what} is {name!r}, expected a text without control characters, and without "
                "blanks at its ends"
            )
    for image, name in enumerate(dataset.image_names):
        read = voc_image_name(name) or without_ending(name)
        if read != name:
            raise ValueError(f"write_voc: the name of image {image} is {name!r}, which would be read as {read!r}")
    early = (corners[:, :2] < 1).any(axis=1) & one_based
    if early.any():
        box = int(early.argmax())
        image = int(np.searchsorted(dataset.annotations.offsets, box, side="right")) - 1
        raise ValueError(
            f"write_voc: image {dataset.image_names[image]!r}: the box {dataset.annotations.xyxy[box].tolist()} begins "
            "before the first pixel: expected one_based=False"
        )


def _of_names(read: VocFiles, names: Sequence[str]) -> Iterator[Finding]:
    """A finding about images that are named by the paths of their files, as their names say nothing or repeat."""
    renamed = [
        image
        for image, name in enumerate(names)
        if read.filenames[image] and not read.is_lost[image] and read.names[image] != name
    ]
    if renamed:
        first = renamed[0]
        filename = read.filenames[first]
        others = [read.files.path(image) for image in renamed[1:] if read.filenames[image] == filename]
        as_others = f", as is {others[0]}" if others else ""
        example = f"{read.files.path(first)} is of {filename!r}{as_others}; the path of the file names the image"
        yield Finding("repeated_name", "images", len(renamed), example)


def _of_objects(
    read: VocFiles, class_id: NDArray[np.int32], classes: Sequence[str], skip_unknown: bool
) -> Iterator[Finding]:
    """Findings about classes that are not known or look alike, and boxes that were made from outlines."""
    others = np.flatnonzero(class_id < 0)
    if len(others):
        example = f"{read.place(others[0])} is {read.label(others[0])!r}"
        finding = Finding("unknown_class", "annotations", len(others), example)
        if not skip_unknown:
            raise ValueError(f"{finding}, expected one of {listed(classes)}; skip_unknown drops them")
        yield finding
    yield from repeated_names(classes)
    outlines = np.flatnonzero(read.from_outline)
    if len(outlines):
        yield Finding("box_from_outline", "annotations", len(outlines), read.place(outlines[0]))


def _class_ids(read: VocFiles, classes: Sequence[str]) -> NDArray[np.int32]:
    """The class of each object in a list of classes, the first of its name; -1 if it is not there."""
    class_of = class_ids_by_name(classes)
    return np.array([class_of.get(name, -1) for name in read.class_names], np.int32)[read.class_id]


def _dataset(
    read: VocFiles, class_id: NDArray[np.int32], names: list[str], classes: Sequence[str], one_based: bool
) -> Dataset:
    """The images that could be read, with the objects of known classes."""
    readable = np.flatnonzero(~read.is_lost)
    known = class_id >= 0
    ignore = read.difficult[known]
    counts = np.bincount(read.file[known], minlength=len(names))[readable]
    annotations = Boxes(
        read.corners[known] - ONE_BASED * one_based,
        class_id[known],
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        ignore=ignore if ignore.any() else None,
    )
    return Dataset(
        annotations,
        no_boxes(len(readable), scores=True),
        image_names=[names[image] for image in readable.tolist()],
        class_names=list(classes),
        image_sizes=read.sizes[readable],
    )


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text
