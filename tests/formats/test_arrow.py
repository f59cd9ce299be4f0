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


def test_files_of_empty_lists_join_others() -> None:
    row: Row = ([1.0, 1.0, 2.0, 2.0], 0, 0.5)
    layout = Layout(boxes="list")
    empty = pa.table({"image_id": [0], "annotations": [[]], "predictions": [[]]})
    joined = pa.concat_tables([empty, layout.table([[row]], [[row]])], promote_options="permissive")
    expected = replace(plain([[], [row]], [[], [row]], np.float32), image_ids=np.zeros(2, np.int64))
    assert_same(boxlint.from_arrow(joined), expected)


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
        # As polars hands over categories, which pyarrow does not decode.
        (pa.DictionaryArray.from_arrays([1, 0], pa.array(["a", "b"], pa.string_view())), ["b", "a"]),
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
