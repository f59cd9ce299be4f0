"""The differences listed in docs/migrating-from-cleanlab.md, by their number: cleanlab's behaviour beside ours."""

from __future__ import annotations

import multiprocessing
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cleanlab import object_detection as cleanlab

from boxlint import Boxes, filter, rank, summary
from test_filter import Serial

PAGE = Path(__file__).resolve().parents[1] / "docs" / "migrating-from-cleanlab.md"
BOX, FAR = [10.0, 10.0, 50.0, 50.0], [150.0, 150.0, 190.0, 180.0]


def label(*rows: list[float], classes: list[int] | None = None) -> dict[str, Any]:
    ids = np.zeros(len(rows), int) if classes is None else np.array(classes)
    return {"bboxes": np.reshape(rows, (-1, 4)), "labels": ids}


def prediction(*of_classes: list[list[float]]) -> Any:
    arrays = np.empty(len(of_classes), object)
    for class_id, rows in enumerate(of_classes):
        arrays[class_id] = np.reshape(rows, (-1, 5)).astype(float)
    return arrays


LABEL, PREDICTION = label(BOX), prediction([[*BOX, 0.9]])


@pytest.fixture
def serial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps cleanlab from starting processes."""
    monkeypatch.setattr(cleanlab.filter, "Pool", Serial)
    monkeypatch.setattr(cleanlab.summary, "Pool", Serial)


def test_the_page_lists_every_function_and_a_test_pins_every_difference() -> None:
    text = PAGE.read_text()
    for module in (rank, filter, summary):
        name = module.__name__.split(".")[1]
        public = {entry for entry in vars(getattr(cleanlab, name)) if entry in module.__all__}
        assert all(f"`{name}.{entry}`" in text for entry in public)
        assert public >= set(module.__all__) - {"ClassThresholds", "make_auxiliary_inputs"} - {
            "class_thresholds",
            "find_box_issues",
        }
    numbers = [int(number) for number in re.findall(r"^\| \*\*(\d+)\*\*", text, re.MULTILINE)]
    pinned = [int(found[1]) for name in globals() if (found := re.match(r"test_difference_(\d+)_", name))]
    assert numbers == list(range(1, len(numbers) + 1)) == pinned


@pytest.mark.usefixtures("serial")
def test_difference_1_ranking_works_with_every_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np, "in1d", raising=False)
    inputs: tuple[Any, Any] = ([LABEL, label(BOX, FAR, classes=[0, 0])], [prediction([[*BOX, 0.9], [*FAR, 0.3]])] * 2)
    with pytest.raises(AttributeError, match="in1d"):
        cleanlab.filter.find_label_issues(*inputs, return_indices_ranked_by_score=True)
    assert filter.find_label_issues(*inputs, return_indices_ranked_by_score=True).tolist() == []


@pytest.mark.usefixtures("serial")
def test_difference_2_the_ranking_honours_the_check_for_overlapping_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "in1d", np.isin, raising=False)
    # Image 0 has an object with two classes, image 1 a slightly misplaced one; both have an overlooked object.
    labels = [label(BOX, BOX, classes=[0, 1]), label([0, 0, 40, 40])]
    found = [[*BOX, 0.9], [*FAR, 0.99]]
    predictions = [prediction(found, [[*BOX, 0.8]])] * 2
    options = {"return_indices_ranked_by_score": True, "overlapping_label_check": False}
    assert cleanlab.filter.find_label_issues(labels, predictions, **options).tolist() == [0, 1]
    assert filter.find_label_issues(labels, predictions, **options).tolist() == [1, 0]


@pytest.mark.usefixtures("serial")
@pytest.mark.parametrize(
    ("labels", "predictions", "error"),
    [
        ([LABEL], [[[]]], AttributeError),
        ([{"bboxes": np.array([]), "labels": np.array([])}], [PREDICTION], IndexError),
        ([LABEL], [[np.array([])]], IndexError),
    ],
)
def test_difference_3_whatever_is_empty_is_no_box(labels: Any, predictions: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        cleanlab.filter.find_label_issues(labels, predictions)
    assert filter.find_label_issues(labels, predictions).tolist() == [False]


def test_difference_4_issues_are_found_in_daemonic_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    inputs: tuple[Any, Any] = ([LABEL] * 2, [PREDICTION] * 2)
    with pytest.raises(AssertionError, match="daemonic"):
        cleanlab.filter.find_label_issues(*inputs)
    assert filter.find_label_issues(*inputs).tolist() == [False, False]
    assert summary.get_average_per_class_confusion_matrix(*inputs, num_procs=8)[0]["TP"] == 2.0


@pytest.mark.usefixtures("serial")
def test_difference_5_a_class_without_array_has_no_average_precision() -> None:
    labels = [label(BOX, classes=[3])]
    with pytest.raises(KeyError):
        cleanlab.filter.find_label_issues(labels, [PREDICTION])
    assert filter.find_label_issues(labels, [PREDICTION]).tolist() == [False]
    assert filter.class_thresholds(labels, [PREDICTION]).average_precision[3] == 0.0


@pytest.mark.parametrize(
    ("labels", "predictions", "refusal"),
    [
        ([label([np.nan] * 4)], [PREDICTION], "labels: image 0, class 0, row 0: x1 is NaN"),
        ([LABEL], [prediction([[*BOX, 1.5]])], "predictions: image 0, class 0, row 0: score is 1.5"),
    ],
)
def test_difference_6_bad_values_are_refused(labels: Any, predictions: Any, refusal: str) -> None:
    assert cleanlab.rank.get_label_quality_scores(labels, predictions, verbose=False).tolist() == [1.0]
    with pytest.raises(ValueError, match=refusal):
        rank.get_label_quality_scores(labels, predictions, verbose=False)


def test_difference_7_arguments_out_of_range_are_refused() -> None:
    inputs: Any = {"labels": [LABEL], "predictions": [PREDICTION], "alpha": 2.0}
    assert len(cleanlab.rank.compute_badloc_box_scores(**inputs)) == 1
    with pytest.raises(ValueError, match="alpha is 2"):
        rank.compute_badloc_box_scores(**inputs)
    assert len(cleanlab.rank.pool_box_scores_per_image([np.array([0.1, 0.9])], temperature=-1.0)) == 1
    with pytest.raises(ValueError, match="temperature is -1"):
        rank.pool_box_scores_per_image([np.array([0.1, 0.9])], temperature=-1.0)


@pytest.mark.usefixtures("serial")
def test_difference_8_average_precision_is_in_double_precision_and_ties_go_by_position() -> None:
    labels, predictions = [label(BOX, FAR, BOX)], [prediction([[*BOX, 0.9], [1, 1, 2, 2, 0.8], [*FAR, 0.7]])]
    exact = (1 + 2 / 3) / 3
    theirs = float(cleanlab.filter._get_per_class_ap(labels, predictions)[0]) / 0.25
    assert theirs == pytest.approx(exact, rel=1e-6)
    assert theirs != exact
    assert filter.class_thresholds(labels, predictions).average_precision[0] == pytest.approx(exact, rel=1e-15)
    # Equal scores: the match comes first in one image and second in the other.
    tied = [prediction([[*BOX, 0.9], [1, 1, 2, 2, 0.9]]), prediction([[1, 1, 2, 2, 0.9], [*BOX, 0.9]])]
    found = [filter.class_thresholds([LABEL], [of_image]).average_precision[0] for of_image in tied]
    assert found == [1.0, 0.5]
    # numpy's sort, as cleanlab calls it, may exchange equal scores.
    assert rank.issues_from_scores([0.5] * 100, threshold=1.0).tolist() == list(range(100))


def test_difference_9_one_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    cleanlab.rank.get_label_quality_scores([LABEL], [PREDICTION])
    assert "Pruning" in capsys.readouterr().out
    rank.get_label_quality_scores([LABEL], [PREDICTION])
    assert re.fullmatch(r"boxlint: scored 1 image, [^\n]*\n", capsys.readouterr().out)


def test_difference_10_nested_lists_are_boxes() -> None:
    labels, predictions = [{"bboxes": [BOX], "labels": [0]}], [[[[*BOX, 0.9]]]]
    with pytest.raises((AttributeError, TypeError)):
        cleanlab.rank.get_label_quality_scores(labels, predictions, verbose=False)
    assert rank.get_label_quality_scores(labels, predictions, verbose=False).tolist() == [1.0]


def test_difference_11_statistics_need_as_many_labels_as_predictions() -> None:
    assert cleanlab.summary.object_counts_per_image([LABEL] * 2, [PREDICTION]) == ([1], [1])
    with pytest.raises(ValueError, match="labels has 2 images and predictions has 1"):
        summary.object_counts_per_image([LABEL] * 2, [PREDICTION])


def test_difference_12_statistics_are_plain_numbers_in_double_precision() -> None:
    single = {"bboxes": np.array([[0.1, 0.1, 50.3, 50.7]], np.float32), "labels": np.array([0])}
    x1, y1, x2, y2 = single["bboxes"][0].astype(float)
    theirs, _ = cleanlab.summary.bounding_box_size_distribution([single], [PREDICTION])
    assert [type(size) for size in theirs[0]] == [np.float32]
    found, _ = summary.bounding_box_size_distribution([single], [PREDICTION])
    assert type(found) is dict
    assert found == {0: [(x2 - x1) * (y2 - y1)]}
    assert [type(key) for key in found] == [int]
    of_boxes, _ = summary.bounding_box_size_distribution(Boxes([BOX], [0]), [PREDICTION])
    assert type(of_boxes[0]) is np.ndarray


def test_difference_13_class_names_may_have_integer_keys() -> None:
    inputs: tuple[Any, Any] = ([LABEL], [PREDICTION])
    with pytest.raises(KeyError):
        cleanlab.summary.class_label_distribution(*inputs, class_names={0: "cat"})
    assert cleanlab.summary.bounding_box_size_distribution(*inputs, class_names={0: "cat"}) == ({}, {})
    names: Any
    for names in ({0: "cat"}, {"0": "cat"}, ["cat"]):
        assert summary.class_label_distribution(*inputs, class_names=names) == ({"cat": 1.0}, {"cat": 1.0})
        assert list(summary.bounding_box_size_distribution(*inputs, class_names=names)[0]) == ["cat"]
    with pytest.raises(ValueError, match="no name for class 0"):
        summary.class_label_distribution(*inputs, class_names={"1": "dog"})


@pytest.mark.usefixtures("serial")
def test_difference_14_names_of_the_confusion_matrix_go_by_class_id() -> None:
    inputs: tuple[Any, Any] = ([label(BOX, classes=[1])], [prediction([], [[*BOX, 0.9]])])
    names = {"1": "dog", "5": "cat"}
    theirs = cleanlab.summary.get_average_per_class_confusion_matrix(*inputs, class_names=names)
    found = summary.get_average_per_class_confusion_matrix(*inputs, class_names=names)
    assert (theirs["dog"]["TP"], theirs["cat"]["TP"]) == (0.0, 0.5)
    assert (found["dog"]["TP"], found["cat"]["TP"]) == (0.5, 0.0)


@pytest.mark.usefixtures("serial")
def test_difference_15_the_number_of_classes_is_that_of_the_image_with_most_arrays() -> None:
    fewer, more = PREDICTION, prediction([[*BOX, 0.9]], [[*FAR, 0.9]])
    with pytest.raises(IndexError):
        cleanlab.summary.get_average_per_class_confusion_matrix([LABEL] * 2, [more, fewer])
    assert list(cleanlab.summary.get_average_per_class_confusion_matrix([LABEL] * 2, [fewer, more])) == [0]
    for predictions in ([more, fewer], [fewer, more]):
        found = summary.get_average_per_class_confusion_matrix([LABEL] * 2, predictions)
        assert found == {0: {"TP": 1.0, "FP": 0.0, "FN": 0.0}, 1: {"TP": 0.0, "FP": 0.5, "FN": 0.0}}


@pytest.mark.usefixtures("serial")
def test_difference_16_metrics_of_a_class_without_boxes_are_0() -> None:
    inputs: tuple[Any, Any] = ([LABEL], [prediction([[*BOX, 0.9]], [])])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = cleanlab.summary.calculate_per_class_metrics(*inputs)
    assert not any(theirs[1].values()) or np.isnan(list(theirs[1].values())).all()  # by version of numpy
    assert set(summary.calculate_per_class_metrics(*inputs)[1].values()) == {0.0}


@pytest.fixture
def agg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets cleanlab plot without a window, and closes what it leaves open."""
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    monkeypatch.setattr(pyplot, "show", lambda: pyplot.close("all"))


@pytest.mark.usefixtures("agg")
def test_difference_17_plots_return_their_figures_and_open_none() -> None:
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    image = np.zeros((60, 60, 3))
    assert cleanlab.summary.visualize(image, label=LABEL) is None
    figures = [
        summary.visualize(image, label=LABEL),
        summary.plot_class_distribution([LABEL], [PREDICTION]),
        *summary.plot_class_size_distributions([LABEL], [PREDICTION]),
    ]
    assert [type(figure) for figure in figures] == [Figure] * 3
    assert pyplot.get_fignums() == []


@pytest.mark.usefixtures("agg")
def test_difference_18_sizes_are_plotted_of_classes_without_predictions_and_of_all_classes() -> None:
    from matplotlib import pyplot

    inputs: tuple[Any, Any] = ([LABEL], [prediction([])])
    with pytest.raises(KeyError):
        cleanlab.summary.plot_class_size_distributions(*inputs)
    with pytest.raises(TypeError):
        cleanlab.summary.plot_class_size_distributions([LABEL], [PREDICTION], class_to_show=None)
    pyplot.close("all")
    assert len(summary.plot_class_size_distributions(*inputs)) == 1
    assert len(summary.plot_class_size_distributions(*inputs, class_to_show=None)) == 1


def test_difference_19_shares_are_bars() -> None:
    figure = summary.plot_class_distribution([label(BOX, FAR, BOX, classes=[4, 2, 4])], [prediction([])])
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["4", "2"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == pytest.approx([200 / 3, 100 / 3])  # type: ignore[attr-defined]


def test_difference_20_the_legend_lists_the_classes_in_the_picture() -> None:
    names = {str(class_id): f"name {class_id}" for class_id in range(80)}
    figure = summary.visualize(np.zeros((60, 60, 3)), label=label(BOX, classes=[42]), class_names=names)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["given label", "42  name 42"]


@pytest.mark.usefixtures("serial")
def test_difference_21_metrics_are_computed_in_double_precision() -> None:
    inputs: tuple[Any, Any] = ([label(BOX, classes=[0])], [prediction([[*BOX, 0.9], [*FAR, 0.8], [*FAR, 0.7]])])
    theirs, ours = (
        float(of.calculate_per_class_metrics(*inputs)[0]["average precision"]) for of in (cleanlab.summary, summary)
    )
    assert theirs == pytest.approx(1 / 3, abs=1e-7)
    assert theirs != pytest.approx(1 / 3, abs=1e-9)
    assert ours == pytest.approx(1 / 3, abs=1e-15)
