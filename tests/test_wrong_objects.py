"""What takes a Dataset, a Report or Decisions names what it was given instead."""

from __future__ import annotations

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

DATASET = make_scenes(10).dataset
REPORT = boxlint.check(DATASET)

CALLS: dict[str, tuple[Callable[[Any, Path], object], str]] = {
    "write_coco": (boxlint.write_coco, "write_coco: found {}, expected a Dataset"),
    "write_yolo": (boxlint.write_yolo, "write_yolo: found {}, expected a Dataset"),
    "write_voc": (boxlint.write_voc, "write_voc: found {}, expected a Dataset"),
    "write_parquet": (boxlint.write_parquet, "write_parquet: found {}, expected a Dataset"),
    "inspect": (lambda given, _: boxlint.inspect(given), "inspect: found {}, expected a Dataset"),
    "plant": (lambda given, _: plant(given, rate=0.1), "plant: found {}, expected a Dataset"),
    "withhold": (lambda given, _: withhold(given, []), "withhold: found {}, expected a Dataset"),
    "evaluate": (lambda given, _: evaluate(REPORT, given), "truth: found {}, expected a Truth"),
    "with_dataset": (lambda given, _: REPORT.with_dataset(given), "with_dataset: found {}, expected a Dataset"),
    "of_detectors": (
        lambda given, _: boxlint.Dataset.of_detectors({"yolo": given}),
        "Dataset.of_detectors: yolo: found {}, expected a Dataset",
    ),
    "Decisions.apply": (
        lambda given, _: REPORT.decide({}).apply(given),
        "Decisions.apply: found {}, expected a Dataset",
    ),
    "without": (lambda given, _: REPORT.without(given), "decisions: found {}, expected Decisions"),
    "learn": (lambda given, _: REPORT.learn(given), "decisions: found {}, expected Decisions"),
    "export_queue": (
        lambda given, folder: export_queue(given, folder, "cvat"),
        "export_queue: found {}, expected a Report",
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
        "TypeError: priors: found list, expected a dict from kinds to odds",
    ),
    "one threshold": (
        lambda: boxlint.filter.find_box_issues([], [], thresholds=0.5),  # type: ignore[arg-type]
        "TypeError: thresholds: found float, expected a dict from types to thresholds",
    ),
    "data sets in a list": (
        lambda: boxlint.Dataset.of_detectors([DATASET]),  # type: ignore[arg-type]
        "TypeError: Dataset.of_detectors: found list, expected a dict from names to data sets",
    ),
    "a data set for an annotator": (
        lambda: plant(DATASET, annotator=DATASET),  # type: ignore[arg-type]
        "TypeError: annotator: found Dataset, expected Boxes",
    ),
    "text for bytes": (
        lambda: boxlint.Statistics.from_bytes("boxlint"),  # type: ignore[arg-type]
        "TypeError: Statistics.from_bytes: found str, expected bytes",
    ),
    "a number for bytes": (
        lambda: boxlint.Statistics.from_bytes(10**12),  # type: ignore[arg-type]
        "TypeError: Statistics.from_bytes: found int, expected bytes",
    ),
    "pixels that count from two": (
        lambda: boxlint.write_voc(REPORT.dataset, "voc", one_based=2),  # type: ignore[arg-type]
        "TypeError: one_based is 2, expected True or False",
    ),
    "verdicts in a list": (
        lambda: REPORT.decide([ISSUE]),  # type: ignore[arg-type]
        "TypeError: verdicts: found list, expected a dict from issue ids to verdicts",
    ),
    "a verdict that is none": (
        lambda: REPORT.decide({ISSUE: None}),  # type: ignore[dict-item]
        f"TypeError: verdicts: {ISSUE}: found NoneType, expected a verdict, or a dict with a decision",
    ),
    "a verdict without decision": (
        lambda: REPORT.decide({ISSUE: {"note": "far away"}}),
        f"ValueError: verdicts: {ISSUE}: found no decision, expected decision, note, label, box",
    ),
    "a box that is a number": (
        lambda: REPORT.decide({ISSUE: {"decision": "accept", "box": np.array(3)}}),
        f"ValueError: verdicts: {ISSUE}: box is 3, expected four finite numbers x1, y1, x2, y2, of which x1 is less "
        "than x2 and y1 less than y2, or null",
    ),
    "a number for a ranking": (
        lambda: evaluate(3, plant(DATASET)[1]),  # type: ignore[arg-type]
        "TypeError: report_or_scores: found int, expected a report, or an array of scores",
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
        "TypeError: Dataset: more_prediction_ids[0] is str, expected a list",
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
    call, refusal = REFUSED[name]
    with pytest.raises((TypeError, ValueError)) as raised:
        call()
    assert f"{type(raised.value).__name__}: {raised.value}" == refusal


def test_a_report_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="write_coco: found Report, expected a Dataset"):
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
    "decide": (REPORT.decide, "verdicts: found str, expected a dict from issue ids to verdicts"),
    "check": (
        lambda text: boxlint.check(DATASET, priors=text),
        "priors: found str, expected a dict from kinds to odds",
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
