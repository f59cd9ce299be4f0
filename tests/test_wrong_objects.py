"""What takes a Dataset, a Report or Decisions names what it was given instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint.benchmark import evaluate, plant, withhold
from boxlint.review import export_queue
from boxlint.synthetic import make_scenes
from refusals import assert_refused

DATASET = make_scenes(10).dataset
REPORT = boxlint.check(DATASET)

CALLS: dict[str, tuple[Callable[[Any, Path], object], str]] = {
    "write_coco": (boxlint.write_coco, "write_coco: expected a Dataset, found {}"),
    "write_yolo": (boxlint.write_yolo, "write_yolo: expected a Dataset, found {}"),
    "write_voc": (boxlint.write_voc, "write_voc: expected a Dataset, found {}"),
    "write_parquet": (boxlint.write_parquet, "write_parquet: expected a Dataset, found {}"),
    "inspect": (lambda given, _: boxlint.inspect(given), "inspect: expected a Dataset, found {}"),
    "plant": (lambda given, _: plant(given, rate=0.1), "plant: expected a Dataset, found {}"),
    "withhold": (lambda given, _: withhold(given, []), "withhold: expected a Dataset, found {}"),
    "evaluate": (lambda given, _: evaluate(REPORT, given), "truth: expected a Truth, found {}"),
    "with_dataset": (lambda given, _: REPORT.with_dataset(given), "with_dataset: expected a Dataset, found {}"),
    "of_detectors": (
        lambda given, _: boxlint.Dataset.of_detectors({"yolo": given}),
        "Dataset.of_detectors: yolo: expected a Dataset, found {}",
    ),
    "Decisions.apply": (
        lambda given, _: REPORT.decide({}).apply(given),
        "Decisions.apply: expected a Dataset, found {}",
    ),
    "without": (lambda given, _: REPORT.without(given), "decisions: expected Decisions, found {}"),
    "learn": (lambda given, _: REPORT.learn(given), "decisions: expected Decisions, found {}"),
    "export_queue": (
        lambda given, folder: export_queue(given, folder, "cvat"),
        "export_queue: expected a Report, found {}",
    ),
}


@pytest.mark.parametrize("given", [REPORT.issues, None, [], "annotations.json"], ids=lambda given: type(given).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_another_object_is_named_and_nothing_written(name: str, given: Any, tmp_path: Path) -> None:
    call, refusal = CALLS[name]
    with pytest.raises(TypeError) as raised:
        call(given, tmp_path / "written")
    assert str(raised.value) == refusal.format(type(given).__name__)
    assert not list(tmp_path.iterdir())


ISSUE = REPORT[0].issue_id
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "odds in a list": (
        lambda: boxlint.check(DATASET, priors=[0.1]),  # type: ignore[arg-type]
        "TypeError: priors: expected a dict from kinds to odds, found list",
    ),
    "one threshold": (
        lambda: boxlint.filter.find_box_issues([], [], thresholds=0.5),  # type: ignore[arg-type]
        "TypeError: thresholds: expected a dict from types to thresholds, found float",
    ),
    "data sets in a list": (
        lambda: boxlint.Dataset.of_detectors([DATASET]),  # type: ignore[arg-type]
        "TypeError: Dataset.of_detectors: expected a dict from names to data sets, found list",
    ),
    "a data set for an annotator": (
        lambda: plant(DATASET, annotator=DATASET),  # type: ignore[arg-type]
        "TypeError: annotator: expected Boxes, found Dataset",
    ),
    "text for bytes": (
        lambda: boxlint.Statistics.from_bytes("boxlint"),  # type: ignore[arg-type]
        "TypeError: Statistics.from_bytes: expected bytes, found str",
    ),
    "a number for bytes": (
        lambda: boxlint.Statistics.from_bytes(10**12),  # type: ignore[arg-type]
        "TypeError: Statistics.from_bytes: expected bytes, found int",
    ),
    "pixels that count from two": (
        lambda: boxlint.write_voc(REPORT.dataset, "voc", one_based=2),  # type: ignore[arg-type]
        "TypeError: one_based is 2, expected True or False",
    ),
    "verdicts in a list": (
        lambda: REPORT.decide([ISSUE]),  # type: ignore[arg-type]
        "TypeError: verdicts: expected a dict from issue ids to verdicts, found list",
    ),
    "a verdict that is none": (
        lambda: REPORT.decide({ISSUE: None}),  # type: ignore[dict-item]
        f"TypeError: verdicts: {ISSUE}: expected a verdict, or a dict with a decision, found NoneType",
    ),
    "a verdict without decision": (
        lambda: REPORT.decide({ISSUE: {"note": "far away"}}),
        f"ValueError: verdicts: {ISSUE}: expected decision, note, label, box, found no decision",
    ),
    "a box that is a number": (
        lambda: REPORT.decide({ISSUE: {"decision": "accept", "box": np.array(3)}}),
        f"ValueError: verdicts: {ISSUE}: box is 3, expected four finite numbers x1, y1, x2, y2, of which x1 is less "
        "than x2 and y1 less than y2, or null",
    ),
    "a number for a ranking": (
        lambda: evaluate(3, plant(DATASET)[1]),  # type: ignore[arg-type]
        "TypeError: report_or_scores: expected a report, or an array of scores, found int",
    ),
    "no kinds to refuse": (
        lambda: boxlint.read_coco("annotations.json", refuse=None),  # type: ignore[arg-type]
        "TypeError: refuse: expected a list of kinds, found NoneType",
    ),
    "no list of more predictions": (
        lambda: replace(DATASET, more_predictions=None),  # type: ignore[arg-type]
        "TypeError: Dataset: more_predictions: expected a list of Boxes, found NoneType",
    ),
    "no list of more ids": (
        lambda: replace(DATASET, more_prediction_ids=None),  # type: ignore[arg-type]
        "TypeError: Dataset: more_prediction_ids: expected a list of lists, found NoneType",
    ),
    "a text for more ids": (
        lambda: replace(
            DATASET,
            more_predictions=[DATASET.predictions],
            more_prediction_ids=["i" * len(DATASET.predictions.class_id)],
        ),
        "TypeError: Dataset: more_prediction_ids[0]: expected a list, found str",
    ),
    "objects that are none": (
        lambda: boxlint.from_datasets([None]),
        "TypeError: from_datasets: image 0: expected a dict of lists, or a list of dicts, found NoneType",
    ),
    "objects that are texts": (
        lambda: boxlint.from_transformers([["cat"]]),
        "TypeError: from_transformers: image 0: expected a dict of lists, or a list of dicts, found a list with str",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_slip_is_one_sentence(name: str) -> None:
    assert_refused(*REFUSED[name])


def test_a_report_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="write_coco: expected a Dataset, found Report"):
        boxlint.write_coco(REPORT, tmp_path / "fixed.json")  # type: ignore[arg-type]


@pytest.mark.parametrize("accept", [REPORT.dataset, [[1], [1, 2]], {0}, None, "0.5"], ids=lambda it: type(it).__name__)
def test_what_is_accepted_is_no_other_object(accept: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^accept(:| is \w+,) expected a suspicion, or a mask or "):
        REPORT.apply(accept)


YOLO = {"names": ["a"], "image_sizes": {"a.jpg": (8, 8)}}
TEXTS: dict[str, tuple[Callable[[Any], object], str]] = {
    "read_yolo": (
        lambda text: boxlint.read_yolo("labels", image_names=text, **YOLO),  # type: ignore[arg-type]
        "image_names is 'swap', expected a list",
    ),
    "read_coco": (
        lambda text: boxlint.read_coco("annotations.json", ignore=text),
        "ignore: expected a list of flags, found str",
    ),
    "decide": (REPORT.decide, "verdicts: expected a dict from issue ids to verdicts, found str"),
    "check": (
        lambda text: boxlint.check(DATASET, priors=text),
        "priors: expected a dict from kinds to odds, found str",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_not_taken_for_its_letters(name: str) -> None:
    call, refusal = TEXTS[name]
    with pytest.raises(TypeError) as raised:
        call("swap")
    assert str(raised.value) == refusal


def test_one_kind_is_a_list_of_one() -> None:
    assert plant(DATASET, rate=0.2, kinds="swap")[1].kinds == ("swap",)


def test_wrong_types_are_told_in_one_wording() -> None:
    """What is expected, then the type that was found."""
    package = Path(boxlint.__file__).parent
    other = re.compile(r"(__name__|dtype|\btype)\}[^\"]*, expected")
    assert [path.name for path in package.rglob("*.py") if other.search(path.read_text("utf-8"))] == []
