#!/usr/bin/env bash
# nms of ensemble-boxes 1.0.9 halves the scores in the caller's own list, anew at each call.
#
# Several detectors can be given weights. Their scores are then multiplied by weight / sum of weights, and the products are
# put into the list that was handed over: with two detectors of equal weight it holds half of each score afterwards. A
# second call with the same list halves them again. Without weights nothing is changed.
#
# Why it matters: IoU thresholds are chosen by trying several on the same detections. Each try sees lower scores than the
# one before, so that any minimal score removes more and more. A copy of the list, handed to nms, keeps the scores.
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
