"""`from_arrow` refuses what it cannot use in one sentence that names the image, its id and the row of the box."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import boxlint
from refusals import assert_refused, table

CAT = {"xyxy": [1.0, 1.0, 9.0, 9.0], "class_id": 0}
SEEN = {**CAT, "score": 0.5}


def _with(side: str, boxes: Any, **changes: Any) -> pa.Table:
    """A table whose second image, "b", has these boxes."""
    kind = pa.array([[SEEN]] if side == "predictions" else [[CAT]]).type
    columns = {"annotations": pa.array([[CAT], []]), "predictions": pa.array([[SEEN], []])}
    columns[side] = pa.array([None, boxes], kind if changes.get("typed", True) else None)
    return pa.table({"image_id": ["a", "b"], **columns})


REFUSALS = table(
    (
        "a box is null",
        _with("annotations", [CAT, {**CAT, "xyxy": None}]),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 1: box is null, expected 4 numbers: "
        "x1, y1, x2, y2",
    ),
    (
        "all boxes are null, and of no type",
        _with("annotations", [{**CAT, "xyxy": None}], typed=False),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 0: box is null, expected 4 numbers: "
        "x1, y1, x2, y2",
    ),
    (
        "a struct is null",
        _with("annotations", [None, CAT]),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 0: box is null, expected 4 numbers: "
        "x1, y1, x2, y2",
    ),
    (
        "a number is null",
        _with("predictions", [SEEN, {**SEEN, "xyxy": [1.0, None, 3.0, 4.0]}]),
        "ValueError: from_arrow: image 1 (image_id 'b'): predictions: row 1: box has a number that is null, "
        "expected a number",
    ),
    (
        "a class is null",
        _with("annotations", [{**CAT, "class_id": None}]),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 0: class_id is null, expected an integer",
    ),
    (
        "a score is null",
        _with("predictions", [SEEN, {**SEEN, "score": None}]),
        "ValueError: from_arrow: image 1 (image_id 'b'): predictions: row 1: score is null, expected a number",
    ),
    (
        "boxes have three and five numbers, as many as two boxes",
        _with("annotations", [CAT, {**CAT, "xyxy": [1.0, 2.0, 3.0]}, {**CAT, "xyxy": [1.0] * 5}]),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 1: box has 3 numbers, expected 4 "
        "numbers: x1, y1, x2, y2",
    ),
    (
        "a number is infinite",
        _with("annotations", [{**CAT, "xyxy": [1.0, 2.0, 3.0, np.inf]}]),
        "ValueError: from_arrow: annotations: image 1 (image_id 'b'), class 0, row 0: y2 is inf, "
        "expected a finite number up to 1e150",
    ),
    (
        "a class id is negative",
        _with("annotations", [{**CAT, "class_id": -1}]),
        "ValueError: from_arrow: annotations: image 1 (image_id 'b'), row 0: class id is -1, "
        "expected an integer from 0 to 2147483647",
    ),
    (
        "a class id is beyond 32 bits",
        _with("annotations", [{**CAT, "class_id": 2**31}]),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 0: class_id is 2147483648, "
        "expected an integer from 0 to 2147483647",
    ),
    (
        "a flag is null",
        _with("annotations", [{**CAT, "ignore": None}, {**CAT, "ignore": True}], typed=False),
        "ValueError: from_arrow: image 1 (image_id 'b'): annotations: row 0: ignore is null, expected true or false",
    ),
    (
        "class ids are texts",
        _with("annotations", [{**CAT, "class_id": "cat"}], typed=False),
        "TypeError: from_arrow: annotations: class_id: expected integers, the positions, from 0, of the names of the "
        "classes, found string",
    ),
    (
        "boxes are texts",
        _with("annotations", [{**CAT, "xyxy": "1 1 9 9"}], typed=False),
        "TypeError: from_arrow: annotations: xyxy: expected lists of 4 numbers, found string",
    ),
    (
        "boxes are structs",
        _with("annotations", [{**CAT, "xyxy": {"x": 1.0, "y": 1.0}}], typed=False),
        "TypeError: from_arrow: annotations: xyxy: expected lists of 4 numbers, found struct<x: double, y: double>; "
        "a query makes lists of structs: docs/guide/parquet.md",
    ),
    (
        "boxes have no scores",
        _with("predictions", [CAT], typed=False),
        "ValueError: from_arrow: predictions: found no score, only xyxy, class_id",
    ),
    (
        "a column has no boxes",
        pa.table({"annotations": [1]}),
        "TypeError: from_arrow: annotations: expected lists, found int64",
    ),
    (
        "a column is not there",
        pa.table({"image_id": [1], "annotations": [[CAT]]}),
        "ValueError: from_arrow: found no column predictions or predictions_xyxy, only image_id, annotations; "
        "columns= says what is called otherwise",
    ),
    (
        "a column stands twice, as after a join",
        pa.table([[[]], [[]], [[0]], [[1]]], ["annotations", "predictions", "verified_classes", "verified_classes"]),
        "ValueError: from_arrow: found 2 columns verified_classes, expected one",
    ),
    (
        "a field stands twice",
        pa.table(
            {
                "annotations": pa.ListArray.from_arrays(
                    [0, 1], pa.StructArray.from_arrays([[[1.0] * 4], [0], [0], [1]], [*CAT, "ignore", "ignore"])
                ),
            }
        ),
        "TypeError: from_arrow: annotations: expected one field ignore, found 2",
    ),
    (
        "the fields of boxes are called otherwise",
        pa.table({"annotations": [[{"bbox": CAT["xyxy"], "label": 0}]], "predictions": [[]]}),
        "ValueError: from_arrow: annotations: found no xyxy, only bbox, label",
    ),
    (
        "an id is null",
        pa.table({"image_id": ["a", None], "annotations": [[], []]}),
        "ValueError: from_arrow: image 1: image_id is null, expected a text or an integer",
    ),
    (
        "ids are floats",
        pa.table({"image_id": [1.0], "annotations": [[]]}),
        "TypeError: from_arrow: image_id: expected texts or integers, found double",
    ),
    (
        "verified classes are null",
        pa.table({"annotations": [[], []], "verified_classes": [[1], None]}),
        "ValueError: from_arrow: image 1: verified_classes is null, expected a list",
    ),
    (
        "parallel lists of other lengths",
        pa.table({"annotations_xyxy": [[[1.0] * 4], [[1.0] * 4]], "annotations_class_id": [[0], [1, 2]]}),
        "ValueError: from_arrow: image 1: annotations: 2 of class_id, expected 1, as many as boxes",
    ),
    (
        "flat numbers that are no boxes",
        pa.table({"image_id": [7, 8], "annotations_xyxy": [[1.0] * 4, [1.0] * 7], "annotations_class_id": [[0], [1]]}),
        "ValueError: from_arrow: image 1 (image_id 8): annotations: row 0: box begins 7 numbers, expected 4 "
        "for each box",
    ),
    (
        "metadata that are no JSON",
        pa.table({"annotations": [[]], "predictions": [[]]}).replace_schema_metadata({"boxlint": "{"}),
        "ValueError: from_arrow: the metadata of the schema has b'{' for boxlint, expected an object of JSON with "
        "class_names and category_ids",
    ),
    (
        "a dict",
        {"annotations": []},
        "TypeError: from_arrow: expected what has __arrow_c_stream__, such as a table of pyarrow, duckdb or daft, or a "
        "DataFrame of polars, found dict",
    ),
)


@pytest.mark.parametrize(("bad", "refusal"), REFUSALS)
def test_bad_tables_are_refused_in_one_sentence(bad: Any, refusal: str) -> None:
    assert_refused(lambda: boxlint.from_arrow(bad), refusal)


def test_fields_of_boxes_that_have_no_column_are_passed_over_or_needed() -> None:
    scored, flat = {**SEEN, "id": 5}, {"annotations_xyxy": [[[1.0] * 4]], "annotations_class_id": [[0]]}
    columns: dict[str, Any] = {"annotations_id": None, "predictions_id": None, "annotations_ignore": None}
    for data in (
        pa.table({"annotations": [[{**CAT, "id": 3, "ignore": True}]], "predictions": [[scored]]}),
        pa.table({**flat, "annotations_id": [[3]], "annotations_ignore": [[True]], "predictions": [[scored]]}),
    ):
        read, passed_over = boxlint.from_arrow(data), boxlint.from_arrow(data, columns=columns)
        assert (read.annotation_ids, read.prediction_ids) == ([3], [5])
        assert passed_over.annotations.ignore is None
        assert (passed_over.annotation_ids, passed_over.prediction_ids) == (None, None)
        with pytest.raises(TypeError, match="columns has None for annotations_class_id, expected the name of a column"):
            boxlint.from_arrow(data, columns={"annotations_class_id": None})


class _Pickled(pa.ExtensionType):  # type: ignore[misc]
    """What engines make of boxes that they take for objects."""

    def __init__(self) -> None:
        super().__init__(pa.binary(), "pickled_object")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""


def test_types_of_engines_are_named() -> None:
    pickled = pa.ExtensionArray.from_storage(_Pickled(), pa.array([b""]))
    with pytest.raises(TypeError, match=r"annotations: expected lists, found extension<pickled_object"):
        boxlint.from_arrow(pa.table({"annotations": pickled}))


def test_rows_count_through_all_batches() -> None:
    bad = _with("annotations", [{**CAT, "class_id": None}])
    assert_refused(
        lambda: boxlint.from_arrow(pa.concat_tables([bad[:1], bad[:1], bad])),
        "ValueError: from_arrow: image 3 (image_id 'b'): annotations: row 0: class_id is null, expected an integer",
    )


@pytest.mark.parametrize(
    ("bad", "refusal"),
    table(
        ("a list", ["annotations"], "TypeError: from_arrow: columns: expected a dict, found list"),
        (
            "an unknown key",
            {"annotation": "objects"},
            "ValueError: from_arrow: columns has the key 'annotation', expected some of image_id, image_name, width, "
            "height, verified_classes, annotations, predictions, annotations_xyxy, annotations_class_id, "
            "annotations_ignore, annotations_id, predictions_xyxy, predictions_class_id, predictions_score, "
            "predictions_id",
        ),
        ("no name", {"width": 3}, "TypeError: from_arrow: columns has 3 for width, expected the name of a column"),
        (
            "no detector",
            {"predictions": []},
            "TypeError: from_arrow: columns has [] for predictions, expected the name of a column",
        ),
        (
            "a column that is not there",
            {"image_name": "file"},
            "ValueError: from_arrow: found no column file, only annotations, predictions; columns= says what is called "
            "otherwise",
        ),
        (
            "a field that is not there",
            {"annotations_ignore": "crowd"},
            "ValueError: from_arrow: annotations: found no crowd, only xyxy, class_id",
        ),
    ),
)
def test_bad_names_of_columns_are_refused(bad: Any, refusal: str) -> None:
    data = pa.table({"annotations": [[CAT]], "predictions": [[SEEN]]})
    assert_refused(lambda: boxlint.from_arrow(data, columns=bad), refusal)


@pytest.mark.parametrize(("there", "lacking"), [("width", "height"), ("height", "width")])
def test_one_side_of_images_without_the_other_is_refused(there: str, lacking: str) -> None:
    data = pa.table({"annotations": [[CAT]], "predictions": [[SEEN]], there: [640]})
    told = f"; columns= says what it is called, or with None for {there} that images have no sizes here"
    assert_refused(
        lambda: boxlint.from_arrow(data),
        f"ValueError: from_arrow: found the column {there}, but none for {lacking}{told}",
    )
    assert_refused(
        lambda: boxlint.from_arrow(data.rename_columns([*data.column_names[:2], "side"]), columns={there: "side"}),
        f"ValueError: from_arrow: found the column side, but none for {lacking}{told}",
    )
    assert boxlint.from_arrow(data, columns={there: None}).image_sizes is None
    assert boxlint.from_arrow(data.append_column("side", pa.array([480])), columns={lacking: "side"}) is not None


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        ("from_arrow(None)", "from_arrow needs pyarrow: pip install 'boxlint[arrow]'"),
        ("write_parquet(None, 'a.parquet')", "writing Parquet needs pyarrow: pip install 'boxlint[arrow]'"),
    ],
)
def test_without_pyarrow_there_is_a_sentence(call: str, refusal: str) -> None:
    code = f"import sys; sys.modules['pyarrow'] = None; import boxlint; boxlint.{call}"
    failed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert failed.stderr.splitlines()[-1] == f"ImportError: {refusal}"
