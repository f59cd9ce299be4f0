#!/usr/bin/env bash
# MeanAveragePrecision of torchmetrics 1.9.0 misses detections whose IoU is exactly 0.55, 0.6, 0.8 or 0.85.
#
# It evaluates with pycocotools or faster-coco-eval, and hands them thresholds that come from float32: 0.6 is
# 0.60000002 there, which an IoU of 0.6 does not reach. pycocotools by itself counts it. The levels of recall are made
# the same way, so that the precision at 0.6 is taken from behind where it belongs, and that at 0.7 from before.
# Nothing is printed, and both backends give the same. Thresholds given as [0.5, 0.55, 0.6, ...] are right, and so is
# numpy.linspace(0, 1, 101).tolist() as rec_thresholds.
#
# Why it matters: boxes in whole pixels overlap by such fractions easily, here an object of 10 x 10 pixels found as 10
# x 8. The number that is compared with COCO's tables is a tenth lower in that case, and differs in the third digit in
# others.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     found 10 x 5.5: pycocotools 0.200, torchmetrics 0.100, thresholds given 0.200
#     found 10 x 6:   pycocotools 0.300, torchmetrics 0.200, thresholds given 0.300
#     found 10 x 7:   pycocotools 0.500, torchmetrics 0.500, thresholds given 0.500
#     found 10 x 8:   pycocotools 0.700, torchmetrics 0.600, thresholds given 0.700
#     found 10 x 8.5: pycocotools 0.800, torchmetrics 0.700, thresholds given 0.800
#     6 of 10 objects, 10 false alarms, the others: pycocotools 0.802, torchmetrics 0.797, thresholds given 0.802
#     7 of 10 objects, 10 false alarms, the others: pycocotools 0.847, torchmetrics 0.851, thresholds given 0.847
source "$(dirname "$0")/_setup.sh"
install torchmetrics==1.9.0 torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io

import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torchmetrics.detection import MeanAveragePrecision

exact = {
    "iou_thresholds": np.linspace(0.5, 0.95, 10).round(2).tolist(),
    "rec_thresholds": np.linspace(0, 1, 101).tolist(),
}


def by_pycocotools(objects, found):
    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1, "width": 1000, "height": 1000}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for number, box in enumerate(objects, start=1)
        ],
    }
    truth.createIndex()
    results = [{"image_id": 1, "category_id": 1, "bbox": box, "score": score} for box, score in found]
    evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats[0]


def by_torchmetrics(objects, found, **options):
    metric = MeanAveragePrecision(box_format="xywh", **options)
    boxes = torch.tensor([box for box, _ in found], dtype=torch.float64)
    scores = torch.tensor([score for _, score in found], dtype=torch.float64)
    truth = {"boxes": torch.tensor(objects, dtype=torch.float64), "labels": torch.ones(len(objects), dtype=int)}
    metric.update([{"boxes": boxes, "scores": scores, "labels": torch.ones(len(found), dtype=int)}], [truth])
    return float(metric.compute()["map"])


def show(title, objects, found):
    with contextlib.redirect_stdout(io.StringIO()):
        results = {
            "pycocotools": by_pycocotools(objects, found),
            "torchmetrics": by_torchmetrics(objects, found),
            "thresholds given": by_torchmetrics(objects, found, **exact),
        }
    print(f"{title:<15}", ", ".join(f"{name} {result:.3f}" for name, result in results.items()))


for height in (5.5, 6, 7, 8, 8.5):
    show(f"found 10 x {height}:", [[0, 0, 10, 10]], [([0, 0, 10, height], 0.9)])
objects = [[50 * number, 0, 10, 10] for number in range(10)]
for first in (6, 7):
    found = [(box, 0.9 - 0.001 * rank) for rank, box in enumerate(objects[:first])]
    found += [([x, 500, 10, 10], 0.5) for x, *_ in objects]
    found += [(box, 0.1) for box in objects[first:]]
    show(f"{first} of 10 objects, 10 false alarms, the others:", objects, found)
PROGRAM
