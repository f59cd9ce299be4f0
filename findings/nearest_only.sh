#!/usr/bin/env bash
# The evaluation of Argoverse 2 (av2 0.3.6) counts an object as missed that was found exactly, if a false alarm of a better
# score is nearer to it than to the other objects of its class, however far that is.
#
# A detection is a hit if its centre is less than 0.5, 1, 2 or 4 metres from that of an object. Each detection goes to the
# object that is nearest, however far, and each object takes the detection with the best score of those that came to it.
# How far that one is, is asked last: if it is too far, it is a false alarm, and the object takes no other. The page of
# the evaluation says that it is the usual average precision, with a distance in place of the IoU.
#
# Here a car stands 10 metres ahead, and a detector finds it exactly, and sees one more car 100 metres behind. Then there
# are two cars, 10 and 40 metres ahead, found exactly. By hand, average precision is 0.5 and 0.67 where the false alarm
# has the better score, and next to 1 where it has the worse one.
#
# Why it matters: where a sweep has one object of a class, any false alarm of a better score takes it, so that rare classes
# suffer most. The table of objects that is given back notes such an object as found. The composite score by which
# detectors are ranked falls with the average precision.
#
# Output seen:
#     one car, found:                        1.000
#     and a false alarm of a worse score:    0.995
#     and a false alarm of a better score:   0.000
#     two cars, found:                       1.000
#     and a false alarm of a better score:   0.168
source "$(dirname "$0")/_setup.sh"
install --no-deps av2==0.3.6 numpy==2.4.6 pandas==3.1.1 polars==2.1.0 polars-runtime-32==2.1.0 pyarrow==26.0.1 scipy==1.17.1 \
  numba==0.68.1 llvmlite==0.50.0 opencv-python==5.0.0.93 universal-pathlib==0.3.10 pathlib-abc==0.5.2 fsspec==2026.9.0 \
  joblib==1.6.0 cloudpickle==3.1.3 tqdm==4.70.1 python-dateutil==4.0.0 matplotlib==3.11.2 packaging==26.4 \
  pillow==13.0.0 cycler==0.12.1 pyparsing==3.3.3 kiwisolver==1.5.1 contourpy==1.3.3 fonttools==4.68.0 \
  typing-extensions==4.16.0 attrs==26.1.0

expect <<'PROGRAM'
import pandas
from av2.evaluation.detection.eval import evaluate
from av2.evaluation.detection.utils import DetectionCfg

CAR = "REGULAR_VEHICLE"
CONFIG = DetectionCfg(categories=(CAR,), eval_only_roi_instances=False)
FIXED = {"ty_m": 0.0, "tz_m": 0.0, "length_m": 4.5, "width_m": 2.0, "height_m": 1.6, "qw": 1.0, "qx": 0.0, "qy": 0.0, "qz": 0.0}


def table(objects, last):
    """Cars of one sweep by their distance ahead, each with a value of the last column."""
    sweep = {"log_id": "street", "timestamp_ns": 1, "category": CAR}
    return pandas.DataFrame([{**sweep, "tx_m": ahead, **FIXED, last: value} for ahead, value in objects])


def precision(cars, detections):
    truth = table([(ahead, 50) for ahead in cars], "num_interior_pts")
    _, _, metrics = evaluate(table(detections, "score"), truth, CONFIG, n_jobs=1)
    return metrics.loc[CAR, "AP"]


for name, cars, detections in (
    ("one car, found:", [10.0], [(10.0, 0.8)]),
    ("and a false alarm of a worse score:", [10.0], [(10.0, 0.8), (-100.0, 0.7)]),
    ("and a false alarm of a better score:", [10.0], [(10.0, 0.8), (-100.0, 0.9)]),
    ("two cars, found:", [10.0, 40.0], [(10.0, 0.8), (40.0, 0.7)]),
    ("and a false alarm of a better score:", [10.0, 40.0], [(10.0, 0.8), (40.0, 0.7), (-100.0, 0.9)]),
):
    print(f"{name:<38} {precision(cars, detections):.3f}")
PROGRAM
