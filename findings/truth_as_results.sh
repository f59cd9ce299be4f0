#!/usr/bin/env bash
# hotcoco 1.3.0 takes an annotation file for detections and reports average precision 1.
#
# Annotations and detections of COCO look alike: a list of boxes with image_id and category_id. What tells them apart is the
# score, which every detection has. load_res of hotcoco takes boxes without one, and also a whole annotation file where the
# format has a list, and prints nothing. Both are then evaluated as if they were detections. pycocotools refuses the file,
# and stops at the list for want of a score.
#
# Why it matters: the two paths stand side by side on the command line and in scripts. Given the same path twice, or last
# year's annotations as detections, the evaluation succeeds with a number that is too good, or plausible.
#
# Output seen:
#     the annotation file: hotcoco 1.0, pycocotools AssertionError
#     its list alone: hotcoco 1.0, pycocotools KeyError
source "$(dirname "$0")/_setup.sh"
install hotcoco==1.3.0 pycocotools==2.0.11 numpy==2.3.5

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import hotcoco
from pycocotools import coco, cocoeval

annotations = [
    {"id": k, "image_id": 1, "category_id": 1, "bbox": [20 * k, 10, 15, 15], "area": 225, "iscrowd": 0} for k in (1, 2)
]
images = [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 80}]
truth = {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": annotations}
pathlib.Path("truth.json").write_text(json.dumps(truth))
pathlib.Path("list.json").write_text(json.dumps(annotations))


def average_precision(COCO, COCOeval, results):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            truth = COCO("truth.json")
            evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        except Exception as error:
            return type(error).__name__
    return float(evaluation.stats[0])


for name, results in {"the annotation file": "truth.json", "its list alone": "list.json"}.items():
    hot = average_precision(hotcoco.COCO, hotcoco.COCOeval, results)
    reference = average_precision(coco.COCO, cocoeval.COCOeval, results)
    print(f"{name}: hotcoco {hot}, pycocotools {reference}")
PROGRAM
