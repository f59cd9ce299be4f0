#!/usr/bin/env bash
# The metrics of responsibleai-vision 0.3.8 give a detector that is wrong in every picture the average precision 1.
#
# The dashboard of Responsible AI shows average precision and recall of groups of pictures (cohorts), by
# compute_object_detection_metrics. It puts the objects of all pictures of a group into one list, and all detections
# into another, and hands both to torchmetrics as one picture. A detection is then a find where any picture of the group
# has an object of the class. More than 100 detections of a class in the group are cut off as those of one picture.
# Crowds are ordinary objects. Nothing is printed. Groups of a single picture are right.
#
# Here four pictures have a car each, in one corner. The detector sees it in the corner where the next picture has it.
#
# Why it matters: objects stand at the same places in many pictures, so that all numbers are too high, and the more so
# the larger a group is. With 100 pictures or more what the detector is less sure of is not looked at.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     right in each picture: as one group: mAP 1.0, each by itself: 1.0 1.0 1.0 1.0
#     wrong in each picture: as one group: mAP 1.0, each by itself: 0.0 0.0 0.0 0.0
#     200 pictures, all right: as one group: mAP 0.5, each by itself: 1.0 1.0 1.0 1.0
source "$(dirname "$0")/_setup.sh"
install responsibleai-vision==0.3.8 responsibleai==0.36.0 ml-wrappers==0.6.4 torch==2.2.2 torchvision==0.17.2 \
  torchmetrics==1.9.0 pycocotools==2.0.11 captum==0.7.0 opencv-python-headless==4.11.0.86 numpy==1.26.2 pandas==1.5.3 \
  scipy==1.11.4 scikit-learn==1.5.1 networkx==2.5 statsmodels==0.13.5 matplotlib==3.6.3 setuptools==69.5.1

expect <<'PROGRAM'
import contextlib
import io

import numpy as np
import pandas as pd
import torch
from PIL import Image

with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
    from responsibleai_vision import ModelTask, RAIVisionInsights


class Detector(torch.nn.Module):
    """Knows a picture by its grey, and says that its car is at the place of another one."""

    def __init__(self, places, further):
        super().__init__()
        self.places, self.further = places, further

    def forward(self, pictures):
        number = int((pictures.mean() * 255).round()) + self.further
        box = torch.tensor([self.places[number % len(self.places)]])
        return [{"boxes": box, "labels": torch.tensor([1]), "scores": torch.tensor([0.9])}]


def show(title, places, further):
    names = [f"{number}.png" for number in range(len(places))]
    for number, name in enumerate(names):
        Image.fromarray(np.full((100, 100, 3), number, np.uint8)).save(name)
    table = pd.DataFrame({"image": names, "label": [[[1, *place, 0]] for place in places]})
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        insights = RAIVisionInsights(
            Detector(places, further), table, "label", ModelTask.OBJECT_DETECTION, classes=np.array(["car"]), device="cpu"
        )
        groups = [list(range(len(places))), [0], [1], [2], [3]]
        values, _ = insights.compute_object_detection_metrics(groups, "Macro", "car", 50, {})
    whole, *single = (group[0][0] for group in values)
    print(f"{title} as one group: mAP {whole}, each by itself:", *single)


corners = [[x, y, x + 20.0, y + 20.0] for x in (10.0, 60.0) for y in (10.0, 60.0)]
grid = [[float(x), float(y), x + 4.0, y + 8.0] for x in range(0, 100, 5) for y in range(0, 100, 10)]
show("right in each picture:", corners, 0)
show("wrong in each picture:", corners, 1)
show("200 pictures, all right:", grid, 0)
PROGRAM
