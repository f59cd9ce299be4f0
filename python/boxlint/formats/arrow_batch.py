"""One record batch of Arrow as columns of boxes. Imports pyarrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from boxlint.formats.arrow_lists import (
    Fault,
    Lists,
    corners,
    detectors_in,
    fields_of,
    flags,
    ids,
    integers,
    lists_of,
    names_in_structs,
    numbers,
    sizes,
)

__all__ = ["ColumnNames", "Part", "Side", "checked_names", "names_of_columns", "part_of", "with_id"]

T = TypeVar("T")

# What each column is called. Several sets of predictions have the names of their detectors.
ColumnNames = Mapping[str, str | Sequence[str] | Mapping[str, str] | None]

# The fields of the boxes of each side, and those of them that it needs.
_FIELDS = {"annotations": ("xyxy", "class_id", "ignore", "id"), "predictions": ("xyxy", "class_id", "score", "id")}
_NEEDED = {"annotations": ("xyxy", "class_id"), "predictions": ("xyxy", "class_id", "score")}
_OF_IMAGES = ("image_id", "image_name", "width", "height", "verified_classes")
_NEEDED_ROLES = [f"{side}_{field}" for side, fields in _NEEDED.items() for field in fields]
_ROLES = (*_OF_IMAGES, *_FIELDS, *(f"{side}_{field}" for side, fields in _FIELDS.items() for field in fields))


class Side(NamedTuple):
    """The boxes of one side, and which images have a null list, if any does."""

    xyxy: NDArray[Any]
    class_id: NDArray[np.int32]
    score: NDArray[Any] | None
    ignore: NDArray[np.bool_] | None
    ids: Any
    offsets: NDArray[np.int64]
    null: NDArray[np.bool_] | None


class Part(NamedTuple):
    """What a record batch has; None for columns that are not there."""

    image_ids: Any
    image_names: Any
    widths: NDArray[np.float64] | None
    heights: NDArray[np.float64] | None
    # Offsets and class ids.
    verified: tuple[NDArray[np.int64], NDArray[np.int32]] | None
    annotations: Side
    # By the names of the detectors; None is that of a single one.
    predictions: dict[str | None, Side]


def checked_names(columns: Any) -> ColumnNames:
    """What columns are called, if that can be.

    Raises
    ------
    TypeError, ValueError
        If it is no dict, or has an unknown key.
    """
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise TypeError(f"from_arrow: columns: expected a dict, found {type(columns).__name__}")
    unknown = next((role for role in columns if role not in _ROLES), None)
    if unknown is not None:
        raise ValueError(f"from_arrow: columns has the key {unknown!r}, expected some of {', '.join(_ROLES)}")
    for role, name in columns.items():
        several = role == "predictions" and isinstance(name, (list, tuple, Mapping)) and len(name) > 0
        is_lacking = name is None and role in _NEEDED_ROLES
        if is_lacking or (name is not None and not isinstance(name, str) and not several):
            raise TypeError(f"from_arrow: columns has {name!r:.80} for {role}, expected the name of a column")
    return columns


def names_of_columns(columns: Any) -> set[str]:
    """What columns may be called that are read at all.

    Raises
    ------
    TypeError, ValueError
        As `checked_names`.

    >>> sorted(names_of_columns({"predictions": ["yolo", "detr"]}) & {"predictions", "yolo", "detr", "annotations"})
    ['annotations', 'detr', 'yolo']
    """
    names = checked_names(columns)
    found = {str(names.get(role, role)) for role in _ROLES if role not in _FIELDS}
    for side, fields in _FIELDS.items():
        given = names.get(side, side)
        of_side = given.values() if isinstance(given, Mapping) else [given] if isinstance(given, str) else given or ()
        found.update(of_side, *([f"{column}_{field}" for field in fields] for column in of_side))
    return found


def part_of(batch: Any, names: ColumnNames, first: int) -> Part:
    """The columns of a record batch.

    Parameters
    ----------
    batch:
        A RecordBatch of pyarrow.
    names:
        What columns are called, where that is not the default.
    first:
        The number of its first image.

    Raises
    ------
    ValueError, TypeError
        See `boxlint.from_arrow`.
    """
    # Whoever made it may not have: offsets beyond the end would be read from foreign memory.
    batch.validate()
    schema = batch.schema
    image_ids = _Table(batch, schema, names, None, first).column("image_id", ids)
    table = _Table(batch, schema, names, image_ids, first)
    return Part(
        image_ids,
        table.column("image_name", ids),
        *table.sides_of_images(),
        table.column("verified_classes", table.classes),
        next(iter(table.sides("annotations").values())),
        table.sides("predictions"),
    )


class _Table(NamedTuple):
    """A record batch, what its columns are called, and what is needed to say where something is."""

    batch: Any
    schema: Any
    names: ColumnNames
    image_ids: Any
    first: int

    def column(self, role: str, convert: Callable[[Any, Fault], T]) -> T | None:
        """A column of images, converted; None if there is none."""
        name = self.names.get(role, role)
        if name is None:
            return None
        array = self.named(name)
        if array is None and role in self.names:
            raise self.no_column(name)
        return (
            None if array is None else _told(str(name), convert, array, lambda at, what: self.at(at, f"{name} {what}"))
        )

    def sides_of_images(self) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
        """The widths and the heights; None if there are none."""
        width, height = (self.column(role, lambda values, _: sizes(values)) for role in ("width", "height"))
        if (width is None) != (height is None):
            there, lacking = ("width", "height") if height is None else ("height", "width")
            raise ValueError(
                f"from_arrow: found the column {self.names.get(there, there)}, but none for {lacking}; columns= says "
                f"what it is called, or with None for {there} that images have no sizes here"
            )
        return width, height

    def named(self, name: Any) -> Any:
        """The column of a name; None if there is none."""
        places = self.schema.get_all_field_indices(name)
        if len(places) > 1:
            raise ValueError(f"from_arrow: found {len(places)} columns {name}, expected one")
        return self.batch.column(places[0]) if places else None

    def at(self, image: int, fault: str) -> ValueError:
        return ValueError(f"from_arrow: image {self.first + image}{with_id(self.image_ids, image)}: {fault}")

    def at_box(self, column: str, field: str, offsets: NDArray[np.int64]) -> Fault:
        """Makes the errors about a field of boxes, of which each image has those between two offsets."""

        def fault(at: int, wrong: str) -> ValueError:
            image = int(np.searchsorted(offsets, at, side="right")) - 1
            return self.at(image, f"{column}: row {at - int(offsets[image])}: {field} {wrong}")

        return fault

    def no_column(self, name: Any) -> ValueError:
        found = ", ".join(self.schema.names)
        nested = any(field.type.num_fields for field in self.schema)
        hint = "" if nested else "; where each box has a row, bring those of an image together: docs/guide/parquet.md"
        return ValueError(
            f"from_arrow: found no column {name}, only {found}; columns= says what is called otherwise{hint}"
        )

    def classes(self, array: Any, _: Fault) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Offsets of the images and class ids."""
        lists = lists_of(array)
        if lists.null is not None:
            raise self.at(int(lists.null.argmax()), "verified_classes is null, expected a list")
        return lists.offsets, integers(lists.values, self.at_box("verified_classes", "class_id", lists.offsets))

    def sides(self, side: str) -> dict[str | None, Side]:
        """The annotations, or the predictions of each detector; None is the name of a single one."""
        given = self.names.get(side, side)
        if given is None:
            nothing = Lists(np.zeros(self.batch.num_rows + 1, np.int64), pa.nulls(0), None)
            return {None: self.boxes(side, dict.fromkeys(_NEEDED[side], nothing))}
        if not isinstance(given, str):
            named = given if isinstance(given, Mapping) else {name: name for name in given}
            return {name: self.of_column(side, column, self.named(column)) for name, column in named.items()}
        array = self.named(given)
        if array is not None and (detectors := detectors_in(array, self.fields_in_structs(side)["xyxy"])):
            return {name: self.of_column(side, f"{given}.{name}", part) for name, part in detectors.items()}
        return {None: self.of_column(side, given, array)}

    def fields_in_structs(self, side: str) -> dict[str, str]:
        """Field -> what it is called where boxes are structs."""
        return self.fields(side, "")

    def fields(self, side: str, prefix: str) -> dict[str, str]:
        """Field -> what it is called, which begins with the prefix if nothing else is given; None passes over it."""
        names = {field: self.names.get(f"{side}_{field}", prefix + field) for field in _FIELDS[side]}
        return {field: name for field, name in names.items() if isinstance(name, str)}

    def of_column(self, side: str, column: str, array: Any) -> Side:
        """The boxes in a column, or in columns whose names begin with its name if there is none."""
        if array is not None:
            names = self.fields_in_structs(side)
            fields = _told(column, fields_of, array, names, partial(self.at_box, column, "box"))
        else:
            names = self.fields(side, f"{column}_")
            arrays = {field: self.named(name) for field, name in names.items()}
            fields = {field: _told(names[field], lists_of, one) for field, one in arrays.items() if one is not None}
            if not fields:
                raise self.no_column(f"{column} or {names['xyxy']}")
        needed = [field for field in names if field in _NEEDED[side] or f"{side}_{field}" in self.names]
        lacking = next((names[field] for field in needed if field not in fields), None)
        if lacking is not None:
            found = ", ".join([names[field] for field in fields] if array is None else names_in_structs(array.type))
            raise ValueError(f"from_arrow: {column}: found no {lacking}, only {found}")
        return self.boxes(column, fields)

    def boxes(self, column: str, fields: dict[str, Lists]) -> Side:
        """The columns of boxes in these fields, which belong together."""
        boxes = fields["xyxy"]
        xyxy, offsets = _told(f"{column}: xyxy", corners, boxes, partial(self.at_box, column, "box"))
        for field, lists in fields.items():
            # The fields of structs share their offsets.
            if lists.offsets is not boxes.offsets and not np.array_equal(lists.offsets, offsets):
                image = int((np.diff(lists.offsets) != np.diff(offsets)).argmax())
                counts = np.diff(lists.offsets)[image], np.diff(offsets)[image]
                raise self.at(image, f"{column}: {counts[0]} of {field}, expected {counts[1]}, as many as boxes")
        converted: dict[str, Any] = {}
        for field, convert in (("class_id", integers), ("score", numbers), ("ignore", flags), ("id", ids)):
            if field in fields:
                fault = self.at_box(column, field, offsets)
                converted[field] = _told(f"{column}: {field}", convert, fields[field].values, fault)
        score, ignore, box_ids = (converted.get(field) for field in ("score", "ignore", "id"))
        return Side(xyxy, converted["class_id"], score, ignore, box_ids, offsets, boxes.null)


def with_id(image_ids: Any, image: int) -> str:
    """What to say of an image behind its number."""
    if image_ids is None:
        return ""
    known = image_ids[image]
    return f" (image_id {known.item() if isinstance(known, np.generic) else known!r})"


def _told(what: str, convert: Callable[..., T], *arguments: Any) -> T:
    """What is converted; a TypeError names it."""
    try:
        return convert(*arguments)
    except TypeError as error:
        raise TypeError(f"from_arrow: {what}: {error}") from error
