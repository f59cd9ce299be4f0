#!/usr/bin/env bash
# effdet 0.4.1 trains the first class as background if the categories of the COCO file are numbered from 0.
#
# EfficientDet has 0 for background and counts classes from 1. The readers of VOC and Open Images number their classes so,
# whatever they are called. That of COCO takes the category ids as they are. An object of category 0 is then laid on the
# anchors around it, and each of them is told that there is nothing. The anchors count as finds in the loss, and learn
# the place of the box. COCO asks for integers as ids, and labelme2coco, for one, counts from 0. Nothing is printed.
#
# Here a cat and a dog of the same size are put on anchors by AnchorLabeler, which training does for each picture.
#
# Why it matters: the first class is never found, and its average precision of 0 looks like a hard class.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     categories from 1: 80 anchors with an object, of which 39 say cat, 41 say dog, 0 say background
#     categories from 0: 80 anchors with an object, of which 39 say background, 41 say dog
source "$(dirname "$0")/_setup.sh"
install effdet==0.4.1 timm==1.0.31 torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io
import json

import torch
from effdet.anchors import AnchorLabeler, Anchors
from effdet.data.parsers import CocoParserCfg, create_parser

NAMES = ["cat", "dog"]
SIZE = (512, 512)


def read(first):
    """The picture as the reader gives it, with categories numbered from `first`."""
    annotations = [
        {"id": 1 + n, "image_id": 1, "category_id": first + n, "bbox": [40 + 200 * n, 40, 120, 120], "area": 14400, "iscrowd": 0}
        for n in range(2)
    ]
    data = {
        "images": [{"id": 1, "file_name": "1.jpg", "width": 512, "height": 512}],
        "categories": [{"id": first + n, "name": name} for n, name in enumerate(NAMES)],
        "annotations": annotations,
    }
    with open("coco.json", "w") as file:
        json.dump(data, file)
    with contextlib.redirect_stdout(io.StringIO()):
        return create_parser("coco", cfg=CocoParserCfg("coco.json")).get_ann_info(0)


labeler = AnchorLabeler(Anchors(3, 7, 3, [(1.0, 1.0), (1.4, 0.7), (0.7, 1.4)], 4.0, SIZE), len(NAMES))
for first in (1, 0):
    picture = read(first)
    levels, places, number = labeler.label_anchors(torch.tensor(picture["bbox"]), torch.tensor(picture["cls"]))
    targets = torch.cat([level.flatten() for level in levels])
    used = torch.cat([level.reshape(-1, 4) for level in places]).any(1)  # those that learn the place of a box
    numbers = (targets[used] + 1).tolist()  # what a detection is called, and 0 for background
    names = {first + n: name for n, name in enumerate(NAMES)} | {0: "background"}
    said = {name: numbers.count(number) for number, name in names.items()}
    text = ", ".join(f"{count} say {name}" for name, count in said.items())
    print(f"categories from {first}: {int(number)} anchors with an object, of which {text}")
PROGRAM
