#!/usr/bin/env bash
# torchvision 0.29.2 numbers the classes of KITTI so that its own detectors take every car for background.
#
# wrap_dataset_for_transforms_v2 makes targets of data sets that torchvision's detectors can be trained with: a dict with
# "boxes" and "labels". These detectors take class 0 for the background. The classes of VOC are numbered with that in
# mind, from 1. Those of KITTI are numbered from 0, and the first one is Car. Nothing is said, at training either. The
# page of the wrapper does not tell the numbers.
#
# Here are images with one object each, and the losses of an untrained Faster R-CNN. A detector learns where the box of
# an object is by the loss of boxes, which is 0 if all of the image is background.
#
# Why it matters: Car is the class of which KITTI has most objects. A detector is trained that cannot give one, since
# class 0 is left out of what it gives, and that learns to suppress what looks like one. Vans, trucks and people are
# learnt as they should.
#
# Output seen:
#     VOC: aeroplane is class 1
#     VOC: bicycle is class 2
#     KITTI: Car is class 0
#     KITTI: Van is class 1
#     to learn from the box of a Car: nothing
#     to learn from the box of a Van: something
source "$(dirname "$0")/_setup.sh"
install torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import pathlib

import torch
from PIL import Image
from torchvision.datasets import Kitti, VOCDetection, wrap_dataset_for_transforms_v2
from torchvision.models.detection import fasterrcnn_mobilenet_v3_large_320_fpn
from torchvision.transforms import v2

READ = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])


def folder(*parts):
    path = pathlib.Path(*parts)
    path.mkdir(parents=True)
    return path


def voc(name):
    year = pathlib.Path(name, "VOCdevkit", "VOC2012")
    Image.new("RGB", (300, 200)).save(folder(year, "JPEGImages") / "a.jpg")
    box = "<xmin>50</xmin><ymin>40</ymin><xmax>150</xmax><ymax>120</ymax>"
    xml = f"<annotation><object><name>{name}</name><bndbox>{box}</bndbox></object></annotation>"
    (folder(year, "Annotations") / "a.xml").write_text(xml)
    (folder(year, "ImageSets", "Main") / "train.txt").write_text("a")
    return VOCDetection(name, image_set="train", transforms=READ)


def kitti(name):
    training = pathlib.Path(name, "Kitti", "raw", "training")
    Image.new("RGB", (300, 200)).save(folder(training, "image_2") / "a.png")
    line = f"{name} 0.00 0 -1.57 50.00 40.00 150.00 120.00 1.50 1.60 3.90 1.00 1.50 20.00 -1.50\n"
    (folder(training, "label_2") / "a.txt").write_text(line)
    return Kitti(name, transforms=READ)


for title, data, names in (("VOC", voc, ("aeroplane", "bicycle")), ("KITTI", kitti, ("Car", "Van"))):
    for name in names:
        _, target = wrap_dataset_for_transforms_v2(data(name))[0]
        print(f"{title}: {name} is class {target['labels'].item()}")

for name in ("Car", "Van"):
    image, target = wrap_dataset_for_transforms_v2(Kitti(name, transforms=READ))[0]
    torch.manual_seed(0)
    detector = fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None, num_classes=9).train()
    loss = detector([image], [target])["loss_box_reg"].item()
    print(f"to learn from the box of a {name}: {'something' if loss > 0 else 'nothing'}")
PROGRAM
