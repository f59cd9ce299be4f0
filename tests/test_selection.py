"""Images by their position: what `Boxes` and `Dataset` give between square brackets."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, Dataset
from check_scenes import ANNOTATED_TWICE, WRONG_CLASS, street

# Three boxes in the first of three images, none in the second, one in the third.
BOXES = Boxes(
    np.arange(16, dtype=np.float32).reshape(4, 4),
    [3, 1, 2, 0],
    score=np.array([0.5, 0.25, 1, 0.75], np.float32),
    offsets=[0, 3, 3, 4],
    ignore=[True, False, False, True],
)
DATASET = replace(street(ANNOTATED_TWICE, WRONG_CLASS), annotation_ids=[f"a{row}" for row in range(187)])
KEYS: list[Any] = [0, 1, -1, slice(0, 2), slice(None), slice(None, None, -1), slice(5, 2), [2, 0, 2], [], np.array([1]),
                   [True, False, True], np.array([False, False, False])]  # fmt: skip


def images_of(key: Any, count: int) -> list[int]:
    return [int(image) for image in np.atleast_1d(np.arange(count)[key])]


def columns(boxes: Boxes, image: int) -> list[Any]:
    """What belongs to one image."""
    start, end = boxes.offsets[image : image + 2]
    return [
        None if column is None else column[start:end].tolist()
        for column in (boxes.xyxy, boxes.class_id, boxes.score, boxes.ignore)
    ]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_boxes_of_images_are_selected_as_in_an_array(key: Any) -> None:
    chosen = BOXES[key]
    images = images_of(key, 3)
    assert len(chosen) == len(images)
    for position, image in enumerate(images):
        assert columns(chosen, position) == columns(BOXES, image)
    assert chosen.xyxy.dtype == np.float32
    assert not chosen.xyxy.flags.writeable


def test_a_mask_selects_nothing_where_it_is_masked_itself() -> None:
    mask = np.ma.MaskedArray([True, True, False], [True, False, False])
    assert BOXES[mask].offsets.tolist() == [0, 0]
    assert len(DATASET[np.ma.MaskedArray(np.ones(len(DATASET), bool), True)]) == 0


def test_annotations_without_scores_and_flags_have_none_either() -> None:
    bare = Boxes(BOXES.xyxy, BOXES.class_id, offsets=BOXES.offsets)[1:]
    assert (bare.score, bare.ignore, len(bare)) == (None, None, 2)


def test_a_loop_runs_over_images() -> None:
    assert [boxes.class_id.tolist() for boxes in BOXES] == [[3, 1, 2], [], [0]]
    assert [len(image) for image in DATASET] == [1] * len(DATASET)


@pytest.mark.parametrize("key", [60, -1, slice(58, 62), [61, 3, 60], np.arange(62) > 58], ids=str)
def test_images_of_a_data_set_keep_their_names_ids_and_sizes(key: Any) -> None:
    chosen = DATASET[key]
    images = images_of(key, len(DATASET))
    assert len(chosen) == len(images)
    for position, image in enumerate(images):
        for side, ids in (("annotations", "annotation_ids"), ("predictions", "prediction_ids")):
            boxes, of_all = getattr(chosen, side), getattr(DATASET, side)
            assert columns(boxes, position) == columns(of_all, image)
            here, there = slice(*boxes.offsets[position : position + 2]), slice(*of_all.offsets[image : image + 2])
            assert list(getattr(chosen, ids)[here]) == list(getattr(DATASET, ids)[there])
        for name in ("image_names", "image_ids"):
            assert getattr(chosen, name)[position] == getattr(DATASET, name)[image]
        np.testing.assert_array_equal(chosen.image_sizes[position], DATASET.image_sizes[image])  # type: ignore[index]  # there are sizes
    assert (chosen.class_names, chosen.category_ids) == (DATASET.class_names, DATASET.category_ids)


def test_a_data_set_without_names_and_ids_has_none_in_its_parts_either() -> None:
    bare = Dataset(DATASET.annotations, DATASET.predictions)[3]
    for name in (
        "image_names",
        "image_ids",
        "image_sizes",
        "class_names",
        "category_ids",
        "annotation_ids",
        "prediction_ids",
    ):
        assert getattr(bare, name) is None


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (3, IndexError, "image 3 is out of range: there are 3"),
        (-4, IndexError, "image -4 is out of range: there are 3"),
        ([0, 7], IndexError, "image 7 is out of range: there are 3"),
        ([True, False], IndexError, "the mask has 2 entries, expected 3, one for each image"),
        ("a.jpg", TypeError, "expected an index, a slice, a list of indices or a mask of images, found 'a.jpg'"),
        (0.5, TypeError, "found 0.5"),
        (True, TypeError, "found True"),
        (None, TypeError, "found None"),
        ([[0]], TypeError, "found [[0]]"),
        ((0, 1), TypeError, "found (0, 1)"),
    ],
)
def test_other_keys_are_refused(key: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        BOXES[key]
