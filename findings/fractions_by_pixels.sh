#!/usr/bin/env bash
# pybboxes 0.1.6 makes a box of 5 pixels one of 4 when it turns one kind of fractions into another.
#
# YOLO and albumentations both state boxes in fractions of the image: the one by centre and size, the other by corners. No
# pixel is needed to turn one into the other. pybboxes keeps every box in whole pixels inside, and rounds half pixels to
# the even neighbour on the way in, without a word; so it does with COCO, whose boxes have decimals.
#
# Why it matters: a box with its centre on a whole pixel and an odd size has its corners between pixels. Here a perfect
# prediction is left with an IoU of 0.64, below what COCO's stricter thresholds accept.
#
# Output seen:
#     YOLO                 0.240 0.240 0.050 0.050
#     to albumentations    0.220 0.220 0.260 0.260
#     and back to YOLO     0.240 0.240 0.040 0.040
source "$(dirname "$0")/_setup.sh"
install pybboxes==0.1.6 numpy==2.3.5

expect <<'PROGRAM'
from pybboxes import convert_bbox

yolo = (0.24, 0.24, 0.05, 0.05)  # in an image of 100 x 100: from 21.5 to 26.5
corners = convert_bbox(yolo, from_type="yolo", to_type="albumentations", image_size=(100, 100))
back = convert_bbox(corners, from_type="albumentations", to_type="yolo", image_size=(100, 100))
for name, box in (("YOLO", yolo), ("to albumentations", corners), ("and back to YOLO", back)):
    print(f"{name:20} {' '.join(format(number, '.3f') for number in box)}")
PROGRAM
