"""Writes COCO annotations into the text of the file that they were read from, where they changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from boxlint._per_image import ClassesOfImages
from boxlint.boxes import Boxes
from boxlint.formats.coco_verified import told_of_images

if TYPE_CHECKING:
    from boxlint._core import Coco

__all__ = ["kept_pieces"]

# Fields that describe the object in the box; they do not fit another box.
_OF_BOX = ("segmentation", "keypoints", "num_keypoints")
# What becomes of a record that is deleted.
_NOTHING = object()
# The value that begins at a position of a text, and where it ends.
_value_at = json.JSONDecoder().raw_decode
# A byte order mark may begin the text.
_SPACE = re.compile(r"\ufeff?[ \t\r\n]*")
# A list of numbers, and one of them.
_NUMBERS, _NUMBER = re.compile(r"\[[^\[\]{}\"]*\]"), re.compile(r"[^\s,\[\]]+")
# What tells ids apart.
_Key = Callable[[Any], Any]
# What becomes of the record at a position from 1: itself, another one, or _NOTHING.
_Correction = Callable[[int, Any], Any]


class _Box(NamedTuple):
    """The ids of the image and the category of a box, and its corners."""

    image: Any
    category: Any
    corners: list[float]


class _Rows:
    """Boxes, with the ids of their images and categories."""

    def __init__(self, boxes: Boxes, image_ids: Any, category_ids: Any) -> None:
        self._images: list[Any] = np.repeat(np.asarray(image_ids, object), np.diff(boxes.offsets)).tolist()
        self._categories: list[Any] = np.asarray(category_ids, object)[boxes.class_id].tolist()
        # Flat, since a list for each of a million boxes keeps Python's collector busy.
        self._corners: list[float] = boxes.xyxy.ravel().tolist()

    def __getitem__(self, row: int) -> _Box:
        return _Box(self._images[row], self._categories[row], self._corners[4 * row : 4 * row + 4])

    def by_id(self, image_key: _Key, ids: Any) -> dict[tuple[Any, Any], list[int]]:
        """The rows by the keys of their image ids, and by their ids, each in order: often only one has both."""
        rows: dict[tuple[Any, Any], list[int]] = {}
        images = map(image_key, self._images)
        for row, key in enumerate(zip(images, np.asarray(ids, object).tolist(), strict=True)):
            rows.setdefault(key, []).append(row)
        return rows


class _Object(NamedTuple):
    """A JSON object as it is written, and what it holds."""

    text: str
    fields: dict[str, Any]


class _Member(NamedTuple):
    """A name and a value in the text of an object: where the name begins and ends, and where the value does."""

    name: str
    start: int
    name_end: int
    value: int
    end: int


def kept_pieces(
    content: bytes,
    read: Coco,
    before: Boxes,
    after: Boxes,
    ids: Any,
    image_ids: Any,
    category_ids: Any,
    verified: ClassesOfImages | None,
) -> list[str]:
    """The text of a file with the annotations that a data set has now, in pieces; all else is as it was.

    Parameters
    ----------
    content:
        That of the file.
    read, before:
        What was read from it, with positions from 1 as the ids of the annotations; and these annotations.
    after, ids:
        The annotations now, and their ids.
    image_ids, category_ids, verified:
        Those of the data set that they are in, and its verified classes. What the file says of other images stays.

    Raises
    ------
    ValueError
        If the file does not list the image or the category of a box, or has two lists of annotations.
    """
    _expect_listed("image", read.image_ids, np.asarray(image_ids, object)[np.diff(after.offsets) > 0])
    _expect_listed("category", read.class_ids, np.asarray(category_ids, object)[np.unique(after.class_id)])
    old, new = _Rows(before, read.image_ids, read.class_ids), _Rows(after, image_ids, category_ids)
    row_at = {position: row for row, position in enumerate(np.asarray(read.annotation_ids).tolist())}
    numbered = any(found["kind"] == "without_id" for found in read.findings)
    image_key, category_key = _key_of(read.image_ids), _key_of(read.class_ids)
    row_of_image = {image_key(id_): row for row, id_ in enumerate(np.asarray(image_ids, object).tolist())}
    waiting = new.by_id(image_key, ids)

    def corrected(position: int, record: Any) -> Any:
        was = old[row_at[position]] if position in row_at else None
        if was is None or image_key(was.image) not in row_of_image:
            # Not read: its image or class is not listed, or it cannot be used. Or the data set has not this image.
            return record
        id_ = position if numbered else record["id"]
        rows = waiting.get((image_key(was.image), id_))
        return _corrected(record, id_, was, new[rows.pop(0)]) if rows else _NOTHING

    added = (_corrected({}, id_, None, new[row]) for (_, id_), rows in waiting.items() for row in rows)
    lists: dict[str, tuple[_Correction, Iterable[Any]]] = {"annotations": (corrected, added)}
    if verified is not None:
        _expect_listed("category", read.class_ids, np.asarray(category_ids, object)[np.unique(verified[1])])
        listed = set(map(category_key, np.asarray(read.class_ids, object).tolist()))
        of_file = (image_key, category_key), listed, read.verified_offsets is None
        lists["images"] = told_of_images(after, verified, row_of_image, category_ids, *of_file), ()
    return list(_replaced(content.decode("utf-8"), lists))


def _expect_listed(what: str, listed: Any, ids: Iterable[Any]) -> None:
    """Raises ValueError at an id that a file does not list."""
    key = _key_of(listed)
    known = set(map(key, np.asarray(listed, object).tolist()))
    other = next((id_ for id_ in ids if key(id_) not in known), None)
    if other is not None:
        raise ValueError(f"no {what} {other}")


def _key_of(listed: Any) -> _Key:
    """How ids that a file lists are told apart: by their texts, or as they are where 7 and "7" are two."""
    ids = np.asarray(listed, object).tolist()
    return str if len(set(map(str, ids))) == len(set(ids)) else lambda id_: id_


def _corrected(record: dict[str, Any], id_: Any, was: _Box | None, now: _Box) -> dict[str, Any]:
    """A record with the box of the data set; if it is another box, without what describes the object in the old one.

    A record that changes, or has no id or box, gets what other tools need: ``id``, ``bbox``, ``area``, ``iscrowd``.
    """
    x1, y1, x2, y2 = now.corners
    area = (x2 - x1) * (y2 - y1)
    # Ids that were joined as texts or by name are written as they are listed, for tools that join by id alone.
    fields: dict[str, Any] = {"id": id_, "image_id": now.image, "category_id": now.category}
    if was is None or was.corners != now.corners:
        record = {name: value for name, value in record.items() if name not in _OF_BOX}
        fields |= {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": area}
    elif record.get("bbox") and all(record.get(name) == value for name, value in fields.items()):
        return record
    needed = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": area, "iscrowd": 0}
    lacking = {name: value for name, value in needed.items() if record.get(name) in (None, [])}
    return record | lacking | fields


def _replaced(text: str, lists: dict[str, tuple[_Correction, Iterable[Any]]]) -> Iterator[str]:
    """The text of an object with other records in some of its lists. Only one record is an object at a time."""
    copied, found = 0, set[str]()
    position = _after_space(text, _after_space(text, 0) + 1)
    while text[position] != "}":
        name, _, position = _name_at(text, position)
        if name in lists:
            if name in found:
                raise ValueError(f"it has two lists of {name}")
            found.add(name)
            yield text[copied : position + 1]
            copied = yield from _records(text, position + 1, *lists[name])
            position = _after_space(text, copied) + 1
        else:
            _, position = _value_at(text, position)
        position = _after_comma(text, position)
    yield text[copied:]


def _records(text: str, start: int, corrected: _Correction, added: Iterable[Any]) -> Generator[str, None, int]:
    """The records of the list whose bracket ends at ``start``, corrected; returns where the last one ended."""
    end, position = start, _after_space(text, start)
    opening = text[start:position]
    between, like, written, number = "", _Object("{}", {}), False, 0
    while text[position] != "]":
        number += 1
        lead = text[end:position]
        if number > 1:
            between = lead
        record, end = _value_at(text, position)
        became = corrected(number, record)
        if isinstance(record, dict):
            like = _Object(text[position:end], record)
        if became is not _NOTHING:
            yield lead if written else opening
            yield text[position:end] if became is record else _edited(like, became)
            written = True
        position = _after_comma(text, end)
    between = between or (f",{opening}" if opening else _between(like.text, _members(like.text)))
    for record in added:
        yield between if written else opening
        yield _edited(like, record)
        written = True
    return end


def _members(text: str) -> list[_Member]:
    """The members of an object."""
    members = []
    position = _after_space(text, 1)
    while text[position] != "}":
        name, name_end, value = _name_at(text, position)
        _, end = _value_at(text, value)
        members.append(_Member(name, position, name_end, value, end))
        position = _after_comma(text, end)
    return members


def _between(text: str, members: list[_Member]) -> str:
    """What stands between the members of an object: a comma, and space."""
    return text[members[0].end : members[1].start] if len(members) > 1 else ", "


def _edited(like: _Object, fields: dict[str, Any]) -> str:
    """An object with these fields, laid out as another one; what is equal in both is written as it is there."""
    text, members = like.text, _members(like.text)
    if not members:
        return json.dumps(fields)
    first, last = members[0], members[-1]
    opening, closing, colon = text[: first.start], text[last.end :], text[first.name_end : first.value]
    pieces: list[str] = []
    end = first.start
    for one in members:
        lead, end = text[end : one.start], one.end
        if one.name in fields:
            value, before = fields[one.name], text[one.value : one.end]
            same = value == like.fields[one.name]
            pieces += [
                lead if pieces else opening,
                text[one.start : one.value],
                before if same else _value(value, before),
            ]
    for name, value in fields.items():
        if name not in like.fields:
            lead = _between(text, members) if pieces else opening
            pieces += [lead, json.dumps(name), colon, json.dumps(value)]
    return "".join([*pieces, closing])


def _value(value: Any, like: str) -> str:
    """A value in JSON; a list of numbers laid out as another one of as many."""
    if isinstance(value, list) and _NUMBERS.fullmatch(like) and len(_NUMBER.findall(like)) == len(value):
        numbers = iter(value)
        return _NUMBER.sub(lambda _: json.dumps(next(numbers)), like)
    return json.dumps(value)


def _name_at(text: str, position: int) -> tuple[str, int, int]:
    """The name of a member of an object, where it ends, and where its value begins, past the colon."""
    name, end = _value_at(text, position)
    return name, end, _after_space(text, _after_space(text, end) + 1)


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    assert found is not None
    return found.end()


def _after_comma(text: str, position: int) -> int:
    """Past the comma and space that may follow."""
    position = _after_space(text, position)
    return _after_space(text, position + 1) if text[position] == "," else position
