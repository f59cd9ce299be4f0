"""Data sets of very many classes: the same numbers as of few, in memory and time that grow with their boxes alone.

The sizes would take minutes or all memory if anything grew with the square of the classes.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
import method_reference as reference
from boxlint import Boxes, Dataset, Statistics
from boxlint._core import Statistics as EngineStatistics
from method_statistics import MOST_CLASSES
from test_check_method import Array, assert_identical, assert_same, made, offsets, subset

MANY = 100_000


def renumbered(dataset: Dataset, class_ids: Array) -> Dataset:
    """The same boxes, class k as class_ids[k]."""
    annotations, predictions = (
        Boxes(boxes.xyxy, class_ids[boxes.class_id], boxes.score, boxes.offsets, boxes.ignore)
        for boxes in (dataset.annotations, dataset.predictions)
    )
    return Dataset(annotations, predictions)


def crowd(classes: int, others: int = 20) -> Dataset:
    """An image with an annotation of each class in a row, one more object, and some images with two neighbours each."""
    left = 10.0 * np.arange(classes)
    row = np.column_stack([left, np.zeros(classes), left + 9, np.full(classes, 9.0)])
    at = np.array([*range(classes), *(n % classes for k in range(others) for n in (k, k + 1))])
    ends = offsets(np.array([classes, *[2] * others]))
    seen = np.r_[at[:200], at[classes:]]
    given_class = np.where(np.arange(len(seen)) % 7 == 3, (seen + 1) % classes, seen)
    score = 0.3 + 0.6 * (np.arange(len(seen)) % 10) / 10
    near = row[seen] + 1
    near[109] += [0, 30, 0, 30]
    predicted = Boxes(near, given_class, score, offsets(np.array([min(200, classes), *[2] * others])))
    return Dataset(Boxes(row[at], at, offsets=ends), predicted)


def wide(images: int, classes: int, per_image: int = 7, seed: int = 0) -> Dataset:
    """Classes drawn from many, and two predictions near each annotation."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 500, (images * per_image, 2))
    xyxy = np.hstack([corner, corner + rng.uniform(10, 90, corner.shape)])
    class_id = rng.integers(0, classes, len(xyxy))
    twice = np.repeat(np.arange(len(xyxy)), 2)
    near = xyxy[twice] + rng.normal(0, 3, (len(twice), 4))
    counts = np.full(images, per_image)
    predictions = Boxes(near, class_id[twice], rng.uniform(0, 1, len(twice)), offsets(2 * counts))
    return Dataset(Boxes(xyxy, class_id, offsets=offsets(counts)), predictions)


@given(st.integers(0, 2**32 - 1))
def test_counts_are_those_of_the_same_boxes_in_few_classes(seed: int) -> None:
    few = made(seed, images=40, boxes=20)
    class_ids = np.sort(np.random.default_rng(seed).choice(MANY, 4, replace=False))
    many = boxlint.collect(renumbered(few, class_ids))._counts.entries()
    scores, bests, pairs, gaps, seen = boxlint.collect(few)._counts.entries()
    pairs[:, 1] = class_ids[pairs[:, 1]]
    for rows, expected in zip(many, (scores, bests, pairs, gaps, seen), strict=True):
        expected[:, 0] = class_ids[expected[:, 0]]
        np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_equal_the_formulas(seed: int) -> None:
    class_ids = np.sort(np.random.default_rng(seed).choice(2100, 300, replace=False))
    dataset = renumbered(made(seed, images=6, classes=300, boxes=30), class_ids)
    assert_same(boxlint.check(dataset, max_rows=1_000_000), reference.check(dataset))


@pytest.mark.parametrize(("images", "classes", "boxes"), [(200, 900, 8), (30, 600, 60), (16, 560, 200)])
def test_rows_equal_the_formulas_where_few_or_most_classes_meet(images: int, classes: int, boxes: int) -> None:
    dataset = made(1, images=images, classes=classes, boxes=boxes)
    # Of so many classes the core has no table of all pairs, but searches for each.
    assert len(np.union1d(dataset.annotations.class_id, dataset.predictions.class_id)) > 512
    assert_same(boxlint.check(dataset, max_rows=1_000_000), reference.check(dataset))


@pytest.mark.parametrize("classes", [MOST_CLASSES, MOST_CLASSES + 1])
def test_an_image_of_more_classes_than_go_together(classes: int) -> None:
    dataset = crowd(classes)
    report = boxlint.check(dataset, max_rows=1_000_000)
    assert report.top(1, "missing")["prediction_index"].tolist() == [109]
    assert_same(report, reference.check(dataset))
    pairs = boxlint.collect(dataset)._counts.entries()[2]
    assert len(pairs) == (classes * (classes - 1) // 2 if classes == MOST_CLASSES else 20)


@pytest.mark.parametrize("seed", [1, 2])
def test_parts_merge_to_the_whole_whichever_was_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    class_ids = np.sort(rng.choice(MANY, 40, replace=False))
    dataset = renumbered(made(seed, images=60, classes=40, boxes=30), class_ids)
    whole = boxlint.collect(dataset)
    parts = [boxlint.collect(subset(dataset, images)) for images in np.array_split(rng.permutation(60), 5)]
    total = sum(parts[1:], parts[0])
    assert total == whole
    assert total.to_bytes() == whole.to_bytes()
    assert Statistics.from_bytes(whole.to_bytes()) == whole
    assert_identical(boxlint.check(dataset, statistics=total), boxlint.check(dataset))


@pytest.mark.parametrize("number", [1, 255, 256, 2**15, 2**16 - 1, 2**16, 2**31, 2**32 - 1, 2**32, 2**40])
def test_counts_of_any_size_are_kept_and_added(number: int) -> None:
    """Few classes and many, of which counts are held in other ways."""
    for classes in (10, MANY):
        at = classes - 1
        # In each bin of the score as many predictions, of which all but two match, and annotations of one size.
        matched = [[at, bin, number + 1, number - 1, 1, 1] for bin in (3, 40)] if number > 1 else [[at, 3, 1, 0, 1, 0]]
        matches = 2 * (number - 1)
        best = [[at, 2, bin, number] for bin in (3, 40, 65)]
        gaps = [[at, 2, matches, matches * 2**19]] if matches else []
        seen = [[at, 3, 0, number], [at, 40, number, 0]]
        rows: tuple[list[list[int]], ...] = (matched, best, [], gaps, seen)
        widths = (6, 4, 3, 4, 4)
        entries = [np.array(part, np.int64).reshape(-1, width) for part, width in zip(rows, widths, strict=True)]
        counts = EngineStatistics(classes, *entries)
        for found, expected in zip(counts.entries(), entries, strict=True):
            np.testing.assert_array_equal(found, expected)
        twice = counts.merged(counts).entries()
        for found, once, numbers in zip(twice, entries, (4, 1, 1, 2, 2), strict=True):
            np.testing.assert_array_equal(found[:, :-numbers], once[:, :-numbers])
            np.testing.assert_array_equal(found[:, -numbers:], 2 * once[:, -numbers:])


def test_one_image_of_ten_thousand_classes() -> None:
    report = boxlint.check(crowd(10_000, others=0))
    assert {issue.annotation_index for issue in report if issue.kind == "spurious"} == set(range(10_000))


@pytest.mark.parametrize(("images", "classes"), [(4000, MANY), (100, 1_000_000)])
def test_classes_that_each_have_few_boxes(images: int, classes: int) -> None:
    dataset = wide(images, classes)
    statistics = boxlint.collect(dataset)
    scores, bests, pairs, *_ = statistics._counts.entries()
    assert scores[:, 2].sum() == 14 * images
    assert bests[:, 3].sum() == 7 * images
    # Each annotation stands beside others once, half of it in each of its pairs: none is rounded away.
    both = np.where(pairs[:, 0] == pairs[:, 1], 1, 2)
    assert abs((pairs[:, 2] * both).sum() / 2**20 - 7 * images) < 1
    report = boxlint.check(dataset, statistics=statistics)
    assert len(report) > images
    # Alone, it forgets most of what it counts as soon as it can.
    assert_identical(report, boxlint.check(dataset))


def test_several_detectors_of_many_classes() -> None:
    dataset = wide(300, MANY)
    second = wide(300, MANY, seed=1).predictions
    both = Dataset.of_detectors({"one": dataset, "other": Dataset(dataset.annotations, second)})
    first = boxlint.collect(both)
    again = boxlint.collect(both, statistics=first)
    assert_identical(boxlint.check(both, statistics=again), boxlint.check(both))
    assert again.classes == max(dataset.annotations.class_id.max(), second.class_id.max()) + 1
