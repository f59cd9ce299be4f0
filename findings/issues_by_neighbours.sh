#!/usr/bin/env bash
# cleanlab 2.9.0 gives an image a label quality from 0.000 to 0.342, by what else is scored in the same call.
#
# get_label_quality_scores returns a score for each image. The score of a missing box is taken from the least similarity
# that any box has to any prediction in all images together, and that similarity contains exp(-distance / 10) of their
# centres, in pixels. A faultless image with two objects 200 pixels apart therefore lowers the scores of all images in
# which a box is missing; with 1,000 pixels the term vanishes in rounding, and they are as without it. For the same
# reason the score is another one when the image and its boxes are made smaller.
#
# Why it matters: a score below a threshold, which issues_from_scores takes, depends on how the data set was split for
# the call. Images are not scored batch by batch as in one go, and thumbnails not as originals.
#
# Output seen:
#     a missing box, scored alone:                         0.342
#     beside a faultless image, objects 40 pixels apart:   0.042
#     beside a faultless image, objects 100 pixels apart:  0.006
#     beside a faultless image, objects 200 pixels apart:  0.000
#     beside a faultless image, objects 1000 pixels apart: 0.342
#     alone, the image at half the size:                   0.000
#     alone, at a tenth of the size:                       0.037
source "$(dirname "$0")/_setup.sh"
install cleanlab==2.9.0 numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1

expect <<'PROGRAM'
import numpy as np
from cleanlab.object_detection.rank import get_label_quality_scores


def image(labels, predictions, size=1.0):
    """Labels and predictions of an image, given as (box, class) and (box, class, probability)."""
    label = {
        "bboxes": np.array([box for box, _ in labels], float) * size,
        "labels": np.array([class_id for _, class_id in labels]),
    }
    prediction = np.empty(2, object)
    for k in (0, 1):
        rows = [[*(np.array(box) * size), p] for box, class_id, p in predictions if class_id == k]
        prediction[k] = np.array(rows, float).reshape(-1, 5)
    return label, prediction


def score(*images):
    """The score of the first image."""
    labels, predictions = zip(*images)
    return get_label_quality_scores(list(labels), list(predictions), verbose=False)[0]


cat, dog = (10, 10, 50, 50), (300, 300, 380, 380)
missing = [(cat, 0)], [(cat, 0, 0.9), (dog, 1, 0.96)]


def faultless(apart):
    boxes = [(0, 0, 40, 40), (apart, 0, apart + 40, 40)]
    return image([(box, 0) for box in boxes], [(box, 0, 0.95) for box in boxes])


lines = {"a missing box, scored alone:": score(image(*missing))}
for apart in (40, 100, 200, 1000):
    title = f"beside a faultless image, objects {apart} pixels apart:"
    lines[title] = score(image(*missing), faultless(apart))
lines["alone, the image at half the size:"] = score(image(*missing, size=0.5))
lines["alone, at a tenth of the size:"] = score(image(*missing, size=0.1))
for title, number in lines.items():
    print(f"{title:<52} {number:.3f}")
PROGRAM
