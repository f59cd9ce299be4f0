#!/usr/bin/env bash
# supervision 0.31.2 writes one object with a mask in two parts as a crowd in COCO, and as two objects in VOC.
#
# A person behind a lamp post, or with an arm on the hip, has a mask of two parts, or with a hole. as_coco writes such a
# mask as run lengths, which COCO allows for any object, and takes run lengths for "iscrowd": 1 with it. as_pascal_voc
# writes an object for each part instead. Neither prints anything. A mask in one part stays one object in both.
#
# Here are three people side by side: one in one part, one in two parts, and one with a hole.
#
# Why it matters: evaluators leave crowds out, and trainers skip them. The objects that are hardest to see, being
# covered in part, are no longer asked for: a detector that finds none of them has a recall of 1. In VOC it has to find
# each half.
#
# Output seen:
#     given:             3 people
#     COCO:              iscrowd 0, 1, 1
#     VOC:               4 people
#     recall of a detector that finds the first one only: 1.0
source "$(dirname "$0")/_setup.sh"
install supervision==0.31.2 opencv-python-headless==5.0.0.93 numpy==2.4.6 pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import cv2
import numpy as np
import supervision
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

masks = np.zeros((3, 100, 200), bool)
masks[0, 10:90, 10:50] = True
masks[1, 10:90, 70:110] = True
masks[1, 10:90, 85:95] = False  # the lamp post
masks[2, 10:90, 130:170] = True
masks[2, 40:60, 140:160] = False  # what is seen between arm and body
corners = np.array([[10, 10, 50, 90], [70, 10, 110, 90], [130, 10, 170, 90]], float)
cv2.imwrite("1.png", np.zeros((100, 200, 3), np.uint8))
people = supervision.Detections(xyxy=corners, mask=masks, class_id=np.zeros(3, int))
data_set = supervision.DetectionDataset(["person"], ["1.png"], {"1.png": people})
data_set.as_coco(annotations_path="coco.json")
data_set.as_pascal_voc(annotations_directory_path="voc")

print(f"given:             {len(people)} people")
written = json.loads(pathlib.Path("coco.json").read_text())["annotations"]
print("COCO:              iscrowd", ", ".join(str(annotation["iscrowd"]) for annotation in written))
print(f"VOC:               {pathlib.Path('voc/1.xml').read_text().count('<name>person</name>')} people")

first = {"image_id": written[0]["image_id"], "category_id": written[0]["category_id"]}
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO("coco.json")
    evaluation = COCOeval(truth, truth.loadRes([{**first, "bbox": written[0]["bbox"], "score": 0.9}]), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
print(f"recall of a detector that finds the first one only: {evaluation.stats[8]:.1f}")
PROGRAM
