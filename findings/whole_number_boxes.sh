#!/usr/bin/env bash
# torchvision 0.29.2 cuts boxes to whole pixels after each transform if they were given as whole numbers.
#
# BoundingBoxes([[10, 10, 20, 20]]) holds integers, as a tensor does. Transforms that resize or turn a picture compute
# the new corners as fractions, and then give back integers, cut towards 0: the box moves to the left and the top and
# changes its size, and the next transform starts from there. Nothing is said. The same corners with a decimal point
# stay exact. wrap_dataset_for_transforms_v2 makes integers of Pascal VOC's boxes, and of COCO's in each image for
# which the file has no decimals.
#
# Here pictures of 200 x 200 pixels are made smaller in two steps, by 0.75 and by 0.67.
#
# Why it matters: a detector is trained on boxes that lie beside their objects, always to the same side. The box of an
# object of eight pixels is left with an IoU of 0.62.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     [[11, 11, 19, 19]]     [5, 5, 9, 9], int64, IoU with the exact box 0.62
#     [[11.0, 11, 19, 19]]   [5.5, 5.5, 9.5, 9.5], float32, IoU with the exact box 1.00
#     the same from VOC      [5, 5, 9, 9], int64, IoU with the exact box 0.62
#     the same from COCO     [5, 5, 9, 9], int64, IoU with the exact box 0.62
source "$(dirname "$0")/_setup.sh"
install torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import numpy as np
import torch
from PIL import Image
from torchvision.datasets import CocoDetection, VOCDetection, wrap_dataset_for_transforms_v2
from torchvision.ops import box_iou
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxes

smaller = v2.Compose([v2.Resize((150, 150)), v2.Resize((100, 100))])
exact = torch.tensor([[5.5, 5.5, 9.5, 9.5]])  # half of 11, 11, 19, 19


def show(title, boxes):
    result = smaller(boxes)
    corners = [round(corner, 2) for corner in result[0].tolist()]
    iou = float(box_iou(result.to(torch.float32), exact))
    print(f"{title:<22} {corners}, {str(result.dtype).removeprefix('torch.')}, IoU with the exact box {iou:.2f}")


show("[[11, 11, 19, 19]]", BoundingBoxes([[11, 11, 19, 19]], format="XYXY", canvas_size=(200, 200)))
show("[[11.0, 11, 19, 19]]", BoundingBoxes([[11.0, 11, 19, 19]], format="XYXY", canvas_size=(200, 200)))

folder = pathlib.Path("VOCdevkit/VOC2012")
for part in ("JPEGImages", "Annotations", "ImageSets/Main"):
    (folder / part).mkdir(parents=True)
Image.fromarray(np.zeros((200, 200, 3), np.uint8)).save(folder / "JPEGImages/1.jpg")
(folder / "ImageSets/Main/train.txt").write_text("1\n")
(folder / "Annotations/1.xml").write_text(
    "<annotation><filename>1.jpg</filename><size><width>200</width><height>200</height><depth>3</depth></size>"
    "<object><name>car</name><bndbox><xmin>11</xmin><ymin>11</ymin><xmax>19</xmax><ymax>19</ymax></bndbox></object>"
    "</annotation>"
)
_, target = wrap_dataset_for_transforms_v2(VOCDetection(".", year="2012", image_set="train"))[0]
show("the same from VOC", target["boxes"])

pathlib.Path("1.json").write_text(
    json.dumps(
        {
            "images": [{"id": 1, "file_name": "1.jpg", "width": 200, "height": 200}],
            "categories": [{"id": 1, "name": "car"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [11, 11, 8, 8], "area": 64}],
        }
    )
)
with contextlib.redirect_stdout(io.StringIO()):
    coco = CocoDetection(folder / "JPEGImages", "1.json")
_, target = wrap_dataset_for_transforms_v2(coco, target_keys=["boxes"])[0]
show("the same from COCO", target["boxes"])
PROGRAM
