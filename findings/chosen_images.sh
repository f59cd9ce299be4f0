#!/usr/bin/env bash
# The evaluation of pyodi 0.0.9 takes all images, whichever it is asked for.
#
# pyodi's evaluation has string_to_match, for images whose file name matches. It finds them, logs how many there are,
# and hands them to pycocotools under a name at which that does not look (image_ids, where it reads params.imgIds). All
# images are evaluated each time, also if none matches.
#
# Here a detector finds the car in the image of the day and misses the one in that of the night.
#
# Why it matters: a detector is evaluated by camera, by day and night, or by the place, to learn where it is weak. The
# log names the number of images that was asked for, and the numbers below are those of the whole, alike for each.
#
# Output seen:
#     all images:    average precision 0.505
#     asked for day: average precision 0.505, right 1.000; log: Number of filtered_ids: 1
#     for night:     average precision 0.505, right 0.000; log: Number of filtered_ids: 1
#     for fog:       average precision 0.505, right -1.000; log: Number of filtered_ids: 0
source "$(dirname "$0")/_setup.sh"
# Without its own pins, which have no wheels for today's Python.
install --no-deps pyodi==0.0.9 pycocotools==2.0.11 numpy==2.4.6 pandas==3.1.1 python-dateutil==4.0.0 loguru==0.7.3

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

from loguru import logger
from pycocotools import coco, cocoeval
from pyodi.apps.evaluation import evaluation

NAMES = {1: "day/street.jpg", 2: "night/street.jpg"}
BOX = {"category_id": 1, "bbox": [10, 10, 20, 20]}
truth = {
    "images": [{"id": k, "file_name": name, "width": 100, "height": 100} for k, name in NAMES.items()],
    "categories": [{"id": 1, "name": "car"}],
    "annotations": [{**BOX, "id": k, "image_id": k, "area": 400, "iscrowd": 0} for k in NAMES],
}
pathlib.Path("truth.json").write_text(json.dumps(truth))
pathlib.Path("found.json").write_text(json.dumps([{**BOX, "image_id": 1, "score": 0.9}]))
log = []
logger.remove()
logger.add(lambda line: log.append(line.strip()), format="{message}")


def by_pyodi(text=None):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        evaluation("truth.json", "found.json", text)
    line = next(line for line in printed.getvalue().splitlines() if "Average Precision" in line)
    return float(line.split("=")[-1])


def by_pycocotools(text):
    with contextlib.redirect_stdout(io.StringIO()):
        annotated = coco.COCO("truth.json")
        evaluated = cocoeval.COCOeval(annotated, annotated.loadRes("found.json"), "bbox")
        evaluated.params.imgIds = [k for k, name in NAMES.items() if name.startswith(text)]
        evaluated.evaluate()
        evaluated.accumulate()
        evaluated.summarize()
    return float(evaluated.stats[0])


print(f"all images:    average precision {by_pyodi():.3f}")
for what, text in (("asked for day:", "day"), ("for night:", "night"), ("for fog:", "fog")):
    seen = f"average precision {by_pyodi(text):.3f}, right {by_pycocotools(text):.3f}"
    print(f"{what:<14} {seen}; log: {log[-1]}")
PROGRAM
