#!/usr/bin/env bash
# MeanAveragePrecision of torchmetrics 1.9.0 takes the micro average of boxes and the macro average of masks, or the
# other way round, when it is asked for values of each class.
#
# iou_type may name boxes and masks, and average="micro" takes all classes for one. The values of each class
# (class_metrics=True) need the classes, so that the metric lays out its data anew, and does not go back: what is
# computed after it, for the second name in iou_type, is averaged over classes. With class_metrics=False, and with one
# name alone, both are right. Nothing is printed.
#
# Here the mask of each object fills its box. A detector finds nine cats and misses the one dog.
#
# Why it matters: boxes and masks of one evaluation are there to be compared. Those that are read as "the masks are
# much worse" are the same, by another average, and which of the two is worse depends on the order of two names.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     asked for ('bbox', 'segm'), without classes: bbox_map 0.901, segm_map 0.901
#     asked for ('bbox', 'segm'), with classes:    bbox_map 0.901, segm_map 0.500
#     asked for ('segm', 'bbox'), with classes:    bbox_map 0.500, segm_map 0.901
#     macro,    ('bbox', 'segm'), with classes:    bbox_map 0.500, segm_map 0.500
source "$(dirname "$0")/_setup.sh"
install torchmetrics==1.9.0 torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11 numpy==2.4.6

expect <<'PROGRAM'
import torch
from torchmetrics.detection import MeanAveragePrecision

CAT, DOG = 0, 1
LEFTS = [10 * number for number in range(10)]


def objects(lefts, labels):
    masks = torch.zeros(len(lefts), 20, 100, dtype=torch.bool)
    for mask, left in zip(masks, lefts, strict=True):
        mask[5:13, left : left + 8] = True
    boxes = torch.tensor([[left, 5.0, left + 8, 13] for left in lefts])
    return {"boxes": boxes, "masks": masks, "labels": torch.tensor(labels)}


def evaluated(kinds, average, class_metrics):
    metric = MeanAveragePrecision(iou_type=kinds, average=average, class_metrics=class_metrics)
    truth = objects(LEFTS, [CAT] * 9 + [DOG])
    found = objects(LEFTS[:9], [CAT] * 9) | {"scores": torch.full((9,), 0.9)}
    metric.update([found], [truth])
    result = metric.compute()
    return ", ".join(f"{name} {float(result[name]):.3f}" for name in ("bbox_map", "segm_map"))


both = ("bbox", "segm")
print(f"asked for {both}, without classes:", evaluated(both, "micro", False))
for kinds in (both, both[::-1]):
    print(f"asked for {kinds}, with classes:   ", evaluated(kinds, "micro", True))
print(f"macro,    {both}, with classes:   ", evaluated(both, "macro", True))
PROGRAM
