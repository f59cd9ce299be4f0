#!/usr/bin/env bash
# resize of torchvision 0.29.2 makes a square that stands on its corner 1.7 times as large as its object when the picture
# goes from 640 x 480 to 640 x 640, and 3.2 times when its height is halved.
#
# A turned box is no rectangle any more once width and height are scaled differently, and torchvision makes one of it
# again. Two corners are meant to stay, those of the longer diagonal, and the longer side is told from the shorter one
# for that. Where both sides are equal neither is cut, and no corner stays. This is so for squares at 45 degrees. Where
# they are given by an angle, and not by corners, rounding may make one side the longer. Nothing is said about it.
#
# A square at 44 degrees keeps two corners. A rectangle cannot have the other two. 135 degrees is the square at 45 whose
# corners are named from the next one on.
#
# Why it matters: warning signs and tiles are such squares, and squashing to a square is how most detectors are fed. The
# box reaches far out of its object, and may reach out of the picture.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#      45 degrees, 640 x 480 to 640 x 640: 1.71 times the object, IoU 0.59, 0 of 4 corners stay
#      45 degrees, 640 x 480 to 640 x 240: 3.20 times the object, IoU 0.31, 0 of 4 corners stay
#     135 degrees, 640 x 480 to 640 x 640: 0.54 times the object, IoU 0.54, 0 of 4 corners stay
#      44 degrees, 640 x 480 to 640 x 640: 1.28 times the object, IoU 0.78, 2 of 4 corners stay
#      30 degrees, 640 x 480 to 640 x 640: 1.21 times the object, IoU 0.82, 2 of 4 corners stay
#      45 degrees, 640 x 480 to 320 x 240: 1.00 times the object, IoU 1.00, 4 of 4 corners stay
source "$(dirname "$0")/_setup.sh"
install torch==2.15.0 torchvision==0.29.2 numpy==2.4.6

expect <<'PROGRAM'
import torch
from torchvision.transforms.v2 import functional
from torchvision.tv_tensors import BoundingBoxes

GRID = torch.cartesian_prod(torch.arange(0, 640, 0.5), torch.arange(0, 640, 0.5))


def square(degrees):
    """The corners of a square in the middle of the picture, from the upper left one on, clockwise."""
    angles = torch.deg2rad(torch.tensor([degrees, degrees + 90, degrees + 180, degrees + 270], dtype=torch.float64) - 135)
    return torch.tensor([320.0, 240.0]) + (90 * torch.stack([angles.cos(), angles.sin()], 1)).float().round(decimals=3)


def area(polygon):
    (x, y), (next_x, next_y) = polygon.T, polygon.roll(-1, 0).T
    return float((x * next_y - next_x * y).sum().abs() / 2)


def inside(polygon):
    """Which points of a grid lie in a convex polygon."""
    edges = polygon.roll(-1, 0) - polygon
    from_corner = GRID[:, None] - polygon
    side = edges[:, 0] * from_corner[..., 1] - edges[:, 1] * from_corner[..., 0]
    return (side >= 0).all(1) | (side <= 0).all(1)


def show(degrees, width, height):
    boxes = BoundingBoxes(square(degrees).reshape(1, 8), format="XYXYXYXY", canvas_size=(480, 640), clamping_mode=None)
    object_there = square(degrees) * torch.tensor([width / 640, height / 480])
    seen = functional.resize(boxes, [height, width]).as_subclass(torch.Tensor).reshape(4, 2)
    there, box = inside(object_there), inside(seen)
    iou = (there & box).sum() / (there | box).sum()
    stay = int((torch.cdist(object_there, seen).min(1).values < 0.01).sum())
    print(
        f"{degrees:3} degrees, 640 x 480 to {width} x {height}: {area(seen) / area(object_there):.2f} times the object, "
        f"IoU {iou:.2f}, {stay} of 4 corners stay"
    )


show(45, 640, 640)
show(45, 640, 240)
show(135, 640, 640)
show(44, 640, 640)
show(30, 640, 640)
show(45, 320, 240)
PROGRAM
