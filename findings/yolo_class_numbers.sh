#!/usr/bin/env bash
# sahi 0.12.8 writes YOLO label files in which every class is the one after it.
#
# A line of a YOLO file begins with the position of the class in the list of names, from 0. export_coco_as_yolo writes
# the category id of the COCO file there, and beside it a data.yml with the plain list of names. COCO files number their
# categories from 1, mostly. So the cat's boxes are read as dogs, the dog's as birds, and those of the last class lie
# outside the list. Nothing is printed but the progress. Crowd annotations are written as ordinary objects, too.
#
# Why it matters: a model trained on these files learns exchanged names. Where the ids are not in a row (18 for COCO's
# dog) the numbers at least lie outside the list.
#
# Output seen:
#     COCO: cat [10, 10, 20, 20], dog [50, 10, 20, 20], bird [90, 10, 20, 20]
#     YOLO: dog [10, 10, 20, 20], bird [50, 10, 20, 20], class 3 of 3 [90, 10, 20, 20]
source "$(dirname "$0")/_setup.sh"
install sahi==0.12.8

expect <<'PROGRAM'
import json
import pathlib

import yaml
from PIL import Image
from sahi.utils.coco import Coco, export_coco_as_yolo

width, height = 200, 100
names = ["cat", "dog", "bird"]
pathlib.Path("images").mkdir()
Image.new("RGB", (width, height)).save("images/a.jpg")
annotations = [
    {"id": i, "image_id": 1, "category_id": i, "bbox": [40 * i - 30, 10, 20, 20], "area": 400, "iscrowd": 0}
    for i in (1, 2, 3)
]
pathlib.Path("coco.json").write_text(
    json.dumps(
        {
            "images": [{"id": 1, "file_name": "a.jpg", "width": width, "height": height}],
            "categories": [{"id": i, "name": name} for i, name in enumerate(names, start=1)],
            "annotations": annotations,
        }
    )
)
coco = Coco.from_coco_dict_or_path("coco.json", image_dir="images")
export_coco_as_yolo(output_dir="yolo", train_coco=coco, val_coco=coco)

print("COCO:", ", ".join(f"{names[a['category_id'] - 1]} {a['bbox']}" for a in annotations))
listed = yaml.safe_load(pathlib.Path("yolo/data.yml").read_text())["names"]
read = []
for line in pathlib.Path("yolo/train/a.txt").read_text().splitlines():
    position, cx, cy, w, h = (float(number) for number in line.split())
    position = int(position)
    name = listed[position] if position < len(listed) else f"class {position} of {len(listed)}"
    box = ((cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height)
    read.append(f"{name} {[round(number) for number in box]}")
print("YOLO:", ", ".join(read))
PROGRAM
