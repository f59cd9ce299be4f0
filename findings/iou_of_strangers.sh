#!/usr/bin/env bash
# IntersectionOverUnion of torchmetrics 1.9.0 gives a detector without any error 0.1 if the image has ten cars, and one
# that misses nine of the ten 0.1, too.
#
# The metric takes detections and objects of images, as MeanAveragePrecision does, but matches none with the other: it
# is the mean over all pairs of a detection and an object of one class. Each detection is therefore compared with the
# nine other cars as well, which it does not touch. Objects that no detection has the class of, and detections of a
# class that no object has, are in no pair and cost nothing: a class missed altogether leaves 1. GIoU, DIoU and CIoU
# are averaged alike, and below 0 then. With iou_threshold pairs below it are left out, not counted as 0, so that what
# is misplaced costs nothing either.
#
# Why it matters: the number is logged as localisation quality. It falls with the number of objects in an image, rises
# when the detector finds less, and is right in a test with one object.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     one car, found exactly:                                 1.000
#     ten cars, found exactly:                                0.100
#     ten cars, one of them found exactly:                    0.100
#     a car and a dog, the car found exactly:                 1.000
#     ten cars, found exactly, GIoU:                          -0.504
#     ten cars, one found exactly, nine moved, threshold 0.5: 1.000
source "$(dirname "$0")/_setup.sh"
install torchmetrics==1.9.0 torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11

expect <<'PROGRAM'
import torch
from torchmetrics.detection import GeneralizedIntersectionOverUnion, IntersectionOverUnion

cars = torch.tensor([[100.0 * number, 0, 100 * number + 50, 50] for number in range(10)])
moved = cars + torch.tensor([25.0, 0, 25, 0])  # an IoU of 1/3 with its own car, 0 with all others


def show(title, boxes, objects, labels=None, metric=IntersectionOverUnion, **options):
    of = metric(**options)
    ones = torch.ones(len(objects), dtype=torch.long)
    of.update(
        [{"boxes": boxes, "scores": torch.ones(len(boxes)), "labels": torch.ones(len(boxes), dtype=torch.long)}],
        [{"boxes": objects, "labels": ones if labels is None else torch.tensor(labels)}],
    )
    print(f"{title:<55} {float(next(iter(of.compute().values()))):.3f}")


show("one car, found exactly:", cars[:1], cars[:1])
show("ten cars, found exactly:", cars, cars)
show("ten cars, one of them found exactly:", cars[:1], cars)
show("a car and a dog, the car found exactly:", cars[:1], cars[:2], labels=[1, 2])
show("ten cars, found exactly, GIoU:", cars, cars, metric=GeneralizedIntersectionOverUnion)
mixed = torch.cat([cars[:1], moved[1:]])
show("ten cars, one found exactly, nine moved, threshold 0.5:", mixed, cars, iou_threshold=0.5)
PROGRAM
