#!/usr/bin/env bash
# The average precision of yolov5 7.0.14 is 0.55 for a detector that finds one object in ten.
#
# Average precision is the area under the curve of precision by recall, and beyond the highest recall that is reached,
# precision is 0. yolov5 puts a point at recall 1 and precision 0 behind the curve, and draws a straight line to it from
# the last detection. So half of what was never found is added, times the precision of that last detection. Nothing is
# printed. ultralytics 8.4.190, its successor, lets the curve fall first, and pycocotools does it right, too.
#
# Here are objects of one class, and a detector without a false alarm that finds some of them.
#
# Why it matters: it rewards a higher threshold. Whoever evaluates what is shown to people, above a score of 0.25 or 0.5,
# gets about one half for a class of which next to nothing is found, and a detector gains by leaving out what it is not
# sure of: below, three false alarms cost more than half, where they should cost nothing.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     finds 10 of 10:                    yolov5 0.995, ultralytics 0.995, pycocotools 1.000
#     finds 5 of 10:                     yolov5 0.750, ultralytics 0.495, pycocotools 0.505
#     finds 1 of 10:                     yolov5 0.550, ultralytics 0.095, pycocotools 0.109
#     finds 1 of 10, and 3 false alarms: yolov5 0.209, ultralytics 0.095, pycocotools 0.109
source "$(dirname "$0")/_setup.sh"
install yolov5==7.0.14 torch==2.15.0 torchvision==0.29.2 ultralytics==8.4.190 sahi==0.11.36 roboflow==1.7.3 \
  huggingface-hub==0.24.7 boto3==1.44.8 pandas==2.2.3 pycocotools==2.0.11 numpy==1.26.4 setuptools==80.10.2

expect <<'PROGRAM'
import contextlib
import io

import numpy as np

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    from ultralytics.utils.metrics import ap_per_class as by_ultralytics
    from yolov5.utils.metrics import ap_per_class as by_yolov5

OBJECTS = 10


def by_pycocotools(hits):
    """Objects in a row, detections that fit them exactly, and false alarms far away."""
    common = {"image_id": 1, "category_id": 1, "area": 100, "iscrowd": 0}
    boxes = [[20 * k, 0, 10, 10] for k in range(OBJECTS)]
    found = [[box[0], 0 if hit else 500, 10, 10] for box, hit in zip(boxes, hits)]
    truth, result = COCO(), COCO()
    for data, shown in ((truth, boxes), (result, found)):
        data.dataset = {
            "images": [{"id": 1, "width": 1000, "height": 1000}],
            "categories": [{"id": 1, "name": "car"}],
            "annotations": [
                {"id": k + 1, "bbox": box, "score": 0.9 - k / 100, **common} for k, box in enumerate(shown)
            ],
        }
        data.createIndex()
    evaluation = COCOeval(truth, result, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval["precision"][0, :, 0, 0, -1].mean()


def show(title, hits):
    scores, classes = 0.9 - np.arange(len(hits)) / 100, np.zeros(len(hits))
    matched = np.repeat(np.array(hits, float)[:, None], 10, axis=1)  # at ten thresholds
    values = {}
    for name, function in {"yolov5": by_yolov5, "ultralytics": by_ultralytics}.items():
        values[name] = function(matched, scores, classes, np.zeros(OBJECTS), names={0: "car"})[5][0, 0]
    with contextlib.redirect_stdout(io.StringIO()):
        values["pycocotools"] = by_pycocotools(hits)
    print(f"{title + ':':<34}", ", ".join(f"{name} {value:.3f}" for name, value in values.items()))


for count in (10, 5, 1):
    show(f"finds {count} of 10", [True] * count)
show("finds 1 of 10, and 3 false alarms", [True] + [False] * 3)
PROGRAM
