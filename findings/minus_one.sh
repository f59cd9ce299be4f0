#!/usr/bin/env bash
# pycocotools 2.0.11 and faster-coco-eval 1.8.0 give -1 for a perfect detector, by settings that change nothing in it.
#
# -1 is what both print for "there is no such object". Written as numpy.arange(0.5, 1, 0.05), COCO's own ten thresholds
# of IoU have a sixth that is 0.7500000000000002: the line for 0.75 looks for exactly 0.75, finds no threshold, and says -1.
# With 500 detections an image allowed instead of 100 (aerial pictures need it), pycocotools looks for 100 in the list of
# limits, and the average precision itself is -1, while those at 0.5 and 0.75, which use the last limit, are right.
# hotcoco 1.3.0 gives 1 in all of these places.
#
# Why it matters: -1 is no error. It is averaged into means over classes or runs, logged, and compared with other numbers.
#
# Output seen:
#     average precision, at IoU 0.5, at IoU 0.75
#     as it comes:       pycocotools 1, 1, 1; faster-coco-eval 1, 1, 1; hotcoco 1, 1, 1
#     arange:            pycocotools 1, 1, -1; faster-coco-eval 1, 1, -1; hotcoco 1, 1, 1
#     maxDets up to 500: pycocotools -1, 1, 1; faster-coco-eval 1, 1, 1; hotcoco 1, 1, 1
source "$(dirname "$0")/_setup.sh"
install pycocotools==2.0.11 faster-coco-eval==1.8.0 hotcoco==1.3.0 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import faster_coco_eval
import hotcoco
import numpy as np
from pycocotools import coco, cocoeval

box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 50]}
truth = {
    "images": [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 100}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [{**box, "id": 1, "area": 2500, "iscrowd": 0}],
}
pathlib.Path("truth.json").write_text(json.dumps(truth))
pathlib.Path("found.json").write_text(json.dumps([{**box, "score": 0.9}]))
tools = {
    "pycocotools": (coco.COCO, cocoeval.COCOeval),
    "faster-coco-eval": (faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster),
    "hotcoco": (hotcoco.COCO, hotcoco.COCOeval),
}


def evaluate(COCO, COCOeval, settings):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO("truth.json")
        evaluation = COCOeval(truth, truth.loadRes("found.json"), "bbox")
        for name, value in settings.items():
            setattr(evaluation.params, name, value)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return ", ".join(f"{float(number):.0f}" for number in evaluation.stats[:3])


print("average precision, at IoU 0.5, at IoU 0.75")
for title, settings in {
    "as it comes": {},
    "arange": {"iouThrs": np.arange(0.5, 1, 0.05)},
    "maxDets up to 500": {"maxDets": [1, 10, 500]},
}.items():
    numbers = "; ".join(f"{name} {evaluate(*tool, settings)}" for name, tool in tools.items())
    print(f"{title + ':':<18} {numbers}")
PROGRAM
