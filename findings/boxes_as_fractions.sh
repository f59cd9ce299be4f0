#!/usr/bin/env bash
# In mean-average-precision 2024.1.5.0 and mapcalc 0.2.2 boxes as fractions of the image get average precision 1 for
# detections that do not overlap the object at all.
#
# Both compute the IoU (intersection over union) as VOC does for whole pixels: a box from 10 to 19 is 10 pixels wide, so
# 1 is added to each width and height. Nothing says so, and boxes are taken in any unit. For boxes between 0 and 1 the
# added pixel is larger than the image: every box covers more than all of it, and boxes that are somewhat near have an
# IoU of 0.5 and more. Here the detection touches the object in a corner only.
#
# Why it matters: boxes between 0 and 1 are what YOLO files, Albumentations and FiftyOne have. Evaluated so, a detector
# looks far better than it is. The same boxes in pixels get 0.
#
# Output seen:
#     mean-average-precision: fractions 1.0, pixels 0.0
#     mapcalc:                fractions 1.0, pixels 0.0
source "$(dirname "$0")/_setup.sh"
install mean-average-precision==2024.1.5.0 mapcalc==0.2.2 numpy==2.4.6 pandas==3.1.1

expect <<'PROGRAM'
import numpy as np
from mapcalc import calculate_map
from mean_average_precision import MetricBuilder

annotation = np.array([0.1, 0.1, 0.3, 0.3])
detection = np.array([0.3, 0.3, 0.5, 0.5])


def mean_average_precision(annotation, detection):
    metric = MetricBuilder.build_evaluation_metric("map_2d", async_mode=False, num_classes=1)
    difficult = crowd = class_id = 0
    metric.add(np.array([[*detection, class_id, 0.9]]), np.array([[*annotation, class_id, difficult, crowd]]))
    return metric.value(iou_thresholds=0.5)["mAP"]


def mapcalc(annotation, detection):
    return calculate_map(
        {"boxes": [annotation], "labels": [1]}, {"boxes": [detection], "labels": [1], "scores": [0.9]}, 0.5
    )


for name, evaluate in (("mean-average-precision:", mean_average_precision), ("mapcalc:", mapcalc)):
    fractions, pixels = evaluate(annotation, detection), evaluate(annotation * 1000, detection * 1000)
    print(f"{name:<23} fractions {fractions:.1f}, pixels {pixels:.1f}")
PROGRAM
