#!/usr/bin/env bash
# CoarseDropout of albumentations 2.0.8 cuts every box of the picture to whole pixels, wherever the hole is.
#
# The transform fills rectangles, and makes a box smaller where these hide its edge. Once there is a hole anywhere, all
# boxes are cut to whole pixels, towards 0, whether a hole touches them or not. A box between pixels moves to the left
# and the top. One in whole pixels may lose a column and a row: boxes are fractions of the picture meanwhile, and 190 of
# 300 comes back as 189.99999. Erasing, GridDropout and XYMasking do the same, PixelDropout does not. Nothing is printed.
# AlbumentationsX 2.5.1, the successor, was seen to do the same.
#
# Why it matters: the transform is on for a share of the pictures, and with each of them all boxes are moved, always to
# the same side. The box of an object of five pixels is left with an IoU of 0.57.
#
# Output seen:
#     the hole: columns 151 to 155, rows 92 to 96
#     [20, 20, 40, 40] becomes [20.0, 20.0, 40.0, 40.0], IoU 1.00
#     [90, 120, 190, 180] becomes [90.0, 120.0, 189.0, 179.0], IoU 0.97
#     [10.5, 10.5, 20.5, 20.5] becomes [10.0, 10.0, 20.0, 20.0], IoU 0.82
#     [100.9, 60.9, 105.5, 65.5] becomes [100.0, 60.0, 105.0, 65.0], IoU 0.57
#     Erasing      the last box becomes [100.0, 60.0, 105.0, 65.0]
#     GridDropout  the last box becomes [100.0, 60.0, 105.0, 65.0]
#     XYMasking    the last box becomes [100.0, 60.0, 105.0, 65.0]
#     PixelDropout the last box becomes [100.9, 60.9, 105.5, 65.5]
source "$(dirname "$0")/_setup.sh"
install albumentations==2.0.8 albucore==0.0.24 numpy==2.4.6

expect <<'PROGRAM'
import os

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
import albumentations
import numpy as np

GIVEN = [[20, 20, 40, 40], [90, 120, 190, 180], [10.5, 10.5, 20.5, 20.5], [100.9, 60.9, 105.5, 65.5]]
ONE_HOLE = {"num_holes_range": (1, 1), "hole_height_range": (5, 5), "hole_width_range": (5, 5), "fill": 255}


def boxes_after(transform):
    """The boxes, and the columns and rows of the hole."""
    settings = albumentations.BboxParams(format="pascal_voc", label_fields=["classes"])
    pipeline = albumentations.Compose([transform], bbox_params=settings, seed=1)
    seen = pipeline(image=np.zeros((200, 300, 3), np.uint8), bboxes=GIVEN, classes=[0] * len(GIVEN))
    rows, columns = np.nonzero(seen["image"][..., 0])
    hole = f"columns {columns.min()} to {columns.max()}, rows {rows.min()} to {rows.max()}" if len(rows) else "none"
    return np.round(seen["bboxes"], 3).tolist(), hole


def iou(first, second):
    (left, top), (right, bottom) = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    both = (right - left) * (bottom - top)
    return both / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)) - both)


after, hole = boxes_after(albumentations.CoarseDropout(p=1, **ONE_HOLE))
print("the hole:", hole)
for given, seen in zip(GIVEN, after, strict=True):
    print(f"{given} becomes {seen}, IoU {iou(given, seen):.2f}")
others = {
    "Erasing": {"scale": (0.001, 0.002)},
    "GridDropout": {"ratio": 0.1},
    "XYMasking": {"num_masks_x": (1, 1), "num_masks_y": 0, "mask_x_length": (2, 2)},
    "PixelDropout": {},
}
for name, options in others.items():
    seen, _ = boxes_after(getattr(albumentations, name)(p=1, **options))
    print(f"{name:12} the last box becomes {seen[-1]}")
PROGRAM
