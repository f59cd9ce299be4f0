#!/usr/bin/env bash
# tidecv 1.0.1 gives average precision 100 to a detector whose best scores are false alarms, if these are in images
# without an object.
#
# Detections and objects are handed to TIDE one by one, each with the id of its image; images come into being with them.
# Only images that have an object are evaluated. What a detector finds in the others is in no sum, neither in average
# precision nor among the background errors, and nothing is printed. The same boxes count as soon as add_image has named
# the images to the objects, which the readers of COCO's and VOC's files do and add_ground_truth does not ask for.
# pycocotools 2.0.11 gives the second value for the same boxes.
#
# Why it matters: TIDE is what one asks where a detector's errors come from. Images without objects are kept in a data
# set to measure false alarms: here half of all detections, and the "background" error is 0.
#
# It needs 350 MB of room.
#
# Output seen:
#     as it is:       average precision 100.0, background errors 0.0
#     with add_image: average precision 50.0, background errors 50.0
#     pycocotools:    average precision 50.0
source "$(dirname "$0")/_setup.sh"
install tidecv==1.0.1 pycocotools==2.0.11 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tidecv import TIDE, Data

box = [10, 10, 20, 20]
scores = {1: 0.5, 2: 0.4, 3: 0.9, 4: 0.8}  # a detection in each of four images, and an object in images 1 and 2


def by_tide(named):
    objects, detections = Data("objects"), Data("detections")
    for image in scores if named else ():
        objects.add_image(image, f"{image}.jpg")
    for image in (1, 2):
        objects.add_ground_truth(image, 1, box)
    for image, score in scores.items():
        detections.add_detection(image, 1, score, box)
    tide = TIDE()
    run = tide.evaluate(objects, detections, mode=TIDE.BOX)
    return f"{run.ap:.1f}, background errors {tide.get_main_errors()['detections']['Bkg']:.1f}"


def by_pycocotools():
    truth = COCO()
    truth.dataset = {
        "images": [{"id": image, "width": 100, "height": 100} for image in scores],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [
            {"id": image, "image_id": image, "category_id": 1, "bbox": box, "area": 400, "iscrowd": 0}
            for image in (1, 2)
        ],
    }
    truth.createIndex()
    found = [{"image_id": image, "category_id": 1, "bbox": box, "score": score} for image, score in scores.items()]
    evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats[1] * 100


print("as it is:       average precision", by_tide(False))
print("with add_image: average precision", by_tide(True))
with contextlib.redirect_stdout(io.StringIO()):
    average_precision = by_pycocotools()
print(f"pycocotools:    average precision {average_precision:.1f}")
PROGRAM
