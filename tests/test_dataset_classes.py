"""What a data set knows of its classes and images: names for all class ids, sizes in one shape, verified classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset
from boxlint.synthetic import make_scenes
from refusals import assert_refused, table

BOXES = [[1, 1, 9, 9], [2, 2, 9, 9], [3, 3, 9, 9]]
ANNOTATIONS = Boxes(BOXES, [0, 1, 0], offsets=[0, 2, 2, 3])
PREDICTIONS = Boxes(BOXES, [0, 1, 1], [0.9, 0.8, 0.7], [0, 0, 2, 3])


def made(**parts: Any) -> Dataset:
    return Dataset(**{"annotations": ANNOTATIONS, "predictions": PREDICTIONS, **parts})


def test_sizes_that_lie_column_by_column_are_laid_out_anew() -> None:
    """As those of pandas do: suggested boxes were cut at the sizes of other images, and boxes said to lie outside."""
    scenes = make_scenes(30).dataset
    sizes = np.random.default_rng(0).uniform(200, 700, (30, 2))
    by_row, by_column = (replace(scenes, image_sizes=np.array(sizes, order=order)) for order in ("C", "F"))
    issues = (boxlint.check(one, min_suspicion=0)["suggested_box"] for one in (by_row, by_column))
    np.testing.assert_array_equal(*issues)
    assert list(boxlint.inspect(by_row)) == list(boxlint.inspect(by_column))


@pytest.mark.parametrize(
    "given",
    [
        [(640, 480), (64, 48), (32, 24)],
        np.array([[640, 480], [64, 48], [32, 24]]),
        ([640, 64, 32], [480, 48, 24]),
        ((640, 64, 32), (480, 48, 24)),
        (np.array([640, 64, 32]), np.array([480, 48, 24])),
    ],
)
def test_sizes_are_rows_or_a_tuple_of_widths_and_heights(given: Any) -> None:
    assert np.asarray(made(image_sizes=given).image_sizes).tolist() == [[640, 480], [64, 48], [32, 24]]


def test_two_tuples_are_rows_where_there_are_two_images() -> None:
    two = Boxes([[1, 1, 9, 9]], [0], offsets=[0, 0, 1]), Boxes([[1, 1, 9, 9]], [0], [0.9], [0, 0, 1])
    forms: list[Any] = [((640, 480), (64, 48)), [[640, 480], [64, 48]], ([640, 64], [480, 48])]
    for rows in forms:
        assert np.asarray(Dataset(*two, image_sizes=rows).image_sizes).tolist() == [[640, 480], [64, 48]]


def test_an_unknown_size_is_not_a_number() -> None:
    sizes = np.asarray(made(image_sizes=[(None, None), (0, 48), (32, np.nan)]).image_sizes)
    assert np.isnan(sizes).tolist() == [[True, True], [True, False], [False, True]]
    assert boxlint.inspect(made(image_sizes=[(0, 0)] * 3)) == boxlint.inspect(made())


def test_names_may_be_a_dict_from_class_ids() -> None:
    assert made(class_names={1: "dog", 0: "cat"}).class_names == ("cat", "dog")


@pytest.mark.parametrize(
    ("parts", "refusal"),
    table(
        (
            "an annotated class has no name",
            {"class_names": ["cat"], "image_names": ["a", "b", "c"]},
            "ValueError: Dataset: annotations: image 0 ('a'), row 1: class id is 1, expected one below 1, the number "
            "of class_names; if these are category ids, give category_ids= to the function that reads them",
        ),
        (
            "a predicted class has no name",
            {"class_names": ["cat"], "annotations": Boxes([], [], offsets=[0] * 4)},
            "ValueError: Dataset: predictions: image 1, row 1: class id is 1, expected one below 1, the number of "
            "class_names; if these are category ids, give category_ids= to the function that reads them",
        ),
        ("names are one text", {"class_names": "ab"}, "TypeError: Dataset: class_names: expected a list, found str"),
        (
            "a dict of names has a gap",
            {"class_names": {1: "cat", 2: "dog"}},
            "ValueError: Dataset: class_names has the keys [1, 2], expected 0 to 1",
        ),
        (
            "there are other category ids than names",
            {"class_names": ["cat", "dog"], "category_ids": [1]},
            "ValueError: Dataset: category_ids has 1, expected 2, as many as there are class_names",
        ),
        (
            "sizes are in a row",
            {"image_sizes": [640, 480] * 3},
            "ValueError: Dataset: image_sizes has shape (6,), expected (3, 2), width and height of each image, or a "
            "tuple of two lists, 3 widths and 3 heights",
        ),
        (
            "sizes are a list of widths and heights",
            {"image_sizes": [[640, 64, 32], [480, 48, 24]]},
            "ValueError: Dataset: image_sizes has shape (2, 3), expected (3, 2), width and height of each image, or a "
            "tuple of two lists, 3 widths and 3 heights",
        ),
        (
            "a width of a list is masked",
            {"image_sizes": ([640, np.ma.masked, 32], [480, 48, 24])},
            "ValueError: Dataset: image_sizes has masked values",
        ),
        (
            "there are fewer sizes",
            {"image_sizes": [[640, 480]]},
            "ValueError: Dataset: image_sizes has 1 rows, expected 3, one an image",
        ),
        (
            "a size is negative",
            {"image_sizes": [[640, 480], [640, -1], [1, 1]]},
            "ValueError: Dataset: image_sizes: image 1 is of size [640.0, -1.0], expected pixels",
        ),
        (
            "sizes are texts",
            {"image_sizes": [["640", "480"]] * 3},
            "TypeError: Dataset: image_sizes holds what is no number, expected (N, 2), width and height of each image",
        ),
        (
            "names are a set, which has no order",
            {"class_names": {"cat", "dog"}},
            "TypeError: Dataset: class_names: expected a list, found set",
        ),
        (
            "a name is bytes",
            {"class_names": ["cat", b"dog"]},
            "TypeError: Dataset: class_names holds b'dog', expected texts",
        ),
        (
            "verified classes are of fewer images",
            {"verified_classes": [[0]]},
            "ValueError: Dataset: verified_classes has 1, expected 3 lists of class ids, or a tuple of offsets (4,) "
            "and class ids",
        ),
        (
            "a verified class has no name",
            {"verified_classes": [[], [0, 2], []], "class_names": ["cat", "dog"]},
            "ValueError: Dataset: verified_classes: image 1: class id is 2, expected an integer from 0 to 1",
        ),
        (
            "verified classes are names",
            {"verified_classes": [["cat"], [], []]},
            "TypeError: Dataset: verified_classes[0] is ['cat'], expected a list of integers",
        ),
        (
            "the offsets of verified classes fall",
            {"verified_classes": ([0, 2, 1, 2], [0, 1])},
            "ValueError: Dataset: verified_classes[0] are not 4 offsets that rise from 0 to 2, the number of class ids",
        ),
        (
            "verified classes are a tuple of lists",
            {"verified_classes": ([0], [1], [])},
            "ValueError: Dataset: verified_classes is a tuple of 3, expected 3 lists of class ids, or a tuple of "
            "offsets (4,) and class ids",
        ),
    ),
)
def test_a_dataset_is_refused_where(parts: dict[str, Any], refusal: str) -> None:
    assert_refused(lambda: made(**parts), refusal)


def test_verified_classes_are_kept_as_offsets_and_rising_class_ids() -> None:
    lists, pair = made(verified_classes=[[1, 0, 1], [], {1}]), made(verified_classes=([0, 3, 3, 4], [1, 0, 1, 1]))
    for dataset in (lists, pair):
        offsets, class_ids = dataset.verified_classes or ()
        assert np.asarray(offsets).tolist() == [0, 2, 2, 3]
        assert np.asarray(class_ids).tolist() == [0, 1, 1]


def test_some_of_the_images_keep_their_verified_classes() -> None:
    dataset = made(verified_classes=[[1, 0], [], [1]])
    for images, expected in ((slice(1, 3), ([0, 0, 1], [1])), ([2, 0], ([0, 1, 3], [1, 0, 1])), (0, ([0, 2], [0, 1]))):
        offsets, class_ids = dataset[images].verified_classes or ()
        assert (np.asarray(offsets).tolist(), np.asarray(class_ids).tolist()) == expected


def test_a_class_that_was_not_looked_for_is_not_missing() -> None:
    """30 images with two objects, and one where nobody annotated the second."""
    both, one = [[1, 1, 9, 9], [20, 20, 60, 60]], [[1, 1, 9, 9]]
    annotations = Boxes(both * 30 + one, [0, 1] * 30 + [0], offsets=[*range(0, 61, 2), 61])
    predictions = Boxes(both * 31, [0, 1] * 31, [0.9] * 62, offsets=range(0, 63, 2))
    missing = boxlint.check(Dataset(annotations, predictions), kinds="missing", min_suspicion=0.1)
    assert [(row.image_index, row.suggested_class) for row in missing] == [(30, 1)]
    verified = [[0, 1]] * 30 + [[0]]
    partly = Dataset(annotations, predictions, verified_classes=verified)
    assert len(boxlint.check(partly, kinds="missing", min_suspicion=0.1)) == 0
    # Had it been looked for and not been there, the detector would be wrong in one of 31 cases.
    assert boxlint.collect(partly)._counts.entries()[0][:, 2:4].tolist() == [[31, 31], [30, 30]]
