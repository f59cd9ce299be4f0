"""What other tools make of files, each through its own reader: the boxes of every image, with class and flag."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml
from hypothesis import strategies as st
from PIL import Image

from boxlint import Boxes, Dataset

# Pixels by which corners may differ: where x + width or xmin - 1 is rounded to the next float64; after the ten digits
# of write_yolo, in an image of less than a thousand pixels; and where a tool holds boxes as float32.
ROUNDING = 1e-9
TEN_DIGITS = 1e-6
FLOAT32 = 2e-4

# The images of all data sets that are drawn here. The middle one has no boxes.
SIZES = {"a.png": (640, 480), "empty.png": (100, 200), "c.png": (333, 77)}
CATEGORIES = {3: "zebra", 7: "traffic light", 90: "chien d'été"}

# Module and names of the classes that read and evaluate.
EVALUATORS = {
    "pycocotools": (("pycocotools.coco", "COCO"), ("pycocotools.cocoeval", "COCOeval")),
    "faster-coco-eval": (("faster_coco_eval", "COCO"), ("faster_coco_eval", "COCOeval_faster")),
    "hotcoco": (("hotcoco", "COCO"), ("hotcoco", "COCOeval")),
}


class Found(NamedTuple):
    """A box, its class, and whether it is marked to be ignored: None where the tool or the format has no such mark."""

    label: str
    box: tuple[float, ...]
    ignored: bool | None


Reading = dict[str, list[Found]]


class Evaluator:
    """One of the packages that evaluate COCO files."""

    def __init__(self, package: str) -> None:
        self.package = package
        reader, evaluation = EVALUATORS[package]
        self._read = getattr(pytest.importorskip(reader[0]), reader[1])
        self._evaluation = getattr(pytest.importorskip(evaluation[0]), evaluation[1])

    def read(self, annotations: Path) -> Any:
        return self._read(str(annotations))

    def statistics(self, annotations: Path, results: Path) -> list[float]:
        """The twelve numbers: average precision first; that of small, medium and large boxes at 3, 4 and 5."""
        coco = self.read(annotations)
        evaluation = self._evaluation(coco, coco.loadRes(str(results)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        return [float(number) for number in evaluation.stats]

    def average_precision(self, annotations: Path, results: Path) -> float:
        return self.statistics(annotations, results)[0]


def of_coco(coco: Any) -> Reading:
    """What an evaluator's COCO holds."""
    images: Reading = {}
    for image in coco.dataset["images"]:
        found = images.setdefault(image["file_name"], [])
        for record in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])):
            (category,) = coco.loadCats([record["category_id"]])
            x, y, width, height = record["bbox"]
            found.append(found_by(category["name"], (x, y, x + width, y + height), record["iscrowd"]))
    return images


def found_by(label: str, box: Sequence[float], ignored: Any) -> Found:
    return Found(str(label), tuple(float(corner) for corner in box), None if ignored is None else bool(ignored))


def expected(dataset: Dataset) -> Reading:
    """The annotations of a data set as each tool should find them."""
    names = dataset.class_names or ()
    images: Reading = {}
    for name, image in zip(dataset.image_names or (), dataset, strict=True):
        boxes = image.annotations
        flags = np.zeros(len(boxes.class_id), bool) if boxes.ignore is None else boxes.ignore
        rows = zip(boxes.class_id.tolist(), boxes.xyxy.tolist(), flags.tolist(), strict=True)
        images[name] = [found_by(names[class_id], box, flag) for class_id, box, flag in rows]
    return images


def of_supervision(data: Any) -> Reading:
    """What a supervision.DetectionDataset holds; images with nothing have no data either."""
    images: Reading = {}
    for path, boxes in data.annotations.items():
        flags = boxes.data.get("iscrowd", [None] * len(boxes))
        rows = zip(boxes.class_id, boxes.xyxy, flags, strict=True)
        images[Path(path).name] = [found_by(data.classes[class_id], box, flag) for class_id, box, flag in rows]
    return images


def without_flags(reading: Reading) -> Reading:
    return {name: [found._replace(ignored=None) for found in boxes] for name, boxes in reading.items()}


def by_stem(reading: Reading) -> Reading:
    """hotcoco names the images of YOLO files by the stems of these files."""
    return {Path(name).stem: boxes for name, boxes in reading.items()}


def assert_same(found: Reading, wanted: Reading, pixels: float) -> None:
    """The same boxes in any order, with corners equal to so many pixels."""
    assert found.keys() == wanted.keys()
    for image, boxes in wanted.items():
        left = list(found[image])
        for box in boxes:
            same = [
                other
                for other in left
                if other._replace(box=box.box) == box and np.abs(np.subtract(other.box, box.box)).max() <= pixels
            ]
            assert same, f"{image}: {box} is not among {left}"
            left.remove(same[0])
        assert left == []


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Few boxes of any size from a pixel up, with fractions, in two of three images; by chance to be ignored."""
    rows: list[list[Any]] = []
    counts = []
    for name, (width, height) in SIZES.items():
        count = 0 if name == "empty.png" else draw(st.integers(0, 4))
        counts.append(count)
        rows += [[draw(_boxes(width, height)), draw(st.integers(0, 2)), draw(st.booleans())] for _ in range(count)]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    xyxy, class_id, ignore = zip(*rows, strict=True) if rows else ([], [], [])
    annotations = Boxes(np.array(xyxy, float).reshape(-1, 4), class_id, offsets=offsets, ignore=np.array(ignore, bool))
    # The annotations themselves, as a detector that misses nothing gives them, with scores in steps, so that some tie.
    predictions = Boxes(annotations.xyxy, class_id, np.arange(len(rows)) // 2 / 10, offsets)
    return Dataset(
        annotations,
        predictions,
        image_names=list(SIZES),
        class_names=list(CATEGORIES.values()),
        image_ids=[12, 7, 100_000],
        category_ids=list(CATEGORIES),
        image_sizes=np.array(list(SIZES.values()), float),
    )


def _boxes(width: int, height: int) -> st.SearchStrategy[tuple[float, ...]]:
    sides = st.tuples(_side(width), _side(height))
    return sides.map(lambda pair: (pair[0][0], pair[1][0], pair[0][1], pair[1][1]))


def _side(length: int) -> st.SearchStrategy[tuple[float, float]]:
    """Where a box begins and ends: at a pixel at least from each other."""
    start = st.floats(0, length - 1)
    return start.flatmap(lambda low: st.tuples(st.just(low), st.floats(low + 1, length)))


def sizes_of(dataset: Dataset) -> dict[str, tuple[int, int]]:
    """The width and height of each image."""
    assert dataset.image_names is not None
    assert dataset.image_sizes is not None
    sizes = dataset.image_sizes.astype(int).tolist()
    return {name: (width, height) for name, (width, height) in zip(dataset.image_names, sizes, strict=True)}


def make_images(folder: Path, sizes: dict[str, tuple[int, int]]) -> Path:
    """Black images: tools look for files, and some read the sizes from them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in sizes.items():
        Image.new("RGB", size).save(folder / name)
    return folder


def write_names(folder: Path, dataset: Dataset, **places: str) -> Path:
    """A data.yaml with the classes of a data set, and where its parts are.

    Names are in brackets: hotcoco refuses a list that is not indented, as PyYAML writes it else.
    """
    content = {**places, "names": list(dataset.class_names or ())}
    path = folder / "data.yaml"
    path.write_text(yaml.safe_dump(content, default_flow_style=None, allow_unicode=True))
    return path


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())
