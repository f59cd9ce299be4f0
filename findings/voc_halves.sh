#!/usr/bin/env bash
# supervision 0.31.2 writes two boxes of the same size as VOC boxes of different sizes, 9 and 11 pixels for 10.
#
# VOC counts pixels from 1 and names the last pixel inside, so the writer adds 1 to the left and top edges only, and
# rounds all four to whole numbers. Python rounds a half to the even neighbour. The edges 10.5 and 20.5 therefore become
# 12 and 20: nine pixels. The edges 11.5 and 21.5 become 12 and 22: eleven. The box shrinks or grows with its place in
# the image, on both axes.
#
# Why it matters: coordinates that end in a half are what odd ones become when images are halved. On boxes of 10 pixels
# the IoU with the true box is 0.81 and 0.83: a perfect detection fails at the stricter thresholds of COCO.
#
# Output seen:
#     [10, 10, 20, 20] -> [10, 10, 20, 20], 10 pixels wide, IoU 1.00
#     [10.5, 10.5, 20.5, 20.5] -> [11, 11, 20, 20], 9 pixels wide, IoU 0.81
#     [11.5, 11.5, 21.5, 21.5] -> [11, 11, 22, 22], 11 pixels wide, IoU 0.83
source "$(dirname "$0")/_setup.sh"
install supervision==0.31.2

expect <<'PROGRAM'
import pathlib

import numpy as np
import supervision
from PIL import Image

pathlib.Path("images").mkdir()
image = "images/a.jpg"
Image.new("RGB", (100, 100)).save(image)


def round_trip(box):
    """The box after it was written as VOC and read again."""
    detections = supervision.Detections(xyxy=np.array([box], float), class_id=np.array([0]))
    data = supervision.DetectionDataset(classes=["car"], images=[image], annotations={image: detections})
    data.as_pascal_voc(annotations_directory_path="voc")
    ((_, _, read),) = supervision.DetectionDataset.from_pascal_voc("images", "voc")
    return read.xyxy[0]


for left in (10, 10.5, 11.5):
    box = [left, left, left + 10, left + 10]
    read = round_trip(box)
    iou = supervision.box_iou_batch(np.array([box]), read[None])[0, 0]
    print(f"{box} -> {[round(float(edge)) for edge in read]}, {read[2] - read[0]:.0f} pixels wide, IoU {iou:.2f}")
PROGRAM
