#!/usr/bin/env bash
# The confusion matrix of deepchecks 0.19.1 leaves out the false alarms of every image in which no object was found.
#
# A detection without a label that overlaps it counts in the row "no overlapping". That is done only where at least one
# detection of the image has a label. An image without labels, or one whose objects were all missed, adds no false alarm,
# however many it has. Nothing is printed.
#
# Here one cat is found, and there are three false alarms: in its image, in an empty image, or in one whose cat is missed.
#
# Why it matters: the images with most false alarms are those without an object, and these are what is added to a test set
# to see false alarms. Precision, of the same package and for the same data, counts all of them.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     in the image of the cat:        false alarms 3, precision 0.25
#     in an empty image:              false alarms 0, precision 0.25
#     in an image whose cat is missed: false alarms 0, precision 0.25
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

CAT = [0, 10, 10, 20, 20]  # class, left, top, width, height
FOUND = [10, 10, 20, 20, 0.9, 0]  # left, top, width, height, score, class
ALARMS = [[100, 30 * k, 20, 20, 0.8, 0] for k in range(3)]


def run(check, images):
    labels = [np.array(label, float).reshape(-1, 5) for label, _ in images]
    found = [np.array(boxes, float).reshape(-1, 6) for _, boxes in images]
    pictures = [np.full((200, 200, 3), 128, np.uint8) for _ in images]
    batch = BatchOutputFormat(images=pictures, labels=labels, predictions=found)
    with contextlib.redirect_stdout(io.StringIO()):
        data = VisionData([batch], task_type="object_detection", label_map={0: "cat"}, reshuffle_data=False)
        return check.run(data, with_display=False).value


def show(title, images):
    """The first row and column of the matrix are of cats, and the second ones, if there are any, of what has none."""
    matrix = np.nan_to_num(run(ConfusionMatrixReport(), images))
    precision = run(SingleDatasetPerformance(scorers=["precision_macro"]), images)["Value"][0]
    print(f"{title + ':':<31} false alarms {sum(matrix[1:, 0]):.0f}, precision {precision:.2f}")


show("in the image of the cat", [([CAT], [FOUND, *ALARMS])])
show("in an empty image", [([CAT], [FOUND]), ([], ALARMS)])
show("in an image whose cat is missed", [([CAT], [FOUND]), ([CAT], ALARMS)])
PROGRAM
