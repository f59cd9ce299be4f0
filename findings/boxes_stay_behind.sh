#!/usr/bin/env bash
# augly 1.0.0 leaves boxes where they were when their objects move or are cut away, in four cases.
#
# Its functions take a picture with bboxes, and say that they change this list to the new boxes. They never do. The new
# boxes are in the list that is given as "metadata", as dst_bboxes of its last entry, and
# - without such a list nothing is computed;
# - boxes as fractions ("pascal_voc_norm") are noted as they came, those as pixels, "coco" and "yolo" are computed;
# - a box that the picture no longer shows keeps its old numbers, in pixels of the old picture;
# - with a list that is used for several pictures, the second one gets what became of the boxes of the first.
# Nothing is printed. The code has a word for boxes that are gone, None, and drops it on the way.
#
# Why it matters: each box is valid and lies in the picture. Crops, which are to make a detector see parts of a scene,
# bring a box on background for every object that they leave out.
#
# It needs libmagic, which most Linux systems have.
#
# Output seen:
#     flipped, pascal_voc:         object at 40, 20, 80, 50; bboxes 120, 20, 160, 50; dst_bboxes 40, 20, 80, 50
#     flipped, without metadata:   object at 40, 20, 80, 50; bboxes 120, 20, 160, 50
#     flipped, pascal_voc_norm:    object at 0.2, 0.2, 0.4, 0.5; dst_bboxes 0.6, 0.2, 0.8, 0.5
#     the left half:               no object; dst_bboxes 120, 20, 160, 50 in a picture of 100 x 100
#     another picture, same list:  object at 170, 10, 190, 30; dst_bboxes 120, 20, 160, 50
source "$(dirname "$0")/_setup.sh"
install augly==1.0.0 iopath==0.1.10 numpy==1.26.4 pillow==12.3.0

expect <<'PROGRAM'
import augly.image
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 200, 100
BOX, OTHER = (120, 20, 160, 50), (10, 10, 30, 30)


def picture(box):
    """A white rectangle, which is the object."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    return Image.fromarray(pixels)


def shown(box):
    return ", ".join(f"{round(number, 2):g}" for number in box)


def place(image, size=(1, 1)):
    rows, columns = np.nonzero(np.asarray(image)[..., 0] > 127)
    if len(rows) == 0:
        return "no object"
    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return "object at " + shown(edge / side for edge, side in zip(edges, size * 2, strict=True))


told, given = [], [BOX]
flipped = augly.image.hflip(picture(BOX), metadata=told, bboxes=given, bbox_format="pascal_voc")
new = told[-1]["dst_bboxes"][0]
print(f"flipped, pascal_voc:         {place(flipped)}; bboxes {shown(given[0])}; dst_bboxes {shown(new)}")

given = [BOX]
flipped = augly.image.hflip(picture(BOX), bboxes=given, bbox_format="pascal_voc")
print(f"flipped, without metadata:   {place(flipped)}; bboxes {shown(given[0])}")

fractions, told = tuple(edge / side for edge, side in zip(BOX, (WIDTH, HEIGHT) * 2, strict=True)), []
flipped = augly.image.hflip(picture(BOX), metadata=told, bboxes=[fractions], bbox_format="pascal_voc_norm")
new = told[-1]["dst_bboxes"][0]
print(f"flipped, pascal_voc_norm:    {place(flipped, (WIDTH, HEIGHT))}; dst_bboxes {shown(new)}")

told = []
half = {"x1": 0.0, "x2": 0.5, "y1": 0.0, "y2": 1.0}
cropped = augly.image.crop(picture(BOX), metadata=told, bboxes=[BOX], bbox_format="pascal_voc", **half)
new = told[-1]["dst_bboxes"][0]
size = " x ".join(str(side) for side in cropped.size)
print(f"the left half:               {place(cropped)}; dst_bboxes {shown(new)} in a picture of {size}")

told = []
for box in (BOX, OTHER):
    flipped = augly.image.hflip(picture(box), metadata=told, bboxes=[box], bbox_format="pascal_voc")
new = told[-1]["dst_bboxes"][0]
print(f"another picture, same list:  {place(flipped)}; dst_bboxes {shown(new)}")
PROGRAM
