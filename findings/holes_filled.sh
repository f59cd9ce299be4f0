#!/usr/bin/env bash
# kili-formats 1.7.1 fills the holes of masks when it writes them to COCO, and keeps them in YOLO.
#
# Kili holds an outline, and the outlines of the holes in it. COCO has no holes in polygons: the polygons of an object
# are its parts, and each is filled. The COCO export writes a hole as one more polygon, so that it becomes a part of the
# object; "area" beside it is that without the hole. The YOLO export walks along the hole and leaves it empty. Nothing
# is said.
#
# Here is a tyre, a square of 80 x 80 pixels with a hole of 40 x 40, and a detector that finds it exactly as it is.
#
# Why it matters: a detector of masks that learns from one export leaves out the holes that the other asks for. Rings,
# arches, and people with an arm on the hip lose a part of their IoU, here a quarter, with nobody being wrong. COCO can
# hold the mask as run lengths.
#
# Output seen:
#     COCO: area 4800, mask 6400
#     YOLO: mask 4800
#     average precision of the exact mask: 0.60
source "$(dirname "$0")/_setup.sh"
install 'kili-formats[coco]==1.7.1' shapely==2.2.0 numpy==2.4.6 pycocotools==2.0.11 pillow==12.3.0

expect <<'PROGRAM'
import contextlib
import io

import numpy as np
from kili_formats import convert_from_kili_to_coco_format, convert_from_kili_to_yolo_format
from kili_formats.types import JobCategory
from PIL import Image, ImageDraw
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def square(low, high):
    corners = [(low, low), (high, low), (high, high), (low, high)]
    return {"normalizedVertices": [{"x": x, "y": y} for x, y in corners]}


Image.new("RGB", (100, 100)).save("tyre.png")
tyre = {"type": "semantic", "categories": [{"name": "TYRE"}], "boundingPoly": [square(0.1, 0.9), square(0.3, 0.7)]}
label = {"jsonResponse": {"JOB": {"annotations": [tyre]}}}
asset = {"content": "tyre.png", "externalId": "tyre.png", "jsonContent": "", "latestLabel": label}
job = {"content": {"categories": {"TYRE": {"name": "Tyre"}}}, "tools": ["semantic"], "mlTask": "OBJECT_DETECTION"}
made = convert_from_kili_to_coco_format({"JOB": job}, [asset], "tyres", "IMAGE", None, merged=False)
annotation = made["annotations"][0]
filled = masks.merge(masks.frPyObjects(annotation["segmentation"], 100, 100))
print(f"COCO: area {annotation['area']:.0f}, mask {masks.area(filled)}")

category = JobCategory(category_name="TYRE", id=0, job_id="JOB")
_, *numbers = convert_from_kili_to_yolo_format("JOB", label, {"JOB__TYRE": category}, task="segment")[0]
drawn = masks.frPyObjects([[100 * number for number in numbers]], 100, 100)
print(f"YOLO: mask {masks.area(masks.merge(drawn))}")

exact = np.zeros((100, 100), np.uint8, order="F")
exact[10:90, 10:90] = 1
exact[30:70, 30:70] = 0
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO()
    truth.dataset = made
    truth.createIndex()
    found = {"image_id": 0, "category_id": 0, "segmentation": masks.encode(exact), "score": 0.9}
    evaluation = COCOeval(truth, truth.loadRes([found]), "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
print(f"average precision of the exact mask: {evaluation.stats[0]:.2f}")
PROGRAM
