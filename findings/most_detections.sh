#!/usr/bin/env bash
# max_dets of LVISEval in lvis 0.5.3 changes what is printed and nothing that is computed.
#
# The parameters of an evaluation are set between making a COCOeval or an LVISEval and running it. pycocotools looks at
# maxDets when it runs. lvis cuts the detections of each image to 300 when the LVISEval is made, and looks at
# params.max_dets for the headings alone: the recall of all detections is shown under "AR@10" and "maxDets= 10". The
# limit that counts is that of LVISResults, whose number no heading shows. Nothing is printed.
#
# Here a detector finds each of 200 objects in one image exactly.
#
# Why it matters: recall with few detections is asked for to compare detectors, or to see what a limit costs, and here
# no limit seems to cost anything. With LVISResults in its place the headings claim 300.
#
# Output seen:
#     pycocotools, maxDets [1, 10, 100]: maxDets=1 0.005, maxDets=10 0.050, maxDets=100 0.500
#     lvis as it is:                     AR@300 1.000
#     lvis, params.max_dets = 10:        AR@10 1.000
#     lvis, LVISResults(max_dets=10):    AR@300 0.050
source "$(dirname "$0")/_setup.sh"
install lvis==0.5.3 pycocotools==2.0.7 numpy==1.23.5 opencv-python==4.11.0.86 matplotlib==3.10.9

expect <<'PROGRAM'
import contextlib
import io
import json
import logging
import pathlib

from lvis import LVIS, LVISEval, LVISResults
from pycocotools import coco, cocoeval

logging.disable(logging.CRITICAL)
BOXES = [[20 * (k % 20), 20 * (k // 20), 10, 10] for k in range(200)]
truth = {
    "images": [{"id": 1, "width": 400, "height": 200, "neg_category_ids": [], "not_exhaustive_category_ids": []}],
    "categories": [{"id": 1, "name": "nail", "frequency": "f"}],
    "annotations": [
        {"id": 1 + k, "image_id": 1, "category_id": 1, "bbox": box, "area": 100, "iscrowd": 0}
        for k, box in enumerate(BOXES)
    ],
}
pathlib.Path("truth.json").write_text(json.dumps(truth))


def detections():
    return [{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.9 - k / 1000} for k, box in enumerate(BOXES)]


def show(name, seen):
    print(f"{name + ':':<34} {seen}")


with contextlib.redirect_stdout(io.StringIO()):
    annotated = coco.COCO("truth.json")
    evaluation = cocoeval.COCOeval(annotated, annotated.loadRes(detections()), "bbox")
    evaluation.params.maxDets = [1, 10, 100]
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
recalls = zip(evaluation.params.maxDets, evaluation.stats[6:9])
show("pycocotools, maxDets [1, 10, 100]", ", ".join(f"maxDets={most} {recall:.3f}" for most, recall in recalls))


def lvis(name, limit=None, **options):
    annotated = LVIS("truth.json")
    evaluation = LVISEval(annotated, LVISResults(annotated, detections(), **options), "bbox")
    if limit is not None:
        evaluation.params.max_dets = limit
    evaluation.run()
    show(name, ", ".join(f"{key} {value:.3f}" for key, value in evaluation.get_results().items() if key[:3] == "AR@"))


lvis("lvis as it is")
lvis("lvis, params.max_dets = 10", 10)
lvis("lvis, LVISResults(max_dets=10)", max_dets=10)
PROGRAM
