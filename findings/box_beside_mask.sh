#!/usr/bin/env bash
# The average precision of masks by size changes in pycocotools 2.0.11, faster-coco-eval 1.8.0 and hotcoco 1.3.0 when
# the detections have their boxes beside their masks.
#
# A detection of COCO may hold "segmentation" and "bbox". With "segmentation" alone, its size is that of the mask. With
# both, loadRes takes the area of the box, also where masks are evaluated. A detection of another size than asked for
# that hits nothing is left out, so that the false positives of thin objects move from small to large. The totals are
# equal.
#
# Here a cable that runs across is found, and another one is claimed beside it with a higher score: masks of 784 pixels
# in boxes of 10,000.
#
# Why it matters: most detectors of masks give boxes as well. Whether these are written to the file decides how good the
# detector is on small objects, and two teams that compare their numbers do not ask each other about it.
#
# Output seen:
#     average precision of masks: all, small
#     pycocotools      masks alone 0.5, 0.5; with boxes 0.5, 1.0
#     faster-coco-eval masks alone 0.5, 0.5; with boxes 0.5, 1.0
#     hotcoco          masks alone 0.5, 0.5; with boxes 0.5, 1.0
source "$(dirname "$0")/_setup.sh"
install pycocotools==2.0.11 faster-coco-eval==1.8.0 hotcoco==1.3.0 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import faster_coco_eval
import hotcoco
from pycocotools import coco, cocoeval
from pycocotools import mask as masks


def cable(left):
    """A thin stripe from the top left to the bottom right: its polygon, its run lengths and its box."""
    polygon = [left, 10, left + 4, 10, left + 100, 106, left + 100, 110, left + 96, 110, left, 14]
    mask = masks.merge(masks.frPyObjects([polygon], 200, 200))
    counts = {"size": mask["size"], "counts": mask["counts"].decode()}
    return polygon, counts, masks.toBbox(mask).tolist(), int(masks.area(mask))


polygon, there, box, area = cable(10)
_, elsewhere, box_elsewhere, _ = cable(90)
one = {"image_id": 1, "category_id": 1}
truth = {
    "images": [{"id": 1, "file_name": "1.jpg", "width": 200, "height": 200}],
    "categories": [{"id": 1, "name": "cable"}],
    "annotations": [{**one, "id": 1, "bbox": box, "area": area, "iscrowd": 0, "segmentation": [polygon]}],
}
alone = [{**one, "segmentation": there, "score": 0.8}, {**one, "segmentation": elsewhere, "score": 0.9}]
beside = [{**alone[0], "bbox": box}, {**alone[1], "bbox": box_elsewhere}]
for name, content in {"truth": truth, "alone": alone, "beside": beside}.items():
    pathlib.Path(f"{name}.json").write_text(json.dumps(content))
tools = {
    "pycocotools": (coco.COCO, cocoeval.COCOeval),
    "faster-coco-eval": (faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster),
    "hotcoco": (hotcoco.COCO, hotcoco.COCOeval),
}


def evaluate(COCO, COCOeval, detections):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO("truth.json")
        evaluation = COCOeval(truth, truth.loadRes(f"{detections}.json"), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return f"{float(evaluation.stats[0]):.1f}, {float(evaluation.stats[3]):.1f}"


print("average precision of masks: all, small")
for name, tool in tools.items():
    print(f"{name:<16} masks alone {evaluate(*tool, 'alone')}; with boxes {evaluate(*tool, 'beside')}")
PROGRAM
