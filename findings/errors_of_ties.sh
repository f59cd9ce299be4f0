#!/usr/bin/env bash
# The evaluation of nuScenes (nuscenes-devkit 1.2.0) takes the error of one object for that of all when scores are
# equal.
#
# Beside average precision, nuScenes reports how far off the boxes are that were found, in place, size, direction and
# speed: the mean over levels of recall of the mean error up to there. It is brought from detections to levels by
# interpolation over the scores, which needs scores that differ. Where they are equal, the error of the first of them
# stands for all, and the first is the last in the file. Scores of 0 count as not found, for the errors alone. Nothing
# is printed, and average precision is right.
#
# Here ten cars stand in a row, and all are found. One is found exactly, and the others one metre beside.
#
# Why it matters: scores are equal where they are rounded to one digit, where a threshold has made 1 of them, and in
# files made of annotations, by which such a pipeline is tried. Half of the nuScenes detection score are these errors,
# and they go from perfect to useless by the order of the boxes.
#
# Output seen:
#     scores from 0.9 down, the exact one first:    average precision 1.00, mean error 0.74 m
#     scores from 0.9 down, the exact one last:     average precision 1.00, mean error 0.99 m
#     all scores 0.5, the exact one first in file:  average precision 1.00, mean error 1.00 m
#     all scores 0.5, the exact one last in file:   average precision 1.00, mean error 0.00 m
#     all scores 0, all found exactly:              average precision 1.00, mean error 1.00 m
source "$(dirname "$0")/_setup.sh"
install nuscenes-devkit==1.2.0 numpy==1.26.4

expect <<'PROGRAM'
from nuscenes.eval.common.data_classes import EvalBoxes
from nuscenes.eval.common.utils import center_distance
from nuscenes.eval.detection.algo import accumulate, calc_ap, calc_tp
from nuscenes.eval.detection.data_classes import DetectionBox

ONE_FIRST, ONE_LAST = [0] + [1] * 9, [1] * 9 + [0]


def car(number, beside, score):
    return DetectionBox(
        sample_token="street",
        translation=(20 * number, beside, 0),
        size=(2, 4, 1.5),
        rotation=(1, 0, 0, 0),
        velocity=(0, 0),
        detection_name="car",
        detection_score=score,
        attribute_name="vehicle.parked",
    )


def show(name, errors, scores):
    """Average precision and translation error as in the challenge, for matches within two metres."""
    truth, found = EvalBoxes(), EvalBoxes()
    truth.add_boxes("street", [car(k, 0, -1.0) for k in range(len(errors))])
    found.add_boxes("street", [car(k, error, score) for k, (error, score) in enumerate(zip(errors, scores))])
    data = accumulate(truth, found, "car", center_distance, dist_th=2.0)
    precision, error = calc_ap(data, min_recall=0.1, min_precision=0.1), calc_tp(data, 0.1, "trans_err")
    print(f"{name + ':':<45} average precision {precision:.2f}, mean error {error:.2f} m")


falling = [0.9 - k / 100 for k in range(10)]
show("scores from 0.9 down, the exact one first", ONE_FIRST, falling)
show("scores from 0.9 down, the exact one last", ONE_LAST, falling)
show("all scores 0.5, the exact one first in file", ONE_FIRST, [0.5] * 10)
show("all scores 0.5, the exact one last in file", ONE_LAST, [0.5] * 10)
show("all scores 0, all found exactly", [0] * 10, [0.0] * 10)
PROGRAM
