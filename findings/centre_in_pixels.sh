#!/usr/bin/env bash
# deepchecks 0.19.1 turns a box of YOLO into one whose centre is in pixels and whose width and height are fractions.
#
# convert_bbox and convert_batch_of_bboxes bring boxes to the form that deepchecks takes, in pixels. What they are given
# is told by letters: "lcxcywhn", one of those they list, is a label, and centre, width and height as fractions of the
# image. Only the centre is multiplied by the size of the image. With "lxywhn" it is the corner; two corners, "lxyxyn",
# are right. Nothing is printed, and what comes out passes as a box in pixels everywhere.
#
# Here one object lies at 40, 30 in an image of 200 x 100 pixels, and is 60 wide and 40 high.
#
# Why it matters: YOLO and albumentations state boxes so. Each object becomes a speck at its centre: no detection overlaps
# it, all properties by area are those of specks, and train and test look alike.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     lxyxyn:   40.0 30.0 60.0 40.0, IoU with the object 1.00000
#     lxywhn:   40.0 30.0  0.3  0.4, IoU with the object 0.00005
#     lcxcywhn: 69.8 49.8  0.3  0.4, IoU with the object 0.00005
#     lcxcywh:  40.0 30.0 60.0 40.0, IoU with the object 1.00000
source "$(dirname "$0")/_setup.sh"
install deepchecks==0.19.1 torch==2.15.0 torchvision==0.29.2 pytorch-ignite==0.5.5 opencv-python-headless==4.11.0.86 \
  scikit-image==0.26.0 scikit-learn==1.7.2 pandas==2.2.3 numpy==1.26.4 setuptools==80.10.2

expect <<'PROGRAM'
import contextlib
import io

import numpy as np

with contextlib.redirect_stdout(io.StringIO()):
    from deepchecks.vision.utils.detection_formatters import convert_batch_of_bboxes

WIDTH, HEIGHT = 200, 100
CASES = {
    "lxyxyn": [40 / WIDTH, 30 / HEIGHT, 100 / WIDTH, 70 / HEIGHT],
    "lxywhn": [40 / WIDTH, 30 / HEIGHT, 60 / WIDTH, 40 / HEIGHT],
    "lcxcywhn": [70 / WIDTH, 50 / HEIGHT, 60 / WIDTH, 40 / HEIGHT],
    "lcxcywh": [70, 50, 60, 40],
}
for form, box in CASES.items():
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    [[converted]] = convert_batch_of_bboxes([(picture, [[0, *box]])], form)
    left, top, width, height = converted[1:]
    across, down = min(left + width, 100) - max(left, 40), min(top + height, 70) - max(top, 30)
    iou = across * down / (width * height + 60 * 40 - across * down)
    print(f"{form + ':':<9}", " ".join(f"{value:4.1f}" for value in converted[1:]) + f", IoU with the object {iou:.5f}")
PROGRAM
