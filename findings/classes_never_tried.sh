#!/usr/bin/env bash
# score_voc of kwcoco 0.9.1 gives a detector that knows one of ten classes a mean average precision of 1, and 0.5 as soon
# as it tries a second one.
#
# The mean is taken over the classes of the detections. A class that has objects and no detection has an average
# precision of 0, and is not in it. One false alarm, of however low a score, brings it in. The page says that scores are
# computed for every category. score_pycocotools, which does the same by COCO's rules, has all classes with objects.
# Nothing is printed.
#
# Why it matters: detectors are compared by this number. It is the larger the fewer classes are tried, and what is gained
# by leaving out the hard ones is not to be seen, since they are missing from the list of classes, too.
#
# Output seen:
#     finds 10 of 10 classes:                        score_voc 1.00, COCO 1.00
#     finds 1 of 10 classes, and tries no other:     score_voc 1.00, COCO 0.10
#     and has a false alarm of 0.01 of a second one: score_voc 0.50, COCO 0.10
#     and one of each of the others:                 score_voc 0.10, COCO 0.10
source "$(dirname "$0")/_setup.sh"
install kwcoco==0.9.1 kwimage==0.12.0 kwarray==0.7.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 scikit-learn==1.8.0 \
  pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io

import kwimage
import numpy as np
from kwcoco.metrics import DetectionMetrics

NAMES = [f"class {number}" for number in range(10)]


def objects(rows, **more):
    boxes = kwimage.Boxes(np.array([[left, 10.0, left + 20, 30] for left, _ in rows]), "ltrb")
    return kwimage.Detections(boxes=boxes, class_idxs=np.array([number for _, number in rows]), classes=NAMES, **more)


def show(title, tried):
    """The first class is found, and the others are tried at the wrong place, or found as well where all are."""
    metrics = DetectionMetrics(classes=NAMES)
    metrics.add_truth(objects([(30 * number, number) for number in range(10)]), imgname="picture")
    found = [(30 * number + (0 if right else 1000), number) for number, right in tried]
    scores = np.array([0.9 if right else 0.01 for _, right in tried])
    metrics.add_predictions(objects(found, scores=scores), imgname="picture")
    with contextlib.redirect_stdout(io.StringIO()):
        by_coco = metrics.score_pycocotools()["mAP"]
    print(f"{title:<46} score_voc {metrics.score_voc()['mAP']:.2f}, COCO {by_coco:.2f}")


first, others = (0, True), [(number, False) for number in range(1, 10)]
show("finds 10 of 10 classes:", [(number, True) for number in range(10)])
show("finds 1 of 10 classes, and tries no other:", [first])
show("and has a false alarm of 0.01 of a second one:", [first, others[0]])
show("and one of each of the others:", [first, *others])
PROGRAM
