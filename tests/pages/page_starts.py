"""What a reader has at the beginning of a page: files in the current folder, and names that are taken for granted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import formats_start
import guide_models
import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet

import boxlint
import reviewing
from boxlint import Dataset, Report
from boxlint.review import Tool, export_queue
from boxlint.synthetic import make_scenes


def names_for(page: str) -> dict[str, Any]:
    """Writes the files of a page into the current folder; returns its names."""
    stem = Path(page).stem
    if stem in guide_models.MODELS:
        guide_models.write_files()
        if stem == "ultralytics":
            _write_yolo(guide_models.SCENES.dataset)
        if stem == "out-of-fold":
            boxlint.write_yolo(guide_models.SCENES.dataset, "runs/labels", "runs/detect/out/labels")
        return dict(guide_models.MODELS[stem])
    return _STARTS.get(page, _common)()


def _common() -> dict[str, Any]:
    """60 scenes, decisions about them, and predictions of several detectors, by the names that pages have for them."""
    dataset = reviewing.scenes().dataset
    boxlint.write_coco(dataset, "annotations.json", "detections.json")
    report = boxlint.check(boxlint.read_coco("annotations.json", "detections.json"))
    for name in ("yolov8", "detr", "detections_1", "detections_2", "annotator_yolo_1"):
        shutil.copy("detections.json", f"{name}.json")
    _write_images(dataset, Path("images"))
    for name, chosen in (("decisions", report.top(20)), ("anna", report.sample(20)), ("ben", report.top(5))):
        _decide(report, chosen["issue_id"].tolist(), name)
    return {}


def _decide(report: Report, accepted: list[str], reviewer: str) -> None:
    report.decide(dict.fromkeys(accepted, "accept"), reviewer=reviewer).write(f"{reviewer}.json")


def _write_images(dataset: Dataset, folder: Path, size: tuple[int, int] = (32, 24)) -> None:
    """Grey images, small ones where their size does not count."""
    folder.mkdir(parents=True)
    grey = Image.new("RGB", size, "grey")
    for name in dataset.image_names or ():
        grey.save(folder / name, compress_level=1)


def _write_yolo(dataset: Dataset) -> None:
    """A data set of Ultralytics, what its model predicts for a split, and decisions about that."""
    _write_images(dataset, Path("data/images/val"), (640, 480))
    boxlint.write_yolo(dataset, "data/labels/val", "runs/detect/val/labels")
    classes = list(dataset.class_names or ())
    read = boxlint.read_yolo("data/labels/val", "runs/detect/val/labels", names=classes, images_dir="data/images/val")
    report = boxlint.check(read)
    _decide(report, report.top(5)["issue_id"].tolist(), "decisions")
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(classes))
    Path("data/data.yaml").write_text(f"path: .\ntrain: images/train\nval: images/val\nnames:\n{names}")


def _readme() -> dict[str, Any]:
    """The folder that `boxlint demo` writes as well, with smaller images."""
    _common()
    demo = make_scenes().dataset
    _write_images(demo, Path("demo/images"))
    boxlint.write_coco(demo, "demo/annotations.json", "demo/detections.json")
    boxes = demo.annotations
    columns = {"xyxy": boxes.xyxy, "class_id": boxes.class_id, "offsets": boxes.offsets}
    Path("data").mkdir()
    boxlint.write_parquet(demo, "data/scenes.parquet")
    return {"part_1": demo[:100], "part_2": demo[100:], "score": None, **columns}


def _review() -> dict[str, Any]:
    """Also queues of labelling tools that reviewers answered."""
    names = _common()
    report = boxlint.check(boxlint.read_coco("annotations.json", "detections.json"))
    answered: dict[Tool, str] = {"label-studio": "export.json", "cvat": "annotations.xml"}
    for tool, file in answered.items():
        folder = Path("answered") / tool
        queue = export_queue(report, folder, tool, images="images", top=reviewing.TOP)
        said = reviewing.Exported(report, folder, queue).said
        shutil.copy(reviewing.ANSWERS[tool](folder, said), file)
    return names


def _results() -> dict[str, Any]:
    """Some annotations are marked as difficult, which `boxlint benchmark --natural` withholds."""
    names = _common()
    content = json.loads(Path("annotations.json").read_text())
    for number, annotation in enumerate(content["annotations"]):
        annotation["difficult"] = int(number % 10 == 0)
    Path("annotations.json").write_text(json.dumps(content))
    return names


def _scale() -> dict[str, Any]:
    Path("data").mkdir()
    boxlint.write_parquet(make_scenes(60).dataset, "data/scenes.parquet")
    return {}


def _parquet() -> dict[str, Any]:
    """Tables with a row an image, and with a row a box, as other programs write them."""
    dataset = make_scenes(60).dataset
    names = list(dataset.image_names or ())
    images: list[dict[str, Any]] = [{"path": name, "objects": [], "yolo": []} for name in names]
    flat: dict[str, list[dict[str, Any]]] = {"objects": [], "yolo": []}
    for column, boxes in (("objects", dataset.annotations), ("yolo", dataset.predictions)):
        scores = {} if boxes.score is None else {"score": boxes.score.tolist()}
        image_of_box = np.repeat(np.arange(len(names)), np.diff(boxes.offsets)).tolist()
        for at, (image, label) in enumerate(zip(image_of_box, boxes.class_id.tolist(), strict=True)):
            x1, y1, x2, y2 = boxes.xyxy[at].tolist()
            known = {"label": label, **{name: values[at] for name, values in scores.items()}}
            images[image][column].append({"bbox": [x1, y1, x2, y2], **known})
            flat[column].append({"image": names[image], "x": x1, "y": y1, "w": x2 - x1, "h": y2 - y1, **known})
    Path("lake").mkdir()
    parquet.write_table(pa.Table.from_pylist(images), "lake/0.parquet")
    parquet.write_table(pa.table({"image": names}), "images.parquet")
    parquet.write_table(pa.Table.from_pylist(flat["objects"]), "boxes.parquet")
    parquet.write_table(pa.Table.from_pylist(flat["yolo"]), "predictions.parquet")
    return {}


_STARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "README.md": _readme,
    "docs/guide/parquet.md": _parquet,
    "docs/formats.md": formats_start.start,
    "docs/results.md": _results,
    "docs/review.md": _review,
    "docs/scale.md": _scale,
}
