#!/usr/bin/env bash
# deepchecks 0.19.1 judges a detection by the place and the class of another one that is below the threshold.
#
# Precision, recall and F1 of a detector, and the confusion matrix, take detections above a score only (0.5 and 0.3). What
# is above it is numbered anew, and these numbers are then looked up among all detections: for the overlaps, and in the
# matrix for the classes. So where one below the threshold stands before one above it, the first is judged in place of
# the second. Average precision is right. Nothing is printed.
#
# Here a cat is found exactly with the score 0.9, and a detection of 0.2 lies on the grass beside it.
#
# Why it matters: it needs detections that are not in the order of their scores, as after suppression class by class, or
# tile by tile. The suite then says which classes are confused, and what to collect more of, by boxes that are not used.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     0.9 first, the other a cat: precision 1, recall 1, average precision 1
#     0.2 first, the other a cat: precision 0, recall 0, average precision 1
#     0.9 first, the other a dog: the cat is taken for a cat
#     0.2 first, the other a dog: the cat is taken for a dog
source "$(dirname "$0")/_setup.sh"
install deepchecks==0.19.1 torch==2.15.0 torchvision==0.29.2 pytorch-ignite==0.5.5 opencv-python-headless==4.11.0.86 \
  scikit-image==0.26.0 scikit-learn==1.7.2 pandas==2.2.3 numpy==1.26.4 setuptools==80.10.2

expect <<'PROGRAM'
import contextlib
import io

import numpy as np

with contextlib.redirect_stdout(io.StringIO()):
    from deepchecks.vision import BatchOutputFormat, VisionData
    from deepchecks.vision.checks import ConfusionMatrixReport, SingleDatasetPerformance

NAMES = {0: "cat", 1: "dog"}
METRICS = {"precision": "precision_macro", "recall": "recall_macro", "average precision": "average_precision_macro"}
CAT = np.array([[0, 10, 10, 20, 20]])  # class, left, top, width, height
FOUND = [10, 10, 20, 20, 0.9, 0]  # left, top, width, height, score, class


def run(check, found):
    picture = np.full((200, 200, 3), 128, np.uint8)
    batch = BatchOutputFormat(images=[picture], labels=[CAT], predictions=[np.array(found)])
    with contextlib.redirect_stdout(io.StringIO()):
        data = VisionData([batch], task_type="object_detection", label_map=NAMES, reshuffle_data=False)
        return check.run(data, with_display=False).value


for label, name in NAMES.items():
    unsure = [100, 100, 20, 20, 0.2, label]
    for first, found in {0.9: [FOUND, unsure], 0.2: [unsure, FOUND]}.items():
        if name == "cat":
            values = run(SingleDatasetPerformance(scorers=METRICS), found).set_index("Metric")["Value"]
            text = ", ".join(f"{metric} {values[metric]:.0f}" for metric in METRICS)
        else:
            row = np.nan_to_num(run(ConfusionMatrixReport(), found))[0]  # of the cat
            text = f"the cat is taken for a {NAMES[row.argmax()]}"
        print(f"{first} first, the other a {name}: {text}")
PROGRAM
