"""What docs/formats.md takes for granted: files in every format, and what frameworks return."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import stand_ins


def start() -> dict[str, Any]:
    """Writes the files into the current folder; returns the names."""
    _write_files()
    return _names()


def _write_files() -> None:
    images = [
        {"id": index + 1, "file_name": f"{name}.jpg", "width": 640, "height": 480} for index, name in enumerate("ab")
    ]
    box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40]}
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(["cat", "dog"])]
    records = [{**box, "id": index} for index in range(3)]
    content = {"images": images, "annotations": records, "categories": categories}
    Path("annotations.json").write_text(json.dumps(content))
    Path("detections.json").write_text(json.dumps([{**box, "score": 0.9}] * 2))
    Path("predictions.json").write_text(json.dumps([{**box, "image_id": "a", "score": 0.9}] * 2))
    for folder in ("labels", "predicted", "voc"):
        Path(folder).mkdir()
    Path("labels/a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    Path("predicted/b.txt").write_text("0 0.5 0.5 0.2 0.2 0.9\n")
    rows = ["000a1249af2bc5f0,v,/m/01yrx,1", "000a1249af2bc5f0,v,/m/0bt9lr,0", "0001a995c1e25d9f,v,/m/0bt9lr,1"]
    Path("human-imagelabels-boxable.csv").write_text("\n".join(["ImageID,Source,LabelName,Confidence", *rows]))
    corners = "<xmin>48</xmin><ymin>240</ymin><xmax>195</xmax><ymax>371</ymax>"
    thing = f"<object><name>dog</name><difficult>1</difficult><bndbox>{corners}</bndbox></object>"
    Path("voc/a.xml").write_text(f"<annotation><filename>a.jpg</filename>{thing}</annotation>")


def _result(*_: Any) -> Any:
    boxes = SimpleNamespace(data=stand_ins.Tensor(np.array([[10, 10, 50, 50, 0.9, 0]])))
    return SimpleNamespace(boxes=boxes, names={0: "cat", 1: "dog"})


def _names() -> dict[str, Any]:
    """What the examples take for granted: models and data of the frameworks."""
    empty = SimpleNamespace(boxes=SimpleNamespace(data=stand_ins.Tensor(np.empty((0, 6)))), names=["cat", "dog"])
    annotated = stand_ins.supervision_detections(scores=False)
    shown = SimpleNamespace(label="cat", bounding_box=[0.1, 0.1, 0.4, 0.4], confidence=None)
    return {
        "model": lambda paths, **_: [_result(), empty][: len(paths)],
        "detections": stand_ins.supervision_detections(scores=True),
        "data": SimpleNamespace(annotations=dict(enumerate(annotated)), image_paths=stand_ins.IMAGES),
        "outputs": None,
        "processor": SimpleNamespace(post_process_object_detection=lambda *_, **__: stand_ins.dicts(scores=True)),
        "predictor": lambda image: stand_ins.detectron2_outputs(scores=True)[image],
        "images": stand_ins.IMAGES,
        "inference_detector": lambda *_: stand_ins.mmdetection_samples(scores=True)[0],
        "samples": stand_ins.mmdetection_samples(scores=False),
        "view": SimpleNamespace(values=lambda _: [SimpleNamespace(detections=[shown]), None]),
    }
