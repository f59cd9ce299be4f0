"""`boxlint.check` of several detectors: equal to the formulas, whatever their order, however the data is split."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
import method_consensus as consensus
from boxlint import Boxes, Dataset, Report
from boxlint.benchmark import evaluate, plant
from boxlint.report.columns import IssueColumns
from boxlint.report.issues import Issues
from test_check_method import assert_same, made, some_classes

Array = np.ndarray[Any, Any]
SEEDS = st.integers(0, 2**32 - 1)


def another(dataset: Dataset, seed: int, fraction: float = 0.7) -> Boxes:
    """Predictions of another detector: some of those of the first, moved by a step of the grid, with other scores."""
    rng = np.random.default_rng(seed)
    given = dataset.predictions
    kept = rng.random(len(given.class_id)) < fraction
    xyxy = given.xyxy + rng.integers(-1, 2, given.xyxy.shape) * 4
    score = np.where(rng.random(len(kept)) < 0.5, scores_of(given), rng.choice([0.05, 0.3, 0.9], len(kept)))
    return Boxes(xyxy, given.class_id, score, given.offsets).keep(kept)


def scores_of(boxes: Boxes) -> Array:
    assert boxes.score is not None
    return boxes.score


def several(seed: int, detectors: int = 3, not_run: bool = False, **options: Any) -> Dataset:
    dataset = made(seed, **options)
    sets = [dataset.predictions, *(another(dataset, seed + number) for number in range(1, detectors))]
    flags = None
    if not_run:
        flags = np.random.default_rng(seed).random((len(dataset), detectors)) < 0.3
        image = [np.repeat(np.arange(len(dataset)), np.diff(boxes.offsets)) for boxes in sets]
        sets = [boxes.keep(~flags[image[at], at]) for at, boxes in enumerate(sets)]
    return replace(dataset, predictions=sets[0], more_predictions=sets[1:], not_run=flags)


def in_order(dataset: Dataset, order: Any) -> Dataset:
    alone = list(dataset.detectors.items())
    return Dataset.of_detectors(dict(alone[at] for at in order))


def fused_report(report: Report) -> Any:
    """The report with the fused predictions as those that its rows name."""
    assert report._ensemble is not None
    assert report._rows is not None
    fusion, rows = report._ensemble.fusion, report._rows
    columns = IssueColumns(fusion.dataset, rows, fusion.dataset.class_names)

    class Fused:
        issues = Issues(columns)
        image_scores = report.image_scores

    return Fused()


def assert_formulas(dataset: Dataset) -> None:
    expected, found = consensus.check(dataset), boxlint.check(dataset, max_rows=10**6)
    assert found._ensemble is not None
    fusion = found._ensemble.fusion
    np.testing.assert_array_equal(fusion.members, expected.members)
    np.testing.assert_allclose(found._ensemble.seen, expected.seen, rtol=0, atol=1e-6)
    assert_same(fused_report(found), expected.report)


@given(SEEDS, st.integers(2, 4), st.sampled_from([2, 8, 30]), st.booleans(), st.booleans())
def test_rows_and_image_scores_equal_the_formulas(
    seed: int, detectors: int, boxes: int, ignore: bool, not_run: bool
) -> None:
    dataset = several(seed, detectors, not_run, boxes=boxes, ignore=ignore)
    if len({scores_of(boxes).tobytes() + boxes.xyxy.tobytes() for boxes in sets_of(dataset)}) < detectors:
        return  # copies, which the formulas do not have
    assert_formulas(dataset)
    assert_formulas(replace(dataset, verified_classes=some_classes(seed, 6, 4)))


def sets_of(dataset: Dataset) -> list[Boxes]:
    return [dataset.predictions, *dataset.more_predictions]


@pytest.fixture(scope="module")
def voc(data_dir: Path) -> Dataset:
    folder = data_dir / "voc2007_test"
    return Dataset.of_detectors(
        {
            name: boxlint.read_coco(folder / "annotations.json", folder / f"detections_{name}.json")
            for name in ("mobilenet_yolo", "yolov2")
        }
    )


def test_rows_and_image_scores_equal_the_formulas_on_voc(voc: Dataset) -> None:
    assert_formulas(replace(voc[::10], image_sizes=None))


def assert_equal(found: Report, expected: Report) -> None:
    """To the last bit, whatever the order of the detectors."""
    np.testing.assert_array_equal(found.image_scores, expected.image_scores)
    columns = ("suspicion", "iou", "suggested_box", "given_box", "detectability", "annotation_index", "suggested_class")
    for column in (*columns, "issue_id", "reason"):
        one, other = (np.ma.filled(report.issues[column]) for report in (found, expected))
        np.testing.assert_array_equal(one, other, column)


@given(SEEDS, st.permutations(range(4)), st.booleans())
def test_the_order_of_detectors_changes_no_bit(seed: int, order: list[int], not_run: bool) -> None:
    dataset = several(seed, 4, not_run)
    found, expected = boxlint.check(in_order(dataset, order)), boxlint.check(dataset)
    assert_equal(found, expected)
    np.testing.assert_array_equal(found["support"].filled(), expected["support"].filled()[:, order])


@given(SEEDS, st.booleans())
def test_copies_of_one_detector_give_what_one_gives(seed: int, ignore: bool) -> None:
    dataset = made(seed, ignore=ignore)
    one = boxlint.check(dataset)
    two = boxlint.check(dataset.annotations, {"a": dataset.predictions, "b": dataset.predictions})
    np.testing.assert_array_equal(one.image_scores, two.image_scores)
    for column in ("suspicion", "kind", "annotation_index", "prediction_index", "score", "suggested_box"):
        found, expected = (np.ma.filled(report.issues[column]) for report in (two, one))
        np.testing.assert_array_equal(found, expected, column)
    support = two["support"].filled()
    np.testing.assert_array_equal(support[:, 0], support[:, 1])


@given(SEEDS)
def test_a_copy_beside_another_detector_changes_nothing(seed: int) -> None:
    dataset = several(seed, 2)
    a, b = sets_of(dataset)
    found, expected = boxlint.check(dataset.annotations, [a, b, a]), boxlint.check(dataset.annotations, [a, b])
    np.testing.assert_array_equal(found.image_scores, expected.image_scores)
    np.testing.assert_array_equal(found["suspicion"], expected["suspicion"])


@given(SEEDS, st.integers(1, 5), st.booleans())
def test_parts_counted_in_two_rounds_give_the_whole(seed: int, parts: int, not_run: bool) -> None:
    dataset = several(seed, 3, not_run, images=12)
    order = np.random.default_rng(seed).permutation(12)
    split = [dataset[images] for images in np.array_split(order, parts)]
    first = summed([boxlint.collect(part) for part in split])
    assert first == boxlint.collect(dataset)
    both = summed([boxlint.collect(part, statistics=first) for part in split])
    assert both == boxlint.collect(dataset, statistics=first)
    whole = boxlint.check(dataset)
    assert_equal(boxlint.check(dataset, statistics=both), whole)
    scores = np.concatenate([boxlint.check(part, statistics=both).image_scores for part in split])
    np.testing.assert_array_equal(scores, whole.image_scores[order])


def summed(statistics: list[boxlint.Statistics]) -> boxlint.Statistics:
    total = statistics[0]
    for more in statistics[1:]:
        total = more + total
    return total


def test_statistics_of_several_survive_a_file_and_are_not_mixed_up(tmp_path: Path) -> None:
    dataset = several(1)
    first = boxlint.collect(dataset)
    second = boxlint.collect(dataset, statistics=first)
    for statistics in (first, second):
        statistics.save(tmp_path / "statistics.json")
        assert boxlint.Statistics.load(tmp_path / "statistics.json") == statistics
        assert pickle.loads(pickle.dumps(statistics)) == statistics
    one = boxlint.collect(made(1))
    for other in (second, one, boxlint.collect(several(1, 2))):
        with pytest.raises(ValueError, match="these are statistics of"):
            first + other
    with pytest.raises(ValueError, match="first round"):
        boxlint.check(dataset, statistics=first)
    with pytest.raises(ValueError, match="statistics are of one detector, expected 3"):
        boxlint.check(dataset, statistics=one)
    with pytest.raises(ValueError, match="statistics are of 3 detectors, expected one"):
        boxlint.check(made(1), statistics=second)
    with pytest.raises(ValueError, match="statistics are of 3 detectors, expected 2"):
        boxlint.check(several(1, 2), statistics=second)


def test_a_detector_that_was_not_run_is_not_silent() -> None:
    box = [10.0, 10, 90, 90]
    labels = [{"bboxes": [box], "labels": [0]}] * 40
    nothing: list[Any] = [[]]
    one: list[Any] = [[[[*box, 0.9]]]] * 39 + [nothing]
    silent = boxlint.check(labels, one, kinds="spurious").top(1)[0]
    assert (silent.image_index, silent.suspicion > 0.1) == (39, True)
    absent = boxlint.check(labels, [*one[:39], None], kinds="spurious")
    assert 39 not in absent["image_index"].tolist()
    assert absent.image_scores[39] > boxlint.check(labels, one).image_scores[39]
    # The other detector alone speaks where the first was not run.
    both = boxlint.check(labels, {"a": [*one[:39], None], "b": [[[[*box, 0.8]]]] * 39 + [nothing]}, kinds="spurious")
    row = both.top(1)[0]
    assert (row.image_index, row.support) == (39, {"a": None, "b": 0.0})
    assert "none of 1 detectors surely sees anything" in row.reason


def test_rows_say_which_detectors_speak() -> None:
    box, other = [10.0, 10, 90, 90], [14.0, 10, 94, 90]
    labels = [{"bboxes": [box], "labels": [0]}] * 40 + [{"bboxes": [], "labels": []}]
    sets = {
        "yolov8": [[[[*box, 0.9]]]] * 41,
        "detr": [[[[*other, 0.6]]]] * 41,
        "frcnn": [[[[*box, 0.8]]]] * 40 + [[[]]],
    }
    report = boxlint.check(labels, sets)
    row = report.top(1, "missing")[0]
    assert row.image_index == 40
    assert row.reason == "2 of 3 detectors see a class 0, and no annotation is there"
    assert row.support is not None
    assert list(row.support) == ["yolov8", "detr", "frcnn"]
    assert (row.support["yolov8"] or 0) > 0.5
    assert row.support["frcnn"] == 0
    assert (row.detector, row.prediction_index, row.score) == ("yolov8", 0, 0.9)
    # The suggested box is the mean of what they see.
    assert row.suggested_box is not None
    assert 10 < row.suggested_box[0] < 14
    assert report.issues.columns[-2:] == ("detector", "support")
    assert [name for name in report.to_pandas().columns if name.startswith("support")] == [
        "support_yolov8", "support_detr", "support_frcnn"
    ]  # fmt: skip
    assert len(report.apply(accept=0.05).annotations.class_id) == 41


def test_a_report_of_several_survives_pickling_and_tables(tmp_path: Path) -> None:
    dataset = several(3)
    report = boxlint.check(dataset)
    again = pickle.loads(pickle.dumps(report))
    assert again.issues["support"].tolist() == report.issues["support"].tolist()
    back = again.with_dataset(dataset)
    assert list(back) == list(report)
    with pytest.raises(ValueError, match="this is not the data set that was checked"):
        again.with_dataset(in_order(dataset, [1, 0, 2]))
    report.to_csv(tmp_path / "issues.csv")
    assert "support_detector 3" in (tmp_path / "issues.csv").read_text().splitlines()[0]
    assert report.to_arrow().num_rows == len(report)
    assert report.fingerprint == boxlint.check(in_order(dataset, [2, 0, 1])).fingerprint


def test_data_sets_of_several_are_sliced_and_taken_apart() -> None:
    dataset = several(4, not_run=True)
    for name, one in dataset[[3, 1]].detectors.items():
        expected = dataset.detectors[name][[3, 1]]
        np.testing.assert_array_equal(one.predictions.xyxy, expected.predictions.xyxy)
        np.testing.assert_array_equal(one.not_run, expected.not_run)
    joined = Dataset.of_detectors(dataset.detectors)
    assert joined.detector_names == ("detector 1", "detector 2", "detector 3")
    np.testing.assert_array_equal(joined.not_run, dataset.not_run)


def test_sets_of_predictions_that_do_not_belong_together_are_refused() -> None:
    one, other = made(1), made(2)
    for detectors, message in (
        ({}, "found no data set"),
        ({"a": one, "b": other}, "a and b have other annotations|a and b have other images"),
        ({"a": one, "b": replace(one, class_names=list("wxyz"))}, "a and b have other class names"),
        (
            {"a": replace(one, image_ids=range(6)), "b": replace(one, image_ids=[1, 0, 2, 3, 4, 5])},
            "a and b have other image ids",
        ),
        ({"a": one, "b": replace(one, verified_classes=[[0]] * 6)}, "a and b have other verified classes"),
        ({"a": several(1), "b": one}, "a has several detectors"),
    ):
        with pytest.raises(ValueError, match=message):
            Dataset.of_detectors(detectors)
    with pytest.raises(ValueError, match="expected 2 different names"):
        replace(several(1, 2), detector_names=["a", "a"])
    with pytest.raises(ValueError, match="not_run: detector 0 has predictions"):
        replace(several(1, 2), not_run=np.ones((6, 2), bool))
    with pytest.raises(ValueError, match=r"more_predictions\[0\] has 3 images, expected 6"):
        replace(one, more_predictions=[one.predictions[:3]])
    for ids in ([[1]], [None, None]):
        with pytest.raises(ValueError, match="more_prediction_ids has other lengths than more_predictions"):
            replace(several(1, 2), more_prediction_ids=ids)


def test_lists_of_several_detectors_are_told_from_those_of_one() -> None:
    box = [[1.0, 1, 9, 9, 0.5]]
    labels: list[dict[str, Any]] = [{"bboxes": [], "labels": []}] * 2
    one: list[Any] = [[box], [[]]]
    assert len(boxlint.check(labels, one)) == 1
    sets: list[Any] = [[one, one], (one, one), [np.array([[box], [box]]), one], {"a": one, "b": one}]
    for both in sets:
        assert boxlint.check(labels, both).issues["support"].shape == (len(boxlint.check(labels, both)), 2)
    dataset = boxlint.check(labels, [[[], []], [[], []]]).dataset
    assert dataset is not None
    assert dataset.more_predictions == ()


KINDS = ("image", "missing", "swap", "badloc", "spurious")


def precision(dataset: Dataset, truth: Any) -> Array:
    found = evaluate(boxlint.check(dataset), truth)
    return np.array([found[kind].average_precision for kind in KINDS])


@pytest.mark.parametrize("seed", [1])
def test_a_detector_that_is_weak_or_cut_makes_no_kind_worse(voc: Dataset, seed: int) -> None:
    best, other = voc.detectors.values()
    planted, truth = plant(best, 0.1, seed=seed)

    def of(*predictions: Boxes) -> Dataset:
        sets: dict[str, Any] = {"predictions": predictions[0], "more_predictions": predictions[1:]}
        return replace(planted, **sets, prediction_ids=None, detector_names=None)

    alone = precision(of(best.predictions), truth)
    for worse in (cut(best.predictions, 0.5), cut(other.predictions, 0.4), weakened(other.predictions)):
        assert (
            precision(of(best.predictions, worse), truth) >= np.maximum(alone, precision(of(worse), truth)) - 0.01
        ).all()
    # And two good ones together are better in all that they agree on.
    both = precision(of(best.predictions, other.predictions), truth)
    assert (both[:4] > alone[:4]).all()


def cut(boxes: Boxes, score: float) -> Boxes:
    return boxes.keep(scores_of(boxes) >= score)


def weakened(boxes: Boxes) -> Boxes:
    """Some of the boxes, each moved, with scores that hardly mean anything."""
    rng = np.random.default_rng(0)
    size = np.tile(boxes.xyxy[:, 2:] - boxes.xyxy[:, :2], 2)
    score = np.clip(scores_of(boxes) + rng.normal(0, 0.3, len(size)), 0.001, 0.999)
    corners: Array = boxes.xyxy + rng.normal(0, 0.1, size.shape) * size
    moved = Boxes(corners, boxes.class_id, score, boxes.offsets)
    return moved.keep(rng.random(len(score)) < 0.6)


def test_a_box_without_area_is_spurious_whatever_the_detectors_see_and_where_none_was_run() -> None:
    annotations = Boxes([[5, 5, 5, 9], [10, 10, 30, 30]], [0, 0], offsets=[0, 1, 2])
    one = Boxes([[10, 10, 30, 30]], [0], [0.9], offsets=[0, 0, 1])
    other = Boxes([[4, 4, 6, 10], [10, 10, 30, 29]], [0, 0], [0.9, 0.8], offsets=[0, 1, 2])
    nowhere = other.keep(np.array([False, True]))
    absent = np.array([[True, True], [False, False]])
    for predictions, not_run in ((other, None), (nowhere, absent)):
        dataset = Dataset(annotations, one, more_predictions=[predictions], not_run=not_run)
        worst = boxlint.check(dataset).issues[0]
        assert (worst.kind, worst.annotation_index, worst.image_index) == ("spurious", 0, 0)
        assert worst.reason == "annotated as class 0 in a box without area"
        assert worst.detectability is None
        assert worst.suspicion == pytest.approx(100 / 101.05)


def test_a_duplicate_has_the_reason_that_it_has_with_one_detector() -> None:
    annotations = Boxes([[10, 10, 30, 30], [10, 10, 30, 31]], [0, 0])
    one = Boxes([[10, 10, 30, 30]], [0], [0.9])
    other = Boxes([[10, 10, 30, 30]], [0], [0.8])
    alone = boxlint.check(Dataset(annotations, one), kinds="duplicate")[0]
    together = boxlint.check(Dataset(annotations, one, more_predictions=[other]), kinds="duplicate")[0]
    assert together.reason == alone.reason == "annotated as class 0, and overlaps annotation 0, class 0, by IoU 0.95"


def test_what_each_detector_says_is_made_when_it_is_first_read_and_is_the_same_in_part() -> None:
    issues = boxlint.check(several(7)).issues
    columns = issues._columns
    assert len(issues["suspicion"])
    assert "support" not in columns._made
    some = issues[::3]
    for name in ("prediction_index", "prediction_id", "score", "detector", "support"):
        np.testing.assert_array_equal(np.ma.filled(some[name]), np.ma.filled(issues[name])[::3])
        assert name in columns._made


def test_ids_of_predictions_have_one_type_in_all_blocks_of_a_table() -> None:
    dataset = several(7, detectors=2)
    counts = [len(one.predictions.class_id) for one in dataset.detectors.values()]
    texts = [f"p{number}" for number in range(counts[1])]
    mixed = replace(dataset, prediction_ids=list(range(counts[0])), more_prediction_ids=[texts])
    issues = boxlint.check(mixed).issues
    of_first = issues[issues["detector"] == issues._columns.detector_names[0]]
    assert of_first["prediction_id"].dtype == issues["prediction_id"].dtype == object
    assert len(of_first)


@pytest.mark.parametrize("side", [1e2, 1e39, 1e149])
def test_boxes_of_any_size_are_fused(side: float) -> None:
    def boxes(score: list[float] | None, height: float) -> Boxes:
        return Boxes([[0, 0, side, side * height]] * 40, [0] * 40, score, range(41))

    report = boxlint.check(boxes(None, 1), [boxes([0.9] * 40, 1), boxes([0.9] * 40, 0.99)])
    assert report.image_scores.tolist() == [report.image_scores[0]] * 40
