#!/usr/bin/env bash
# superannotate 4.6.2 writes other areas to COCO the lower a box is in its image.
#
# export_annotation turns annotations of SuperAnnotate into COCO. For "area" it takes the width times the lower edge,
# less the upper edge, where it means the width times the height. The boxes are right, and so are the outlines. Nothing
# is said.
#
# Here are three objects of 20 x 20 pixels, one below the other in an image of 640 x 480, and a detector that finds the
# upper one only.
#
# Why it matters: COCO's evaluation goes by "area" where it tells small objects from medium and large ones, below 32 x
# 32 pixels and from 96 x 96 on. The numbers for each size are those of another place in the image, and objects at the
# bottom are taken for large ones. Filters for tiny objects read it, too. The totals are right.
#
# Output seen:
#     bbox [10, 0, 20, 20]: area 400
#     bbox [10, 50, 20, 20]: area 1350
#     bbox [10, 400, 20, 20]: area 8000
#     recall of small objects: 1.00, with areas that are right: 0.33
source "$(dirname "$0")/_setup.sh"
install superannotate==4.6.2 pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io
import json
import logging
import pathlib

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from superannotate import export_annotation

logging.disable(logging.CRITICAL)


def box(top):
    points = {"x1": 10, "y1": top, "x2": 30, "y2": top + 20}
    return {"type": "bbox", "classId": 1, "className": "car", "points": points, "attributes": [], "pointLabels": {}}


pathlib.Path("in/classes").mkdir(parents=True)
pathlib.Path("in/classes/classes.json").write_text('[{"id": 1, "name": "car", "color": "#ff0000"}]')
image = {"name": "street.jpg", "width": 640, "height": 480}
content = {"metadata": image, "instances": [box(top) for top in (0, 50, 400)], "tags": [], "comments": []}
pathlib.Path("in/street.jpg___objects.json").write_text(json.dumps(content))
with contextlib.redirect_stdout(io.StringIO()):
    export_annotation("in", "out", "COCO", "cars", "Vector", "object_detection")
made = json.loads(pathlib.Path("out/cars.json").read_text())
for item in made["annotations"]:
    print(f"bbox {item['bbox']}: area {item['area']}")


def recall_of_small(data):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = data
        truth.createIndex()
        found = {"image_id": 1, "category_id": 1, "bbox": data["annotations"][0]["bbox"], "score": 0.9}
        evaluation = COCOeval(truth, truth.loadRes([found]), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[9])


right = {**made, "annotations": [{**item, "area": item["bbox"][2] * item["bbox"][3]} for item in made["annotations"]]}
print(f"recall of small objects: {recall_of_small(made):.2f}, with areas that are right: {recall_of_small(right):.2f}")
PROGRAM
