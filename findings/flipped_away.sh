#!/usr/bin/env bash
# FlipItem and DihedralItem of fastai 2.8.12 take all boxes and classes out of the pictures that they flip.
#
# Both are for single pictures (item_tfms), and take boxes as well. Boxes are brought to numbers from -1 to 1 by
# PointScaler, and flipped by a change of the sign. The two come before PointScaler, though, and so flip boxes in pixels:
# what was at 30 is at -30, outside of the picture. Boxes outside are left out when pictures are joined to a batch, and
# their classes with them. Nothing is printed. Flip and Dihedral, which take whole batches, come later and are right.
#
# Here a white object is at 30 to 80 from the left and 20 to 40 from the top of a picture of 200 x 100.
#
# Why it matters: half of the pictures, or three quarters with DihedralItem, are shown to the detector as empty, with
# their objects in them. It learns not to find them.
#
# It needs 7 GB of room and no GPU.
#
# Output seen:
#     none:         the object at [30, 20, 80, 40], the boxes [[30, 20, 80, 40]] of ['cat']
#     FlipItem:     the object at [120, 20, 170, 40], the boxes [] of []
#     DihedralItem: the object at [20, 120, 40, 170], the boxes [] of []
#     Flip:         the object at [120, 20, 170, 40], the boxes [[120, 20, 170, 40]] of ['cat']
source "$(dirname "$0")/_setup.sh"
install fastai==2.8.12 torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 setuptools==80.10.2

expect <<'PROGRAM'
import random

import numpy as np
import torch
from fastai.vision.all import (
    BBoxBlock,
    BBoxLblBlock,
    DataBlock,
    DihedralItem,
    Flip,
    FlipItem,
    ImageBlock,
    IndexSplitter,
)
from PIL import Image

picture = np.zeros((100, 200, 3), np.uint8)
picture[20:40, 30:80] = 255
Image.fromarray(picture).save("picture.png")


def show(title, single, whole):
    random.seed(2)
    torch.manual_seed(2)
    block = DataBlock(
        blocks=(ImageBlock, BBoxBlock, BBoxLblBlock),
        get_items=lambda _: ["picture.png"] * 2,
        get_y=[lambda _: [[30, 20, 80, 40]], lambda _: ["cat"]],
        n_inp=1,
        splitter=IndexSplitter([1]),
        item_tfms=single,
        batch_tfms=whole,
    )
    loaders = block.dataloaders(".", bs=1, num_workers=0)
    pictures, boxes, classes = (torch.as_tensor(part).cpu() for part in loaders.train.one_batch())
    rows, columns = (pictures[0].mean(0) > 0.5).nonzero(as_tuple=True)
    place = [int(n) for n in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    height, width = pictures.shape[-2:]
    pixels = ((boxes[0] + 1) / 2 * torch.tensor([width, height, width, height])).round().int().tolist()
    names = [loaders.vocab[c] for c in classes[0].tolist()]
    print(f"{title + ':':<13} the object at {place}, the boxes {pixels} of {names}")


show("none", None, None)
show("FlipItem", FlipItem(p=1.0), None)
show("DihedralItem", DihedralItem(p=1.0), None)
show("Flip", None, Flip(p=1.0))
PROGRAM
