"""Classes that the detector takes for others: their swaps stand low, and the summary says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import boxlint
import method_reference as reference
from boxlint import Boxes, Dataset
from test_check_method import assert_same
from test_check_method import offsets as ends

CAR, VAN, DOG = range(3)
NAMES = ["car", "van", "dog"]
# Of one object in each image, as a car, a van and a dog in turns; the first dog is annotated as a car.
IMAGES = 300
TRUE = np.arange(IMAGES) % 3


def street(called: int, score: float = 0.9) -> Dataset:
    """The detector is sure of what it sees, and calls every van a ``called``."""
    boxes, offsets = [[10, 10, 50, 50]] * IMAGES, np.arange(IMAGES + 1)
    given = np.where(np.arange(IMAGES) == DOG, CAR, TRUE)
    seen = np.where(TRUE == VAN, called, TRUE)
    predictions = Boxes(boxes, seen, [score] * IMAGES, offsets)
    return Dataset(Boxes(boxes, given, offsets=offsets), predictions, class_names=NAMES)


def swaps(dataset: Dataset) -> dict[str, list[float]]:
    """Given class -> suspicions of swap."""
    issues = boxlint.check(dataset, kinds=["swap"]).issues
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for name, suspicion in zip(issues["given_label"], issues["suspicion"], strict=True):
        found[name].append(suspicion)
    return found


def test_swaps_of_a_class_that_the_detector_takes_for_another_stand_below_others() -> None:
    found = swaps(street(CAR))
    assert len(found["van"]) == IMAGES // 3
    assert max(found["van"]) < 0.2 < 0.5 < found["car"][0]


def test_the_summary_names_the_class() -> None:
    told = "The detector often takes objects of these classes for others, so swaps of their annotations stand low "
    assert f"{told}in the list: van." in boxlint.check(street(CAR)).summary().notes
    assert not [note for note in boxlint.check(street(VAN)).summary().notes if note.startswith(told)]


def test_where_no_swaps_are_listed_it_does_not_say_where_they_stand() -> None:
    with_swaps = boxlint.check(street(CAR), kinds="swap").summary().notes
    without = boxlint.check(street(CAR), kinds="missing").summary().notes
    assert any("swaps of their annotations" in note for note in with_swaps)
    assert not any("swaps of their annotations" in note for note in without)


def test_several_detectors_take_a_class_for_another_if_together_they_do() -> None:
    # So many cars that one that is seen mostly is one.
    many = [*range(IMAGES), *2 * np.flatnonzero(TRUE == CAR).tolist()]
    knows, takes, surer = (street(called, score)[many] for called, score in [(VAN, 0.8), (CAR, 0.8), (CAR, 0.9)])
    for other, expected in [(surer, (VAN,)), (knows, ())]:
        both = Dataset.of_detectors({"one": takes, "other": other})
        first = boxlint.collect(both)
        assert first.mistaken == ()
        assert boxlint.collect(both, statistics=first).mistaken == expected
        assert any("van" in note for note in boxlint.check(both).summary().notes) == bool(expected)


def test_parts_know_the_classes_of_the_whole() -> None:
    dataset = street(CAR)
    whole = boxlint.collect(dataset)
    assert whole.mistaken == (VAN,)
    assert boxlint.collect(street(VAN)).mistaken == ()
    assert (boxlint.collect(dataset[200:]) + boxlint.collect(dataset[:200])).mistaken == (VAN,)
    part = boxlint.check(dataset[:30], statistics=whole)
    assert part.summary().notes[-1] == boxlint.check(dataset).summary().notes[-1]


@pytest.mark.parametrize("images", [10, 60, 300])
def test_suspicion_is_that_of_the_formulas(images: int) -> None:
    """From where a class is hardly known to be taken for another on."""
    dataset = street(CAR)[:images]
    assert_same(boxlint.check(dataset), reference.check(dataset))


def test_few_objects_of_a_class_are_no_sign_that_the_detector_does_not_know_it() -> None:
    rare = np.flatnonzero((TRUE != VAN) | (np.arange(IMAGES) < 10))
    dataset = street(CAR)[rare.tolist()]
    assert boxlint.collect(dataset).mistaken == ()
    assert min(swaps(dataset)["van"]) > 0.5


@pytest.mark.parametrize("classes", [[CAR], [VAN], [CAR, VAN, DOG]])
def test_objects_that_are_annotated_again_and_again_are_not_taken_for_others(classes: list[int]) -> None:
    """One prediction matches one of them; the others are seen as their class all the same."""
    dataset = street(VAN)
    times = np.where(np.isin(TRUE, classes), 4, 1)
    annotations = dataset.annotations
    again = Boxes(annotations.xyxy.repeat(times, 0), annotations.class_id.repeat(times), offsets=ends(times))
    repeated = replace(dataset, annotations=again)
    assert boxlint.collect(repeated).mistaken == ()
    assert_same(boxlint.check(repeated), reference.check(repeated))


def test_annotations_of_a_class_that_was_not_looked_for_are_not_taken_for_others() -> None:
    """As in LVIS, where some of the objects of a class are annotated: their predictions do not count as matches."""
    dataset = replace(street(VAN), verified_classes=[[CAR, DOG]] * IMAGES)
    assert boxlint.collect(dataset).mistaken == ()
    assert_same(boxlint.check(dataset), reference.check(dataset))


def test_who_says_two_classes_of_an_object_does_not_take_it_for_another() -> None:
    """A detector without suppression between classes, whose right class scores less."""
    dataset = street(CAR)
    boxes = np.repeat(dataset.annotations.xyxy, 2, 0)
    classes, scores = np.stack([dataset.predictions.class_id, TRUE], 1).ravel(), [0.9, 0.89] * IMAGES
    both = replace(dataset, predictions=Boxes(boxes, classes, scores, np.arange(IMAGES + 1) * 2))
    assert boxlint.collect(both).mistaken == ()
    assert_same(boxlint.check(both), reference.check(both))


def test_errors_in_all_classes_are_no_sign_either() -> None:
    dataset = street(VAN)
    wrong = np.where(np.random.default_rng(0).random(IMAGES) < 0.2, (TRUE + 1) % 3, TRUE)
    annotations = Boxes(dataset.annotations.xyxy, wrong, offsets=dataset.annotations.offsets)
    report = boxlint.check(replace(dataset, annotations=annotations))
    assert report.summary().by_suspicion["swap"][0.5] == np.count_nonzero(wrong != TRUE)
