"""What names an issue and a data set on every run."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Dataset
from boxlint.report.identity import Fingerprint, fingerprint
from boxlint.synthetic import make_scenes

DATASET = make_scenes(40).dataset


def test_an_issue_has_an_id_of_its_own() -> None:
    ids = boxlint.check(DATASET, min_suspicion=0).issues["issue_id"].tolist()
    assert len(set(ids)) == len(ids) > 100
    assert all(len(one) == 16 and set(one) <= set("0123456789abcdef") for one in ids)


def test_an_issue_keeps_its_id_where_others_are_not_listed_or_images_stand_in_another_order() -> None:
    report = boxlint.check(DATASET, min_suspicion=0)
    likely = boxlint.check(DATASET, min_suspicion=0.5)
    turned = boxlint.check(DATASET[::-1], min_suspicion=0)
    assert set(likely["issue_id"]) < set(report["issue_id"])
    assert set(turned["issue_id"]) == set(report["issue_id"])


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"image_names": None, "image_ids": np.arange(40) * 10**12 - 5},
        {"image_ids": [f"a{number}" for number in range(39)] + [7]},
        {"image_names": None, "image_ids": None},
        {"image_names": ["a.jpg"] * 40, "image_ids": None},
        {"image_names": ["a.jpg"] * 40, "image_ids": [7] * 39 + [None]},
    ],
)
def test_a_row_has_the_same_id_in_a_table_of_many_rows_of_each_image_and_alone(named: dict[str, Any]) -> None:
    # What names an image is hashed once for all of its rows, where these are many, and else for each row.
    report = boxlint.check(replace(DATASET, **named), min_suspicion=0)
    alone = [report.issues[row : row + 1].to_arrow()["issue_id"][0].as_py() for row in range(0, len(report), 9)]
    assert report.to_arrow()["issue_id"].to_pylist()[::9] == alone
    assert pickle.loads(pickle.dumps(report))["issue_id"].tolist()[::9] == alone


@pytest.mark.parametrize(
    ("named", "same_as"),
    [
        ({"image_names": ["a.jpg"] * 40, "image_ids": None}, {"image_names": ["b"] * 40, "image_ids": None}),
        ({"image_ids": np.zeros(40, int)}, {"image_ids": None}),
        ({"image_ids": np.array([*range(39), 38])}, {"image_ids": [*range(38), None, None]}),
        (
            {"image_ids": [*range(39), 38], "image_names": None},
            {"image_ids": [*range(38), None, None], "image_names": None},
        ),
        (
            {"image_ids": [None] * 20 + [*range(20)], "image_names": None},
            {"image_ids": [99] * 20 + [*range(20)], "image_names": None},
        ),
        ({"image_ids": [*range(39), None]}, {"image_ids": [*range(39), "scene_0039.png"]}),
    ],
    ids=[
        "equal names",
        "one id",
        "one id twice",
        "one id twice and no names",
        "ids that are positions of others",
        "no id",
    ],
)
def test_equal_ids_and_names_name_no_image(named: dict[str, Any], same_as: dict[str, Any]) -> None:
    ids = boxlint.check(replace(DATASET, **named))["issue_id"].tolist()
    assert len(set(ids)) == len(ids)
    assert ids == boxlint.check(replace(DATASET, **same_as))["issue_id"].tolist()


def test_images_that_share_no_name_keep_their_ids_beside_those_that_do() -> None:
    names = [*(DATASET.image_names or ())][:20]
    twice = replace(DATASET, image_names=["a.jpg"] * 20 + names, image_ids=None)
    whole = boxlint.check(twice)
    part = boxlint.check(twice[20:], statistics=boxlint.collect(twice))
    assert set(part["issue_id"]) == set(whole["issue_id"][whole["image_index"] >= 20])


@pytest.mark.parametrize("text", [False, True])
def test_copies_of_one_id_have_ids_of_their_own_and_change_no_other(text: bool) -> None:
    """Three more of the first annotation, one of them of another class, and one in another image of the same id."""
    old = DATASET.annotations
    image = np.repeat(np.arange(len(old)), np.diff(old.offsets))
    rows = np.sort(np.concatenate([np.arange(len(image)), [0, 0, 0]]))
    class_id = old.class_id[rows]
    class_id[3] = (class_id[0] + 1) % 6
    ids = np.arange(len(image))[rows]
    ids[np.flatnonzero(image[rows] == 1)[0]] = 0
    offsets = np.searchsorted(image[rows], np.arange(len(old) + 1))
    boxes = boxlint.Boxes(old.xyxy[rows], class_id, offsets=offsets)
    given = [f"a{one}" for one in ids] if text else ids
    copied = replace(DATASET, annotations=boxes, annotation_ids=given)
    found = boxlint.check(copied, min_suspicion=0).issues
    assert len(set(found["issue_id"].tolist())) == len(found)
    is_copy = (found["image_index"] == 0) & np.isin(found["annotation_index"].filled(-1), [1, 2])
    of_others = found[~is_copy]
    # The same list, in which the copies have ids that no other annotation has.
    named = np.asarray(given, object)
    named[[1, 2]] = ["b", "c"] if text else [-1, -2]
    apart = boxlint.check(replace(copied, annotation_ids=named.tolist()), min_suspicion=0).issues
    assert set(of_others["issue_id"]) < set(apart["issue_id"])


def test_copies_whose_ids_are_7_and_a_text_7_have_ids_of_their_own() -> None:
    """An id is what its text says, so that no two ids of this data set are equal but those of the copies."""
    rows = np.sort(np.append(np.arange(len(DATASET.annotations.class_id)), 0))
    old = DATASET.annotations
    boxes = boxlint.Boxes(old.xyxy[rows], old.class_id[rows], offsets=old.offsets + (np.arange(len(old) + 1) > 0))
    ids: list[int | str] = [7, "7", *range(100, 98 + len(rows))]
    found = boxlint.check(replace(DATASET, annotations=boxes, annotation_ids=ids), min_suspicion=0)["issue_id"]
    assert len(set(found.tolist())) == len(found)


def test_the_position_of_an_annotation_without_id_is_not_taken_for_an_id() -> None:
    """Each image has its first annotation twice, once with an id that is the position of the other."""
    old = DATASET.annotations
    firsts = old.offsets[:-1][np.diff(old.offsets) > 0]
    rows = np.sort(np.concatenate([np.arange(len(old.class_id)), firsts]))
    image = np.repeat(np.arange(len(old)), np.diff(old.offsets))[rows]
    offsets = np.searchsorted(image, np.arange(len(old) + 1))
    ids: list[Any] = [None] * len(rows)
    for first in np.unique(offsets[image]).tolist():
        ids[first] = 1
    boxes = boxlint.Boxes(old.xyxy[rows], old.class_id[rows], offsets=offsets)
    mixed = replace(DATASET, annotations=boxes, annotation_ids=ids)
    whole = boxlint.check(mixed, min_suspicion=0)
    assert len(set(whole["issue_id"].tolist())) == len(whole)
    part = boxlint.check(mixed[20:], statistics=boxlint.collect(mixed), min_suspicion=0)
    assert set(part["issue_id"]) == set(whole["issue_id"][whole["image_index"] >= 20])


def test_single_and_double_precision_give_one_id() -> None:
    single, double = (in_precision(dtype) for dtype in (np.float32, np.float64))
    assert boxlint.check(single)["issue_id"].tolist() == boxlint.check(double)["issue_id"].tolist()


def test_corners_that_single_precision_rounds_keep_the_id() -> None:
    xyxy = np.round(DATASET.annotations.xyxy.astype(np.float64), 2)
    ids = []
    for corners in (xyxy, xyxy.astype(np.float32)):
        annotations = boxlint.Boxes(corners, DATASET.annotations.class_id, offsets=DATASET.annotations.offsets)
        ids.append(boxlint.check(replace(DATASET, annotations=annotations), min_suspicion=0)["issue_id"].tolist())
    assert set(ids[0]) == set(ids[1])


def in_precision(dtype: type[np.floating]) -> Dataset:
    """The data set with corners that single precision holds."""
    annotations, predictions = (
        boxlint.Boxes(boxes.xyxy.astype(np.float32).astype(dtype), boxes.class_id, boxes.score, boxes.offsets)
        for boxes in (DATASET.annotations, DATASET.predictions)
    )
    return replace(DATASET, annotations=annotations, predictions=predictions)


def test_a_fingerprint_changes_with_what_it_is_of() -> None:
    whole = fingerprint(DATASET)
    assert fingerprint(make_scenes(40).dataset) == whole
    fewer = fingerprint(
        replace(
            DATASET,
            predictions=DATASET.predictions.keep(np.arange(len(DATASET.predictions.class_id)) > 0),
            prediction_ids=None,
        )
    )
    assert fewer.annotations == whole.annotations
    assert fewer.predictions != whole.predictions
    names = [f"{name}s" for name in DATASET.class_names or ()]
    assert all(a != b for a, b in zip(fingerprint(replace(DATASET, class_names=names)), whole, strict=True))
    assert fingerprint(DATASET[::-1]).annotations != whole.annotations


def small(dtype: Any = np.float64, **changes: Any) -> Dataset:
    xyxy, ignore = np.array([[1, 2, 30, 40], [5, 6, 7, 8.5]], dtype), [False, True]
    annotations = boxlint.Boxes(xyxy, [0, 2], offsets=[0, 1, 1, 2], ignore=ignore)
    predictions = boxlint.Boxes(xyxy[:1], [1], np.array([0.75], dtype), [0, 0, 1, 1])
    names = {"image_names": ["a.jpg", "b.jpg", "ü.jpg"], "class_names": ["cat", "dog", "bird"]}
    return Dataset(annotations, predictions, **{**names, "annotation_ids": [7, "x"], **changes})


def test_a_fingerprint_does_not_change_from_version_to_version() -> None:
    # Files of decisions have it, and are refused where it is another one.
    expected = ("2d3d014666caec6276fcda2e2e169e7e", "60f50ad35ce6ec471a18fc8100270f60")
    assert fingerprint(small()) == fingerprint(small(np.float32)) == expected


def test_where_a_class_stands_among_others_without_boxes_does_not_count() -> None:
    bird = replace(small(), class_names=["dog", "cat", "fish", "bird"], category_ids=None)
    moved = boxlint.Boxes(bird.annotations.xyxy, [1, 3], offsets=[0, 1, 1, 2], ignore=[False, True])
    assert fingerprint(replace(bird, annotations=moved)).annotations == fingerprint(small()).annotations


def test_names_of_classes_without_boxes_do_not_count() -> None:
    longer = replace(DATASET, class_names=[*(DATASET.class_names or ()), "other"], category_ids=None)
    assert fingerprint(longer) == fingerprint(DATASET)


def test_a_pickled_report_keeps_its_fingerprint() -> None:
    report = boxlint.check(DATASET)
    again = pickle.loads(pickle.dumps(report))
    assert isinstance(again.fingerprint, Fingerprint)
    assert again.fingerprint == fingerprint(DATASET)
    assert isinstance(report.dataset, Dataset)
