#!/usr/bin/env bash
# cleanlab 2.9.0 counts one object that was found as 1 hit, as 0.5 or as 0.0125, by how many classes there are.
#
# get_average_per_class_confusion_matrix says how many hits, false alarms and misses each class has, on average over ten
# thresholds of IoU. It sums up each class over the thresholds, and divides by the number of thresholds and, once more,
# by that of the classes, over which nothing was summed up. Classes that no image has divide as well. Precision and
# recall of calculate_per_class_metrics, which are quotients of these numbers, are right.
#
# Why it matters: hits and misses should add up to the objects of the class, which is how many there are to be found.
# Fractions are expected of an average, so that numbers too small by one factor look as if few thresholds were reached.
#
# Output seen:
#     one dog, found exactly; 1 class:    hits 1.0000, recall 1.00
#     one dog, found exactly; 2 classes:  hits 0.5000, recall 1.00
#     one dog, found exactly; 80 classes: hits 0.0125, recall 1.00
source "$(dirname "$0")/_setup.sh"
install cleanlab==2.9.0 numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1

expect <<'PROGRAM'
import numpy as np
from cleanlab.object_detection import summary

DOG = [10.0, 10.0, 50.0, 50.0]


def count(classes):
    """Hits and recall of the last class, of which there is one object and one detection."""
    labels = [{"bboxes": np.array([DOG]), "labels": np.array([classes - 1])}]
    found = np.empty(classes, dtype=object)
    for number in range(classes):
        found[number] = np.array([[*DOG, 0.9]]) if number == classes - 1 else np.zeros((0, 5))
    hits = summary.get_average_per_class_confusion_matrix(labels, [found])
    rates = summary.calculate_per_class_metrics(labels, [found])
    return hits[classes - 1]["TP"], rates[classes - 1]["average recall"]


for classes, name in ((1, "1 class:"), (2, "2 classes:"), (80, "80 classes:")):
    hits, recall = count(classes)
    print(f"one dog, found exactly; {name:11} hits {hits:.4f}, recall {recall:.2f}")
PROGRAM
