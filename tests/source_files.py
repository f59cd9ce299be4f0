"""One data set in each of the forms that the command reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from PIL import Image

import boxlint
from boxlint import Dataset
from boxlint.synthetic import make_scenes

__all__ = ["NAMES", "Sources", "make_sources", "results_of", "write_results"]

SCENES = make_scenes(60, seed=3)
NAMES = ",".join(SCENES.dataset.class_names or ())


class Sources(NamedTuple):
    """The same annotations and predictions in several forms, all below ``root``."""

    root: Path
    coco: Path
    yolo: Path
    voc: Path
    results: Path
    scored: Path
    ultralytics: Path
    labels: Path
    scored_voc: Path


def make_sources(root: Path) -> Sources:
    """Writes all of them: 60 scenes, 18 % of them with an error."""
    dataset = SCENES.dataset
    at = Sources(
        root,
        *(root / name for name in ("annotations.json", "yolo", "voc/Annotations", "detections.json", "scored.json")),
        *(root / name for name in ("runs/val", "runs/predict", "voc_predictions")),
    )
    boxlint.write_coco(dataset, at.coco, at.results)
    content = json.loads(at.coco.read_text())
    detections = [record | {"id": number} for number, record in enumerate(json.loads(at.results.read_text()), 1)]
    at.scored.write_text(json.dumps(content | {"annotations": detections}))
    boxlint.write_yolo(dataset, at.yolo / "labels" / "val", at.labels / "labels", ignored="write")
    for name, size in zip(dataset.image_names or (), _sizes(dataset), strict=True):
        (at.yolo / "images" / "val").mkdir(parents=True, exist_ok=True)
        Image.new("L", size).save(at.yolo / "images" / "val" / name)
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(dataset.class_names or ()))
    (at.yolo / "data.yaml").write_text(f"path: .\nval: images/val\nnames:\n{names}")
    boxlint.write_voc(dataset, at.voc)
    at.ultralytics.mkdir(parents=True)
    write_results(at.ultralytics / "predictions.json", results_of(dataset, first_class=1))
    _write_scored_voc(dataset, at.scored_voc)
    return at


def results_of(dataset: Dataset, first_class: int, kind: type = int) -> list[dict[str, Any]]:
    """The predictions as Ultralytics writes them: images by stem, classes by number, in quotes where they are texts."""
    records = []
    for name, image in zip(dataset.image_names or (), dataset, strict=True):
        boxes = image.predictions
        assert boxes.score is not None
        rows = zip(boxes.xyxy.tolist(), boxes.class_id.tolist(), boxes.score.tolist(), strict=True)
        for (x1, y1, x2, y2), class_id, score in rows:
            box = [x1, y1, x2 - x1, y2 - y1]
            records.append({
                "image_id": Path(name).stem, "category_id": kind(class_id + first_class), "bbox": box, "score": score,
            })  # fmt: skip
    return records


def write_results(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(records))
    return path


def _sizes(dataset: Dataset) -> list[tuple[int, int]]:
    assert dataset.image_sizes is not None
    return [(int(width), int(height)) for width, height in dataset.image_sizes.tolist()]


def _write_scored_voc(dataset: Dataset, folder: Path) -> None:
    folder.mkdir()
    classes = dataset.class_names or ()
    for name, image in zip(dataset.image_names or (), dataset, strict=True):
        root = ElementTree.Element("annotation")
        ElementTree.SubElement(root, "filename").text = name
        boxes = image.predictions
        assert boxes.score is not None
        for box, class_id, score in zip(
            boxes.xyxy.tolist(), boxes.class_id.tolist(), boxes.score.tolist(), strict=True
        ):
            element = ElementTree.SubElement(root, "object")
            ElementTree.SubElement(element, "name").text = classes[class_id]
            ElementTree.SubElement(element, "score").text = repr(score)
            corners = ElementTree.SubElement(element, "bndbox")
            for side, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
                ElementTree.SubElement(corners, side).text = repr(value)
        (folder / f"{Path(name).stem}.xml").write_bytes(ElementTree.tostring(root))
