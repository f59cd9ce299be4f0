#!/usr/bin/env bash
# COCOMetric of monai 1.6.1 gives a detector without any error a mean average precision below 0 if classes have no
# object.
#
# A class that does not occur in what is evaluated has no average precision. As in pycocotools, -1 stands for it.
# pycocotools leaves it out of the mean, and so does monai for recall. For precision it takes the mean over all classes,
# with each -1 as a value. A warning says that no results, or no objects, were found for the class.
#
# Here a detector of nodules, cysts and stones sees two images, with one object of some of these classes in each, and
# finds all of them exactly.
#
# Why it matters: a rare finding is easily missing in a validation set, or in one fold of several. The best epoch is
# chosen by such a number, and what one class lacks is taken from the others: two detectors, or two folds, cannot be
# compared.
#
# The module that computes it needs numpy alone, and is loaded by itself, without torch.
#
# Output seen:
#     all three have objects:   AP nodule 1, cyst 1, stone 1, mean 1.00; recall, mean 1.00
#     no stone:                 AP nodule 1, cyst 1, stone -1, mean 0.33; recall, mean 1.00
#     nodules only:             AP nodule 1, cyst -1, stone -1, mean -0.33; recall, mean 1.00
source "$(dirname "$0")/_setup.sh"
install --no-deps monai==1.6.1 numpy==2.4.6

expect <<'PROGRAM'
import importlib.util
import pathlib
import sys

import numpy as np

NAMES = ["nodule", "cyst", "stone"]


def module(name):
    found = next(pathlib.Path(folder) for folder in sys.path if (pathlib.Path(folder) / "monai").is_dir())
    spec = importlib.util.spec_from_file_location(name, found / f"monai/apps/detection/metrics/{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


coco, matching = module("coco"), module("matching")


def overlaps(first, second):
    low, high = np.maximum(first[:, None, :2], second[:, :2]), np.minimum(first[:, None, 2:], second[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    return shared / (areas[0][:, None] + areas[1] - shared)


for title, shown in (("all three have objects:", [0, 1, 2]), ("no stone:", [0, 1]), ("nodules only:", [0])):
    boxes = [np.array([[20.0 * k, 10, 20 * k + 15, 30] for k in shown])] * 2  # for each of two images
    classes, scores = [np.array(shown)] * 2, [np.full(len(shown), 0.9)] * 2
    metric = coco.COCOMetric(NAMES, iou_list=[0.5], verbose=False)
    thresholds = metric.get_iou_thresholds()
    pairs = matching.matching_batch(overlaps, thresholds, boxes, classes, scores, boxes, classes)
    values, _ = metric(pairs)
    each = ", ".join(f"{name} {values[f'{name}_AP_IoU_0.50_MaxDet_100']:.0f}" for name in NAMES)
    mean, recall = values["AP_IoU_0.50_MaxDet_100"], values["AR_IoU_0.50_MaxDet_100"]
    print(f"{title:<25} AP {each}, mean {mean:.2f}; recall, mean {recall:.2f}")
PROGRAM
