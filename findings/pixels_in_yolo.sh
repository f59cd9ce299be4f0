#!/usr/bin/env bash
# dagshub-annotation-converter 0.3.0 writes pixels into YOLO label files when the boxes come from COCO or CVAT.
#
# A line of a YOLO file has the centre and the size of a box as fractions of the image. The converter holds each box
# with a note that says whether its numbers are fractions or pixels. Its exports to COCO, Label Studio and MOT heed the
# note. That to YOLO writes the numbers as they are: right for boxes that were read from YOLO or Label Studio, pixels
# for those from COCO and CVAT. Boxes and polygons alike; nothing is printed but where the files are. The classes keep
# the numbers of COCO, from 1, which a YOLO file counts from 0.
#
# Here is one box of 40 x 50 pixels in an image of 200 x 100.
#
# Why it matters: this is what the package is for. Ultralytics leaves out an image with numbers above 1 as broken, with
# a line in the log; a reader that cuts them to 1 gets boxes at the edge.
#
# Output seen:
#     COCO to COCO: [20.0, 30.0, 40.0, 50.0]
#     YOLO to YOLO: 0 0.2 0.55 0.2 0.5
#     COCO to YOLO: 1 40.0 55.0 40.0 50.0
#     CVAT to YOLO: 1 40.0 55.0 40.0 50.0
source "$(dirname "$0")/_setup.sh"
install dagshub-annotation-converter==0.3.0 pillow==12.3.0 lxml==6.1.3 numpy==2.4.6 pandas==3.1.1

expect <<'PROGRAM'
import json
import logging
import pathlib
import zipfile

from dagshub_annotation_converter.converters.coco import export_to_coco_file, load_coco_from_file
from dagshub_annotation_converter.converters.cvat import load_cvat_from_zip
from dagshub_annotation_converter.converters.yolo import export_to_fs, load_yolo_from_fs
from dagshub_annotation_converter.formats.categories import Categories
from dagshub_annotation_converter.formats.yolo import YoloContext
from PIL import Image

logging.disable(logging.CRITICAL)
NAME = "images/street.png"
for folder in ("in/images", "in/labels"):
    pathlib.Path(folder).mkdir(parents=True)
Image.new("RGB", (200, 100)).save(f"in/{NAME}")
pathlib.Path("in/labels/street.txt").write_text("0 0.2 0.55 0.2 0.5")
pathlib.Path("in/annotations.yaml").write_text("path: .\ntrain: images\nval: images\nnames:\n  0: car\n")
box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 30, 40, 50], "area": 2000, "iscrowd": 0}
image = {"id": 1, "file_name": NAME, "width": 200, "height": 100}
truth = {"images": [image], "categories": [{"id": 1, "name": "car"}], "annotations": [box]}
pathlib.Path("coco.json").write_text(json.dumps(truth))
with zipfile.ZipFile("cvat.zip", "w") as file:
    corners = 'xtl="20" ytl="30" xbr="60" ybr="80"'
    image = f'<image id="0" name="{NAME}" width="200" height="100"><box label="car" occluded="0" {corners}/></image>'
    file.writestr("annotations.xml", f"<annotations><version>1.1</version>{image}</annotations>")


def listed(by_image):
    return [annotation for annotations in by_image.values() for annotation in annotations]


def to_yolo(annotations, categories, folder):
    context = YoloContext(annotation_type="bbox", categories=categories, path=pathlib.Path("data"))
    export_to_fs(context, annotations, export_dir=folder)
    return next(pathlib.Path(folder).rglob("*.txt")).read_text()


from_coco, coco = load_coco_from_file("coco.json")
export_to_coco_file(listed(from_coco), "again.json", coco)
print("COCO to COCO:", json.loads(pathlib.Path("again.json").read_text())["annotations"][0]["bbox"])
from_yolo, yolo = load_yolo_from_fs("bbox", meta_file="in/annotations.yaml")
print("YOLO to YOLO:", to_yolo(listed(from_yolo), yolo.categories, "from-yolo"))
print("COCO to YOLO:", to_yolo(listed(from_coco), coco.categories, "from-coco"))
categories = Categories()
categories.add("car", 1)
print("CVAT to YOLO:", to_yolo(listed(load_cvat_from_zip("cvat.zip")), categories, "from-cvat"))
PROGRAM
