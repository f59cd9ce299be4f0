"""Writes Pascal VOC annotations into the files that they were read from, where they changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from boxlint.dataset import Dataset
from boxlint.formats.alignment import Annotation, align, expect_source
from boxlint.formats.folders import PathLike, files_below, path_within, replace_files
from boxlint.formats.plain_xml import decoded
from boxlint.formats.voc_file import CORNERS, VocObject, number_text, voc_files, voc_image_names

__all__ = ["write_kept_objects"]

Span = tuple[int, int]

# A tag from its start: values of attributes may hold the character that ends it.
_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
# An outermost element without content, which only comments and instructions may follow.
_EMPTY = re.compile(
    r"""<([^\s<>/"'!?]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)/>"""
    r"""((?:\s|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>)*)$""",
    re.DOTALL,
)


def write_kept_objects(
    dataset: Dataset, corners: list[Any], source: PathLike, target: PathLike, one_based: bool
) -> None:
    """Writes the annotations, whose corners are as in a file, into a copy of the folder they were read from.

    Raises
    ------
    ValueError
        If the folder has not the images of the data set, or objects but none of the data set.
    """
    assert dataset.image_names is not None
    assert dataset.class_names is not None
    files = files_below(source, ".xml")
    in_place = Path(target).exists() and Path(target).samefile(source)
    contents = {} if in_place else {path_within(source, path): Path(path).read_bytes() for path in files.paths()}
    read = voc_files(files, one_based)
    by_name = {name: image for image, name in enumerate(voc_image_names(read))}
    boxes = dataset.annotations
    ends = boxes.offsets.tolist()
    known = set(dataset.class_names)
    alignments = []
    for position, name in enumerate(dataset.image_names):
        if name not in by_name:
            raise ValueError(f"{source}: has no image {name!r}, expected the folder that the data set was read from")
        rows = range(*ends[position : position + 2])
        new = [Annotation(dataset.class_names[boxes.class_id[row]], tuple(corners[row])) for row in rows]
        difficult = [boxes.ignore is not None and bool(boxes.ignore[row]) for row in rows]
        file = Path(files.path(by_name[name]))
        edit = _Edit(file, [one for one in read.objects(by_name[name]) if one.name in known], new, difficult)
        alignments.append(edit.alignment)
        content = edit.content()
        if content is not None:
            contents[path_within(source, file)] = content
    expect_source(source, alignments)
    replace_files(target, contents)


@dataclass
class _Places:
    """Where an object stands in the bytes of a file: all of it, and the texts of its name, flag and corners."""

    whole: Span
    texts: dict[str, Span] = field(default_factory=dict)
    elements: dict[str, Span] = field(default_factory=dict)


class _Edit:
    """A file, and the annotations that its objects should be."""

    def __init__(self, file: Path, objects: list[VocObject], new: list[Annotation], difficult: list[bool]) -> None:
        self.file = file
        self.objects = objects
        self.old = [Annotation(one.name, one.corners) for one in self.objects]
        self.new = new
        self.difficult = difficult
        self.alignment = align(self.old, new)

    def content(self) -> bytes | None:
        """The content with the changes; None if there are none."""
        pairs, added, equal, _ = self.alignment
        flags = all(self.difficult[new] == self.objects[old].difficult for old, new in pairs.items())
        if equal == len(self.old) == len(self.new) and flags:
            return None
        text, encoding = _text(self.file)
        places, end = _places(text)
        changes: list[tuple[int, int, bytes]] = []
        for old, one in enumerate(self.objects):
            place = places[one.position]
            if old in pairs:
                changes += self._changes(place, old, pairs[old])
            else:
                changes.append((_with_indent(text, place.whole)[0], place.whole[1], b""))
        at, indent = _place_of_new(text, places, end)
        if added:
            objects = (indent + _object(self.new[new], self.difficult[new], indent) for new in added)
            changes.append((at, at, b"".join(objects)))
        for start, stop, written in sorted(changes, key=lambda change: change[:2], reverse=True):
            text = text[:start] + written + text[stop:]
        return text.decode("utf-8").encode(encoding, errors="xmlcharrefreplace")

    def _changes(self, place: _Places, old: int, new: int) -> list[tuple[int, int, bytes]]:
        """What to replace in an object: its name, its flag and those of its corners that changed."""
        before, after = self.old[old], self.new[new]
        changes = []
        if before.label != after.label:
            changes.append((*place.texts["name"], escape(str(after.label)).encode()))
        if self.objects[old].difficult != self.difficult[new]:
            flag = str(int(self.difficult[new])).encode()
            if "difficult" in place.texts:
                changes.append((*place.texts["difficult"], flag))
            else:
                at = place.elements["name"][1]
                changes.append((at, at, b"<difficult>" + flag + b"</difficult>"))
        if before.box != after.box:
            box = _box(after)
            polygon = place.elements.get("polygon")
            if self.objects[old].from_outline:
                assert polygon is not None
                return [*changes, (*polygon, box)]
            if polygon is not None:
                changes.append((*polygon, b""))
            changes += [
                (*place.texts[corner], number_text(value).encode())
                for corner, value, was in zip(CORNERS, after.box, before.box, strict=True)
                if value != was
            ]
        return changes


def _text(file: Path) -> tuple[bytes, str]:
    """The content in UTF-8, and the encoding to write it in again."""
    content = file.read_bytes()
    text, encoding = decoded(content)
    if isinstance(text, bytes):
        text = text.decode(encoding)
    # An outermost element without content gets room for some.
    text = _EMPTY.sub(r"<\1\2></\1>\3", text)
    # The text keeps a byte order mark, but for that of UTF-16, which is written again by itself.
    return text.encode("utf-8"), encoding


def _places(text: bytes) -> tuple[list[_Places], int]:
    """Where the objects stand, and where the outermost element ends."""
    parser = expat.ParserCreate("utf-8")
    path: list[str] = []
    starts: list[int] = []
    places: list[_Places] = []
    ends: list[int] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        path.append(tag.rpartition(":")[2])
        starts.append(parser.CurrentByteIndex)
        if path[1:] == ["object"]:
            places.append(_Places((parser.CurrentByteIndex, 0)))

    def end(tag: str) -> None:
        at = parser.CurrentByteIndex
        first = starts.pop()
        stop, inside = _end_of_tag(text, at), _end_of_tag(text, first)
        where = path[1:]
        last = path.pop()
        if not where:
            ends.append(at)
        elif where == ["object"]:
            places[-1].whole = (first, stop)
        elif where[0] == "object" and (len(where) == 2 or where[1] == "bndbox"):
            if at > first:  # an element without content, such as <difficult/>, has no place for a text
                places[-1].texts[last] = (inside, at)
            places[-1].elements[last] = (first, stop)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(text, True)
    return places, ends[0]


def _end_of_tag(text: bytes, start: int) -> int:
    """
    >>> _end_of_tag(b'<name note="a>b">cat', 0)
    17
    """
    tag = _TAG.match(text, start)
    assert tag is not None, "the parser found a tag there"
    return tag.end()


def _with_indent(text: bytes, span: Span) -> Span:
    """An element and the blanks before it."""
    return len(text[: span[0]].rstrip()), span[1]


def _place_of_new(text: bytes, places: list[_Places], end: int) -> tuple[int, bytes]:
    """Where objects are added, and the line break and blanks before an object; none if the file is one line."""
    if not places:
        return len(text[:end].rstrip()), b"\n  " if text[:end].endswith(b"\n") else b""
    start, stop = _with_indent(text, (places[-1].whole[0],) * 2)
    return places[-1].whole[1], text[start:stop]


def _object(annotation: Annotation, difficult: bool, indent: bytes) -> bytes:
    """An object to add, laid out as the file is."""
    step = re.search(rb"[ \t]*$", indent)
    inner = indent + (b"" if not indent or step is None else step[0] or b"  ")
    name = escape(str(annotation.label)).encode()
    flag = str(int(difficult)).encode()
    parts = [b"<name>" + name + b"</name>", b"<difficult>" + flag + b"</difficult>", _box(annotation)]
    return b"<object>" + b"".join(inner + part for part in parts) + indent + b"</object>"


def _box(annotation: Annotation) -> bytes:
    numbers = (
        f"<{corner}>{number_text(value)}</{corner}>" for corner, value in zip(CORNERS, annotation.box, strict=True)
    )
    return f"<bndbox>{''.join(numbers)}</bndbox>".encode()
