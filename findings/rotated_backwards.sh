#!/usr/bin/env bash
# rotate of augly 1.0.0 turns pictures one way and their boxes the other way.
#
# The picture is turned by Pillow and cut to what has no black corners. The boxes are turned by a matrix of augly, whose
# last row has both signs changed, which mirrors them upside down. A box stays with its object only where the two do the
# same to it, as around the middle of the picture. Nothing is printed. hflip, vflip, crop, pad and scale are right.
#
# Here a white rectangle is the object, so that the picture tells where it is afterwards. Of a turned rectangle the
# smallest upright box is stated, which a right answer equals or encloses.
#
# Why it matters: boxes are valid, of the right size, and inside the picture, and a detector is trained on background.
# One who tries it with an object in the middle sees nothing wrong.
#
# It needs libmagic, which most Linux systems have.
#
# Output seen:
#     by  20 degrees: object [75, 25, 123, 66], box [91, 71, 140, 114], IoU 0.00
#     by  45 degrees: object [50, 8, 99, 56], box [85, 42, 135, 93], IoU 0.04
#     by  90 degrees: object [60, 50, 90, 90], box [110, 50, 140, 90], IoU 0.00
#     by 180 degrees: object [50, 110, 90, 140], box [50, 60, 90, 90], IoU 0.00
#     in the middle, by 20 degrees: object [57, 63, 101, 95], box [56, 62, 102, 96], IoU 0.90
source "$(dirname "$0")/_setup.sh"
install augly==1.0.0 iopath==0.1.10 numpy==1.26.4 pillow==12.3.0

expect <<'PROGRAM'
import augly.image
import numpy as np
from PIL import Image


def overlap(first, second):
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


def turned(box, degrees):
    pixels, told = np.zeros((200, 200, 3), np.uint8), []
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    image = augly.image.rotate(
        Image.fromarray(pixels), degrees=degrees, metadata=told, bboxes=[box], bbox_format="pascal_voc"
    )
    rows, columns = np.nonzero(np.asarray(image)[..., 0] > 127)
    seen = [int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    stated = [round(edge) for edge in told[-1]["dst_bboxes"][0]]
    return f"object {seen}, box {stated}, IoU {overlap(seen, stated):.2f}"


for degrees in (20, 45, 90, 180):
    print(f"by {degrees:3} degrees: {turned((110, 60, 150, 90), degrees)}")
print(f"in the middle, by 20 degrees: {turned((80, 90, 120, 110), 20)}")
PROGRAM
