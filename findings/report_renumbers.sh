#!/usr/bin/env bash
# CocoMeanAveragePrecisionEvaluator of vision-evaluation 0.2.14 gives classes other numbers when it is asked for a
# report, and takes cars for dogs in the next one.
#
# get_report numbers the classes anew, from 0 and without gaps, and does so in the lists that it was given: in those of
# the caller, and in its own copy, which the next report starts from. Predictions that are added after a report have the
# old numbers, those before it the new ones, and both are evaluated as one. A second report of the same predictions has
# the same average, under the new numbers. Nothing is printed about it.
#
# Here the classes are those of COCO: 1 is a person, 2 a bicycle, 3 a car. All persons and bicycles are found, and no car.
#
# Why it matters: who reports after each part of a data set, or hands the lists to a second evaluator or to a file, has
# other classes there, and the averages of classes that do not belong together.
#
# Output seen:
#     first report:                     mAP 0.67, by class {1: 1.0, 2: 1.0, 3: 0.0}
#     the same again:                   mAP 0.67, by class {0: 1.0, 1: 1.0, 2: 0.0}
#     after as many pictures of each:   mAP 0.56, by class {0: 1.0, 1: 1.0, 2: 0.25, 3: 0.0}
#     all pictures, a single report:    mAP 0.67, by class {1: 1.0, 2: 1.0, 3: 0.0}
#     classes in the caller's own list: [1, 2, 3] before the report, [0, 1, 2] after it
source "$(dirname "$0")/_setup.sh"
install vision-evaluation==0.2.14 numpy==2.4.6 scikit-learn==1.8.0 pycocotools==2.0.11 opencv-python-headless==4.13.0.92 \
  pillow==12.1.0

expect <<'PROGRAM'
import contextlib
import io

from vision_evaluation.evaluators import CocoMeanAveragePrecisionEvaluator

BOX, ELSEWHERE = [10, 10, 20, 20], [50, 50, 60, 60]


def pictures():
    """Predictions and targets of a person, a bicycle and a car, each in a picture of its own."""
    found = {1: BOX, 2: BOX, 3: ELSEWHERE}
    return [[[number, 0.9, *box]] for number, box in found.items()], [[[number, *BOX]] for number in found]


def evaluator():
    return CocoMeanAveragePrecisionEvaluator(ious=[0.5], report_tag_wise=[True])


def report(evaluator):
    with contextlib.redirect_stdout(io.StringIO()):
        result = evaluator.get_report()
    classes = {number: round(float(value), 2) for number, value in result["tag_wise_AP_50"].items()}
    return f"mAP {result['mAP_50']:.2f}, by class {classes}"


def classes(lists):
    return [row[0] for picture in lists for row in picture]


asked_often, asked_once = evaluator(), evaluator()
predictions, targets = pictures()
before = classes(predictions)
asked_often.add_predictions(predictions, targets)
print("first report:                    ", report(asked_often))
after = classes(predictions)
print("the same again:                  ", report(asked_often))
asked_often.add_predictions(*pictures())
print("after as many pictures of each:  ", report(asked_often))
for _ in range(2):
    asked_once.add_predictions(*pictures())
print("all pictures, a single report:   ", report(asked_once))
print(f"classes in the caller's own list: {before} before the report, {after} after it")
PROGRAM
