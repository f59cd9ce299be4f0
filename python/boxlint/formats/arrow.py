"""Tables of Arrow, one row an image: to a data set, without a copy where the layout allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import names_in_order
from boxlint._core import Columns
from boxlint._json import parsed_json
from boxlint._per_image import ClassesOfImages
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset

if TYPE_CHECKING:
    from boxlint.formats.arrow_batch import ColumnNames, Part, Side

__all__ = ["CLASSES", "METADATA", "classes_of", "from_arrow"]

# The entry of a schema's metadata for what is of no image, a JSON object with these fields of a Dataset.
METADATA = b"boxlint"
CLASSES = ("class_names", "category_ids")
_IMAGE = re.compile(r"image (\d+)")
# Images that are taken from a data set of the datasets library at a time.
_ROWS_OF_DATASETS = 1000


def from_arrow(
    data: Any, *, columns: ColumnNames | None = None, class_names: Sequence[str] | Mapping[int, str] | None = None
) -> Dataset:
    """Reads a table of Arrow, one row an image.

    Coordinates and scores stay where they are, unless the table is in several chunks, or they are decimals, integers or
    list views: then they are copied. Class ids of another type than int32 are converted. The page docs/scale.md says
    what each layout costs.

    Parameters
    ----------
    data:
        Anything with ``__arrow_c_stream__``: a Table, RecordBatch or RecordBatchReader of pyarrow, or what polars,
        duckdb, daft and others have; or a data set of the datasets library. A reader can be read once. The columns are

        - ``image_id``: texts or integers, and ``image_name``, texts; both optional;
        - ``annotations``: lists of structs with ``xyxy``, ``class_id`` and optionally ``ignore`` and ``id``; or a
          struct of such lists; or the columns ``annotations_xyxy``, ``annotations_class_id`` and so on;
        - ``predictions``: the same with ``xyxy``, ``class_id``, ``score`` and optionally ``id``; or a struct with a
          field of that kind for each of several detectors, named after them;
        - ``width`` and ``height`` in pixels, neither without the other, and ``verified_classes``, lists of class ids,
          as in `Dataset`; optional.

        A box is a list of four numbers ``x1, y1, x2, y2`` in pixels. In lists of their own the numbers of all boxes of
        an image may follow each other. Lists are of any type. A null list of annotations is empty; one of predictions
        says that the detector was not run on the image. Other columns are passed over.
    columns:
        What columns are called here, as ``{"annotations": "objects", "annotations_class_id": "label"}``; where boxes
        are structs, the latter names their field. None for ``predictions`` or ``annotations`` says that there are none,
        and for another column that it is passed over.
        For several detectors ``predictions`` has a list of columns, or a dict from their names to columns.
    class_names:
        Names of the classes, as in `Dataset`; None for those that `boxlint.write_parquet` left in the schema, if any.
        Category ids there stay with their names, if all of the names given are there, each for one class.

    Raises
    ------
    ValueError
        If a box, number or class is null or out of range, or a box has other than four numbers: names the image and
        the row of the box in it. Or if a column is not there.
    TypeError
        If this is no table of Arrow, or a column is of another type.
    ImportError
        If there is no pyarrow.

    Examples
    --------
    >>> import pyarrow
    >>> cat = {"xyxy": [1.0, 1.0, 9.0, 9.0], "class_id": 0}
    >>> table = pyarrow.table({"image_id": ["a", "b"], "annotations": [[cat], []], "predictions": [[], None]})
    >>> dataset = from_arrow(table)
    >>> dataset.image_ids, dataset.annotations, dataset.not_run.tolist()
    (['a', 'b'], Boxes(2 images, 1 box), [[False], [True]])
    """
    try:
        from boxlint.formats.arrow_batch import checked_names, part_of
    except ImportError as error:
        raise ImportError("from_arrow needs pyarrow: pip install 'boxlint[arrow]'") from error
    names = checked_names(columns)
    parts: list[Part] = []
    first = 0
    for batch in _batches(data):
        parts.append(part_of(batch, names, first))
        first += batch.num_rows
    return _dataset(parts, classes_of(batch.schema.metadata, class_names))


def _batches(data: Any) -> Iterator[Any]:
    """The record batches of a table, at least one."""
    import pyarrow

    if isinstance(data, pyarrow.RecordBatch):
        yield data
        return
    if hasattr(data, "__arrow_c_stream__"):
        own = isinstance(data, pyarrow.Table)
        reader = data.to_reader() if own else pyarrow.RecordBatchReader.from_stream(data)
        batches, schema = iter(reader), reader.schema
    elif hasattr(data, "with_format") and hasattr(data, "iter"):
        # The datasets library: its other formats narrow float64.
        tables = data.with_format("arrow").iter(_ROWS_OF_DATASETS)
        batches = chain.from_iterable(table.to_batches() for table in tables)
        schema = data.features.arrow_schema
    else:
        raise TypeError(
            "from_arrow: expected what has __arrow_c_stream__, such as a table of pyarrow, duckdb or daft, or a "
            f"DataFrame of polars, found {type(data).__name__}"
        )
    first = next(batches, None)
    if first is None:
        nothing = [pyarrow.nulls(0, field.type) for field in schema]
        first = pyarrow.RecordBatch.from_arrays(nothing, schema=schema)
    yield first
    yield from batches


def classes_of(metadata: Mapping[bytes, bytes] | None, given: Any) -> dict[str, Any]:
    """The names and ids of classes in the metadata, or the names that are given, with the ids that they have there."""
    if given is None:
        return _kept_classes(metadata)
    names = names_in_order("from_arrow: class_names", given) if isinstance(given, Mapping) else given
    try:
        kept = _kept_classes(metadata)
        if list(names) == kept["class_names"]:
            return {"class_names": names, "category_ids": kept["category_ids"]}
        id_of = dict(zip(kept["class_names"], kept["category_ids"], strict=True))
        ids = [id_of[name] for name in names]
    except (KeyError, TypeError, ValueError):  # Without ids, or the names are others.
        return {"class_names": names}
    # Classes of one name have several ids, of which none is that of the name.
    return {"class_names": names, "category_ids": ids if len(id_of) == len(kept["class_names"]) else None}


def _kept_classes(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """The names and ids of classes in the metadata of a schema; nothing where it has none."""
    if metadata is None or METADATA not in metadata:
        return {}
    try:
        kept = parsed_json(metadata[METADATA])
        return {name: kept[name] for name in CLASSES}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"from_arrow: the metadata of the schema has {metadata[METADATA]!r:.80} for boxlint, expected an object "
            f"of JSON with {' and '.join(CLASSES)}"
        ) from error


def _dataset(parts: list[Part], classes: dict[str, Any]) -> Dataset:
    """The data set of the images of all parts."""
    image_ids, image_names, widths, heights = (
        _joined([getattr(part, name) for part in parts]) for name in ("image_ids", "image_names", "widths", "heights")
    )
    annotated = _whole([part.annotations for part in parts])
    detectors = list(parts[0].predictions)
    predicted = [_whole([part.predictions[name] for part in parts]) for name in detectors]
    first, *more = (_boxes("predictions", side, image_ids) for side in predicted)
    verified = [part.verified for part in parts if part.verified is not None]
    return Dataset(
        _boxes("annotations", annotated, image_ids),
        first,
        image_names=image_names,
        annotation_ids=annotated.ids,
        prediction_ids=predicted[0].ids,
        image_sizes=None if widths is None or heights is None else np.column_stack([widths, heights]),
        image_ids=image_ids,
        verified_classes=_verified(verified) if verified else None,
        detector_names=None if detectors == [None] else [str(name) for name in detectors],
        more_predictions=more,
        more_prediction_ids=[side.ids for side in predicted[1:]],
        not_run=_not_run(predicted),
        **classes,
    )


def _whole(parts: list[Side]) -> Side:
    """The boxes of all parts."""
    if len(parts) == 1:
        return parts[0]
    columns = ("xyxy", "class_id", "score", "ignore", "ids")
    return parts[0]._replace(
        **{name: _joined([getattr(side, name) for side in parts]) for name in columns},
        offsets=_offsets([side.offsets for side in parts]),
        null=np.concatenate([_null(side) for side in parts]) if any(side.null is not None for side in parts) else None,
    )


def _null(side: Side) -> NDArray[np.bool_]:
    return np.zeros(len(side.offsets) - 1, bool) if side.null is None else side.null


def _not_run(detectors: list[Side]) -> NDArray[np.bool_] | None:
    """(N, D) which predictions are null; None if none are."""
    if all(side.null is None for side in detectors):
        return None
    return np.column_stack([_null(side) for side in detectors])


def _verified(parts: list[ClassesOfImages]) -> ClassesOfImages:
    return _offsets([offsets for offsets, _ in parts]), _joined([class_id for _, class_id in parts])


def _boxes(what: str, side: Side, image_ids: Any) -> Boxes:
    try:
        columns = Columns(side.xyxy, side.class_id, side.score, side.offsets, f"from_arrow: {what}")
    except ValueError as error:
        from boxlint.formats.arrow_batch import with_id

        # The core knows images by their number.
        named = _IMAGE.sub(lambda found: found[0] + with_id(image_ids, int(found[1])), str(error), count=1)
        raise ValueError(named) from None
    return Boxes._of(columns, side.ignore)


def _joined(columns: Sequence[Any]) -> Any:
    """A column of all parts; None if they do not have it."""
    if len(columns) == 1 or columns[0] is None:
        return columns[0]
    if any(isinstance(column, list) for column in columns):
        return [value for column in columns for value in (column if isinstance(column, list) else column.tolist())]
    return np.concatenate(columns)


def _offsets(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The offsets of all parts in columns that are joined."""
    if len(parts) == 1:
        return parts[0]
    lengths = np.concatenate([np.diff(offsets) for offsets in parts])
    return np.concatenate([[0], np.cumsum(lengths)])
