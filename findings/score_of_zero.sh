#!/usr/bin/env bash
# hafnia 0.8.6 evaluates a detection with the score 0 as if its score were 1.
#
# calculate_mean_average_precision hands boxes and scores to pycocotools. A score that is false is taken for a missing
# one, for which 1 stands, and in Python 0.0 is false. The detection of which a detector is least sure becomes the one
# of which it is most sure. Nothing is printed.
#
# Here one car is found exactly, and there is a false alarm of a lower score.
#
# Why it matters: scores of exactly 0 come of rounding, to two digits for a smaller file or to eight bits on a device,
# and detectors that are evaluated without a threshold have hundreds of such boxes in each image. All of them come
# first.
# It needs 1 GB of room.
#
# Output seen:
#     false alarm with the score 0.4:   average precision 1.0
#     false alarm with the score 0.001: average precision 1.0
#     false alarm with the score 0.0:   average precision 0.5
source "$(dirname "$0")/_setup.sh"
install hafnia==0.8.6 pycocotools==2.0.11 polars==2.1.0 numpy==2.2.6

expect <<'PROGRAM'
import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()):  # it tells that it cannot watch the machine
    from hafnia.dataset.hafnia_dataset import HafniaDataset
    from hafnia.dataset.hafnia_dataset_types import DatasetInfo, Sample, TaskInfo
    from hafnia.dataset.primitives import Bbox

TRUTH, FOUND = Bbox.default_task_name(), "found"
TASKS = [TaskInfo(primitive=Bbox, name=name, classes=[{"name": "car"}]) for name in (TRUTH, FOUND)]


def box(task, left, **score):
    place = {"top_left_x": left, "top_left_y": 0.1, "width": 0.1, "height": 0.1}
    return Bbox(**place, class_name="car", class_idx=0, task_name=task, ground_truth=task == TRUTH, **score)


def evaluate(score):
    boxes = [box(TRUTH, 0.1), box(FOUND, 0.1, confidence=0.5), box(FOUND, 0.6, confidence=score)]
    sample = Sample(file_path="street.jpg", width=100, height=100, split="test", bboxes=boxes)
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = HafniaDataset.from_samples_list(
            [sample], info=DatasetInfo(dataset_name="street", version="1.0.0", tasks=TASKS)
        )
        metrics = dataset.calculate_mean_average_precision(task_name_predictions=FOUND, task_name_ground_truth=TRUTH)
    return metrics.mAP


for score in (0.4, 0.001, 0.0):
    print(f"{f'false alarm with the score {score}:':<33} average precision {evaluate(score):.1f}")
PROGRAM
