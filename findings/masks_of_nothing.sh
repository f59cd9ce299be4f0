#!/usr/bin/env bash
# MeanAveragePrecision of torchmetrics 1.9.0 counts no false alarms in images without an object if it evaluates masks,
# and counts them if it evaluates boxes, or masks together with boxes.
#
# With iou_type="segm" an image whose target has no masks is left out of what is handed to pycocotools, and so is all
# that was found in it. With "bbox", and with ("bbox", "segm"), it stays. Nothing is printed, and the page says nothing
# of it. A target without masks is as valid as one without boxes, and is taken in all three cases.
#
# Here the mask of each object fills its box. An object is found exactly with the score 0.8, and in each of three images
# without any object there is a false alarm with the score 0.9.
#
# Why it matters: images of empty roads and healthy tissue are in a data set for the sake of false alarms. For masks
# they change nothing, and the same masks have another average precision as soon as boxes are evaluated beside them.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     bbox:          map 1.00 without the empty images, 0.25 with them
#     segm:          map 1.00 without the empty images, 1.00 with them
#     bbox and segm: segm_map 1.00 without the empty images, 0.25 with them
source "$(dirname "$0")/_setup.sh"
install torchmetrics==1.9.0 torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11 numpy==2.4.6

expect <<'PROGRAM'
import torch
from torchmetrics.detection import MeanAveragePrecision


def objects(number, **more):
    masks = torch.zeros(number, 40, 40, dtype=torch.bool)
    masks[:, 10:30, 10:30] = True
    boxes = torch.tensor([[10.0, 10, 30, 30]] * number).reshape(-1, 4)
    return {"boxes": boxes, "masks": masks, "labels": torch.zeros(number, dtype=int), **more}


def evaluated(kinds, value, empty_images):
    metric = MeanAveragePrecision(iou_type=kinds)
    metric.update([objects(1, scores=torch.tensor([0.8]))], [objects(1)])
    for _ in range(empty_images):
        metric.update([objects(1, scores=torch.tensor([0.9]))], [objects(0)])
    return float(metric.compute()[value])


for title, kinds, value in (
    ("bbox:", "bbox", "map"),
    ("segm:", "segm", "map"),
    ("bbox and segm:", ("bbox", "segm"), "segm_map"),
):
    without, with_them = (evaluated(kinds, value, empty_images) for empty_images in (0, 3))
    print(f"{title:<14} {value} {without:.2f} without the empty images, {with_them:.2f} with them")
PROGRAM
