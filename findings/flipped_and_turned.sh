#!/usr/bin/env bash
# A key point in torchvision 0.29.2 comes to another place, a pixel away, when the picture is turned by 180 degrees than
# when it is flipped both ways.
#
# Both are the same picture. For flips a key point is the number of a column and a row: 10 of 160 columns becomes 149, as
# the pixel does. rotate, affine, perspective and resize take it for a place between pixels: 10 becomes 150, which is
# where the left edge of that pixel goes. Neither way of counting is right in all of them. The page of KeyPoints names
# none. Boxes, whose edges lie between pixels, are right in each.
#
# Here the pixel in column 10 and row 30 of a black picture of 160 x 100 is white, and a box is around it.
#
# Why it matters: joints of small people and corners of faces are up to a pixel off in a share of what a detector is
# trained on, whichever way they were counted. Flips and turns are mostly used together.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     as it is:            pixel [10, 30], key point [10, 30], box [10, 30, 11, 31]
#     flipped both ways:   pixel [149, 69], key point [149, 69], box [149, 69, 150, 70]
#     rotate, 180 degrees: pixel [149, 69], key point [150, 70], box [149, 69, 150, 70]
#     affine, 180 degrees: pixel [149, 69], key point [150, 70], box [149, 69, 150, 70]
#     rotate, 90 degrees:  pixel [30, 149], key point [30, 150], box [30, 149, 31, 150]
source "$(dirname "$0")/_setup.sh"
install torch==2.15.0 torchvision==0.29.2 numpy==2.4.6

expect <<'PROGRAM'
import torch
from torchvision.transforms.v2 import functional
from torchvision.tv_tensors import BoundingBoxes, KeyPoints

SIZE = (100, 160)
picture = torch.zeros(1, *SIZE)
picture[0, 30, 10] = 1
point = KeyPoints([[10.0, 30.0]], canvas_size=SIZE)
box = BoundingBoxes([[10.0, 30.0, 11.0, 31.0]], format="XYXY", canvas_size=SIZE)


def show(title, transform):
    row, column = transform(picture)[0].nonzero()[0].tolist()
    places = [transform(thing)[0].round(decimals=3).tolist() for thing in (point, box)]
    key_point, around = ([int(n) if n == int(n) else n for n in numbers] for numbers in places)
    print(f"{title:<20} pixel {[column, row]}, key point {key_point}, box {around}")


show("as it is:", lambda thing: thing)
show("flipped both ways:", lambda thing: functional.vertical_flip(functional.horizontal_flip(thing)))
show("rotate, 180 degrees:", lambda thing: functional.rotate(thing, 180.0))
show("affine, 180 degrees:", lambda thing: functional.affine(thing, 180.0, [0, 0], 1.0, [0.0, 0.0]))
show("rotate, 90 degrees:", lambda thing: functional.rotate(thing, 90.0, expand=True))
PROGRAM
