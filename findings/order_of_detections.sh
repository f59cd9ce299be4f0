#!/usr/bin/env bash
# map-boxes 1.0.6 gives another average precision when the rows of the detections are in another order.
#
# Average precision goes by the score: the best detection of an object is the hit, and a further one a false positive.
# In mean_average_precision_for_boxes the first row of an image takes the object, whatever its score, and the scores
# sort hits and false positives only afterwards. A duplicate of low score that is listed first is therefore the hit.
# Nothing says that rows must be sorted, and the score is one of their columns. pycocotools 2.0.11 does not care.
#
# exclude_not_in_annotations=True is to leave out images that are not annotated. It leaves out all images if these are
# named by numbers, for it looks for numbers among texts: a perfect detector gets 0. Nothing is printed.
#
# Why it matters: rows of two detectors that were joined, or that were sorted by place or by class, are in no order of
# scores. The number is plausible, and too low by as much as there are duplicates.
#
# Output seen:
#     two objects, each with a duplicate, by score: map-boxes 1.00, pycocotools 1.00
#     the same rows, the other way round:           map-boxes 0.50, pycocotools 1.00
#     exclude_not_in_annotations, ids as texts:     map-boxes 1.00
#     exclude_not_in_annotations, ids as numbers:   map-boxes 0.00
source "$(dirname "$0")/_setup.sh"
install map-boxes==1.0.6 pycocotools==2.0.11 numpy==2.4.6 pandas==3.1.1

expect <<'PROGRAM'
import contextlib
import io

import pandas as pd
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

with contextlib.redirect_stdout(io.StringIO()):  # it prints what it lacks to be fast
    from map_boxes import mean_average_precision_for_boxes

OBJECTS = [(1, 10, 10), (2, 40, 30)]  # image, left and top of a box of 20 x 20
DETECTIONS = [(1, 10, 10, 0.9), (2, 40, 30, 0.8), (1, 11, 10, 0.2), (2, 41, 30, 0.1)]


def by_map_boxes(detections, name=str, **options):
    corners = ["XMin", "XMax", "YMin", "YMax"]
    annotated = [[name(image), "car", x, x + 20, y, y + 20] for image, x, y in OBJECTS]
    found = [[name(image), "car", score, x, x + 20, y, y + 20] for image, x, y, score in detections]
    pd.DataFrame(annotated, columns=["ImageID", "LabelName", *corners]).to_csv("annotated.csv", index=False)
    pd.DataFrame(found, columns=["ImageID", "LabelName", "Conf", *corners]).to_csv("found.csv", index=False)
    return mean_average_precision_for_boxes("annotated.csv", "found.csv", verbose=False, **options)[0]


def by_pycocotools(detections):
    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1, "width": 100, "height": 100}, {"id": 2, "width": 100, "height": 100}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [
            {"id": image, "image_id": image, "category_id": 1, "bbox": [x, y, 20, 20], "area": 400, "iscrowd": 0}
            for image, x, y in OBJECTS
        ],
    }
    truth.createIndex()
    found = [
        {"image_id": image, "category_id": 1, "bbox": [x, y, 20, 20], "score": score}
        for image, x, y, score in detections
    ]
    evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats[1]


for name, detections in (
    ("two objects, each with a duplicate, by score:", DETECTIONS),
    ("the same rows, the other way round:", DETECTIONS[::-1]),
):
    seen = by_map_boxes(detections)
    with contextlib.redirect_stdout(io.StringIO()):
        expected = by_pycocotools(detections)
    print(f"{name:45} map-boxes {seen:.2f}, pycocotools {expected:.2f}")
for name, kind in (("texts", lambda image: f"image {image}"), ("numbers", int)):
    seen = by_map_boxes(DETECTIONS, kind, exclude_not_in_annotations=True)
    print(f"{f'exclude_not_in_annotations, ids as {name}:':45} map-boxes {seen:.2f}")
PROGRAM
