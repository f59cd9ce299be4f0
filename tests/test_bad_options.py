"""Bad options, scores and auxiliary inputs are refused in one sentence: where, what was found, what is expected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from boxlint import Boxes, check, collect
from boxlint import rank as typed_rank
from boxlint.benchmark import plant
from boxlint.synthetic import make_scenes
from refusals import assert_refused, table

NAN, INF = float("nan"), float("inf")
BOX = [10, 10, 50, 50]
LABEL: Any = {"bboxes": [BOX], "labels": [0]}
PREDICTION: Any = [[[*BOX, 0.9]]]
rank: Any = typed_rank  # most of what follows, the type checker would refuse as well


def weights(overlooked: Any = 0.5, swap: Any = 0.25, badloc: Any = 0.25, **more: Any) -> dict[str, Any]:
    return {"overlooked": overlooked, "swap": swap, "badloc": badloc, **more}


KEYS = "aggregation_weights: expected the keys overlooked, swap and badloc, found"
SUM = "expected none below 0 and a sum of 1"


@pytest.mark.parametrize(
    ("options", "refusal"),
    table(
        (
            "weights are a list",
            {"aggregation_weights": [1]},
            "TypeError: aggregation_weights: expected a dict from types to weights, found list",
        ),
        ("a weight is missing", {"aggregation_weights": {"swap": 1.0}}, f"ValueError: {KEYS} swap"),
        ("there are no weights", {"aggregation_weights": {}}, f"ValueError: {KEYS} none"),
        (
            "a weight is unknown",
            {"aggregation_weights": weights(speed=0)},
            f"ValueError: {KEYS} overlooked, swap, badloc, speed",
        ),
        (
            "weights do not sum to 1",
            {"aggregation_weights": weights(0.6)},
            f"ValueError: aggregation_weights: found overlooked 0.6, swap 0.25, badloc 0.25, {SUM}",
        ),
        (
            "a weight is negative",
            {"aggregation_weights": weights(1.5, -0.75)},
            f"ValueError: aggregation_weights: found overlooked 1.5, swap -0.75, badloc 0.25, {SUM}",
        ),
        (
            "a weight is NaN",
            {"aggregation_weights": weights(NAN)},
            f"ValueError: aggregation_weights: found overlooked nan, swap 0.25, badloc 0.25, {SUM}",
        ),
        (
            "a weight is text",
            {"aggregation_weights": weights("1")},
            "TypeError: aggregation_weights['overlooked'] is '1', expected a number",
        ),
        (
            "a flag is text",
            {"overlapping_label_check": "no"},
            "TypeError: overlapping_label_check is 'no', expected True or False",
        ),
    ),
)
def test_options_are_refused_where(options: dict[str, Any], refusal: str) -> None:
    # The weights are looked at first: labels and predictions are not even iterable.
    assert_refused(lambda: rank.get_label_quality_scores(3, 3, **options), refusal)


FRACTIONS = [
    (rank.issues_from_scores, {"label_quality_scores": [0.5]}, "threshold"),
    (rank.make_auxiliary_inputs, {"labels": [LABEL], "predictions": [PREDICTION]}, "alpha"),
    (rank.compute_overlooked_box_scores, {}, "alpha"),
    (rank.compute_overlooked_box_scores, {}, "high_probability_threshold"),
    (rank.compute_badloc_box_scores, {}, "alpha"),
    (rank.compute_badloc_box_scores, {}, "low_probability_threshold"),
    (rank.compute_swap_box_scores, {}, "alpha"),
    (rank.compute_swap_box_scores, {}, "high_probability_threshold"),
]


@pytest.mark.parametrize(
    ("value", "refusal"),
    table(
        ("above 1", 1.5, "ValueError: {} is 1.5, expected a number from 0 to 1"),
        ("below 0", -0.1, "ValueError: {} is -0.1, expected a number from 0 to 1"),
        ("NaN", NAN, "ValueError: {} is nan, expected a number from 0 to 1"),
        ("infinite", INF, "ValueError: {} is inf, expected a number from 0 to 1"),
        ("enormous", 10**400, f"ValueError: {{}} is {10**400}, expected a number from 0 to 1"),
        ("text", "0.5", "TypeError: {} is '0.5', expected a number"),
        ("a boolean", True, "TypeError: {} is True, expected a number"),
        ("complex", 1j, "TypeError: {} is 1j, expected a number"),
        ("an array", np.array([0.5]), "TypeError: {} is array([0.5]), expected a number"),
    ),
)
@pytest.mark.parametrize(("function", "inputs", "option"), FRACTIONS)
def test_a_fraction_is_refused_where_it_is(function: Any, inputs: Any, option: str, value: Any, refusal: str) -> None:
    assert_refused(lambda: function(**inputs, **{option: value}), refusal.format(option))


SCENES = make_scenes(3).dataset
INTEGERS = [
    (check, {"dataset": SCENES}, "max_rows", 0),
    (check, {"dataset": SCENES}, "threads", 1),
    (collect, {"dataset": SCENES}, "threads", 1),
    (check(SCENES).top, {}, "n", 0),
    (check(SCENES).show, {}, "n", 0),
    (check(SCENES).sample, {}, "n", 0),
    (check(SCENES).sample, {"n": 1}, "seed", 0),
    (check(SCENES).to_html, {}, "top", 0),
    (plant, {"dataset": SCENES}, "seed", 0),
    (make_scenes, {}, "images", 0),
    (make_scenes, {}, "seed", 0),
]


@pytest.mark.parametrize("value", [1.5, "1", True, np.array([1]), 1j])
@pytest.mark.parametrize(("function", "inputs", "option", "least"), INTEGERS)
def test_an_integer_is_refused_where_it_is(function: Any, inputs: Any, option: str, least: int, value: Any) -> None:
    assert_refused(
        lambda: function(**inputs, **{option: value}), f"TypeError: {option} is {value!r}, expected an integer"
    )
    below = f"ValueError: {option} is {least - 1}, expected at least {least}"
    assert_refused(lambda: function(**inputs, **{option: least - 1}), below)


@pytest.mark.parametrize(
    ("options", "refusal"),
    table(
        ("a kind", {"kind": 3}, "TypeError: kind: expected one kind or several, found int"),
        ("a class", {"label": 1.5}, "TypeError: label: expected one class or several, found float"),
        ("one of the classes", {"label": [0, 1.5]}, "TypeError: label is 1.5, expected an integer"),
        ("a class below 0", {"label": -1}, "ValueError: label is -1, expected at least 0"),
    ),
)
def test_what_rows_are_wanted_is_refused_where_it_is(options: dict[str, Any], refusal: str) -> None:
    assert_refused(lambda: check(SCENES).issues.where(**options), refusal)


POSITIVE = "expected a finite number of at least 0"


@pytest.mark.parametrize(
    ("temperature", "refusal"),
    table(
        ("negative", -1, f"ValueError: temperature is -1, {POSITIVE}"),
        ("NaN", NAN, f"ValueError: temperature is nan, {POSITIVE}"),
        ("infinite", INF, f"ValueError: temperature is inf, {POSITIVE}"),
        ("text", "1", "TypeError: temperature is '1', expected a number"),
    ),
)
def test_a_temperature_is_refused_where_it_is(temperature: Any, refusal: str) -> None:
    assert_refused(lambda: rank.pool_box_scores_per_image([[1.0]], temperature=temperature), refusal)


ONE_DIMENSION = "expected an array of shape (n,), found one of shape"


@pytest.mark.parametrize(
    ("scores", "refusal"),
    table(
        ("None", None, "TypeError: box_scores: expected a list with one entry an image, found NoneType"),
        ("text", "ab", "TypeError: box_scores: expected a list with one entry an image, found str"),
        ("a dict", {}, "TypeError: box_scores: expected a list with one entry an image, found dict"),
        ("a flat list", [0.5], f"ValueError: box_scores: image 0: {ONE_DIMENSION} ()"),
        ("too deep", [[0.5], [[0.5]]], f"ValueError: box_scores: image 1: {ONE_DIMENSION} (1, 1)"),
        (
            "ragged",
            [[], [[1], [1, 2]]],
            "ValueError: box_scores: image 1 is nothing that numpy can read as an array",
        ),
        ("of text", [["a"]], "TypeError: box_scores: image 0: expected numbers, found dtype <U1"),
        ("infinite", [[1], [-INF]], "ValueError: box_scores: image 1 has an infinite score, expected numbers or nan"),
    ),
)
def test_box_scores_are_refused_where_they_are(scores: Any, refusal: str) -> None:
    assert_refused(lambda: rank.pool_box_scores_per_image(scores), refusal)


VECTOR = "ValueError: label_quality_scores: expected an array of shape (N,), found one of shape"


@pytest.mark.parametrize(
    ("scores", "refusal"),
    table(
        ("None", None, f"{VECTOR} ()"),
        ("in two dimensions", [[0.5]], f"{VECTOR} (1, 1)"),
        ("ragged", [[1], [1, 2]], "ValueError: label_quality_scores is nothing that numpy can read as an array"),
        ("text", ["a"], "TypeError: label_quality_scores: expected numbers, found dtype <U1"),
        ("NaN", [0.5, NAN], "ValueError: label_quality_scores: row 1 is nan, expected a number"),
    ),
)
def test_image_scores_are_refused_where_they_are(scores: Any, refusal: str) -> None:
    assert_refused(lambda: rank.issues_from_scores(scores), refusal)


@pytest.mark.parametrize("given", [{}, {"labels": [LABEL]}, {"predictions": [PREDICTION]}])
@pytest.mark.parametrize("kind", ["overlooked", "badloc", "swap"])
def test_a_scorer_without_inputs_is_refused(kind: str, given: Any) -> None:
    scorer = getattr(rank, f"compute_{kind}_box_scores")
    assert_refused(lambda: scorer(**given), "ValueError: expected labels and predictions, or auxiliary_inputs")


GOOD = rank.make_auxiliary_inputs([LABEL], [PREDICTION])[0]
KEYS_OF_AUXILIARY = (
    "expected lab_labels, lab_bboxes, pred_labels, pred_label_probs, pred_bboxes, similarity_matrix, iou_matrix and "
    "min_possible_similarity"
)
SECOND = "auxiliary_inputs: image 1"


def auxiliary(**changed: Any) -> list[Any]:
    return [GOOD, {**GOOD, **changed}]


def without(key: str) -> list[Any]:
    return [GOOD, {name: value for name, value in GOOD.items() if name != key}]


@pytest.mark.parametrize(
    ("inputs", "refusal"),
    table(
        ("one dict", GOOD, "TypeError: auxiliary_inputs: expected a list of dicts, found dict"),
        ("a number", 3, "TypeError: auxiliary_inputs: expected a list of dicts, found int"),
        ("text", "ab", "TypeError: auxiliary_inputs: expected a list of dicts, found str"),
        ("a list of lists", [GOOD, []], f"TypeError: {SECOND}: expected a dict, found list"),
        ("without a key", without("pred_bboxes"), f"ValueError: {SECOND}: no key 'pred_bboxes', {KEYS_OF_AUXILIARY}"),
        (
            "with IoUs for some images",
            without("iou_matrix"),
            f"ValueError: {SECOND}: no key 'iou_matrix', {KEYS_OF_AUXILIARY}",
        ),
        ("with another key", auxiliary(speed=1), f"ValueError: {SECOND}: unknown key 'speed', {KEYS_OF_AUXILIARY}"),
        (
            "with a matrix of a wrong shape",
            auxiliary(similarity_matrix=[1.0]),
            f"ValueError: {SECOND}: similarity_matrix has shape (1,), expected (1, 1), that is (L, M)",
        ),
        (
            "with too many probabilities",
            auxiliary(pred_label_probs=[0.5, 0.5]),
            f"ValueError: {SECOND}: pred_label_probs has shape (2,), expected (1,), that is (M,)",
        ),
        (
            "ragged",
            auxiliary(lab_bboxes=[[1], [1, 2]]),
            f"ValueError: {SECOND}: lab_bboxes is nothing that numpy can read as an array",
        ),
        (
            "of text",
            auxiliary(similarity_matrix=[["a"]]),
            f"TypeError: {SECOND}: similarity_matrix: expected numbers, found dtype <U1",
        ),
        (
            "of class ids that are booleans",
            auxiliary(lab_labels=[True]),
            f"TypeError: {SECOND}: lab_labels: expected numbers, found dtype bool",
        ),
        (
            "with a similarity that is NaN",
            auxiliary(similarity_matrix=[[NAN]]),
            f"ValueError: {SECOND}: similarity_matrix holds nan, expected finite numbers",
        ),
        (
            "with a class id that is a half",
            auxiliary(lab_labels=[0.5]),
            f"ValueError: {SECOND}: lab_labels[0] is 0.5, expected an integer from 0 to 2147483647",
        ),
        (
            "with a negative class id",
            auxiliary(pred_labels=[-1]),
            f"ValueError: {SECOND}: pred_labels[0] is -1, expected an integer from 0 to 2147483647",
        ),
        (
            "with a probability of 1.5",
            auxiliary(pred_label_probs=[1.5]),
            "ValueError: auxiliary_inputs, predictions: image 1, class 0, row 0: "
            "score is 1.5, expected a number from 0 to 1",
        ),
        (
            "with a coordinate too large to square",
            auxiliary(lab_bboxes=[[0, 0, 1, 1e200]]),
            "ValueError: auxiliary_inputs, annotations: image 1, class 0, row 0: "
            "y2 is 1e200, expected a finite number up to 1e150",
        ),
        (
            "without a minimum",
            auxiliary(min_possible_similarity=None),
            f"ValueError: {SECOND}: min_possible_similarity is None, expected a finite number",
        ),
        (
            "with two minima",
            auxiliary(min_possible_similarity=[0.1, 0.2]),
            f"ValueError: {SECOND}: min_possible_similarity is [0.1, 0.2], expected a finite number",
        ),
    ),
)
def test_auxiliary_inputs_are_refused_where_they_are(inputs: Any, refusal: str) -> None:
    for kind in ("overlooked", "badloc", "swap"):
        scorer = getattr(rank, f"compute_{kind}_box_scores")
        assert_refused(lambda scorer=scorer: scorer(auxiliary_inputs=inputs), refusal)  # type: ignore[misc]


def test_integers_of_any_type_are_class_ids_and_minima() -> None:
    mixed = [
        {**GOOD, "lab_labels": np.array([0], np.uint64), "min_possible_similarity": 1},
        {**GOOD, "lab_labels": np.array([0], ">i2"), "pred_labels": [0.0], "min_possible_similarity": np.float32(1)},
    ]
    for kind in ("overlooked", "badloc", "swap"):
        scorer = getattr(rank, f"compute_{kind}_box_scores")
        for found, expected in zip(scorer(auxiliary_inputs=mixed), scorer(auxiliary_inputs=[GOOD] * 2), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_matrices_that_no_memory_holds_are_refused() -> None:
    many = 4_000_000
    corners = np.zeros((many, 4), np.float32)
    boxes = Boxes(corners, np.zeros(many, np.int32)), Boxes(corners, np.zeros(many, np.int32), np.zeros(many))
    assert_refused(
        lambda: rank.make_auxiliary_inputs(*boxes),
        f"MemoryError: no memory for the similarities and IoUs of {many**2} pairs of boxes",
    )
