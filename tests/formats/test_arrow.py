"""`from_arrow`: every layout gives the same boxes, and what obvious accessors of Arrow read wrong is read right."""

from __future__ import annotations

import decimal
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_tables import BOXES, FORMS, LISTS, Layout, Row, assert_same, plain
from hypothesis import given
from hypothesis import strategies as st

import boxlint
from refusals import assert_refused, table

CAT = {"xyxy": [1.0, 1.0, 9.0, 9.0], "class_id": 0}
SEEN = {**CAT, "score": 0.5}

# Halves are exact in single precision.
_numbers = st.integers(0, 200).map(lambda number: number / 2)
_rows = st.tuples(st.lists(_numbers, min_size=4, max_size=4), st.integers(0, 5), st.sampled_from([0.0, 0.25, 1.0]))
_images = st.lists(
    st.tuples(st.none() | st.lists(_rows, max_size=3), st.none() | st.lists(_rows, max_size=3)), max_size=6
)
_layouts = st.builds(
    Layout,
    form=st.sampled_from(FORMS),
    lists=st.sampled_from(list(LISTS)),
    boxes=st.sampled_from(list(BOXES)),
    inner=st.sampled_from(["item", "element", "l"]),
    nullable=st.booleans(),
    number=st.sampled_from([pa.float32(), pa.float64()]),
    class_id=st.sampled_from([pa.int32(), pa.int64(), pa.uint8(), pa.int16(), pa.decimal128(20, 0)]),
)


def _sides(images: Any) -> tuple[list[Any], list[Any]]:
    return [one for one, _ in images], [other for _, other in images]


@given(_images, _layouts, st.integers(0, 6), st.integers(0, 6))
def test_every_layout_sliced_and_in_chunks_gives_the_same_boxes(
    images: Any, layout: Layout, first: int, middle: int
) -> None:
    annotations, predictions = _sides(images)
    whole = layout.table(annotations, predictions)
    first = min(first, len(images))
    middle = min(max(first, middle), len(images))
    dtype = np.float32 if layout.number == pa.float32() else np.float64
    cut = pa.concat_tables([whole.slice(first, middle - first), whole.slice(middle)])
    expected = plain(annotations[first:], predictions[first:], dtype)
    expected = replace(expected, image_ids=np.arange(first, len(images)))
    assert_same(boxlint.from_arrow(cut), expected)
    assert_same(boxlint.from_arrow(cut.to_reader()), expected)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lists", ["list", "large_list"])
@pytest.mark.parametrize("boxes", ["fixed", "list", "large_list"])
def test_coordinates_and_scores_are_views_of_the_memory_of_arrow(form: str, lists: str, boxes: str) -> None:
    rows: list[list[Row] | None] = [[([1.0, 1.0, 9.0, 9.0], 0, 0.5)] * 3, [], [([2.0, 1.0, 9.0, 9.0], 1, 0.25)] * 2]
    batch = Layout(form, lists, boxes).table(rows, rows).to_batches()[0]
    memory = [
        (buffer.address, buffer.address + buffer.size)
        for column in batch.columns
        for buffer in column.buffers()
        if buffer
    ]
    for part, skipped in ((batch, 0), (batch.slice(1), 3)):
        dataset = boxlint.from_arrow(part)
        for array in (dataset.annotations.xyxy, dataset.predictions.xyxy, dataset.predictions.score):
            assert array is not None
            assert len(array) == 5 - skipped
            assert any(start <= array.ctypes.data < end for start, end in memory)
        assert not dataset.predictions.xyxy.flags.writeable


def _boxes_of(kind: pa.DataType, values: pa.Array, offsets: list[int], valid: int) -> pa.Array:
    """Lists with these offsets, of which those are null whose bit in `valid` is not set."""
    validity, ends = pa.py_buffer(bytes([valid])), pa.py_buffer(np.array(offsets, np.int32))
    return pa.Array.from_buffers(kind, len(offsets) - 1, [validity, ends], children=[values])


def test_null_lists_own_no_boxes_even_if_their_offsets_span_some() -> None:
    values = pa.array([{**SEEN, "class_id": number} for number in range(5)])
    lists = _boxes_of(pa.list_(values.type), values, [0, 2, 3, 5], 0b101)
    dataset = boxlint.from_arrow(pa.table({"annotations": lists, "predictions": lists}))
    assert dataset.predictions.class_id.tolist() == dataset.annotations.class_id.tolist() == [0, 1, 3, 4]
    assert dataset.predictions.offsets.tolist() == [0, 2, 2, 4]
    assert dataset.not_run is not None
    assert dataset.not_run.tolist() == [[False], [True], [False]]
    class_ids = pa.array(range(5), pa.int64())
    flat = pa.array(np.tile([1.0, 1, 9, 9], 5))
    parallel = {
        "annotations_xyxy": _boxes_of(pa.list_(pa.float64()), flat, [0, 8, 12, 20], 0b101),
        "annotations_class_id": _boxes_of(pa.list_(pa.int64()), class_ids, [0, 2, 3, 5], 0b101),
    }
    annotations = boxlint.from_arrow(pa.table(parallel), columns={"predictions": None}).annotations
    assert annotations.class_id.tolist() == [0, 1, 3, 4]


def test_views_out_of_order_and_overlapping_are_followed() -> None:
    values = pa.array([{**SEEN, "class_id": number} for number in range(4)])
    views = pa.ListViewArray.from_arrays(pa.array([2, 0, 1], pa.int32()), pa.array([2, 1, 2], pa.int32()), values)
    predictions = boxlint.from_arrow(pa.table({"annotations": views, "predictions": views})).predictions
    assert predictions.class_id.tolist() == [2, 3, 0, 1, 2]
    assert predictions.offsets.tolist() == [0, 2, 3, 5]


def test_nulls_of_a_struct_of_lists_hide_what_is_in_its_fields() -> None:
    lists = pa.array([[{"class_id": 7, "score": 0.5, "xyxy": [1.0, 1, 9, 9]}]] * 2)
    values = [lists.flatten().field(name) for name in ("xyxy", "class_id", "score")]
    fields = [pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), one) for one in values]
    struct = pa.StructArray.from_arrays(fields, ["xyxy", "class_id", "score"], mask=pa.array([True, False]))
    dataset = boxlint.from_arrow(pa.table({"annotations": struct, "predictions": struct}))
    assert dataset.annotations.offsets.tolist() == dataset.predictions.offsets.tolist() == [0, 0, 1]
    assert dataset.not_run is not None
    assert dataset.not_run.tolist() == [[True], [False]]


@pytest.mark.parametrize("kind", [pa.list_(pa.null()), pa.null(), pa.large_list(pa.null())])
def test_lists_of_no_type_are_empty(kind: pa.DataType) -> None:
    values: list[Any] = [None, None] if kind == pa.null() else [[], None]
    columns = {"annotations": pa.array(values, kind), "predictions": pa.array(values, kind)}
    dataset = boxlint.from_arrow(pa.table(columns))
    assert (len(dataset), len(dataset.annotations.class_id)) == (2, 0)
    assert dataset.not_run is not None
    assert dataset.not_run[:, 0].tolist() == [kind == pa.null(), True]


def test_a_table_without_rows_is_a_data_set_without_images() -> None:
    empty = Layout().table([[([1.0, 1.0, 2.0, 2.0], 0, 0.5)]], [[]])[:0]
    for given_ in (empty, empty.to_reader(), pa.RecordBatchReader.from_batches(empty.schema, [])):
        assert len(boxlint.from_arrow(given_)) == 0


def test_decimals_are_numbers() -> None:
    boxes = [[[decimal.Decimal("1.5"), decimal.Decimal("0.25"), decimal.Decimal(9), decimal.Decimal(8)]]]
    columns = {
        "annotations_xyxy": pa.array(boxes, pa.list_(pa.list_(pa.decimal128(5, 2), 4))),
        "annotations_class_id": pa.array([[decimal.Decimal(3)]], pa.list_(pa.decimal128(20, 0))),
    }
    annotations = boxlint.from_arrow(pa.table(columns), columns={"predictions": None}).annotations
    assert annotations.xyxy.tolist() == [[1.5, 0.25, 9, 8]]
    assert annotations.class_id.tolist() == [3]


def test_half_precision_and_integers_are_converted() -> None:
    for given_as, dtype in ((np.float16, np.float32), (np.int16, np.float64)):
        numbers = pa.array(np.array([1, 2, 3, 4], given_as))
        lists = pa.ListArray.from_arrays(pa.array([0, 4], pa.int32()), numbers)
        columns = {"annotations_xyxy": lists, "annotations_class_id": [[1]]}
        xyxy = boxlint.from_arrow(pa.table(columns), columns={"predictions": None}).annotations.xyxy
        assert xyxy.dtype == dtype
        assert xyxy.tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pa.array([1, 255], pa.uint8()), [1, 255]),
        (pa.array([1, 2**63 - 1], pa.uint64()), [1, 2**63 - 1]),
        (pa.array([1, 2**64 - 1], pa.uint64()), [1, 2**64 - 1]),
        (pa.array([1, 2**64 - 1], pa.decimal128(20, 0)), [1, 2**64 - 1]),
        (pa.array(["a", "b"], pa.string_view()), ["a", "b"]),
        (pa.array(["a", "b"], pa.large_string()), ["a", "b"]),
        (pa.array(["b", "a"]).dictionary_encode(), ["b", "a"]),
        (pa.array([30, 7]).dictionary_encode(), [30, 7]),
    ],
)
def test_ids_of_images_are_what_the_table_says(ids: pa.Array, expected: list[Any]) -> None:
    columns = {"image_id": ids, "annotations": pa.nulls(2), "predictions": pa.nulls(2)}
    for data in (pa.table(columns), pa.concat_tables([pa.table(columns)[:1], pa.table(columns)[1:]])):
        found = boxlint.from_arrow(data).image_ids
        assert found is not None
        assert [*map(str, found)] == [*map(str, expected)]
        assert all(isinstance(one, (str, int, np.integer)) for one in found)


def test_unaligned_memory_is_copied() -> None:
    numbers = np.array([1.0, 2, 3, 4])
    moved = pa.py_buffer(b"\0" + numbers.tobytes())[1:]
    values = pa.Array.from_buffers(pa.float64(), 4, [None, moved])
    columns = {"annotations_xyxy": pa.ListArray.from_arrays(pa.array([0, 4], pa.int32()), values)}
    columns["annotations_class_id"] = pa.array([[1]])
    batch = pa.record_batch(columns)
    assert boxlint.from_arrow(batch, columns={"predictions": None}).annotations.xyxy.tolist() == [[1, 2, 3, 4]]


def test_columns_of_images_and_flags_and_ids_of_boxes() -> None:
    flagged = [{**CAT, "ignore": True, "id": "x"}, {**CAT, "ignore": False, "id": "y"}]
    data = pa.table(
        {
            "image_id": ["a", "b"],
            "image_name": ["a.jpg", "b.jpg"],
            "width": pa.array([640, None], pa.uint16()),
            "height": [480.0, 0.0],
            "annotations": [flagged, []],
            "predictions": [[{**SEEN, "id": 7}], []],
            "verified_classes": [[2, 0], []],
            "pixels": [b"", b""],
        }
    )
    dataset = boxlint.from_arrow(data, class_names=["cat", "dog", "cow"])
    assert dataset.image_ids == ["a", "b"]
    assert dataset.image_names == ["a.jpg", "b.jpg"]
    assert dataset.annotation_ids == ["x", "y"]
    assert np.asarray(dataset.prediction_ids).tolist() == [7]
    assert dataset.annotations.ignore is not None
    assert dataset.annotations.ignore.tolist() == [True, False]
    assert dataset.class_names == ["cat", "dog", "cow"]
    np.testing.assert_array_equal(dataset.image_sizes, [[640, 480], [np.nan, np.nan]])
    assert [np.asarray(part).tolist() for part in dataset.verified_classes or ()] == [[0, 2, 2], [0, 2]]


def test_flags_may_be_numbers() -> None:
    data = pa.table({"annotations": [[{**CAT, "iscrowd": 1}, {**CAT, "iscrowd": 0}]]})
    dataset = boxlint.from_arrow(data, columns={"predictions": None, "annotations_ignore": "iscrowd"})
    assert dataset.annotations.ignore is not None
    assert dataset.annotations.ignore.tolist() == [True, False]


def test_columns_and_fields_may_have_other_names() -> None:
    objects = [[{"bbox": [1.0, 1, 9, 9], "label": 4}]]
    structs = {"file": ["a"], "objects": objects, "boxes": [[[1.0, 2, 3, 4]]], "labels": [[2]], "conf": [[0.5]]}
    columns = {
        "image_id": "file",
        "image_name": "file",
        "annotations": "objects",
        "annotations_xyxy": "bbox",
        "annotations_class_id": "label",
        "predictions_xyxy": "boxes",
        "predictions_class_id": "labels",
        "predictions_score": "conf",
    }
    dataset = boxlint.from_arrow(pa.table(structs), columns=columns)
    assert dataset.image_ids == dataset.image_names == ["a"]
    assert (dataset.annotations.class_id.tolist(), dataset.predictions.class_id.tolist()) == ([4], [2])


def test_several_detectors_are_a_struct_or_columns_by_name() -> None:
    seen: list[Any] = [[SEEN], [SEEN, SEEN]]
    nothing: list[Any] = [None, []]
    kind = pa.array(seen).type
    arrays = [pa.array(seen, kind), pa.array(nothing, kind)]
    annotations = pa.array([[CAT], []])
    struct = pa.table({"annotations": annotations, "predictions": pa.StructArray.from_arrays(arrays, ["yolo", "detr"])})
    columns = pa.table({"annotations": annotations, "yolo": arrays[0], "detr": arrays[1]})
    found = [
        boxlint.from_arrow(struct),
        boxlint.from_arrow(columns, columns={"predictions": ["yolo", "detr"]}),
        boxlint.from_arrow(columns, columns={"predictions": {"yolo": "yolo", "detr": "detr"}}),
    ]
    for dataset in found:
        assert_same(dataset, found[0])
        assert dataset.detector_names == ("yolo", "detr")
        assert [len(one.predictions.class_id) for one in dataset.detectors.values()] == [3, 0]
        assert dataset.not_run is not None
        assert dataset.not_run.tolist() == [[False, True], [False, False]]


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
        "a box has three numbers",
        _with("annotations", [CAT, {**CAT, "xyxy": [1.0, 2.0, 3.0]}]),
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
        "TypeError: from_arrow: annotations: class_id holds string, expected integers",
    ),
    (
        "boxes are texts",
        _with("annotations", [{**CAT, "xyxy": "1 1 9 9"}], typed=False),
        "TypeError: from_arrow: annotations: xyxy holds string, expected lists of 4 numbers",
    ),
    (
        "boxes have no scores",
        _with("predictions", [CAT], typed=False),
        "ValueError: from_arrow: predictions: found no score, only xyxy, class_id",
    ),
    (
        "a column has no boxes",
        pa.table({"annotations": [1]}),
        "TypeError: from_arrow: annotations is of type int64, expected lists",
    ),
    (
        "a column is not there",
        pa.table({"image_id": [1], "annotations": [[CAT]]}),
        "ValueError: from_arrow: found no column predictions or predictions_xyxy, only image_id, annotations",
    ),
    (
        "an id is null",
        pa.table({"image_id": ["a", None], "annotations": [[], []]}),
        "ValueError: from_arrow: image 1: image_id is null, expected a text or an integer",
    ),
    (
        "ids are floats",
        pa.table({"image_id": [1.0], "annotations": [[]]}),
        "TypeError: from_arrow: image_id holds double, expected texts or integers",
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
        "TypeError: from_arrow: found dict, expected what has __arrow_c_stream__: a table of "
        "pyarrow, duckdb or daft, a DataFrame of polars",
    ),
)


@pytest.mark.parametrize(("bad", "refusal"), REFUSALS)
def test_bad_tables_are_refused_in_one_sentence(bad: Any, refusal: str) -> None:
    assert_refused(lambda: boxlint.from_arrow(bad), refusal)


def test_rows_count_through_all_batches() -> None:
    bad = _with("annotations", [{**CAT, "class_id": None}])
    assert_refused(
        lambda: boxlint.from_arrow(pa.concat_tables([bad[:1], bad[:1], bad])),
        "ValueError: from_arrow: image 3 (image_id 'b'): annotations: row 0: class_id is null, expected an integer",
    )


@pytest.mark.parametrize(
    ("bad", "refusal"),
    table(
        ("a list", ["annotations"], "TypeError: from_arrow: columns is ['annotations'], expected a dict"),
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
            "ValueError: from_arrow: found no column file, only annotations, predictions",
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
