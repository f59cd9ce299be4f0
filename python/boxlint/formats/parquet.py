"""Parquet: a data set in one file, a row an image, in the layout that is read fastest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import expect
from boxlint._detectors import all_predictions
from boxlint._files import atomic_write, pyarrow_and_parquet
from boxlint._table import Numbers, arrow_array, arrow_flags, texts, validity
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset, as_classes_of_images
from boxlint.formats.arrow import CLASSES, METADATA
from boxlint.formats.folders import PathLike

__all__ = ["write_parquet"]

# Images of a row group: fewer cost time in reading, more cost memory.
_ROW_GROUP = 5000
_INNER = "element"


def write_parquet(dataset: Dataset, path: PathLike) -> None:
    """Writes a data set as Parquet, whole or not at all: `boxlint.from_arrow` makes the same of it again.

    A row is an image, and its boxes are lists of structs, as in `boxlint.from_arrow`; those of several detectors are a
    struct with a field for each. Images that a detector was not run on have a null list. Names and category ids of the
    classes are in the metadata of the schema. No field can be null that does not have to, and numbers are stored plain,
    since that is read fastest: see docs/scale.md. Needs pyarrow.

    Parameters
    ----------
    dataset:
        What to write. Ids that are texts and integers mixed, or too large for 64 bits, become texts.
    path:
        The file.

    Raises
    ------
    OSError
        If it cannot be written: an old file stays.
    ValueError
        If some boxes or images have an id, and others None.
    ImportError
        If there is no pyarrow.

    Examples
    --------
    >>> import tempfile, pyarrow.parquet
    >>> dataset = Dataset(Boxes([[1, 1, 9, 9]], [0]), Boxes([[1, 1, 9, 8]], [0], score=[0.5]), image_ids=["a"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_parquet(dataset, f"{folder}/data.parquet")
    ...     pyarrow.parquet.read_table(f"{folder}/data.parquet").column_names
    ['image_id', 'annotations', 'predictions']
    """
    _, parquet = pyarrow_and_parquet()
    expect("write_parquet", dataset, Dataset)
    metadata = {METADATA: json.dumps({name: _listed(getattr(dataset, name)) for name in CLASSES}).encode()}
    dataset = _with_plain_ids(dataset)
    blocks = (dataset[start : start + _ROW_GROUP] for start in range(0, max(len(dataset), 1), _ROW_GROUP))
    batches = (_table(block, _can_be_null(dataset)).replace_schema_metadata(metadata) for block in blocks)
    first = next(batches)
    with (
        atomic_write(path) as beside,
        parquet.ParquetWriter(
            beside, first.schema, compression="none", use_dictionary=_repeating(dataset.detector_names)
        ) as writer,
    ):
        for table in chain([first], batches):
            writer.write_table(table)


def _repeating(detector_names: Sequence[str] | None) -> list[str]:
    """The columns of class ids: others hardly repeat, and dictionaries of floats take longer to read."""
    predictions = [f"predictions.{name}" for name in detector_names] if detector_names else ["predictions"]
    lists = [f"{column}.list.{_INNER}.class_id" for column in ("annotations", *predictions)]
    return [*lists, f"verified_classes.list.{_INNER}"]


def _listed(given: Any) -> list[Any] | None:
    return None if given is None else np.asarray(given, object).tolist()


def _with_plain_ids(dataset: Dataset) -> Dataset:
    """The data set with ids that fit a column: integers in an array, or texts."""
    names = ("image_ids", "annotation_ids", "prediction_ids")
    more = [_plain_ids("more_prediction_ids", given) for given in dataset.more_prediction_ids]
    plain = {name: _plain_ids(name, getattr(dataset, name)) for name in names}
    return replace(dataset, more_prediction_ids=more, **plain)


def _plain_ids(name: str, given: Any) -> Any:
    if given is None:
        return None
    listed = np.asarray(given, object).tolist()
    if None in listed:
        raise ValueError(f"write_parquet: {name}[{listed.index(None)}] is None, expected an integer or a text")
    limits = np.iinfo(np.int64)
    integers = all(isinstance(one, (int, np.integer)) and limits.min <= one <= limits.max for one in listed)
    return np.array(listed, np.int64) if integers else [str(one) for one in listed]


def _can_be_null(dataset: Dataset) -> dict[str, bool]:
    """Which columns, and which detectors' predictions, can be null."""
    unknown = dataset.image_sizes is not None and bool(np.isnan(dataset.image_sizes).any())
    names = dataset.detector_names or ["predictions"]
    absent: Any = [False] * len(names) if dataset.not_run is None else dataset.not_run.any(axis=0).tolist()
    return {"width": unknown, "height": unknown, **dict(zip(names, absent, strict=True))}


def _table(dataset: Dataset, nullable: dict[str, bool]) -> Any:
    """The columns of some images, as a table of pyarrow."""
    import pyarrow as pa

    images = len(dataset)
    arrays: dict[str, Any] = {}
    for name, values in (("image_id", dataset.image_ids), ("image_name", dataset.image_names)):
        if values is not None:
            arrays[name] = _array(values)
    if dataset.image_sizes is not None:
        for name, sides in zip(("width", "height"), dataset.image_sizes.T, strict=True):
            arrays[name] = arrow_array(Numbers(np.ascontiguousarray(sides), np.isnan(sides)))
    arrays["annotations"] = _boxes(dataset.annotations, dataset.annotation_ids)
    sets = zip(
        dataset.detector_names or ["predictions"],
        all_predictions(dataset),
        (dataset.prediction_ids, *dataset.more_prediction_ids),
        np.zeros((images, 1 + len(dataset.more_predictions)), bool).T if dataset.not_run is None else dataset.not_run.T,
        strict=True,
    )
    predictions = {name: _boxes(boxes, ids, not_run) for name, boxes, ids, not_run in sets}
    arrays["predictions"] = _structs(predictions, nullable) if dataset.detector_names else predictions["predictions"]
    if dataset.verified_classes is not None:
        offsets, class_ids = as_classes_of_images(dataset)
        arrays["verified_classes"] = _lists(offsets, _array(class_ids))
    fields = [pa.field(name, array.type, nullable.get(name, False)) for name, array in arrays.items()]
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))


def _boxes(boxes: Boxes, ids: Any, null: NDArray[np.bool_] | None = None) -> Any:
    """The boxes of each image as a list of structs."""
    import pyarrow as pa

    corners = _array(boxes.xyxy.reshape(-1))
    box = pa.list_(pa.field(_INNER, corners.type, nullable=False), 4)
    fields = {"xyxy": pa.FixedSizeListArray.from_arrays(corners, type=box), "class_id": _array(boxes.class_id)}
    if boxes.score is not None:
        fields["score"] = _array(boxes.score)
    if boxes.ignore is not None:
        fields["ignore"] = arrow_flags(boxes.ignore)
    if ids is not None:
        fields["id"] = _array(ids)
    return _lists(boxes.offsets, _structs(fields, {}), null)


def _lists(offsets: NDArray[np.int64], values: Any, null: NDArray[np.bool_] | None = None) -> Any:
    """Lists of values, null where it is said."""
    import pyarrow as pa

    kind = pa.list_(pa.field(_INNER, values.type, nullable=False))
    buffers = [validity(null), pa.py_buffer(offsets.astype(np.int32))]
    return pa.Array.from_buffers(kind, len(offsets) - 1, buffers, children=[values])


def _structs(arrays: dict[str, Any], nullable: dict[str, bool]) -> Any:
    import pyarrow as pa

    fields = [pa.field(name, array.type, nullable.get(name, False)) for name, array in arrays.items()]
    return pa.StructArray.from_arrays(list(arrays.values()), fields=fields)


def _array(values: Any) -> Any:
    """Numbers or texts as an array of pyarrow."""
    return arrow_array(Numbers(values) if isinstance(values, np.ndarray) else texts(values))
