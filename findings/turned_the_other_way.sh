#!/usr/bin/env bash
# The evaluation of lyft-dataset-sdk 0.0.8 turns each box the other way.
#
# A box of a car is where it stands, how large it is and how it is turned. mAP_evaluation takes the sine of the angle
# with the wrong sign when it lays out the corners, so that a car that drives north-east lies across that direction.
# Places are not mirrored with it: a detection ahead of the car is compared as if it stood beside it. The Box of the
# same package, which draws, turns rightly. What is parallel to an axis, and what has its centre exactly right, gets
# the right IoU (intersection over union).
#
# Here a car of 5 x 2 metres is detected one metre too far ahead, or one metre too far to the left.
#
# Why it matters: along the car a metre costs little, and across it half of the car. For traffic on diagonal roads the
# evaluation has it the other way round: hits are counted as misses, and misses as hits.
#
# Output seen:
#     heading  0: ahead IoU 0.67, evaluated 0.67, AP 1; aside IoU 0.33, evaluated 0.33, AP 0
#     heading 30: ahead IoU 0.67, evaluated 0.34, AP 0; aside IoU 0.33, evaluated 0.45, AP 0
#     heading 45: ahead IoU 0.67, evaluated 0.33, AP 0; aside IoU 0.33, evaluated 0.67, AP 1
#     heading 90: ahead IoU 0.67, evaluated 0.67, AP 1; aside IoU 0.33, evaluated 0.33, AP 0
#     a corner at 30 degrees: Box (2.67, 0.38), evaluation (1.67, -2.12)
source "$(dirname "$0")/_setup.sh"
install lyft-dataset-sdk==0.0.8 pyquaternion==0.9.9 shapely==2.2.0 numpy==1.26.4 matplotlib==3.10.8 \
  opencv-python-headless==4.11.0.86

expect <<'PROGRAM'
import math

import shapely
from lyft_dataset_sdk.eval.detection.mAP_evaluation import Box3D, get_average_precisions
from lyft_dataset_sdk.utils.data_classes import Box
from pyquaternion import Quaternion

SIZE = [2, 5, 1.5]  # width, length, height


def record(x, y, degrees, **more):
    rotation = list(Quaternion(axis=[0, 0, 1], degrees=degrees))
    place = {"sample_token": "1", "translation": [x, y, 0], "size": SIZE, "rotation": rotation}
    return {**place, "name": "car", **more}


def corners(given):
    """The corners on the ground by the Box of the package, the front right one first."""
    box = Box(given["translation"], given["size"], Quaternion(given["rotation"]))
    return box.bottom_corners()[:2].T


def overlap(first, second):
    first, second = shapely.Polygon(corners(first)), shapely.Polygon(corners(second))
    return first.intersection(second).area / first.union(second).area


for degrees in (0, 30, 45, 90):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    car, told = record(50, 50, degrees), []
    for name, x, y in (("ahead", cos, sin), ("aside", -sin, cos)):
        found = record(50 + x, 50 + y, degrees, score=0.9)
        evaluated = Box3D(**car).get_iou(Box3D(**found))
        precision = get_average_precisions([car], [found], ["car"], 0.5)[0]
        told.append(f"{name} IoU {overlap(car, found):.2f}, evaluated {evaluated:.2f}, AP {precision:.0f}")
    print(f"heading {degrees:2}: {'; '.join(told)}")


def front_right(points):
    x, y = points[0][:2]
    return f"({x:.2f}, {y:.2f})"


car = record(0, 0, 30)
drawn = sorted(corners(car).tolist())[-1:]
evaluated = list(Box3D(**car).ground_bbox_coords.exterior.coords)
print(f"a corner at 30 degrees: Box {front_right(drawn)}, evaluation {front_right(evaluated)}")
PROGRAM
