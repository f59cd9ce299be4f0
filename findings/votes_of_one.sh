#!/usr/bin/env bash
# Majority voting of detection-fusion 1.1.0 takes two boxes of one detector for the agreement of two detectors.
#
# MajorityVoting is there to keep what min_votes models see, or more of them. It puts boxes of one class that overlap
# into a group, and counts the boxes of the group, whichever model they come from. What three models think is then
# decided by the one with the most duplicates. min_votes may even be larger than the number of models. Nothing is
# printed.
#
# Here one of three detectors sees something that is not there, and gives two boxes for it. Its suppression at 0.7 has
# let them pass, as that of YOLO does by default; voting groups them at 0.5.
#
# Why it matters: voting is chosen to be rid of what one detector makes up. A false alarm with a duplicate stays, and
# the weakest detector, which has the most of them, counts most.
#
# Output seen:
#     all three see a car:            1 kept, source ensemble_vote_3
#     one sees it, one box:           0 kept
#     one sees it, two boxes:         1 kept, source ensemble_vote_2
#     the same, where 4 must agree:   0 kept
#     one sees it, four boxes, 4:     1 kept, source ensemble_vote_4
source "$(dirname "$0")/_setup.sh"
install detection-fusion==1.1.0 numpy==2.4.6

expect <<'PROGRAM'
import sys
import types

# The package imports torch for its methods of suppression; voting does not use it.
for name in ("torch", "torchvision", "torchvision.ops"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torch"].Tensor = type("Tensor", (), {})
sys.modules["torchvision"].ops = sys.modules["torchvision.ops"]

from detection_fusion.core.detection import Detection
from detection_fusion.strategies.voting import MajorityVoting


def box(source, shift=0.0):
    return Detection(class_id=0, x=0.5 + shift, y=0.5, w=0.2, h=0.2, confidence=0.6, model_source=source)


def told(votes, **boxes):
    detections = {name: [box(name, shift) for shift in boxes.get(name, [])] for name in ("first", "second", "third")}
    kept = MajorityVoting(min_votes=votes).merge(detections)
    return ", ".join([f"{len(kept)} kept"] + [f"source {found.model_source}" for found in kept])


print("all three see a car:           ", told(2, first=[0], second=[0], third=[0]))
print("one sees it, one box:          ", told(2, first=[0]))
print("one sees it, two boxes:        ", told(2, first=[0, 0.04]))
print("the same, where 4 must agree:  ", told(4, first=[0, 0.04]))
print("one sees it, four boxes, 4:    ", told(4, first=[0, 0.04, -0.04, 0.02]))
PROGRAM
