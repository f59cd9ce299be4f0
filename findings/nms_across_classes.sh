#!/usr/bin/env bash
# NMSBoxesBatched of OpenCV 5.0.0.93 deletes a pedestrian because a car of a better score stands somewhere else.
#
# The function suppresses duplicates class by class: boxes of different classes should leave each other alone. To do so in
# one go it moves the boxes of class k by k times the largest coordinate plus 1, so that classes lie side by side. That
# holds while no coordinate is below 0. Seen from above, in metres around one's own vehicle, half of all coordinates are:
# moved by 25 metres, the pedestrian at (-5, -15) comes to lie on the car at (20, 10). Its IoU with the car is 0 and
# becomes 1. The same boxes with the origin in a corner are both kept, as are these two by NMSBoxes of each class.
#
# Why it matters: detectors on bird's-eye views, on tiles around a centre and on images with padding give such boxes. The
# object that is lost looks like one that the detector overlooked.
#
# Output seen:
#     around the vehicle: the car
#     origin in a corner: the car and the pedestrian
#     one class at a time: the car and the pedestrian
source "$(dirname "$0")/_setup.sh"
install opencv-python-headless==5.0.0.93 numpy==2.4.0

expect <<'PROGRAM'
import cv2

NAMES = ["the car", "the pedestrian"]
boxes = [[20.0, 10.0, 4.0, 2.0], [-5.0, -15.0, 4.0, 2.0]]  # left, top, width, height
scores = [0.9, 0.8]


def kept(where):
    """The names of those that are left of the boxes, of a class each."""
    return " and ".join(NAMES[i] for i in sorted(cv2.dnn.NMSBoxesBatched(where, scores, [0, 1], 0.1, 0.5)))


print("around the vehicle:", kept(boxes))
print("origin in a corner:", kept([[x + 30, y + 30, w, h] for x, y, w, h in boxes]))
alone = [i for i in (0, 1) if len(cv2.dnn.NMSBoxes(boxes[i : i + 1], scores[i : i + 1], 0.1, 0.5))]
print("one class at a time:", " and ".join(NAMES[i] for i in alone))
PROGRAM
