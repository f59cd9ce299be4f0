"""The pictures that `boxlint.summary` makes, looked at pixel by pixel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import BboxBase
from numpy.typing import NDArray
from PIL import Image

from boxlint import Boxes, summary
from refusals import assert_refused, table

GREY = np.full((120, 160, 3), 128, np.uint8)
GIVEN, PREDICTED = [20, 30, 60, 90], [80, 40, 140, 100]
LABEL: Any = {"bboxes": np.array([GIVEN]), "labels": np.array([3])}
PREDICTION: Any = [[], [[*PREDICTED, 0.9]], [[5, 5, 15, 15, 0.4]]]
NAMES = {str(class_id): f"class name {class_id}" for class_id in range(80)}
# A box of each of 80 classes.
CROWD: Any = {
    "bboxes": np.array([[x, y, x + 12, y + 12] for x in range(0, 160, 16) for y in range(0, 120, 15)]),
    "labels": np.arange(80),
}


def pixels(figure: Figure, dpi: int = 200) -> NDArray[np.int64]:
    """(height, width, 3) of the figure as it is seen."""
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].astype(np.int64)


def red(seen: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = np.logical_and(seen[..., 0] > 200, seen[..., 1:].max(axis=-1) < 80)
    return mask


def blue(seen: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = np.logical_and(seen[..., 2] > 200, seen[..., :2].max(axis=-1) < 80)
    return mask


def share_on_edges(figure: Figure, axes: int, box: list[int], color: Any) -> float:
    """How much of the outline of a box has a colour, the upper edge left out: the class id covers a part of it."""
    seen = color(pixels(figure))
    x1, y1, x2, y2 = box
    along = np.linspace(0.02, 0.98, 200)
    points = np.concatenate(
        [
            np.column_stack([np.full(200, x1), y1 + along * (y2 - y1)]),
            np.column_stack([np.full(200, x2), y1 + along * (y2 - y1)]),
            np.column_stack([x1 + along * (x2 - x1), np.full(200, y2)]),
        ]
    )
    on_figure = figure.axes[axes].transData.transform(points).round().astype(int)
    rows, columns = seen.shape[0] - on_figure[:, 1], on_figure[:, 0]
    near = [seen[rows + i, columns + j] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return float(np.mean(np.any(near, axis=0)))


def colored_within(figure: Figure, axes: int, box: list[int], color: Any) -> bool:
    """Whether all of a colour on an axes is in or on a box."""
    seen = color(pixels(figure))
    frame = figure.axes[axes].get_window_extent()
    rows, columns = np.nonzero(seen)
    on_axes = (columns > frame.x0) & (columns < frame.x1)
    data = (
        figure.axes[axes]
        .transData.inverted()
        .transform(np.column_stack([columns[on_axes], seen.shape[0] - rows[on_axes]]))
    )
    return bool((data >= np.array(box[:2]) - 2).all() and (data <= np.array(box[2:]) + 2).all() and len(data) > 0)


def inside(part: BboxBase, whole: BboxBase) -> bool:
    return bool(part.x0 >= whole.x0 and part.x1 <= whole.x1 and part.y0 >= whole.y0 and part.y1 <= whole.y1)


def overlap(a: BboxBase, b: BboxBase) -> bool:
    return bool(a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1)


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_annotations_are_outlined_in_red_and_predictions_dashed_in_blue_where_they_are() -> None:
    figure = summary.visualize(GREY, label=LABEL, prediction=PREDICTION, prediction_threshold=0.5)
    assert share_on_edges(figure, 0, GIVEN, red) == 1.0
    assert 0.6 < share_on_edges(figure, 0, PREDICTED, blue) < 0.95
    assert colored_within(figure, 0, GIVEN, red)
    assert colored_within(figure, 0, PREDICTED, blue)


def test_the_image_is_drawn_as_it_is() -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    image[:60, :80] = (0, 255, 0)
    figure = summary.visualize(image)
    seen = pixels(figure)
    for point, color in (((40, 30), (0, 255, 0)), ((120, 30), (0, 0, 0)), ((40, 90), (0, 0, 0))):
        x, y = figure.axes[0].transData.transform(point).round().astype(int)
        assert tuple(seen[seen.shape[0] - y, x]) == color
    assert figure.legends == []


def test_side_by_side_annotations_are_on_the_left_and_predictions_on_the_right() -> None:
    figure = summary.visualize(GREY, label=LABEL, prediction=PREDICTION, prediction_threshold=0.5, overlay=False)
    assert share_on_edges(figure, 0, GIVEN, red) == 1.0
    assert share_on_edges(figure, 0, PREDICTED, blue) == 0.0
    assert share_on_edges(figure, 1, GIVEN, red) == 0.0
    assert 0.6 < share_on_edges(figure, 1, PREDICTED, blue) < 0.95


def test_each_box_has_its_class_id_in_its_upper_corner() -> None:
    figure = summary.visualize(GREY, label=LABEL, prediction=PREDICTION, prediction_threshold=0.5)
    pixels(figure)
    to_data = figure.axes[0].transData.inverted()
    ids = {text.get_text(): text.get_window_extent().transformed(to_data) for text in figure.axes[0].texts}
    assert ids.keys() == {"3", "1"}
    assert GIVEN[0] < ids["3"].x0 < GIVEN[0] + 10
    assert PREDICTED[2] - 10 < ids["1"].x1 < PREDICTED[2]
    assert GIVEN[1] < ids["3"].y1 < GIVEN[1] + 12
    assert PREDICTED[1] < ids["1"].y1 < PREDICTED[1] + 12


def test_only_predictions_above_the_threshold_are_drawn() -> None:
    figures = [
        summary.visualize(GREY, prediction=PREDICTION, prediction_threshold=threshold) for threshold in (None, 0.4, 0.9)
    ]
    drawn = [sorted(text.get_text() for text in figure.axes[0].texts) for figure in figures]
    assert drawn == [["1", "2"], ["1"], []]


def test_the_legend_lists_the_classes_in_the_picture() -> None:
    figure = summary.visualize(GREY, label=LABEL, prediction=PREDICTION, class_names=NAMES)
    assert legend(figure) == [
        "given label",
        "predicted label",
        "1  class name 1",
        "2  class name 2",
        "3  class name 3",
    ]


@pytest.mark.parametrize("overlay", [True, False])
def test_the_legend_of_80_classes_is_complete_and_covers_nothing(overlay: bool) -> None:
    figure = summary.visualize(GREY, label=CROWD, prediction=PREDICTION, class_names=NAMES, overlay=overlay)
    pixels(figure)
    frame = figure.legends[0].get_window_extent()
    assert legend(figure)[2:] == [f"{class_id}  class name {class_id}" for class_id in range(80)]
    assert inside(frame, figure.bbox)
    for axes in figure.axes:
        assert not overlap(frame, axes.get_window_extent())
        assert axes.get_window_extent().width > figure.bbox.width / 4
    texts = [text.get_window_extent() for text in figure.legends[0].get_texts()]
    assert all(inside(text, frame) for text in texts)
    assert not any(overlap(a, b) for a, b in combinations(texts, 2))
    assert {text.get_fontsize() for text in figure.legends[0].get_texts()} == {8.0}


@pytest.mark.parametrize("kind", ["path", "text", "pillow", "palette", "grey", "array"])
def test_an_image_is_a_path_a_pillow_image_or_an_array(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(GREY).save(path)
    image: Any = {
        "path": path,
        "text": str(path),
        "pillow": Image.fromarray(GREY),
        "palette": Image.fromarray(GREY).quantize(4),
        "grey": np.add.outer(np.zeros(120), np.linspace(0, 256, 161)[:160]),
        "array": GREY,
    }[kind]
    figure = summary.visualize(image)
    seen = pixels(figure)
    x, y = figure.axes[0].transData.transform((80, 60)).round().astype(int)
    np.testing.assert_allclose(seen[seen.shape[0] - y, x], 128, atol=2)


def test_boxes_of_one_image_are_drawn_like_lists() -> None:
    columns = summary.visualize(
        GREY, label=Boxes([GIVEN], [3]), prediction=Boxes([PREDICTED, [5, 5, 15, 15]], [1, 2], [0.9, 0.4])
    )
    np.testing.assert_array_equal(pixels(columns), pixels(summary.visualize(GREY, label=LABEL, prediction=PREDICTION)))


@pytest.mark.parametrize("label", [None, {"bboxes": [], "labels": []}])
@pytest.mark.parametrize("prediction", [None, [], [[], np.empty((0, 5))]])
def test_an_image_without_boxes_is_drawn(label: Any, prediction: Any) -> None:
    figure = summary.visualize(GREY, label=label, prediction=prediction, class_names=NAMES)
    assert not blue(pixels(figure)[:, :400]).any()
    assert len(figure.axes[0].texts) == 0


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "jpg"])
def test_the_figure_is_saved_in_the_format_of_its_ending(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"figure.{ending}"
    summary.visualize(GREY, label=LABEL, class_names=NAMES, save_path=str(path))
    starts = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "jpg": b"\xff\xd8"}
    assert path.read_bytes().startswith(starts[ending])


def test_sizes_are_one_figure_a_class_the_most_annotated_first() -> None:
    labels: Any = [{"bboxes": [[0, 0, 10, 10], [0, 0, 10, 30], [0, 0, 5, 5]], "labels": [2, 2, 0]}]
    figures = summary.plot_class_size_distributions(labels, [[[], [], [[0, 0, 10, 20, 0.9]]]], NAMES)
    assert [figure.get_suptitle() for figure in figures] == [
        "Sizes of the boxes of class class name 2",
        "Sizes of the boxes of class class name 0",
    ]
    annotated, predicted = figures[0].axes
    assert (annotated.get_title(), predicted.get_title()) == ("annotated (2)", "predicted (1)")
    heights = [bar.get_height() for bar in annotated.patches]  # type: ignore[attr-defined]
    assert (sum(heights), heights[0], heights[-1]) == (2, 1, 1)
    assert red(pixels(figures[0])).any()
    # A class that nothing is predicted for has an empty side.
    assert figures[1].axes[1].get_title() == "predicted (0)"
    assert not blue(pixels(figures[1])).any()


def test_as_many_classes_as_asked_for_are_shown() -> None:
    counts = [
        len(summary.plot_class_size_distributions([CROWD], [[]], class_to_show=count)) for count in (0, 3, 12, None)
    ]
    assert counts == [0, 3, 12, 80]
    assert len(summary.plot_class_size_distributions([CROWD], [[]])) == 10


def test_shares_of_80_classes_are_bars_whose_names_do_not_overlap() -> None:
    figure = summary.plot_class_distribution([CROWD], [[[[*GIVEN, 0.9]]] * 3], NAMES)
    pixels(figure, 100)
    annotated, predicted = figure.axes
    names = [tick.get_text() for tick in annotated.get_yticklabels()]
    assert names == list(NAMES.values())
    frames = [tick.get_window_extent() for tick in annotated.get_yticklabels()]
    assert not any(overlap(a, b) for a, b in pairwise(frames))
    assert all(inside(frame, figure.bbox) for frame in frames)
    assert [bar.get_width() for bar in annotated.patches] == pytest.approx([1.25] * 80)  # type: ignore[attr-defined]
    widths = [bar.get_width() for bar in predicted.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([100 / 3] * 3 + [0] * 77)


def test_the_most_annotated_class_has_the_uppermost_bar_and_is_red() -> None:
    labels: Any = [{"bboxes": [GIVEN] * 4, "labels": [5, 7, 7, 7]}]
    figure = summary.plot_class_distribution(labels, [[]])
    seen = red(pixels(figure))
    ends = [figure.axes[0].transData.transform(point).round().astype(int) for point in ((70, 0), (20, 1), (30, 1))]
    assert [bool(seen[seen.shape[0] - y, x]) for x, y in ends] == [True, True, False]


def test_the_distribution_of_no_boxes_is_drawn_without_a_warning() -> None:
    figure = summary.plot_class_distribution([{"bboxes": [], "labels": []}], [[]])
    assert [axes.get_title() for axes in figure.axes] == ["Annotated", "Predicted"]


def test_without_a_window_pyplot_is_neither_needed_nor_touched() -> None:
    script = """
import sys, numpy as np
from boxlint import summary
assert not any(name.startswith("matplotlib") for name in sys.modules), "import boxlint loads matplotlib"
summary.visualize(np.zeros((9, 9, 3)), label={"bboxes": [[1, 1, 5, 5]], "labels": [0]}, block=True).savefig(sys.argv[1])
summary.plot_class_distribution([{"bboxes": [[1, 1, 5, 5]], "labels": [0]}], [[]])
assert "matplotlib.pyplot" not in sys.modules, "a plot loads pyplot"
"""
    subprocess.run([sys.executable, "-c", script, "/dev/stdout"], check=True, capture_output=True)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What a backend that shows figures is asked to show, and how."""
    (tmp_path / "showing.py").write_text(
        "from matplotlib.backends.backend_agg import FigureCanvas, FigureManagerBase as FigureManager\n"
        "calls = []\n"
        "def show(**options):\n"
        "    import matplotlib.pyplot as plt\n"
        "    calls.append((plt.get_fignums(), options))\n"
        "    plt.close('all')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from matplotlib import pyplot

    pyplot.switch_backend("module://showing")
    yield sys.modules["showing"].calls
    pyplot.switch_backend("agg")
    del sys.modules["showing"]


def test_where_pyplot_shows_figures_each_is_shown_as_asked(shown: list[Any]) -> None:
    figure = summary.visualize(GREY, label=LABEL, block=False)
    assert len(shown) == 1
    assert (len(shown[0][0]), shown[0][1]) == (1, {"block": False})
    assert share_on_edges(figure, 0, GIVEN, red) == 1.0
    summary.plot_class_distribution([LABEL], [PREDICTION])
    summary.plot_class_size_distributions([CROWD], [PREDICTION], class_to_show=2)
    assert [len(figures) for figures, _ in shown] == [1, 1, 1, 1]


@pytest.mark.parametrize("missing", ["matplotlib", "PIL"])
def test_without_the_extra_the_plots_say_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == missing]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "boxlint.plots.figures", raising=False)
    monkeypatch.delattr("boxlint.plots.figures", raising=False)
    refusal = "ImportError: plots need matplotlib and pillow: pip install 'boxlint[plot]'"
    assert_refused(lambda: summary.visualize(GREY), refusal)
    assert_refused(lambda: summary.plot_class_distribution([LABEL], [PREDICTION]), refusal)
    assert_refused(lambda: summary.plot_class_size_distributions([LABEL], [PREDICTION]), refusal)


CLASS_ARRAYS = "expected a list of K arrays of shape (M, 5), one a class"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    table(
        (
            "a threshold above 1",
            {"prediction_threshold": 2},
            "ValueError: prediction_threshold is 2, expected a number from 0 to 1",
        ),
        (
            "two images of boxes",
            {"label": Boxes([], [], offsets=[0, 0, 0])},
            "ValueError: label has 2 images, expected one",
        ),
        (
            "a prediction that is no list",
            {"prediction": 3},
            f"TypeError: predictions: image 0: {CLASS_ARRAYS}, found int",
        ),
        (
            "an image with two dimensions too many",
            {"image": np.zeros((1, 2, 3, 3))},
            "ValueError: image has shape (1, 2, 3, 3), expected (height, width) or (height, width, 3 or 4)",
        ),
        (
            "predictions without scores, and a threshold",
            {"prediction": Boxes([GIVEN], [0]), "prediction_threshold": 0.5},
            "ValueError: prediction has no scores, expected one for each box",
        ),
        ("a flag that is text", {"overlay": "no"}, "TypeError: overlay is 'no', expected True or False"),
    ),
)
def test_what_cannot_be_drawn_is_refused_where(arguments: dict[str, Any], refusal: str) -> None:
    inputs: dict[str, Any] = {"image": GREY, "prediction": PREDICTION, **arguments}
    assert_refused(lambda: summary.visualize(**inputs), refusal)


@pytest.mark.parametrize("count", [-1, 1.5, "all"])
def test_a_number_of_classes_is_refused_where_it_is_none(count: Any) -> None:
    refusal = f"ValueError: class_to_show is {count!r}, expected a number of classes or None"
    assert_refused(lambda: summary.plot_class_size_distributions([LABEL], [PREDICTION], class_to_show=count), refusal)
