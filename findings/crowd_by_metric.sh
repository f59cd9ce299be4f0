#!/usr/bin/env bash
# supervision 0.31.2 counts a crowd as a missed object in Recall, F1Score and its confusion matrix, and leaves it out in
# MeanAveragePrecision and MeanAverageRecall.
#
# from_coco keeps "iscrowd" beside the boxes. The two mean metrics leave crowds out of the objects, and so says the page
# of MeanAverageRecall. Recall, Precision, F1Score and ConfusionMatrix take the same arguments, and their pages do not
# name crowds. To them a crowd is an object, and a detection of a person in it is a false alarm. Nothing is printed.
#
# Here are a person and a crowd, and a detector that finds the person, and one of those in the crowd.
#
# Why it matters: the metrics are used side by side, and recall is below the mean of recalls that it should lie above.
# Scenes with crowds are those in which most people are found, and each of these makes precision worse.
#
# Output seen:
#     the person found:              mAP 1.00, mAR 1.00, recall 0.50, precision 1.00, F1 0.67; missed 1, false 0
#     and a person in the crowd, too: mAP 1.00, mAR 1.00, recall 0.50, precision 0.50, F1 0.50; missed 1, false 1
source "$(dirname "$0")/_setup.sh"
install supervision==0.31.2 pillow==12.3.0 numpy==2.4.6

expect <<'PROGRAM'
import json
import pathlib

import numpy as np
import supervision as sv
from PIL import Image
from supervision.metrics import F1Score, MeanAveragePrecision, MeanAverageRecall, Precision, Recall

WIDTH, HEIGHT, LEFT, TOP, ACROSS, DOWN = 300, 200, 100, 20, 180, 100  # of the image, and of the crowd in it
before, between = LEFT * HEIGHT + TOP, HEIGHT - DOWN  # a mask of COCO counts pixels column by column
after = WIDTH * HEIGHT - before - ACROSS * HEIGHT + between
counts = [before, DOWN] + [between, DOWN] * (ACROSS - 1) + [after]
common = {"image_id": 1, "category_id": 1}
person = {"id": 1, "bbox": [10, 10, 40, 80], "area": 3200, "iscrowd": 0, **common}
crowd = {"id": 2, "bbox": [LEFT, TOP, ACROSS, DOWN], "area": ACROSS * DOWN, "iscrowd": 1, **common}
crowd["segmentation"] = {"counts": counts, "size": [HEIGHT, WIDTH]}
file = {
    "images": [{"id": 1, "file_name": "street.png", "width": WIDTH, "height": HEIGHT}],
    "categories": [{"id": 1, "name": "person"}],
    "annotations": [person, crowd],
}
pathlib.Path("coco.json").write_text(json.dumps(file))
Image.new("RGB", (WIDTH, HEIGHT)).save("street.png")
_, _, truth = sv.DetectionDataset.from_coco(images_directory_path=".", annotations_path="coco.json")[0]


def show(title, boxes):
    scores, classes = np.linspace(0.9, 0.8, len(boxes)), np.zeros(len(boxes), int)
    found = sv.Detections(xyxy=np.array(boxes, float), confidence=scores, class_id=classes)
    results = {
        "mAP": MeanAveragePrecision().update(found, truth).compute().map50_95,
        "mAR": MeanAverageRecall().update(found, truth).compute().mAR_at_100,
        "recall": Recall().update(found, truth).compute().recall_at_50,
        "precision": Precision().update(found, truth).compute().precision_at_50,
        "F1": F1Score().update(found, truth).compute().f1_50,
    }
    matrix = sv.ConfusionMatrix.from_detections(predictions=[found], targets=[truth], classes=["person"]).matrix
    values = ", ".join(f"{name} {value:.2f}" for name, value in results.items())
    print(f"{title + ':':<30} {values}; missed {matrix[0, 1]:.0f}, false {matrix[1, 0]:.0f}")


show("the person found", [[10, 10, 50, 90]])
show("and a person in the crowd, too", [[10, 10, 50, 90], [110, 30, 140, 110]])
PROGRAM
