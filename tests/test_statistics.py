"""Statistics in files and as bytes: what comes back is what went, and what no data set has is refused in a sentence."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
import method_reference as reference
from boxlint import Boxes, Dataset, Statistics
from boxlint._core import Statistics as EngineStatistics
from boxlint._packed import packed, packed_content, unpacked_content
from boxlint.synthetic import make_scenes
from method_statistics import collect
from test_check_method import NO_ANNOTATIONS, assert_same, made
from test_check_method import NO_PREDICTIONS as NO_PREDICTIONS_OF_SIX
from test_detectors import several
from test_parts import ONE_LINE, with_ids

SEEDS = st.integers(0, 2**32 - 1)
NOTHING = Boxes(np.empty((0, 4)), [], [], [0, 0])


@given(SEEDS, st.integers(0, 8), st.sampled_from([2, 8, 40]), st.booleans(), st.sampled_from([1.0, 1 / 160]))
def test_what_is_collected_survives_bytes_and_pickling(
    seed: int, images: int, boxes: int, ignore: bool, scale: float
) -> None:
    statistics = boxlint.collect(with_ids(made(seed, images, 4, boxes, ignore), scale))
    for again in (Statistics.from_bytes(statistics.to_bytes()), pickle.loads(pickle.dumps(statistics))):
        assert again == statistics
        assert again.totals.parts == statistics.totals.parts
    # What was read still knows its parts.
    if images:
        with pytest.raises(ValueError, match="1 part of the same images would be counted twice"):
            statistics + Statistics.from_bytes(statistics.to_bytes())


@given(SEEDS, st.booleans())
def test_so_do_both_rounds_of_several_detectors(seed: int, not_run: bool) -> None:
    dataset = several(seed, 3, not_run)
    first = boxlint.collect(dataset)
    for statistics in (first, boxlint.collect(dataset, statistics=first)):
        assert Statistics.from_bytes(statistics.to_bytes()) == statistics


def test_all_other_predictions_of_an_image_can_repeat_a_match() -> None:
    box = [[10, 10, 90, 90]]
    statistics = boxlint.collect(Boxes(box, [0]), Boxes(box * 301, [0] * 301, [0.5] * 301))
    assert statistics._counts.entries()[0].tolist() == [[0, 32, 300, 1, 0, 299]]
    assert Statistics.from_bytes(statistics.to_bytes()) == statistics


@pytest.mark.parametrize("factor", [1 / 3, 1 / 500, 7 / 11])
def test_a_box_whose_side_is_halved_exactly_has_the_same_size_on_every_scale(factor: float) -> None:
    for halvings in range(1, 7):
        for width, height in [(3, 5), (7, 9), (11, 13), (49, 51)]:
            whole = [0.0, 0, width * 2**halvings, height * 2**halvings]
            boxes = np.array([whole, [1, 1, 1 + width, 1 + height]])
            once, scaled = (boxlint.collect(Boxes(xyxy, [0, 1]), NOTHING) for xyxy in (boxes, boxes * factor))
            assert once._counts == scaled._counts
            assert once._counts.entries()[1][:, 1].tolist() == [0, halvings]


def test_what_takes_no_part_makes_no_other_box_smaller() -> None:
    """A crowd far away that is ignored, and a prediction beyond the 300 with the highest scores."""
    box, far = [[10.0, 10, 90, 90]], [[9000.0, 9000, 9090, 9090]]
    seen = Boxes(box * 300, [0] * 300, [0.9] * 300)
    expected = boxlint.collect(Boxes(box, [0]), seen)._counts
    assert boxlint.collect(Boxes(box + far, [0, 0], ignore=[False, True]), seen)._counts == expected
    more = Boxes(far + box * 300, [0] * 301, [0.1] + [0.9] * 300)
    assert boxlint.collect(Boxes(box, [0]), more)._counts == expected


@pytest.mark.parametrize(
    "few",
    [replace(made(2), annotations=NO_ANNOTATIONS), replace(made(2), predictions=NO_PREDICTIONS_OF_SIX)],
    ids=["no annotations", "no predictions"],
)
def test_statistics_of_a_data_set_without_boxes_of_a_side_say_little_of_another(few: Dataset) -> None:
    statistics, dataset = boxlint.collect(few), made(1)
    assert_same(boxlint.check(dataset, statistics=statistics, min_suspicion=0), reference.check(dataset, collect(few)))
    assert 0 <= statistics.omitted < 1


@pytest.mark.parametrize("detectors", [1, 3])
def test_the_same_statistics_serve_data_sets_of_few_and_of_more_classes_in_turn(detectors: int) -> None:
    few = several(1, detectors) if detectors > 1 else made(1)
    more = replace(few, class_names=[f"c{k}" for k in range(9)], predictions=renumbered(few.predictions))
    statistics = boxlint.collect(few)
    if detectors > 1:
        statistics = boxlint.collect(few, statistics=statistics)
    for dataset in (few, more, few):
        unused = Statistics.from_bytes(statistics.to_bytes())
        found, expected = (boxlint.check(dataset, statistics=each) for each in (statistics, unused))
        np.testing.assert_array_equal(found.image_scores, expected.image_scores)


def renumbered(boxes: Boxes) -> Boxes:
    """Each fifth of them of a class that statistics have not seen."""
    ids = np.where(np.arange(len(boxes.class_id)) % 5, boxes.class_id, 8)
    return Boxes(boxes.xyxy, ids, boxes.score, boxes.offsets)


def test_pairs_that_are_rounded_up_are_those_of_a_data_set() -> None:
    """Of 30 others, each is a fraction whose rounding is nearly a half, and 31 classes have 15 units too many."""
    boxes = Boxes(np.tile([10.0, 10, 90, 90], (31, 1)), np.arange(31))
    statistics = boxlint.collect(boxes, NOTHING)
    assert statistics._counts.entries()[2][:, 2].sum() > 31 / 2 * 2**20
    assert Statistics.from_bytes(statistics.to_bytes()) == statistics


def test_what_the_scripts_of_the_docs_read_of_counts_is_all_that_the_formulas_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[1] / "docs")
    counts_of = import_module("evidence").counts_of
    box = [[10, 10, 90, 90]]
    repeated = Dataset(Boxes(box, [0]), Boxes(box * 3, [0] * 3, [0.5] * 3))
    for dataset in (repeated, made(1)):
        counted, expected = vars(counts_of(dataset)), vars(collect(dataset))
        assert counted.keys() == expected.keys()
        for name, counts in expected.items():
            np.testing.assert_array_equal(counted[name], counts, name)


def test_sums() -> None:
    parts = [boxlint.collect(with_ids(made(1))[image]) for image in range(6)]
    assert sum(parts) == boxlint.collect(made(1)) == sum(reversed(parts))
    # The same images with other numbers of boxes are another part.
    image = with_ids(made(1))[0]
    rest = image.annotations.keep(np.arange(len(image.annotations.class_id)) > 0)
    fewer = replace(image, annotations=rest, annotation_ids=None)
    assert (boxlint.collect(fewer) + parts[0]).images == 2
    for other in (1, None, "0"):
        with pytest.raises(TypeError):
            other + parts[0]


def test_a_process_that_is_given_the_same_bytes_again_has_the_same_statistics() -> None:
    data = boxlint.collect(made(1)).to_bytes()
    assert Statistics.from_bytes(data) is Statistics.from_bytes(data[:1] + data[1:])


def test_damaged_bytes_are_refused() -> None:
    data = boxlint.collect(made(1)).to_bytes()
    older = data.replace(b"statistics 7", b"statistics 6", 1)
    with pytest.raises(ValueError, match="statistics are of version 6, expected 7"):
        Statistics.from_bytes(older)
    rng = np.random.default_rng(0)
    flipped = []
    for at in rng.integers(0, len(data), 100):
        changed = bytearray(data)
        changed[at] ^= 1 << int(rng.integers(8))
        flipped.append(bytes(changed))
    for damaged in (b"", b"\n", data[:-1], data + b"\0", data[: len(data) // 2], *flipped):
        with pytest.raises(ValueError, match=ONE_LINE):
            Statistics.from_bytes(damaged)


def more_matches_than_predictions(content: dict[str, Any]) -> None:
    row = max(content["scores"], key=lambda row: row[3])
    row[3] = row[2] + 1


def more_free_than_others(content: dict[str, Any]) -> None:
    content["scores"][0][4] = content["scores"][0][2] - content["scores"][0][3] + 1


def more_repeats_than_predictions_of_an_image(content: dict[str, Any]) -> None:
    # The highest scores of the last class.
    row = content["scores"][-1]
    row[5] = 299 * row[3] + 1
    row[2] = sum(row[3:])


def matches_without_annotations(content: dict[str, Any]) -> None:
    content["bests"] = [row for row in content["bests"] if row[0] > 0]


def other_matches_by_size(content: dict[str, Any]) -> None:
    content["gaps"][0][2] += 1


def matches_of_one_size(content: dict[str, Any]) -> None:
    first, *others = [row for row in content["gaps"] if row[0] == content["gaps"][0][0]]
    for row in others:
        first[2], first[3] = first[2] + row[2], first[3] + row[3]
        content["gaps"].remove(row)


def matches_of_no_overlap(content: dict[str, Any]) -> None:
    content["gaps"][0][3] = content["gaps"][0][2] * 2**20


def more_seen_as_others_than_with_such_predictions(content: dict[str, Any]) -> None:
    content["seen"][0][2] += 1000


def more_seen_as_their_own_than_as_others(content: dict[str, Any]) -> None:
    content["seen"][-1][3] += 1


def too_many_pairs(content: dict[str, Any]) -> None:
    next(row for row in content["pairs"] if row[0] == row[1])[2] = 2**40


def a_row_twice(content: dict[str, Any]) -> None:
    content["scores"].append(content["scores"][-1])


def a_row_of_nothing(content: dict[str, Any]) -> None:
    content["scores"].insert(0, [0, 0, 0, 0, 0, 0])


def a_class_beyond(content: dict[str, Any]) -> None:
    content["classes"] = 1


def more_classes_than_there_are(content: dict[str, Any]) -> None:
    content["classes"] = 2**20 + 1


def a_fraction(content: dict[str, Any]) -> None:
    content["scores"][0][2] += 0.5


def below_zero(content: dict[str, Any]) -> None:
    content["scores"][0][2] = -1


def too_large(content: dict[str, Any]) -> None:
    content["scores"][0][2] = 2**60


def set_total(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content["totals"][name] = value

    return change


NO_PREDICTIONS = {"predictions": 0, "weak": 0, "lowest_score": 0.9, "by_class": [[0, 1, 0]]}

IMPOSSIBLE: dict[str, Callable[[Any], object]] = {
    "fewer predictions than matches": more_matches_than_predictions,
    "fewer predictions than matches, free predictions and repeats": more_free_than_others,
    "more repeats than matches of such scores can have": more_repeats_than_predictions_of_an_image,
    "more matches than annotations": matches_without_annotations,
    "another number of matches by size than by score": other_matches_by_size,
    "more matches than annotations of a size": matches_of_one_size,
    "matches that overlap by less than half": matches_of_no_overlap,
    "seen as other classes than annotations": more_seen_as_others_than_with_such_predictions,
    "annotations seen as other classes than": more_seen_as_their_own_than_as_others,
    "more pairs than annotations": too_many_pairs,
    "rows do not rise": a_row_twice,
    "or hold no count": a_row_of_nothing,
    "a class, bin or size is out of range": a_class_beyond,
    "size is out of range": more_classes_than_there_are,
    "expected rows of 6 integers": a_fraction,
    "6 integers from 0": below_zero,
    "integers from 0 to 9007199254740992": too_large,
    "images, annotations, predictions, weak are": set_total("images", -1),
    "lowest_score is 2.0": set_total("lowest_score", 2.0),
    "the lowest score is 0.5, and": set_total("lowest_score", 0.5),
    "not those of all boxes": set_total("predictions", 1),
    "the lowest score is 0.9, and 0": lambda content: content["totals"].update(NO_PREDICTIONS),
    "by_class is of no rising classes": set_total("by_class", [[9, 1, 1]]),
    "there are boxes, and no images": set_total("images", 0),
    "min_similarity is 0.0": set_total("min_similarity", 0.0),
    "min_similarity is None": set_total("min_similarity", None),
    "parts are not 32 hex digits": set_total("parts", ["ab"]),
    "without one that stands twice": set_total("parts", ["ab" * 16] * 2),
    "parts are not 32 hex digits each, without": set_total("parts", [f"{part:032x}" for part in range(1000)]),
    "no 'images'": lambda content: content["totals"].pop("images"),
    "no 'totals'": lambda content: content.pop("totals"),
}


@pytest.mark.parametrize("table", range(5))
def test_the_engine_refuses_rows_of_another_width(table: int) -> None:
    """Twelve numbers are two rows of six, three of four or four of three, whatever the shape."""
    entries = [*boxlint.collect(make_scenes(60).dataset)._counts.entries()]
    rows, width = entries[table].shape
    entries[table] = entries[table][: rows - rows % 2].reshape(-1, 2 * width)
    with pytest.raises(ValueError, match=f"its rows hold {2 * width} numbers, expected {width}"):
        EngineStatistics(6, *entries)


@pytest.mark.parametrize("why", IMPOSSIBLE)
def test_what_no_data_set_has_is_refused(why: str, tmp_path: Path) -> None:
    statistics = boxlint.collect(made(1, 30))
    path = tmp_path / "statistics.json"
    statistics.save(path)
    content = json.loads(path.read_text())
    IMPOSSIBLE[why](content)
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"expected statistics as Statistics\.save writes them: .*{why}"):
        Statistics.load(path)


def a_pair_of_no_detectors(content: dict[str, Any]) -> None:
    content["differ"] = [[2, 1]]


def counted_together_too_soon(content: dict[str, Any]) -> None:
    content["fused"] = False


def detectors_are_one(content: dict[str, Any]) -> None:
    content["detectors"] = content["detectors"][:1]
    content["differ"] = []


@pytest.mark.parametrize("change", [a_pair_of_no_detectors, counted_together_too_soon, detectors_are_one])
def test_several_detectors_that_cannot_be_are_refused(change: Callable[[Any], None], tmp_path: Path) -> None:
    dataset = several(1)
    path = tmp_path / "statistics.json"
    boxlint.collect(dataset, statistics=boxlint.collect(dataset)).save(path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"expected statistics as Statistics\.save writes them: .*detectors"):
        Statistics.load(path)


TABLE = {"rows": 2, "sizes": [1, 2]}
TABLES_THAT_CANNOT_BE = [
    (TABLE, 5, "a table is not as described"),
    (TABLE, 7, "they go on after the last table"),
    ({"rows": 2, "sizes": [3]}, 6, "a table is not as described"),
    ({"rows": -1, "sizes": [1]}, 0, "a table is not as described"),
    ({"rows": 2, "sizes": []}, 0, "need at least one"),
    ({"rows": "2", "sizes": [1]}, 2, ""),
]


def test_tables_are_of_the_bytes_that_are_said() -> None:
    assert unpacked_content("ages", 1, packed("ages", 1, json.dumps(TABLE).encode() + b"\n" + bytes(6))).shape == (2, 2)
    for table, length, why in TABLES_THAT_CANNOT_BE:
        data = packed("ages", 1, json.dumps({"years": table}).encode() + b"\n" + bytes(length))
        with pytest.raises(ValueError, match=f"the bytes of ages are damaged: {why}"):
            unpacked_content("ages", 1, data)


@given(SEEDS, st.integers(0, 40), st.integers(0, 63))
def test_tables_come_back_whole_whatever_their_numbers(seed: int, rows: int, bits: int) -> None:
    table = np.random.default_rng(seed).integers(0, 1 << bits, (rows, 3))
    content = unpacked_content("ages", 1, packed_content("ages", 1, {"of": [{"years": table}], "unit": "years"}))
    assert content["unit"] == "years"
    again = content["of"][0]["years"]
    assert again.dtype == np.int64
    assert np.array_equal(again, table)


@given(SEEDS, st.data())
def test_files_with_any_number_changed_are_read_or_refused(seed: int, data: st.DataObject) -> None:
    dataset = made(seed)
    content = json.loads(json.dumps(boxlint.collect(dataset)._content(), default=np.ndarray.tolist))
    for _ in range(data.draw(st.integers(1, 3))):
        table = content[data.draw(st.sampled_from(["scores", "bests", "pairs", "gaps", "seen"]))]
        if table:
            row = table[data.draw(st.integers(0, len(table) - 1))]
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.integers(0, 2**53))
    try:
        statistics = Statistics.from_bytes(packed_content("statistics", content["boxlint_statistics"], content))
    except ValueError:
        return
    report = boxlint.check(dataset, statistics=statistics)
    assert ((report["suspicion"] >= 0) & (report["suspicion"] <= 1)).all()
    assert ((report.image_scores >= 0) & (report.image_scores <= 1)).all()
