#!/usr/bin/env bash
# cvat-sdk 2.80.0 gives an ellipse the box of its upper right quarter.
#
# ExtractBoundingBoxes makes targets for the detectors of torchvision of what was drawn in CVAT. Its page lists ellipses
# among the shapes that it supports. CVAT stores an ellipse by two points: its centre, and a corner whose x is that of the
# rightmost point and whose y is that of the uppermost one; so its server reads them when it exports. The SDK takes the
# least and the greatest coordinates of the two, as it does for rectangles and polygons. Nothing is said.
#
# Here are a wheel and a pond as ellipses, and what it makes of a rectangle and a polygon around the wheel.
#
# Why it matters: ellipses are drawn around what is round: cells, fruits, wheels, traffic signs. All boxes have a quarter
# of the area, the IoU with the object is 0.25, and a detector learns to find upper right quarters.
#
# Output seen:
#     rectangle, wheel: 70 40 130 80; IoU with the object 1.00
#     polygon, wheel:   70 40 130 80; IoU with the object 1.00
#     ellipse, wheel:   100 40 130 60; IoU with the object 0.25
#     ellipse, pond:    300 50 500 200; IoU with the object 0.25
source "$(dirname "$0")/_setup.sh"
install 'cvat-sdk[pytorch]==2.80.0' torch==2.15.0 torchvision==0.29.2 numpy==2.4.6

expect <<'PROGRAM'
import math

import torch
from cvat_sdk import models
from cvat_sdk.datasets.common import FrameAnnotations
from cvat_sdk.pytorch import ExtractBoundingBoxes, Target
from torchvision.ops import box_iou

OBJECTS = {"wheel": (100.0, 60.0, 30.0, 20.0), "pond": (300.0, 200.0, 200.0, 150.0)}  # centre and radii


def points(shape, x, y, across, up):
    if shape == "rectangle":
        return [x - across, y - up, x + across, y + up]
    if shape == "ellipse":
        return [x, y, x + across, y - up]
    turns = [math.tau * step / 360 for step in range(360)]
    return [value for turn in turns for value in (x + across * math.cos(turn), y + up * math.sin(turn))]


extract = ExtractBoundingBoxes(include_shape_types=["rectangle", "polygon", "ellipse"])
for shape, name in (("rectangle", "wheel"), ("polygon", "wheel"), ("ellipse", "wheel"), ("ellipse", "pond")):
    x, y, across, up = OBJECTS[name]
    drawn = models.LabeledShape(type=shape, frame=0, label_id=7, points=points(shape, x, y, across, up), rotation=0.0)
    target = extract(Target(FrameAnnotations(shapes=[drawn]), {7: 1}, (640, 480)))
    overlap = box_iou(target["boxes"], torch.tensor([[x - across, y - up, x + across, y + up]])).item()
    numbers = " ".join(f"{value:.0f}" for value in target["boxes"][0].tolist())
    print(f"{f'{shape}, {name}:':<17} {numbers}; IoU with the object {overlap:.2f}")
PROGRAM
