#!/usr/bin/env bash
# nms of ensemble-boxes 1.0.9 halves the scores in the caller's own arrays, anew at each call.
#
# Several detectors can be given weights. Their scores are then multiplied by weight / sum of weights, in place: with two
# detectors of equal weight the arrays that were handed over hold half the scores afterwards. A second call with the same
# arrays halves them again. Without weights nothing is changed, and lists are copied.
#
# Why it matters: IoU thresholds are chosen by trying several on the same arrays. Each try sees lower scores than the one
# before, so that any minimal score removes more and more, and so do the metrics computed of the arrays later. boxlint does
# not write to what it is given. Hand copies to nms.
#
# Output seen:
#     first call returns 0.8 -> 0.4, the caller's score is now 0.4
#     second call returns 0.4 -> 0.2, the caller's score is now 0.2
source "$(dirname "$0")/_setup.sh"
install ensemble-boxes==1.0.9 numpy==2.3.5 numba==0.63.1 pandas==2.3.3

expect <<'PROGRAM'
import numpy as np
from ensemble_boxes import nms

boxes = [np.array([[0.1, 0.1, 0.3, 0.3]]), np.array([[0.5, 0.5, 0.7, 0.7]])]
scores = [np.array([0.8]), np.array([0.6])]
labels = [np.array([0]), np.array([0])]
for call in ("first", "second"):
    given = scores[0][0]
    _, returned, _ = nms(boxes, scores, labels, iou_thr=0.5, weights=[1, 1])
    print(f"{call} call returns {given} -> {returned[0]}, the caller's score is now {scores[0][0]}")
PROGRAM
