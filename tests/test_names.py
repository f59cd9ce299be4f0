"""The names of images and classes, whatever lists or arrays they are in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow
import pytest

import boxlint
from boxlint import Boxes, Dataset
from boxlint.formats.read_options import ReadOptions
from boxlint.formats.source import read_source

BOXES = [[10, 10, 50, 50], [20, 20, 60, 60]]
NAMES = ["a.jpg", "b.jpg"]
DATASET = Dataset(
    Boxes(BOXES, [0, 1], offsets=[0, 1, 2]),
    Boxes(BOXES, [0, 1], [0.5, 0.5], offsets=[0, 1, 2]),
    image_sizes=np.array([[64.0, 64.0]] * 2),
)

GIVEN: dict[str, Any] = {
    "array": np.array(NAMES),
    "array of objects": np.array(NAMES, object),
    "texts of numpy": [np.str_(name) for name in NAMES],
    "series": pandas.Series(NAMES, index=[7, 8]),
    "keys": dict.fromkeys(NAMES).keys(),
    "arrow": pyarrow.array(NAMES),
    "chunks": pyarrow.chunked_array([NAMES]),
    "paths": [Path(name) for name in NAMES],
}


@pytest.mark.parametrize("form", GIVEN)
def test_names_of_any_form_are_texts_in_all_that_is_written(form: str, tmp_path: Path) -> None:
    dataset = replace(DATASET, image_names=GIVEN[form], class_names=GIVEN[form])
    assert (dataset.image_names, dataset.class_names) == (NAMES, NAMES)
    assert set(map(type, dataset.image_names or ())) == {str}
    assert dataset[1].image_names == ["b.jpg"]
    boxlint.write_coco(dataset, tmp_path / "coco.json")
    assert boxlint.read_coco(tmp_path / "coco.json").image_names == NAMES
    boxlint.write_yolo(dataset, tmp_path / "yolo")
    boxlint.write_voc(dataset, tmp_path / "voc")
    boxlint.write_parquet(dataset, tmp_path / "data.parquet")
    assert boxlint.check(dataset).to_html()


@pytest.mark.parametrize("results", [True, False])
def test_predictions_joined_by_name_are_of_the_first_class_of_it(results: bool, tmp_path: Path) -> None:
    """As decisions and frameworks have it; they were of the last one."""
    twice = replace(DATASET, class_names=["cat", "cat"], image_names=NAMES)
    boxlint.write_coco(twice, tmp_path / "a.json", tmp_path / "results.json" if results else None)
    if results:
        predictions = tmp_path / "results.json"
        predictions.write_text(predictions.read_text().replace('"category_id":2', '"category_id":1'))
    else:
        predictions = tmp_path / "labels"
        predictions.mkdir()
        for name in ("a.txt", "b.txt"):
            (predictions / name).write_text("0 .5 .5 .5 .5 .9\n")
    source = read_source(tmp_path / "a.json", predictions, ReadOptions(names="cat"))
    assert source.dataset.predictions.class_id.tolist() == [0, 0]


def test_lists_and_tuples_of_texts_stay() -> None:
    for names in (NAMES, tuple(NAMES)):
        assert replace(DATASET, image_names=names).image_names is names


@pytest.mark.parametrize("no_name", [7, None, b"b.jpg", ["b.jpg"], np.nan], ids=repr)
@pytest.mark.parametrize("field", ["image_names", "class_names"])
def test_what_is_no_name_is_refused(field: str, no_name: Any) -> None:
    given: dict[str, Any] = {field: ["a.jpg", no_name]}
    with pytest.raises(TypeError) as raised:
        replace(DATASET, **given)
    assert str(raised.value) == f"Dataset: {field} holds {no_name!r}, expected texts"
