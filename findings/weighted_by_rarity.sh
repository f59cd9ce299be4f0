#!/usr/bin/env bash
# "weighted" in deepchecks 0.19.1 makes the common classes count in precision, and the rare ones in average precision.
#
# recall_weighted is the mean over classes, weighted by how many objects each has, as in scikit-learn. The guide to the
# metrics says the same of average_precision_weighted and average_recall_weighted. These are weighted by one divided by
# that number, so that a class with a single object outweighs all others.
#
# Here are 9 cats, all found, and a dog that is not.
#
# Why it matters: the metrics stand in one table. One mislabelled object of a class that should not be there moves the
# average precision of the whole data set from 1 to 0.1, and the better the common classes are sampled, the less they
# count.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     cat: 9 objects, recall 1.0, average precision 1.0, average recall 1.0
#     dog: 1 object, recall 0.0, average precision 0.0, average recall 0.0
#     recall_weighted            0.9
#     average_recall_weighted    0.1
#     average_precision_weighted 0.1
#     average_precision_macro    0.5
source "$(dirname "$0")/_setup.sh"
install deepchecks==0.19.1 torch==2.15.0 torchvision==0.29.2 pytorch-ignite==0.5.5 opencv-python-headless==4.11.0.86 \
  scikit-image==0.26.0 scikit-learn==1.7.2 pandas==2.2.3 numpy==1.26.4 setuptools==80.10.2

expect <<'PROGRAM'
import contextlib
import io

import numpy as np

with contextlib.redirect_stdout(io.StringIO()):
    from deepchecks.vision import BatchOutputFormat, VisionData
    from deepchecks.vision.checks import SingleDatasetPerformance

PER_CLASS = ("recall", "average_precision", "average_recall")
CATS = [[10 * k, 10, 8, 8] for k in range(9)]
labels = np.array([[0, *box] for box in CATS] + [[1, 10, 100, 8, 8]])
found = np.array([[*box, 0.9, 0] for box in CATS])


def run(*scorers):
    picture = np.full((200, 200, 3), 128, np.uint8)
    batch = BatchOutputFormat(images=[picture], labels=[labels], predictions=[found])
    with contextlib.redirect_stdout(io.StringIO()):
        data = VisionData([batch], task_type="object_detection", label_map={0: "cat", 1: "dog"}, reshuffle_data=False)
        return SingleDatasetPerformance(scorers=list(scorers)).run(data, with_display=False).value


table = run(*(f"{metric}_per_class" for metric in PER_CLASS))
for name, count in {"cat": "9 objects", "dog": "1 object"}.items():
    values = table[table["Class Name"] == name].set_index("Metric")["Value"]
    means = [f"{metric.replace('_', ' ')} {values[metric]:.1f}" for metric in PER_CLASS]
    print(f"{name}: {count}, {', '.join(means)}")
for mean in ("recall_weighted", "average_recall_weighted", "average_precision_weighted", "average_precision_macro"):
    print(f"{mean:<26} {run(mean)['Value'][0]:.1f}")
PROGRAM
