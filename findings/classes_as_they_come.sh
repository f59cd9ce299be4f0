#!/usr/bin/env bash
# The average precision of the classes in vision-evaluation 0.2.14 is listed in the order in which the classes turn up.
#
# MeanAveragePrecisionEvaluatorForSingleIOU(report_tag_wise=True) gives a plain list beside the mean, a number for each
# class. Classes have numbers, from 0, and the list has no names, so that the first value is read as that of class 0. It
# is that of the first class that was met, in a picture or in what was found there. A class that was not met has no
# value, and all behind it move up. The evaluator for COCO gives a dictionary with the number of each class.
#
# Here all dogs (1) are found, and no cat (0).
#
# Why it matters: with two batches of other pictures first, or with pictures in another order, two classes exchange their
# values, and no number looks wrong. The mean is right.
#
# Output seen:
#     cats first, then dogs:          [0.0, 1.0]
#     dogs first, then cats:          [1.0, 0.0]
#     birds (2) and dogs, no cats:    [0.0, 1.0]
source "$(dirname "$0")/_setup.sh"
install vision-evaluation==0.2.14 numpy==2.4.6 scikit-learn==1.8.0 pycocotools==2.0.11 opencv-python-headless==4.13.0.92 \
  pillow==12.1.0

expect <<'PROGRAM'
from vision_evaluation.evaluators import MeanAveragePrecisionEvaluatorForSingleIOU

CAT, DOG, BIRD = range(3)
BOX, ELSEWHERE = [10, 10, 20, 20], [50, 50, 60, 60]


def show(title, order):
    evaluator = MeanAveragePrecisionEvaluatorForSingleIOU(iou=0.5, report_tag_wise=True)
    for number in order:
        found = BOX if number == DOG else ELSEWHERE
        evaluator.add_predictions([[[number, 0.9, *found]]], [[[number, *BOX]]])
    values = [round(float(value), 2) for value in evaluator.get_report()["tag_wise_AP_50"]]
    print(f"{title:<31} {values}")


show("cats first, then dogs:", [CAT, DOG])
show("dogs first, then cats:", [DOG, CAT])
show("birds (2) and dogs, no cats:", [BIRD, DOG])
PROGRAM
