#!/usr/bin/env bash
# AUC-PR of perceptionmetrics 3.1.0 is 0 for a detector without any error if there is one object, and 0.5 if there are two.
#
# Beside average precision, its table of results has "AUC-PR", the area under the curve of precision by recall. The curve
# has a point for each detection, and the area is taken from the first point to the last one. The first point is at the
# recall of one object, so that the part before it is left out: 1 / number of objects of a flawless detector. Of a curve
# that has one point nothing is left.
#
# Here are flawless detectors in images of one object each, and one that finds one object of two, without a false alarm.
#
# Why it matters: the number grows with the number of objects, so that it cannot be compared between data sets, splits or
# images, and the best value depends on the data. The package can write a table for each image, where there are few
# objects.
#
# Output seen:
#     found 1 of 1: AP 1.00, AUC-PR 0.00
#     found 2 of 2: AP 1.00, AUC-PR 0.50
#     found 5 of 5: AP 1.00, AUC-PR 0.80
#     found 100 of 100: AP 1.00, AUC-PR 0.99
#     found 1 of 2: AP 0.55, AUC-PR 0.00
source "$(dirname "$0")/_setup.sh"
install --no-deps perceptionmetrics==3.1.0 numpy==1.26.4 pandas==2.3.3 python-dateutil==2.9.0.post0 pytz==2025.2 six==1.17.0

expect <<'PROGRAM'
import numpy as np
from perceptionmetrics.utils.detection_metrics import DetectionMetricsFactory

BOX = np.array([[10.0, 10.0, 50.0, 50.0]])
for found, objects in ((1, 1), (2, 2), (5, 5), (100, 100), (1, 2)):
    factory = DetectionMetricsFactory()
    for image in range(objects):
        seen = slice(0, 1 if image < found else 0)
        factory.update(BOX, [0], BOX[seen], [0][seen], [0.9][seen])
    table = factory.get_metrics_dataframe({"car": {"idx": 0}})["mean"]
    print(f"found {found} of {objects}: AP {table['AP']:.2f}, AUC-PR {table['AUC-PR']:.2f}")
PROGRAM
