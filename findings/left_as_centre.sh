#!/usr/bin/env bash
# The metrics of scale-nucleus 0.22.3 give a box and a polygon around the same pixels an IoU of 0.14.
#
# A BoxAnnotation has the distance of its left and top edges from those of the image as x and y, and so says its page.
# All metrics of boxes and polygons take x and y for the centre instead. A box moves by half its own width and height,
# so that two boxes of one size keep their overlap, and any others get a wrong one; polygons stay where they are.
# Nothing is printed.
#
# Here is one car, whose box begins at 0, 0 and is 100 wide and high, and what a detector may say about it. "expected"
# is worked out by hand.
#
# Why it matters: a detector of boxes that is compared with annotated polygons is judged blind. Between boxes, one that
# ends where the object ends loses, and one that begins where it begins does not, so that a comparison of two detectors
# can turn around.
#
# Output seen:
#     the same box:            IoU 1.00, expected 1.00
#     its polygon:             IoU 0.14, expected 1.00
#     its right three fifths:  IoU 0.33, expected 0.60; found at 0.5: no
#     its left three fifths:   IoU 0.60, expected 0.60; found at 0.5: yes
#     its lower right quarter: IoU 0.05, expected 0.25
source "$(dirname "$0")/_setup.sh"
install scale-nucleus==0.22.3 shapely==2.2.0 scipy==1.17.1 scikit-learn==1.9.1 numpy==2.4.6

expect <<'PROGRAM'
from nucleus import BoxAnnotation, BoxPrediction, Point, PolygonPrediction
from nucleus.annotation import AnnotationList
from nucleus.metrics import PolygonIOU, PolygonRecall
from nucleus.prediction import PredictionList

COMMON = {"label": "car", "reference_id": "1.jpg"}
CAR = AnnotationList(box_annotations=[BoxAnnotation(x=0, y=0, width=100, height=100, **COMMON)])


def box(x, y, width, height):
    found = BoxPrediction(x=x, y=y, width=width, height=height, confidence=0.9, **COMMON)
    return PredictionList(box_predictions=[found])


def polygon(*corners):
    found = PolygonPrediction(vertices=[Point(*corner) for corner in corners], confidence=0.9, **COMMON)
    return PredictionList(polygon_predictions=[found])


def show(what, found, expected, recall=False):
    line = f"{what + ':':<24} IoU {PolygonIOU()(CAR, found).value:.2f}, expected {expected:.2f}"
    if recall:
        line += f"; found at 0.5: {'yes' if PolygonRecall(iou_threshold=0.5)(CAR, found).value > 0.99 else 'no'}"
    print(line)


show("the same box", box(0, 0, 100, 100), 1)
show("its polygon", polygon((0, 0), (100, 0), (100, 100), (0, 100)), 1)
show("its right three fifths", box(40, 0, 60, 100), 0.6, recall=True)
show("its left three fifths", box(0, 0, 60, 100), 0.6, recall=True)
show("its lower right quarter", box(50, 50, 50, 50), 0.25)
PROGRAM
