#!/usr/bin/env bash
# An annotation marked "ignore": 1 in a COCO file is not ignored by any of pycocotools 2.0.11, faster-coco-eval 1.8.0
# and hotcoco 1.3.0. Only "iscrowd": 1 counts.
#
# The field is known to the evaluators: pycocotools itself keeps a field "ignore" in every annotation. But before it
# evaluates it sets that field from iscrowd, so that the value of the file is lost, in the caller's own annotations as
# well. The other two give the same result. Here a detector finds the one car that counts and says nothing of the one to
# be ignored. That is average precision 1; all three give 0.505, as if the flag were not there.
#
# Why it matters: data sets with regions that are not to be counted (difficult, group or blurred objects) often come to
# COCO with "ignore" beside "iscrowd": 0; globox, for one, writes both fields. Their regions cost recall without a word.
#
# Output seen:
#     pycocotools      no flag 0.505, ignore 0.505, iscrowd 1.000
#     faster-coco-eval no flag 0.505, ignore 0.505, iscrowd 1.000
#     hotcoco          no flag 0.505, ignore 0.505, iscrowd 1.000
#     pycocotools, "ignore" of the annotation after the evaluation: 0
source "$(dirname "$0")/_setup.sh"
install pycocotools==2.0.11 faster-coco-eval==1.8.0 hotcoco==1.3.0

expect <<'PROGRAM'
import contextlib
import io
import json

import faster_coco_eval
import hotcoco
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

box = {"image_id": 1, "category_id": 1, "area": 400, "iscrowd": 0}
found = {**box, "id": 1, "bbox": [10, 10, 20, 20]}
passed_over = {**box, "id": 2, "bbox": [60, 60, 20, 20]}
with open("detections.json", "w") as file:
    json.dump([{"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "score": 0.9}], file)


def evaluate(dataset, evaluator, flag):
    """The average precision and the annotations as they are after the evaluation."""
    with open("annotations.json", "w") as file:
        json.dump(
            {
                "images": [{"id": 1, "width": 100, "height": 100}],
                "categories": [{"id": 1, "name": "car"}],
                "annotations": [found, {**passed_over, **flag}],
            },
            file,
        )
    with contextlib.redirect_stdout(io.StringIO()):
        annotations = dataset("annotations.json")
        evaluation = evaluator(annotations, annotations.loadRes("detections.json"), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0], annotations


flags = {"no flag": {}, "ignore": {"ignore": 1}, "iscrowd": {"iscrowd": 1}}
for name, dataset, evaluator in (
    ("pycocotools", COCO, COCOeval),
    ("faster-coco-eval", faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster),
    ("hotcoco", hotcoco.COCO, hotcoco.COCOeval),
):
    print(f"{name:<16}", ", ".join(f"{key} {evaluate(dataset, evaluator, flag)[0]:.3f}" for key, flag in flags.items()))
_, annotations = evaluate(COCO, COCOeval, {"ignore": 1})
print('pycocotools, "ignore" of the annotation after the evaluation:', int(annotations.anns[2]["ignore"]))
PROGRAM
