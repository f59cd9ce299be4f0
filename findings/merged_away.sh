#!/usr/bin/env bash
# NMM of sahi 0.12.8 deletes detections that it neither keeps nor merges.
#
# Detections of overlapping slices of an image are joined at the end. NMM, one of the ways to do so, joins in chains: A
# with B, and with whatever overlaps B, also if it does not overlap A; so says its page. Such a C is put down as merged
# with A. But before that is done, it is looked whether C overlaps what A and B have become together. Where it does not,
# C is left out of the box, and it is not kept for itself either. Nothing is printed.
#
# Here a train of 220 pixels is found in four pieces, each of which overlaps the next one with an IoU of 0.43, and the
# threshold is 0.4.
#
# Why it matters: the union only gets larger, so that its IoU with the next piece falls. The longer an object, the more of
# it is cut off, and where things stand in a row, as parked cars or crops do, the later ones are gone. What is deleted may
# have a score of 0.9. GREEDYNMM and NMS keep them, and so does NMM when it measures by the smaller box (IOS).
#
# Output seen:
#     found:          0-100, 40-140, 80-180, 120-220
#     NMM, IOU:       0-140
#     GREEDYNMM, IOU: 0-140, 80-220
#     NMS, IOU:       0-100, 80-180
#     NMM, IOS:       0-220
source "$(dirname "$0")/_setup.sh"
install sahi==0.12.8 numpy==2.4.6

expect <<'PROGRAM'
from sahi.postprocess.combine import GreedyNMMPostprocess, NMMPostprocess, NMSPostprocess
from sahi.prediction import ObjectPrediction

PIECES = [(0, 100), (40, 140), (80, 180), (120, 220)]


def found():
    common = {"category_id": 0, "category_name": "train", "full_shape": [50, 300]}
    return [
        ObjectPrediction(bbox=[left, 0, right, 50], score=0.95 - k / 100, **common)
        for k, (left, right) in enumerate(PIECES)
    ]


def show(title, predictions):
    ends = sorted((int(one.bbox.minx), int(one.bbox.maxx)) for one in predictions)
    print(f"{title + ':':<15}", ", ".join(f"{left}-{right}" for left, right in ends))


show("found", found())
for name, way in {"NMM": NMMPostprocess, "GREEDYNMM": GreedyNMMPostprocess, "NMS": NMSPostprocess}.items():
    show(f"{name}, IOU", way(match_threshold=0.4, match_metric="IOU")(found()))
show("NMM, IOS", NMMPostprocess(match_threshold=0.4, match_metric="IOS")(found()))
PROGRAM
