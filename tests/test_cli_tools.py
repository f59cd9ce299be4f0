"""Formats of labelling tools: named, with the command that converts them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from commands import Files, refused, run

RECTANGLE = {"type": "rectanglelabels", "value": {"x": 1, "y": 1, "width": 5, "height": 5, "rectanglelabels": ["cat"]}}
KITTI_LINE = "Car 0.00 0 -1.58 10.00 20.00 110.00 220.00 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n"

# Name of a file, its content, the title, and what panlabel calls the format.
FILES: list[tuple[str, Any, str, str]] = [
    ("a.xml", "<?xml version='1.0'?><!-- x --><annotations><version>1.1</version>", "CVAT XML", "cvat"),
    ("a.json", [{"id": 1, "annotations": [{"result": [RECTANGLE]}], "data": {"image": "a"}}], "Label Studio JSON",
     "label-studio"),
    ("a.json", {"version": "5", "shapes": [], "imagePath": "a.jpg"}, "LabelMe JSON", "labelme"),
    ("a.json", {"categories": {"label": {}}, "items": []}, "Datumaro JSON", "datumaro"),
    ("a.json", [{"name": "a.jpg", "labels": [{"category": "car", "box2d": {}}]}], "BDD100K JSON", "bdd100k"),
    ("a.json", {"a.jpg12": {"filename": "a.jpg", "size": 12, "regions": []}}, "VIA JSON", "via"),
    ("a.json", {"_via_settings": {}, "_via_img_metadata": {}}, "VIA JSON", "via"),
    ("a.json", [{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}], "CreateML JSON",
     "create-ml"),
    ("a.csv", "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\n", "OpenImages CSV", "openimages"),
    ("a.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\na,640,480,cat,8,9,90,90\n", "TensorFlow CSV in pixels",
     "udacity"),
    ("a.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\na,640,480,cat,.1,.1,1,1\n",
     "TensorFlow CSV in fractions", "tfod"),
]  # fmt: skip


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(("name", "content", "title", "format_name"), FILES, ids=[title for _, _, title, _ in FILES])
def test_a_file_is_named_with_the_command(
    files: Files, tmp_path: Path, name: str, content: Any, title: str, format_name: str
) -> None:
    path = written(tmp_path / name, content)
    assert refused("check", path, files.detections) == (
        f"{path} looks like {title}, which boxlint does not read: pip install panlabel, convert with `panlabel convert "
        f"--from {format_name} --to coco --input {path} --output {tmp_path / 'a_coco.json'} --allow-lossy`, and give "
        f"{tmp_path / 'a_coco.json'}"
    )


@pytest.mark.parametrize(
    ("name", "content", "format_name"),
    [
        ("label_2/000000.txt", KITTI_LINE, "kitti"),
        ("Label/a.txt", "Traffic 10 20.5 110 220\n", "oidv4"),
        ("annotations/a.json", {"version": "5", "shapes": [], "imagePath": "a.jpg"}, "labelme"),
        ("ann/a.jpg.json", {"size": {}, "objects": []}, "supervisely"),
    ],
)
def test_a_folder_is_named_with_the_command(
    files: Files, tmp_path: Path, name: str, content: Any, format_name: str
) -> None:
    path = tmp_path / "my data" / name
    path.parent.mkdir(parents=True)
    written(path, content)
    (tmp_path / "my data" / "README.txt").write_text("five words or some more\n")
    message = refused("inspect", tmp_path / "my data")
    assert f"--from {format_name} --to coco --input '{tmp_path / 'my data'}' --output" in message


@pytest.mark.parametrize(
    ("name", "content", "way_out"),
    [
        ("labelTxt/P0001.txt", "imagesource:GoogleEarth\ngsd:0.146\n10 10 40 10 40 40 10 40 plane 0\n", "--outlines"),
        ("labelTxt/P0001.txt", "10.0 10.0 40.0 10.0 40.0 40.0 10.0 40.0 small-vehicle\n", "--outlines"),
        ("annotations/0000001.txt", "684,8,273,116,0,0,0,0\n406,119,265,70,1,4,0,1\n", "visdrone2yolo"),
        ("annotations/0000001.txt", "684,8,273,116,0,0,0,0,\n", "visdrone2yolo"),
        ("gt/gt.txt", "1,1,794.2,247.5,71.2,174.8,1,1,0.8\n", "an image for each frame"),
        ("det/det.txt", "1, -1, 794.2, 247.5, 71.2, 174.8, 0.9, -1, -1, -1\n", "an image for each frame"),
    ],
    ids=["DOTA", "DOTA without difficulty", "VisDrone", "VisDrone with a comma at the end", "MOT", "MOT detections"],
)
def test_a_folder_that_panlabel_cannot_read_is_named_with_a_way_out(
    tmp_path: Path, name: str, content: str, way_out: str
) -> None:
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    written(path, content)
    for folder in (tmp_path / "data", path.parent):
        message = refused("check", folder, folder)
        assert re.match(rf"{folder} looks like (DOTA|VisDrone|MOT).*, which boxlint does not read: ", message)
        assert way_out in message


def test_the_way_out_of_dota_works(files: Files, tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "0 0.1 0.1 0.4 0.1 0.4 0.4 0.1 0.4\n")
    written(tmp_path / "sizes.csv", "a.jpg,100,100\n")
    given = ("inspect", tmp_path, "--sizes", tmp_path / "sizes.csv", "--names", "plane")
    assert "1 annotation" in run(*given, "--outlines").stdout


def test_a_cvat_export_is_a_folder_with_one_file(files: Files, tmp_path: Path) -> None:
    path = written(tmp_path / "annotations.xml", "<annotations/>")
    assert f"--from cvat --to coco --input {path}" in refused("check", tmp_path, files.detections)


@pytest.mark.parametrize("content", ['{"info": {}, "images": [', '{"annotations": [{"id": 1, "bbox": [1, 2, 3, 4'])
def test_cut_files_are_for_the_reader_of_coco(files: Files, tmp_path: Path, content: str) -> None:
    assert "panlabel" not in refused("check", written(tmp_path / "a.json", content), files.detections)
