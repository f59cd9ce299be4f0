"""The commands that boxlint names for formats of labelling tools, run with the real panlabel: `make test-panlabel`."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import boxlint
from commands import refused, run

panlabel = shutil.which("panlabel")
pytestmark = pytest.mark.skipif(panlabel is None, reason="panlabel is not installed: make test-panlabel")

VERSION = "0.7.0"
BOX = [64.0, 96.0, 192.0, 240.0]
OTHER_BOX = [10.0, 20.0, 110.0, 220.0]
# What panlabel writes from COCO to a file with this ending or to a folder, and boxlint leads back.
WRITTEN = {
    "cvat": ".xml", "label-studio": ".json", "labelbox": ".json", "vott-csv": ".csv", "vott-json": ".json",
    "labelme": "", "superannotate": "", "supervisely": "", "cityscapes": "", "create-ml": ".json", "kitti": "",
    "via": ".json", "via-csv": ".csv", "openimages": ".csv", "datumaro": ".json", "bdd100k": ".json",
    "v7-darwin": ".json", "openlabel": ".json", "tfod": ".csv", "udacity": ".csv",
}  # fmt: skip


def cvat(folder: Path) -> Path:
    x1, y1, x2, y2 = BOX
    return wrote(
        folder / "annotations.xml",
        '<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version><meta><task></task></meta>'
        '<image id="0" name="a.jpg" width="640" height="480"><box label="cat" source="manual" occluded="0" '
        f'xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}" z_order="0"></box></image></annotations>',
    )


def label_studio(folder: Path) -> Path:
    value = {"x": 10, "y": 20, "width": 20, "height": 30, "rotation": 0, "rectanglelabels": ["cat"]}
    result = {
        "id": "x1", "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 640,
        "original_height": 480, "image_rotation": 0, "value": value,
    }  # fmt: skip
    annotation = {"id": 5, "completed_by": 1, "result": [result]}
    return wrote(folder / "export.json", [{"id": 1, "annotations": [annotation], "data": {"image": "/data/a.jpg"}}])


def labelme(folder: Path) -> Path:
    shape: dict[str, Any] = {
        "label": "cat",
        "points": [BOX[:2], BOX[2:]],
        "group_id": None,
        "shape_type": "rectangle",
        "flags": {},
    }
    content: dict[str, Any] = {
        "version": "5.4.1", "flags": {}, "shapes": [shape], "imagePath": "a.jpg", "imageData": None,
        "imageHeight": 480, "imageWidth": 640,
    }  # fmt: skip
    wrote(folder / "labelme" / "a.json", content)
    return folder / "labelme"


def openimages(folder: Path) -> Path:
    head = (
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
    )
    return wrote(folder / "boxes.csv", f"{head}\na,xclick,cat,1,0.1,0.3,0.2,0.5,0,0,0,0,0\n")


def kitti(folder: Path) -> Path:
    Image.new("L", (640, 480)).save(wrote(folder / "kitti" / "image_2" / "a.png", ""))
    corners = " ".join(map(str, BOX))
    wrote(folder / "kitti" / "label_2" / "a.txt", f"cat 0.00 0 -1.58 {corners} 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n")
    return folder / "kitti"


def oidv4(folder: Path) -> Path:
    Image.new("L", (640, 480)).save(wrote(folder / "oid" / "a.jpg", ""))
    wrote(folder / "oid" / "Label" / "a.txt", f"cat {' '.join(map(str, BOX))}\n")
    return folder / "oid"


def bdd(folder: Path) -> Path:
    box = dict(zip(("x1", "y1", "x2", "y2"), BOX, strict=True))
    label = {"id": "1", "category": "cat", "attributes": {}, "box2d": box}
    return wrote(folder / "det_val.json", [{"name": "a.jpg", "attributes": {}, "timestamp": 10000, "labels": [label]}])


def datumaro(folder: Path) -> Path:
    x1, y1, x2, y2 = BOX
    box = {"id": 0, "type": "bbox", "attributes": {}, "group": 0, "label_id": 0, "bbox": [x1, y1, x2 - x1, y2 - y1]}
    labels = {"labels": [{"name": "cat", "parent": "", "attributes": []}], "attributes": []}
    item = {"id": "a", "annotations": [box], "image": {"path": "a.jpg", "size": [480, 640]}}
    return wrote(folder / "datumaro.json", {"info": {}, "categories": {"label": labels}, "items": [item]})


def wrote(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def panlabel_convert(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs it with ``--from``, its format, ``--to``, its format, the input, the output, and options."""
    given, (source, output), options = arguments[:4], arguments[4:6], arguments[6:]
    command = [str(panlabel), "convert", *given, "--input", source, "--output", output, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def converted(folder: Path, source: Path) -> boxlint.Dataset:
    """What the command in boxlint's refusal makes of a source."""
    Image.new("L", (640, 480)).save(folder / "a.jpg")
    sentence = refused("inspect", source)
    command = shlex.split(sentence.split("`")[1])
    assert command[0] == "panlabel"
    done = subprocess.run([str(panlabel), *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    output = Path(command[command.index("--output") + 1])
    assert sentence.endswith(f"and give {output}")
    assert run("inspect", output).stdout.startswith(f"read as COCO annotations: {output.name}, ")
    return boxlint.read_coco(output)


def test_it_is_the_version_that_was_tried() -> None:
    said = subprocess.run([str(panlabel), "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"panlabel {VERSION}\n"


@pytest.mark.parametrize("make", [cvat, label_studio, labelme, openimages, kitti, oidv4, bdd, datumaro])
def test_what_the_tools_write_keeps_box_class_and_size(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    dataset = converted(tmp_path, make(tmp_path))
    assert dataset.annotations.xyxy.tolist() == [pytest.approx(BOX)]
    assert dataset.class_names == ["cat"]
    assert dataset.image_sizes is not None
    assert dataset.image_sizes.tolist() == [[640, 480]]


@pytest.mark.parametrize("format_name", WRITTEN)
def test_what_panlabel_writes_keeps_boxes_and_classes(tmp_path: Path, format_name: str) -> None:
    boxes = boxlint.Boxes([BOX, OTHER_BOX], [0, 1], offsets=[0, 2])
    nothing = boxlint.Boxes(np.empty((0, 4)), [], [], [0, 0])
    dataset = boxlint.Dataset(boxes, nothing, ["a.jpg"], ["cat", "dog"], image_sizes=np.array([[640.0, 480.0]]))
    boxlint.write_coco(dataset, tmp_path / "coco.json")
    source = tmp_path / f"source{WRITTEN[format_name]}"
    done = panlabel_convert("--from", "coco", "--to", format_name, tmp_path / "coco.json", source, "--allow-lossy")
    assert done.returncode == 0, done.stderr
    if format_name == "kitti":
        Image.new("L", (640, 480)).save(source / "image_2" / "a.png")
    again = converted(tmp_path, source)
    names = again.class_names or ()
    rows = zip(again.annotations.class_id.tolist(), again.annotations.xyxy.tolist(), strict=True)
    boxes_of = {names[class_id]: box for class_id, box in rows}
    assert boxes_of == {"cat": pytest.approx(BOX), "dog": pytest.approx(OTHER_BOX)}


class TestLimits:
    """What docs/formats.md says about it."""

    def test_the_rotation_of_label_studio_is_dropped(self, tmp_path: Path) -> None:
        path = label_studio(tmp_path)
        path.write_text(path.read_text().replace('"rotation": 0', '"rotation": 30'))
        assert converted(tmp_path, path).annotations.xyxy.tolist() == [pytest.approx(BOX)]

    def test_an_outline_of_labelme_becomes_the_box_around_it(self, tmp_path: Path) -> None:
        path = labelme(tmp_path) / "a.json"
        content = json.loads(path.read_text())
        content["shapes"][0] |= {"shape_type": "polygon", "points": [BOX[:2], BOX[2:], [100, 200]]}
        path.write_text(json.dumps(content))
        assert converted(tmp_path, path.parent).annotations.xyxy.tolist() == [pytest.approx(BOX)]

    def test_an_outline_of_cvat_stops_it(self, tmp_path: Path) -> None:
        path = cvat(tmp_path)
        path.write_text(path.read_text().replace("</image>", '<polygon label="cat" points="1,1;5,1;5,5"/></image>'))
        with pytest.raises(AssertionError, match="unsupported annotation type <polygon>"):
            converted(tmp_path, path)

    def test_without_allow_lossy_attributes_stop_it(self, tmp_path: Path) -> None:
        done = panlabel_convert("--from", "cvat", "--to", "coco", cvat(tmp_path), tmp_path / "o.json")
        assert done.returncode == 1
        assert "use --allow-lossy to proceed" in done.stderr + done.stdout
