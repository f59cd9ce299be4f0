#!/usr/bin/env bash
# kornia 0.9.0 flips one box to two places, a pixel apart, by how the box is written.
#
# AugmentationSequential transforms pictures and boxes together, and data_keys says how boxes are written: "bbox_xyxy"
# is left, top, right and bottom, "bbox_xywh" left, top, width and height, and "bbox" the four corner points. A note far
# down in its documentation says that right and bottom are the last pixel inside, for every key. Corners are treated so,
# and a box whose corners are its edges, as boxes of torchvision, YOLO and COCO are, lies a pixel to the left of the
# object after a flip, or above it. Width and height are not treated so: they have to count all pixels, and are flipped
# to the right place. A quarter turn does the same. Nothing is printed.
#
# Here a white rectangle is the object, so that the picture tells where it is afterwards.
#
# Why it matters: half of the training pictures are flipped. Their boxes lie a pixel beside those of the other half; for
# an object of eight pixels that is an IoU of 0.78. Whoever changes from one key to the other has other boxes.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     as it is            bbox_xyxy object [90, 60, 98, 68], box [90.0, 60.0, 98.0, 68.0]
#     as it is            bbox_xywh object [90, 60, 98, 68], box [90.0, 60.0, 98.0, 68.0]
#     as it is            bbox      object [90, 60, 98, 68], box [90.0, 60.0, 98.0, 68.0]
#     flipped sideways    bbox_xyxy object [202, 60, 210, 68], box [201.0, 60.0, 209.0, 68.0]
#     flipped sideways    bbox_xywh object [202, 60, 210, 68], box [202.0, 60.0, 210.0, 68.0]
#     flipped sideways    bbox      object [202, 60, 210, 68], box [201.0, 60.0, 209.0, 68.0]
#     flipped upside down bbox_xyxy object [90, 132, 98, 140], box [90.0, 131.0, 98.0, 139.0]
#     flipped upside down bbox_xywh object [90, 132, 98, 140], box [90.0, 132.0, 98.0, 140.0]
#     flipped upside down bbox      object [90, 132, 98, 140], box [90.0, 131.0, 98.0, 139.0]
#     quarter turn        bbox_xyxy object [110, 152, 118, 160], box [110.0, 151.0, 118.0, 159.0]
#     quarter turn        bbox_xywh object [110, 152, 118, 160], box [110.0, 152.0, 118.0, 160.0]
#     quarter turn        bbox      object [110, 152, 118, 160], box [110.0, 151.0, 118.0, 159.0]
source "$(dirname "$0")/_setup.sh"
install kornia==0.9.0 torch==2.15.0 numpy==2.4.6

expect <<'PROGRAM'
import kornia.augmentation as augment
import numpy as np
import torch

LEFT, TOP, RIGHT, BOTTOM = OBJECT = [90, 60, 98, 68]  # in a picture of 300 x 200
CORNERS = [[LEFT, TOP], [RIGHT, TOP], [RIGHT, BOTTOM], [LEFT, BOTTOM]]
FORMATS = {"bbox_xyxy": OBJECT, "bbox_xywh": [LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP], "bbox": CORNERS}


def transformed(transform, key):
    """Where the object is in the picture, and its box, both as left, top, right and bottom."""
    picture = torch.zeros(1, 1, 200, 300)
    picture[..., TOP:BOTTOM, LEFT:RIGHT] = 1
    together = augment.AugmentationSequential(transform, data_keys=["input", key])
    picture, box = together(picture, torch.tensor([[FORMATS[key]]], dtype=torch.float32))
    rows, columns = np.nonzero(picture[0, 0].numpy() > 0.5)
    box = box[0, 0].tolist()
    if key == "bbox_xywh":
        box[2:] = box[0] + box[2], box[1] + box[3]
    if key == "bbox":
        box = [*map(min, *box), *map(max, *box)]
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return [int(edge) for edge in seen], [round(edge, 3) for edge in box]


transforms = {
    "as it is": augment.RandomHorizontalFlip(p=0.0),
    "flipped sideways": augment.RandomHorizontalFlip(p=1.0),
    "flipped upside down": augment.RandomVerticalFlip(p=1.0),
    "quarter turn": augment.RandomRotation90(times=(1, 1), p=1.0),
}
for name, transform in transforms.items():
    for key in FORMATS:
        seen, box = transformed(transform, key)
        print(f"{name:19} {key:9} object {seen}, box {box}")
PROGRAM
