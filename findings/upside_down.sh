#!/usr/bin/env bash
# HorizontalFlip of odach 0.4.0 turns pictures upside down, and mirrors the boxes that are found in them left to right.
#
# The package shows an image to a detector as it is and turned around, turns the boxes back, and joins what was found.
# HorizontalFlip and VerticalFlip both turn the picture around its horizontal axis. The boxes of the first are then
# mirrored about the vertical axis of the image. Nothing is printed. VerticalFlip is right.
#
# Here a bright object lies in a dark image, and the detector finds exactly what is bright. Each row has the boxes that
# come out, with their scores.
#
# Why it matters: HorizontalFlip is the first thing one takes, and it is meant to make a detector better. Here every
# object that is not in the middle is found twice: where it is, with half the score, and where there is nothing.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     as it is:       20 10 60 40 (0.90)
#     VerticalFlip:   20 10 60 40 (0.90)
#     HorizontalFlip: 140 60 180 90 (0.45), 20 10 60 40 (0.45)
source "$(dirname "$0")/_setup.sh"
install odach==0.4.0 torch==2.15.0 torchvision==0.29.2 ultralytics==8.4.190 numba==0.68.1 pillow==12.3.0 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io

import odach
import torch


def detector(images):
    found = []
    for image in images:
        rows, columns = torch.nonzero(image[0] > 0.5, as_tuple=True)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        found.append(
            {"boxes": torch.tensor([box], dtype=torch.float32), "scores": torch.tensor([0.9]), "labels": torch.ones(1)}
        )
    return found


image = torch.zeros((1, 3, 100, 200))
image[:, :, 10:40, 20:60] = 1
for title, flips in {
    "as it is": [],
    "VerticalFlip": [odach.VerticalFlip()],
    "HorizontalFlip": [odach.HorizontalFlip()],
}.items():
    with contextlib.redirect_stdout(io.StringIO()):
        [found] = odach.TTAWrapper(detector, flips, skip_box_thr=0.1)(image)
    boxes = [
        f"{' '.join(f'{value:.0f}' for value in box)} ({score:.2f})"
        for box, score in zip(found["boxes"].tolist(), found["scores"].tolist())
    ]
    print(f"{title + ':':<15} {', '.join(boxes)}")
PROGRAM
