#!/usr/bin/env bash
# masks_to_boxes of torchvision 0.29.2 makes boxes that lack the last row and column of their masks, and its transforms
# move the two further apart.
#
# The function gives x1, y1, x2 and y2, as the first and the last pixel of a mask. Everything else in torchvision takes x2
# and y2 for the edge behind the last pixel: box_area, box_iou, and all transforms. Its page says that boxes of masks that
# are one pixel wide may have no width, and not that each is a pixel too small. Nothing is printed.
#
# Here an object covers 10 x 10 pixels, columns and rows 20 to 29 of 100, as a mask and as the box made of it. The columns
# of both are shown after a transform, with the edge behind the last pixel: for the mask, counted from its pixels.
#
# Why it matters: masks are turned into boxes by this function to train detectors, as in torchvision's own tutorial. A
# small object loses a fifth of its area and more, and enlarging makes ten pixels of the missing one. A pole or a wire is
# removed. Boxes of other sources, such as COCO's, are not shortened, and the two do not match.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     as made:            mask 20 to 30, box 20 to 29, IoU 0.81
#     flipped:            mask 70 to 80, box 71 to 80, IoU 0.81
#     ten times as large: mask 200 to 300, box 200 to 290, IoU 0.81
#     kept by SanitizeBoundingBoxes: the object yes, a pole of 1 x 80 pixels no
source "$(dirname "$0")/_setup.sh"
install torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import torch
from torchvision import tv_tensors
from torchvision.ops import box_iou, masks_to_boxes
from torchvision.transforms import v2

masks = torch.zeros((2, 100, 100), dtype=torch.uint8)
masks[0, 20:30, 20:30] = 1
masks[1, 10:90, 50:51] = 1
made = tv_tensors.BoundingBoxes(masks_to_boxes(masks), format="XYXY", canvas_size=(100, 100))
objects = {"masks": tv_tensors.Mask(masks), "boxes": made}


def show(title, transformed):
    rows, columns = torch.nonzero(transformed["masks"][0], as_tuple=True)
    true = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
    box = transformed["boxes"][0].as_subclass(torch.Tensor)
    iou = box_iou(torch.tensor([true]).float(), box[None]).item()
    columns = f"mask {true[0]} to {true[2]}, box {box[0]:.0f} to {box[2]:.0f}"
    print(f"{title + ':':<19} {columns}, IoU {iou:.2f}")


show("as made", objects)
show("flipped", v2.RandomHorizontalFlip(p=1)(objects))
show("ten times as large", v2.Resize((1000, 1000))(objects))
clean = v2.SanitizeBoundingBoxes(labels_getter=None)(objects)["boxes"].tolist()
kept = ["yes" if box in clean else "no" for box in made.tolist()]
print(f"kept by SanitizeBoundingBoxes: the object {kept[0]}, a pole of 1 x 80 pixels {kept[1]}")
PROGRAM
