#!/usr/bin/env bash
# Validation of oriented boxes in ultralytics 8.4.190 counts a detection that covers a fifth of the object as a hit at
# an IoU of 0.5, and a square that is turned by 45 degrees as a hit at 0.95.
#
# mAP50 and mAP50-95 go by the IoU. For oriented boxes ultralytics takes another measure in its place, of two clouds of
# points that have the centre, the extent and the direction of the boxes, which is good to train by, being smooth. It is
# 0.51 where the IoU is 0.21. The cloud of a square is round, so that no direction of it is wrong. The numbers are
# printed under the same names as those of upright boxes.
#
# Here are one object and one detection each, with the IoU as shapely 2.2.0 computes it.
#
# Why it matters: the numbers are compared with those of DOTA, whose evaluation takes the IoU of the polygons, and with
# the detector's own upright boxes. Boxes of half the size, or turned wrongly, do not show in them.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     found exactly:                    IoU 1.00, mAP50 0.995, mAP50-95 0.995
#     in the middle, 0.46 of its sides: IoU 0.21, mAP50 0.995, mAP50-95 0.100
#     0.40 of its width beside:         IoU 0.43, mAP50 0.995, mAP50-95 0.100
#     a square turned by 45 degrees:    IoU 0.71, mAP50 0.995, mAP50-95 0.995
source "$(dirname "$0")/_setup.sh"
install ultralytics==8.4.190 torch==2.15.0 torchvision==0.29.2 shapely==2.2.0 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io
import math

import numpy as np
import shapely
import torch
from shapely import affinity

with contextlib.redirect_stdout(io.StringIO()):  # it tells where its settings are
    from ultralytics.models.yolo.obb.val import OBBValidator
    from ultralytics.utils.metrics import OBBMetrics

SHIP, SQUARE = [100.0, 100.0, 80.0, 20.0], [100.0, 100.0, 40.0, 40.0]  # centre, width and height


def polygon(x, y, width, height, angle):
    upright = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return affinity.rotate(upright, angle, use_radians=True)


def by_shapely(first, second):
    first, second = polygon(*first), polygon(*second)
    return first.intersection(second).area / first.union(second).area


def by_ultralytics(truth, found):
    """mAP50 and mAP50-95 of one object and one detection of it."""
    one = torch.zeros(1)
    matched = OBBValidator()._process_batch(
        {"cls": one, "bboxes": torch.tensor([found])}, {"cls": one, "bboxes": torch.tensor([truth])}
    )
    metrics = OBBMetrics({0: "object"})
    numbers = {"conf": np.array([0.9]), "pred_cls": np.zeros(1), "target_cls": np.zeros(1), "target_img": np.zeros(1)}
    metrics.update_stats({**matched, **numbers, "im_name": "1.jpg"})
    metrics.process()
    seen = metrics.results_dict
    return f"mAP50 {seen['metrics/mAP50(B)']:.3f}, mAP50-95 {seen['metrics/mAP50-95(B)']:.3f}"


angle = math.radians(30)
beside = [100 - 8 * math.sin(angle), 100 + 8 * math.cos(angle), 80.0, 20.0, angle]
pairs = {
    "found exactly": ([*SHIP, angle], [*SHIP, angle]),
    "in the middle, 0.46 of its sides": ([*SHIP, angle], [100.0, 100.0, 0.46 * 80, 0.46 * 20, angle]),
    "0.40 of its width beside": ([*SHIP, angle], beside),
    "a square turned by 45 degrees": ([*SQUARE, 0.0], [*SQUARE, math.radians(45)]),
}
for name, (truth, found) in pairs.items():
    print(f"{name + ':':33} IoU {by_shapely(truth, found):.2f}, {by_ultralytics(truth, found)}")
PROGRAM
