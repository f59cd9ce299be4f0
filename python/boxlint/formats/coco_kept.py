"""Writes COCO annotations into the text of the file that they were read from, where they changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress, count
from operator import eq
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boxlint._per_image import ClassesOfImages
from boxlint.boxes import Boxes, image_of_boxes
from boxlint.formats.coco_verified import Annotated, told_of_images
from boxlint.formats.json_text import (
    JsonObject,
    after_comma,
    after_space,
    between_members,
    edited,
    name_at,
    value_at,
)

if TYPE_CHECKING:
    from boxlint._core import Coco

__all__ = ["kept_pieces"]

# Fields that describe the object in the box; they do not fit another box.
_OF_BOX = ("segmentation", "keypoints", "num_keypoints")
# What tells ids apart.
_Key = Callable[[Any], Any]
# Makes what a list holds now, in pieces, given the text and where its bracket ends; returns where its records end.
_Revision = Callable[[str, int], Generator[str, None, int]]


class _Box(NamedTuple):
    """The ids of the image and the category of a box, and its corners."""

    image: Any
    category: Any
    corners: list[float]


class _Rows:
    """Boxes, with the ids of their images and categories, and their own."""

    def __init__(self, boxes: Boxes, image_ids: Any, category_ids: Any, ids: Any) -> None:
        self.xyxy = boxes.xyxy
        self.image = image_of_boxes(boxes)
        self.image_ids = np.asarray(image_ids, object)
        self.categories = np.asarray(category_ids, object)[boxes.class_id]
        self.ids = list(ids)

    def select(self, chosen: NDArray[np.bool_]) -> None:
        """Leaves the other rows out."""
        self.xyxy, self.image = self.xyxy[chosen], self.image[chosen]
        self.categories = self.categories[chosen]
        self.ids = list(compress(self.ids, chosen))

    def __getitem__(self, row: int) -> _Box:
        return _Box(self.image_ids[self.image[row]], self.categories[row], self.xyxy[row].tolist())


@dataclass
class _Records:
    """What a list holds and where in the text. Only one record is an object at a time: a million take gigabytes."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    ids: list[Any] = field(default_factory=list)
    # The ids of the image and of the category that each names, and whether it has a box.
    images: list[Any] = field(default_factory=list)
    categories: list[Any] = field(default_factory=list)
    boxed: list[bool] = field(default_factory=list)
    # The position of the last object.
    last: int | None = None

    @classmethod
    def of(cls, text: str, position: int) -> _Records:
        """Those of a list whose first record, or closing bracket, is at a position of the text."""
        found = cls()
        start_at, end_at = found.starts.append, found.ends.append
        add_id, add_image, add_category = found.ids.append, found.images.append, found.categories.append
        while text[position] != "]":
            record, end = value_at(text, position)
            if isinstance(record, dict):
                found.last = len(found.ends)
            else:
                record = {}
            start_at(position)
            end_at(end)
            add_id(record.get("id"))
            add_image(record.get("image_id"))
            add_category(record.get("category_id"))
            found.boxed.append(bool(record.get("bbox")))
            position = after_comma(text, end)
        return found

    def before(self, text: str, number: int) -> str:
        """What stands between a record and the one before it."""
        return text[self.ends[number - 1] : self.starts[number]]

    def taken(self, text: str, number: int) -> JsonObject:
        """One of them."""
        return JsonObject(text[self.starts[number] : self.ends[number]], value_at(text, self.starts[number])[0])


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
        Those of the data set that they are in, and its verified classes. What the file says of other images
        stays, and of verified classes of two with one id.

    Raises
    ------
    ValueError
        If the file does not list the image or the category of a box, or has two lists of annotations or images.
    """
    _expect_listed("image", read.image_ids, np.asarray(image_ids, object)[np.diff(after.offsets) > 0])
    _expect_listed("category", read.class_ids, np.asarray(category_ids, object)[np.unique(after.class_id)])
    positions = np.asarray(read.annotation_ids, np.int64) - 1
    old = _Rows(before, read.image_ids, read.class_ids, (positions + 1).tolist())
    new = _Rows(after, image_ids, category_ids, np.asarray(ids, object).tolist())
    numbered = any(found["kind"] == "without_id" for found in read.findings)
    image_key = _key_of(read.image_ids)
    row_of_image = {image_key(id_): row for row, id_ in enumerate(new.image_ids.tolist())}
    here = np.array([image_key(id_) in row_of_image for id_ in old.image_ids.tolist()], bool)[old.image]
    old.select(here)
    lists: dict[str, _Revision] = {
        "annotations": _Correction(old, new, positions[here], numbered, image_key).pieces,
    }
    if verified is not None:
        lists["images"] = _told(read, before, after, verified, row_of_image, category_ids)
    return list(_replaced(content.decode("utf-8"), lists))


def _told(
    read: Coco, before: Boxes, after: Boxes, verified: ClassesOfImages, rows: dict[Hashable, int], category_ids: Any
) -> _Revision:
    """What the list of images becomes, whose ``rows`` in the data set are by the keys of their ids."""
    _expect_listed("category", read.class_ids, np.asarray(category_ids, object)[np.unique(verified[1])])
    image_key = _key_of(read.image_ids)
    rows_before = _single(map(image_key, np.asarray(read.image_ids, object).tolist()))
    rows_after = {key: rows[key] for key in rows_before if key in rows}
    of_file, of_data_set = (np.asarray(ids, object).tolist() for ids in (read.class_ids, category_ids))
    told = told_of_images(
        Annotated(before, rows_before, of_file),
        Annotated(after, rows_after, of_data_set),
        verified,
        keys=(image_key, _key_of(read.class_ids)),
        new=read.verified_offsets is None,
    )
    return partial(_revised, told)


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


def _single(keys: Iterable[Hashable]) -> dict[Hashable, int]:
    """The positions of keys, but of those that come twice."""
    times = Counter(known := list(keys))
    return {key: position for position, key in enumerate(known) if times[key] == 1}


def _numbers(keys: Iterable[Hashable], known: dict[Hashable, int]) -> NDArray[np.int64]:
    """The numbers of keys."""
    return np.fromiter(map(known.__getitem__, keys), np.int64)


def _paired(old: NDArray[np.int64], new: NDArray[np.int64]) -> NDArray[np.int64]:
    """The position in ``new`` of each number of ``old``, -1 for none; equal ones are paired in order."""
    order, of_new = np.argsort(old, kind="stable"), np.argsort(new, kind="stable")
    old, new = old[order], new[of_new]
    rank = np.arange(len(old)) - np.searchsorted(old, old)
    at = np.searchsorted(new, old) + rank
    found = at < np.searchsorted(new, old, side="right")
    pairs = np.full(len(old), -1)
    pairs[order[found]] = of_new[at[found]]
    return pairs


@dataclass
class _Correction:
    """What becomes of the records of a file.

    Attributes
    ----------
    old, new:
        The boxes that were read from it, and those that are to be in it.
    positions:
        The position of the record of each old box, from 0; others were not read, or are of other images, and stay.
    numbered:
        Whether records have no ids, so that they are numbered by position from 1.
    image_key:
        What tells the ids of images apart.
    """

    old: _Rows
    new: _Rows
    positions: NDArray[np.int64]
    numbered: bool
    image_key: _Key

    def pieces(self, text: str, start: int) -> Generator[str, None, int]:
        """The records of the list whose bracket ends at ``start``, corrected; returns where the last one ended."""
        position = after_space(text, start)
        opening, records = text[start:position], _Records.of(text, position)
        if not self.numbered:
            self.old.ids = [records.ids[position] for position in self.positions.tolist()]
        pairs = self._pairs()
        same, row_at = self._same(records, pairs), dict(zip(self.positions.tolist(), count()))
        written, number = False, 0
        for other in [*np.flatnonzero(~same).tolist(), len(same)]:
            if number < other:
                yield records.before(text, number) if written else opening
                yield text[records.starts[number] : records.ends[other - 1]]
                written = True
            number = other + 1
            if other < len(same) and (to := int(pairs[row_at[other]])) >= 0:
                like = records.taken(text, other)
                yield records.before(text, other) if written else opening
                yield edited(like, self._corrected(like.fields, row_at[other], to))
                written = True
        yield from self._added(text, records, opening, pairs, written)
        return records.ends[-1] if records.ends else start

    def _pairs(self) -> NDArray[np.int64]:
        """The new row of each old one, which is of the same image and has the same id; -1 for none."""
        old, new = self.old, self.new
        images = [list(map(self.image_key, rows.image_ids.tolist())) for rows in (old, new)]
        known = {key: number for number, key in enumerate(dict.fromkeys(chain(*images)))}
        of_ids = {key: number for number, key in enumerate(dict.fromkeys(chain(old.ids, new.ids)))}
        return _paired(
            *(
                _numbers(keys, known)[rows.image] * len(of_ids) + _numbers(rows.ids, of_ids)
                for rows, keys in zip((old, new), images, strict=True)
            )
        )

    def _same(self, records: _Records, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which records stay as they are: they are of no old box, or have the box, the image, the class and the id."""
        same = np.ones(len(records.ends), bool)
        same[self.positions] = False
        old = np.flatnonzero(pairs >= 0)
        old = old[(self.old.xyxy[old] == self.new.xyxy[pairs[old]]).all(axis=1)]
        new, at = pairs[old], self.positions[old]
        columns: list[tuple[list[Any], Any]] = [
            (records.images, self.new.image_ids[self.new.image[new]]),
            (records.categories, self.new.categories[new]),
            (records.ids, np.array(self.old.ids, object)[old]),
        ]
        equal = np.array(records.boxed, bool)[at]
        for held, wanted in columns:
            of_records = map(held.__getitem__, at.tolist())
            equal &= np.fromiter(map(eq, of_records, wanted.tolist()), bool, len(at))
        same[at] = equal
        return same

    def _corrected(self, record: dict[str, Any], old: int, new: int) -> dict[str, Any]:
        """A record with the new box; if it is another one, without what describes the object in the old one."""
        moved = bool((self.old.xyxy[old] != self.new.xyxy[new]).any())
        if moved:
            record = {name: value for name, value in record.items() if name not in _OF_BOX}
        return _filled(record, self.old.ids[old], self.new[new], moved=moved)

    def _added(
        self, text: str, records: _Records, opening: str, pairs: NDArray[np.int64], written: bool
    ) -> Iterator[str]:
        """The records of new boxes, laid out as the last one."""
        is_new = np.ones(len(self.new.ids), bool)
        is_new[pairs[pairs >= 0]] = False
        like = JsonObject("{}", {}) if records.last is None else records.taken(text, records.last)
        between = records.before(text, len(records.ends) - 1) if len(records.ends) > 1 else ""
        between = between or (f",{opening}" if opening else between_members(like.text))
        for row in np.flatnonzero(is_new).tolist():
            yield between if written else opening
            yield edited(like, _filled({}, self.new.ids[row], self.new[row], moved=True))
            written = True


def _filled(record: dict[str, Any], id_: Any, box: _Box, *, moved: bool) -> dict[str, Any]:
    """A record with the ids of a box, with its corners if it moved, and with what other tools need."""
    x1, y1, x2, y2 = box.corners
    of_box = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
    # Ids that were joined as texts or by name are written as they are listed, for tools that join by id alone.
    fields = {"id": id_, "image_id": box.image, "category_id": box.category, **(of_box if moved else {})}
    needed = {**of_box, "iscrowd": 0}
    lacking = {name: value for name, value in needed.items() if record.get(name) in (None, [])}
    return record | lacking | fields


def _revised(record_now: Callable[[Any], Any], text: str, start: int) -> Generator[str, None, int]:
    """A list of which some records are others now."""
    copied = end = start
    position = after_space(text, start)
    while text[position] != "]":
        record, end = value_at(text, position)
        now = record_now(record)
        if now is not record:
            yield text[copied:position]
            yield edited(JsonObject(text[position:end], record), now)
            copied = end
        position = after_comma(text, end)
    yield text[copied:end]
    return end


def _replaced(text: str, lists: dict[str, _Revision]) -> Iterator[str]:
    """The text of an object with other records in some of its lists."""
    copied, found = 0, set[str]()
    position = after_space(text, after_space(text, 0) + 1)
    while text[position] != "}":
        name, _, position = name_at(text, position)
        if name in lists:
            if name in found:
                raise ValueError(f"it has two lists of {name}")
            found.add(name)
            yield text[copied : position + 1]
            copied = yield from lists[name](text, position + 1)
            position = after_space(text, copied) + 1
        else:
            _, position = value_at(text, position)
        position = after_comma(text, position)
    yield text[copied:]
