"""What takes a Dataset, a Report or Decisions names what it was given instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import boxlint
from boxlint.benchmark import plant
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
    "decide": (REPORT.decide, "verdicts: expected a dict, found str"),
    "check": (lambda text: boxlint.check(DATASET, priors=text), "priors: expected a dict, found str"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_not_taken_for_its_letters(name: str) -> None:
    call, refusal = TEXTS[name]
    with pytest.raises(TypeError) as raised:
        call("swap")
    assert str(raised.value) == refusal


def test_one_kind_is_a_list_of_one() -> None:
    assert plant(DATASET, rate=0.2, kinds="swap")[1].kinds == ("swap",)
