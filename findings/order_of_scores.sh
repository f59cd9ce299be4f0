#!/usr/bin/env bash
# Average precision of scale-nucleus 0.22.3 is the same whether all false alarms have a higher score than the objects or
# a lower one.
#
# PolygonAveragePrecision and PolygonMAP hand precision to a function where it takes recall, and recall where it takes
# precision, so that the curve lies on its side. What they give depends on the last point of it, and hardly on the order
# of the scores, which is all that average precision is about. PolygonAveragePrecision divides by the objects of all
# classes, moreover: for "car" it misses the people.
#
# Here is a detector that finds two cars of two exactly, with three false alarms. "expected" is the area under the
# curve, worked out by hand.
#
# Why it matters: a detector whose scores tell hits from false alarms cannot be told from one whose scores are upside
# down, and every detector gets better by a high threshold for its scores.
#
# Output seen:
#     no false alarm:            PolygonMAP 1.00, expected 1.00
#     three, all below the cars: PolygonMAP 0.40, expected 1.00
#     three, all above the cars: PolygonMAP 0.40, expected 0.40
#     PolygonAveragePrecision of "car": 1.00, with two people in the image 0.50
source "$(dirname "$0")/_setup.sh"
install scale-nucleus==0.22.3 shapely==2.2.0 scipy==1.17.1 scikit-learn==1.9.1 numpy==2.4.6

expect <<'PROGRAM'
from nucleus import BoxAnnotation, BoxPrediction
from nucleus.annotation import AnnotationList
from nucleus.metrics import PolygonAveragePrecision, PolygonMAP
from nucleus.prediction import PredictionList


def place(label, left, top):
    """A square of 10 x 10 pixels."""
    return {"label": label, "x": left, "y": top, "width": 10, "height": 10, "reference_id": "1.jpg"}


PLACES = [place("car", 0, 0), place("car", 50, 0)]
CARS = [BoxAnnotation(**where) for where in PLACES]
PEOPLE = [BoxAnnotation(**place("person", left, 50)) for left in (0, 50)]
HITS = [BoxPrediction(**where, confidence=0.6 - k / 10) for k, where in enumerate(PLACES)]


def alarms(highest):
    return [BoxPrediction(**place("car", 50 * k, 90), confidence=highest - k / 100) for k in range(3)]


def mean(found):
    return PolygonMAP()(AnnotationList(box_annotations=CARS), PredictionList(box_predictions=found)).value


def of_cars(objects):
    metric = PolygonAveragePrecision(label="car")
    return metric(AnnotationList(box_annotations=objects), PredictionList(box_predictions=HITS)).value


# With the false alarms first, the two hits come fourth and fifth: a precision of 2/5 up to a recall of 1.
for name, found, expected in (
    ("no false alarm", HITS, 1),
    ("three, all below the cars", HITS + alarms(0.2), 1),
    ("three, all above the cars", HITS + alarms(0.9), 2 / 5),
):
    print(f"{name + ':':<26} PolygonMAP {mean(found):.2f}, expected {expected:.2f}")
alone, with_people = of_cars(CARS), of_cars(CARS + PEOPLE)
print(f'PolygonAveragePrecision of "car": {alone:.2f}, with two people in the image {with_people:.2f}')
PROGRAM
