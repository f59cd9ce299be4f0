#!/usr/bin/env bash
# faster-coco-eval 1.8.0 counts every object as small when annotations lack "area".
#
# COCO's average precision by size sorts objects by the area of their mask, the field "area". Data sets of boxes alone often
# leave it out. pycocotools then stops with a KeyError, hotcoco 1.3.0 takes the area of the box. faster-coco-eval evaluates
# with an area of 0, and prints nothing: the total is right, all of it appears under "small", and "medium" and "large" are
# -1, as if there were no such object.
#
# Why it matters: average precision of small objects is what people improve a detector by. Here a detector of objects as
# large as half the image seems to be perfect on small ones.
#
# Output seen:
#     a perfect detector of boxes of 150 x 150 pixels: all, small, medium, large
#     faster-coco-eval 1.0, 1.0, -1.0, -1.0
#     hotcoco 1.0, -1.0, -1.0, 1.0
#     pycocotools KeyError: 'area'
source "$(dirname "$0")/_setup.sh"
install faster-coco-eval==1.8.0 hotcoco==1.3.0 pycocotools==2.0.11 numpy==2.3.5

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import faster_coco_eval
import hotcoco
from pycocotools import coco, cocoeval

images = [{"id": 1, "file_name": "1.jpg", "width": 400, "height": 300}]
boxes = [{"image_id": 1, "category_id": 1, "bbox": [160 * k, 50, 150, 150]} for k in (0, 1)]
annotations = [{"id": k, "iscrowd": 0, **box} for k, box in enumerate(boxes, start=1)]
truth = {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": annotations}
pathlib.Path("truth.json").write_text(json.dumps(truth))
results = [{"score": 0.9, **box} for box in boxes]


def by_size(COCO, COCOeval):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            truth = COCO("truth.json")
            evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ", ".join(str(round(float(evaluation.stats[k]), 3)) for k in (0, 3, 4, 5))


print("a perfect detector of boxes of 150 x 150 pixels: all, small, medium, large")
print("faster-coco-eval", by_size(faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster))
print("hotcoco", by_size(hotcoco.COCO, hotcoco.COCOeval))
print("pycocotools", by_size(coco.COCO, cocoeval.COCOeval))
PROGRAM
