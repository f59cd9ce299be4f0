#!/usr/bin/env bash
# sahi 0.12.8 moves boxes that lie inside their image when it is asked to clip boxes to the image.
#
# Coco.from_coco_dict_or_path(..., clip_bboxes_to_img_dims=True) is for boxes that reach over the edge. It cuts left,
# top, width and height of all boxes to whole pixels first, towards 0. A box far from the edge becomes another one,
# smaller and further to the left and the top; one that is narrower than a pixel loses its box: "bbox" is an empty list
# then, and the annotation stays. Nothing is printed. Without the option every digit is kept.
#
# Why it matters: one box beyond the edge is reason enough for the option, and all others pay for it. An object of five
# pixels, such as sahi is made to find, has a box with an IoU of 0.35 then.
#
# Output seen:
#     over the edge   [90.0, 10.0, 20.0, 20.0], read alike, clipped [90.0, 10.0, 10.0, 20.0], IoU 1.00
#     inside, large   [10.7, 10.7, 40.5, 40.5], read alike, clipped [10.0, 10.0, 40.0, 40.0], IoU 0.91
#     inside, small   [10.9, 60.9, 4.6, 4.6], read alike, clipped [10.0, 60.0, 4.0, 4.0], IoU 0.35
#     inside, a pole  [50.1, 5.0, 0.8, 60.0], read alike, clipped [], IoU 0.00
source "$(dirname "$0")/_setup.sh"
install sahi==0.12.8

expect <<'PROGRAM'
import logging

from sahi.utils.coco import Coco

logging.disable()
boxes = {
    "over the edge": [90.0, 10.0, 20.0, 20.0],
    "inside, large": [10.7, 10.7, 40.5, 40.5],
    "inside, small": [10.9, 60.9, 4.6, 4.6],
    "inside, a pole": [50.1, 5.0, 0.8, 60.0],
}
data = {
    "images": [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 100}],
    "categories": [{"id": 1, "name": "car"}],
    "annotations": [
        {"id": number, "image_id": 1, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for number, box in enumerate(boxes.values(), start=1)
    ],
}


def read(**options):
    return [record["bbox"] for record in Coco.from_coco_dict_or_path(data, **options).json["annotations"]]


def clipped(box):
    """The same by hand: corners within 0 and 100."""
    left, top, right, bottom = (min(max(edge, 0), 100) for edge in (box[0], box[1], box[0] + box[2], box[1] + box[3]))
    return left, top, right, bottom


def iou(box, corners):
    if not box:
        return 0
    a, b = (box[0], box[1], box[0] + box[2], box[1] + box[3]), corners
    sides = [max(min(a[2], b[2]) - max(a[0], b[0]), 0), max(min(a[3], b[3]) - max(a[1], b[1]), 0)]
    shared = sides[0] * sides[1]
    return shared / (box[2] * box[3] + (b[2] - b[0]) * (b[3] - b[1]) - shared)


for (name, box), plain, cut in zip(boxes.items(), read(), read(clip_bboxes_to_img_dims=True)):
    kept = all(abs(a - b) < 1e-9 for a, b in zip(plain, box))
    overlap = iou(cut, clipped(box))
    print(f"{name:<15} {box}, read {'alike' if kept else plain}, clipped {cut}, IoU {overlap:.2f}")
PROGRAM
