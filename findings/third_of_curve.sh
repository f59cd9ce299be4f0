#!/usr/bin/env bash
# mAUC_50 of faster-coco-eval 1.8.0 is 1 for a detector that misses two thirds of all objects.
#
# extra_calc=True adds two numbers to those of COCO. mAUC_50 is the area under the curve of precision by recall at an IoU
# of 0.5. The curve has 101 levels of recall, for each of three limits of detections an image. It is laid out with these
# three side by side, and the first 101 of the 303 values are then taken for the curve: a third of it, stretched to the
# whole. What is missed beyond costs nothing. The other numbers are right.
#
# Here a detector finds some of 30 objects, three in each of ten images, exactly and without a false alarm. The area is
# the share that it finds, and so is average precision, nearly.
#
# Why it matters: the number stands in the same summary as average precision. Between a third of the objects and all of
# them it tells no detectors apart, and below it is three times too large.
#
# Output seen:
#     finds 30 of 30: AP_50 1.00, mAUC_50 1.00
#     finds 15 of 30: AP_50 0.50, mAUC_50 1.00
#     finds 10 of 30: AP_50 0.34, mAUC_50 1.00
#     finds 6 of 30: AP_50 0.21, mAUC_50 0.62
#     finds 3 of 30: AP_50 0.11, mAUC_50 0.32
source "$(dirname "$0")/_setup.sh"
install faster-coco-eval==1.8.0 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io

from faster_coco_eval import COCO, COCOeval_faster

PLACES = [(image, left) for left in (10, 40, 70) for image in range(1, 11)]


def box(place):
    image, left = place
    return {"image_id": image, "category_id": 1, "bbox": [left, 10, 20, 20]}


def evaluated(found):
    annotated = {
        "images": [{"id": image, "width": 100, "height": 100} for image in range(1, 11)],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [{"id": 1 + k, "area": 400, "iscrowd": 0, **box(place)} for k, place in enumerate(PLACES)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(annotated)
        detections = truth.loadRes([{"score": 0.9 - k / 100, **box(place)} for k, place in enumerate(PLACES[:found])])
        evaluation = COCOeval_faster(truth, detections, "bbox", extra_calc=True)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats_as_dict


for found in (30, 15, 10, 6, 3):
    seen = evaluated(found)
    print(f"finds {found} of 30: AP_50 {seen['AP_50']:.2f}, mAUC_50 {seen['mAUC_50']:.2f}")
PROGRAM
