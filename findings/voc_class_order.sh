#!/usr/bin/env bash
# supervision 0.31.2 reads training and validation files of Pascal VOC with two orders of the same classes.
#
# A VOC file holds names of classes and no list of them. from_pascal_voc numbers names image by image: one of the first
# image is class 0, whatever other images hold. labelme files, which have no list either, get their classes in the order
# of the alphabet. Each half of a data set is read by a call of its own, and so is one that has lost its first image.
# What is written of it, as YOLO with its data.yaml or as COCO, fits in itself; nothing is printed.
#
# Why it matters: YOLO has one data.yaml for all parts, so that one of the two is kept. A detector that has learnt
# person as 0 is then judged by files in which dogs are 0: every box is right and every class wrong.
#
# Output seen:
#     train: VOC person, dog; labelme dog, person
#     val:   VOC dog, person; labelme dog, person
#     YOLO of train: 0 person, 1 dog
#     YOLO of val, by data.yaml of train: 1 person is called dog, 0 dog is called person
source "$(dirname "$0")/_setup.sh"
install supervision==0.31.2 opencv-python-headless==5.0.0.93 numpy==2.4.6

expect <<'PROGRAM'
import json
import pathlib

import cv2
import numpy as np
import supervision
import yaml

PARTS = {"train": {"1": "person", "2": "dog"}, "val": {"3": "dog", "4": "person"}}
read = {}
for part, names in PARTS.items():
    images, voc, labelme = (pathlib.Path(part, kind) for kind in ("images", "voc", "labelme"))
    for folder in (images, voc, labelme):
        folder.mkdir(parents=True)
    for stem, name in names.items():
        cv2.imwrite(str(images / f"{stem}.png"), np.zeros((100, 100, 3), np.uint8))
        (voc / f"{stem}.xml").write_text(
            f"<annotation><filename>{stem}.png</filename>"
            "<size><width>100</width><height>100</height><depth>3</depth></size>"
            f"<object><name>{name}</name>"
            "<bndbox><xmin>11</xmin><ymin>11</ymin><xmax>30</xmax><ymax>30</ymax></bndbox></object></annotation>"
        )
        shape = {"label": name, "shape_type": "rectangle", "points": [[10, 10], [30, 30]]}
        record = {"imagePath": f"{stem}.png", "imageWidth": 100, "imageHeight": 100, "shapes": [shape]}
        (labelme / f"{stem}.json").write_text(json.dumps(record))
    by_voc = supervision.DetectionDataset.from_pascal_voc(str(images), str(voc))
    by_labelme = supervision.DetectionDataset.from_labelme(str(images), str(labelme))
    print(f"{part + ':':<6} VOC {', '.join(by_voc.classes)}; labelme {', '.join(by_labelme.classes)}")
    by_voc.as_yolo(annotations_directory_path=f"{part}/yolo", data_yaml_path=f"{part}/data.yaml")


def number(part, stem):
    """The class of the one object of an image, in its YOLO file."""
    return int(pathlib.Path(part, "yolo", f"{stem}.txt").read_text().split()[0])


listed = yaml.safe_load(pathlib.Path("train/data.yaml").read_text())["names"]
told = [f"{number('train', stem)} {name}" for stem, name in PARTS["train"].items()]
print("YOLO of train:", ", ".join(told))
told = [(number("val", stem), name) for stem, name in PARTS["val"].items()]
called = ", ".join(f"{k} {name} is called {listed[k]}" for k, name in reversed(told))
print("YOLO of val, by data.yaml of train:", called)
PROGRAM
