"""Reads the XML files of Pascal VOC into columns, whose rows know their file and object."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from boxlint._core import FolderFiles, read_voc_files
from boxlint.formats.plain_xml import xml_root
from boxlint.formats.unreadable import Fault

__all__ = [
    "CORNERS", "ONE_BASED", "VocFiles", "VocObject", "number_text", "voc_files", "voc_image_name",
    "voc_image_names",
]  # fmt: skip

CORNERS = ("xmin", "ymin", "xmax", "ymax")
# One-based corners minus zero-based ones: the first pixel is 1, and the box includes the pixel at xmax.
ONE_BASED = np.array([1.0, 1.0, 0.0, 0.0])

_ABSOLUTE = re.compile(r"[\\/]|[A-Za-z]:[\\/]")
_UNKNOWN = ("", "none", "nan", "null", "unknown")


class VocObject(NamedTuple):
    """An object: its position among all objects of its file, its class, and its corners as they are in the file."""

    position: int
    name: str
    corners: tuple[float, float, float, float]
    difficult: bool
    from_outline: bool


@dataclass(frozen=True)
class VocFiles:
    """What files say of their images and objects.

    Attributes
    ----------
    files:
        The files, one an image.
    filenames, names:
        The file name in each as written, and the name it gives, which is empty if of no use.
    sizes:
        (N, 2) width and height of each image, NaN where they are unknown.
    is_lost:
        (N,) whether nothing of a file could be read.
    fault_file, faults:
        The files of what could not be read, and what that is.
    file, position:
        (n,) the file of each object, and its position among all objects of it.
    class_id, class_names:
        (n,) the class of each object, in the names of the classes.
    corners:
        (n, 4) the corners as they are in the file.
    difficult, from_outline:
        (n,) whether an object is marked so, and whether its box was made around a polygon.
    scores:
        The score of each object as it is written; None in annotations.
    """

    files: FolderFiles
    filenames: list[str]
    names: list[str]
    sizes: NDArray[np.float64]
    is_lost: NDArray[np.bool_]
    fault_file: list[int]
    faults: list[Fault]
    file: NDArray[np.int64]
    position: NDArray[np.int64]
    class_id: NDArray[np.int32]
    class_names: list[str]
    corners: NDArray[np.float64]
    difficult: NDArray[np.bool_]
    from_outline: NDArray[np.bool_]
    scores: list[str | None]

    def place(self, row: int) -> str:
        """The file and the position of an object."""
        return f"{self.files.path(self.file[row])}: object[{self.position[row]}]"

    def label(self, row: int) -> str:
        """The class of an object."""
        return self.class_names[int(self.class_id[row])]

    def objects(self, file: int) -> list[VocObject]:
        """The objects of a file."""
        first, end = np.searchsorted(self.file, [file, file + 1]).tolist()
        columns = (self.position, self.class_id, self.corners, self.difficult, self.from_outline)
        rows = zip(*(column[first:end].tolist() for column in columns), strict=True)
        return [
            VocObject(position, self.class_names[class_id], tuple(corners), difficult, from_outline)
            for position, class_id, corners, difficult, from_outline in rows
        ]


def voc_files(files: FolderFiles, one_based: bool) -> VocFiles:
    """Reads files; what cannot be read of them is in the faults.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    read = read_voc_files(files, one_based, _plain_xml)
    faults = []
    for fault in read["faults"]:
        file, position = files.path(fault["file"]), fault["object"]
        if position is None:
            faults.append(Fault(file, fault["what"], "whole files"))
        else:
            faults.append(Fault(f"{file}: object[{position}]", fault["what"], "objects"))
    is_lost = np.zeros(len(files), bool)
    is_lost[read["lost"]] = True
    return VocFiles(
        files=files,
        filenames=read["filenames"],
        names=[voc_image_name(filename) for filename in read["filenames"]],
        sizes=read["sizes"],
        is_lost=is_lost,
        fault_file=[fault["file"] for fault in read["faults"]],
        faults=faults,
        file=read["file"],
        position=read["position"],
        class_id=read["class_id"],
        class_names=read["class_names"],
        corners=read["corners"],
        difficult=read["difficult"],
        from_outline=read["from_outline"],
        scores=read["scores"],
    )


def _plain_xml(file: Path) -> bytes:
    """A file of any encoding as XML in UTF-8 without namespaces and attributes; ValueError if it is not plain XML."""
    root = xml_root(file)
    for element in root.iter():
        element.attrib.clear()
    content: bytes = ElementTree.tostring(root, encoding="utf-8")
    return content


def voc_image_names(read: VocFiles) -> list[str]:
    """The name of each image, or the path of its file, without the ending, if it has no name or another has it too."""
    uses = Counter(name for name, is_lost in zip(read.names, read.is_lost.tolist(), strict=True) if not is_lost)
    names = [name if uses[name] == 1 and name else read.files.name(file) for file, name in enumerate(read.names)]
    return names if len(set(names)) == len(names) else read.files.names()


def voc_image_name(filename: str) -> str:
    """The name that a filename gives: without the folders of somebody's computer, and none if it is a placeholder."""
    if filename.lower() in _UNKNOWN or "%s" in filename:
        return ""
    return re.split(r"[\\/]", filename)[-1] if _ABSOLUTE.match(filename) else filename


def number_text(number: float) -> str:
    """The fewest digits that are read as the same number.

    >>> number_text(12.0), number_text(0.1)
    ('12', '0.1')
    """
    return repr(number).removesuffix(".0")
