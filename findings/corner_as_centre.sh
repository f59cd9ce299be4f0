#!/usr/bin/env bash
# detection-datasets 0.3.8 writes the left upper corner of each box into YOLO files where the centre should be.
#
# A line of a YOLO file has the centre and the size of a box as fractions of the image; the package says so where it
# converts boxes. It reads them that way, and writes left, top, width and height as fractions. Nothing is printed.
#
# Here is an image with three boxes, read from COCO and written to YOLO, and a box that goes from YOLO to YOLO.
#
# Why it matters: every box is moved to the left and up by half of its size, so that it covers a quarter of its object,
# at an IoU of 0.14. Each box is valid, lies near its object and has the right size. Labels for training and for
# validation are moved alike, so that validation does not tell.
#
# Output seen:
#     from COCO 40 30 40 20: line 0.2 0.3 0.2 0.2, which is 20 20 40 20; IoU 0.14
#     from COCO 100 50 80 40: line 0.5 0.5 0.4 0.4, which is 60 30 80 40; IoU 0.14
#     from COCO 150 10 10 10: line 0.75 0.1 0.05 0.1, which is 145 5 10 10; IoU 0.14
#     from YOLO 0.5 0.5 0.25 0.25: 0.375 0.375 0.25 0.25
source "$(dirname "$0")/_setup.sh"
install detection-datasets==0.3.8 datasets==2.21.0 pyarrow==17.0.0 pandas==1.5.3 numpy==1.26.4 \
  pillow==12.3.0 pyyaml==6.0.3 pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import numpy as np
from detection_datasets import DetectionDataset
from detection_datasets.bbox import Bbox
from PIL import Image
from pycocotools import mask

BOXES = [[40, 30, 40, 20], [100, 50, 80, 40], [150, 10, 10, 10]]
WIDTH, HEIGHT = 200, 100
coco = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}],
    "annotations": [
        {"id": k, "image_id": 1, "category_id": 0, "bbox": box, "area": box[2] * box[3]} for k, box in enumerate(BOXES, start=1)
    ],
    "categories": [{"id": 0, "name": "car"}],
}
pathlib.Path("train").mkdir()
Image.new("RGB", (WIDTH, HEIGHT)).save("train/a.jpg")
pathlib.Path("train.json").write_text(json.dumps(coco))
data = DetectionDataset().from_disk("coco", ".", splits={"train": ("train.json", "train")})
data.to_disk("yolo", name="yolo", absolute_path=".")

for box, line in zip(BOXES, pathlib.Path("yolo/labels/train/1.txt").read_text().splitlines()):
    x, y, across, down = map(float, line.split()[1:])
    read = [(x - across / 2) * WIDTH, (y - down / 2) * HEIGHT, across * WIDTH, down * HEIGHT]
    overlap = mask.iou(np.array([read]), np.array([box], float), [0]).item()
    given, written, meant = (" ".join(f"{value:g}" for value in values) for values in (box, (x, y, across, down), read))
    print(f"from COCO {given}: line {written}, which is {meant}; IoU {overlap:.2f}")

fractions = [0.5, 0.5, 0.25, 0.25]
back = Bbox.from_yolo(fractions, WIDTH, HEIGHT, 1).to_yolo()
print(f"from YOLO {' '.join(map(str, fractions))}: {' '.join(map(str, back))}")
with contextlib.redirect_stdout(io.StringIO()):
    del data  # which says that it is deleted
PROGRAM
