#!/usr/bin/env bash
# MeanAveragePrecision of torchmetrics 1.9.0 misreads the boxes that it takes from COCO files itself, and pycocotools
# 2.0.11 gives -1 for the files that it writes.
#
# coco_to_tm makes of an annotation file and a results file the lists that the metric takes. It keeps boxes as COCO has
# them, left, top, width and height, while the metric reads corners, as it does by default: it takes a size for a corner.
# Images without an object are left out, with all that a detector found in them. tm_to_coco writes the lists to files
# again. Their annotations have the classes as they were, but the list of categories holds a single one, 0, so that
# pycocotools finds no object of a known class. Neither prints anything.
#
# Here a cat and a dog are found exactly, and a false alarm in a second image, with a higher score, is a cat as well.
#
# Why it matters: a detector whose results are files is evaluated by this way, and one whose results are tensors is
# compared with others by files. The numbers are wrong by the conversion, and look like the detector's.
#
# It needs 5 GB of room and no GPU.
#
# Output seen:
#     pycocotools, the files:                 0.75
#     torchmetrics, as it comes:              0.50 for 1 of 2 images
#     torchmetrics, box_format xywh:          1.00 for 1 of 2 images
#     written by it: categories [0], of annotations [1, 2]
#     pycocotools, the files written by it:   -1.00
source "$(dirname "$0")/_setup.sh"
install torchmetrics==1.9.0 torch==2.15.0 torchvision==0.29.2 pycocotools==2.0.11 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torchmetrics.detection import MeanAveragePrecision

CAT, DOG = {"category_id": 1, "bbox": [100, 100, 50, 40]}, {"category_id": 2, "bbox": [20, 30, 60, 80]}
annotations = [
    {"id": 1, "image_id": 1, "area": 2000, "iscrowd": 0, **CAT},
    {"id": 2, "image_id": 1, "area": 4800, "iscrowd": 0, **DOG},
]
annotated = {
    "images": [{"id": image, "file_name": f"{image}.jpg", "width": 200, "height": 200} for image in (1, 2)],
    "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    "annotations": annotations,
}
found = [
    {"image_id": 1, "score": 0.8, **CAT},
    {"image_id": 1, "score": 0.7, **DOG},
    {"image_id": 2, "score": 0.9, **CAT},
]
pathlib.Path("annotated.json").write_text(json.dumps(annotated))
pathlib.Path("found.json").write_text(json.dumps(found))


def by_pycocotools(annotated, found):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(annotated)
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


print(f"pycocotools, the files:                 {by_pycocotools('annotated.json', 'found.json'):.2f}")
for box_format, told in (("xyxy", "as it comes"), ("xywh", "box_format xywh")):
    metric = MeanAveragePrecision(box_format=box_format)
    detections, objects = metric.coco_to_tm("found.json", "annotated.json")
    metric.update(detections, objects)
    seen = f"{metric.compute()['map'].item():.2f} for {len(objects)} of 2 images"
    print(f"torchmetrics, {told + ':':25} {seen}")
metric.tm_to_coco("written")
written = json.loads(pathlib.Path("written_target.json").read_text())
print("written by it: categories", [category["id"] for category in written["categories"]], end=", ")
print("of annotations", [annotation["category_id"] for annotation in written["annotations"]])
print(f"pycocotools, the files written by it:   {by_pycocotools('written_target.json', 'written_preds.json'):.2f}")
PROGRAM
