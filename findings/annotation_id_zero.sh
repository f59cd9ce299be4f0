#!/usr/bin/env bash
# A COCO file written by globox 2.9.0 makes a perfect detector miss an object in pycocotools 2.0.11.
#
# globox numbers annotations from 0, also where the ids of images and categories are given. pycocotools notes for each
# detection the id of the annotation that it found, and reads 0 as "none". The detection that finds annotation 0 is
# therefore counted as a false positive. Both sides are within the COCO format, which only says that an id is an
# integer, and neither says a word.
#
# Why it matters: it costs one object in each file, which nobody sees among thousands and which ruins the small files of
# a test. Here are four images with one object each, and the file's own boxes as detections; with ids from 1 the same
# file gives 1.
#
# Output seen:
#     annotation ids [0, 1, 2, 3]: average precision 0.564, recall 0.750
#     annotation ids [1, 2, 3, 4]: average precision 1.000, recall 1.000
source "$(dirname "$0")/_setup.sh"
install globox==2.9.0 pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io
import pathlib

from globox import Annotation, AnnotationSet, BoundingBox
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

box = BoundingBox(label="car", xmin=10, ymin=10, xmax=30, ymax=30)
images = AnnotationSet([Annotation(f"{i}.jpg", (200, 100), [box]) for i in range(4)])
images.save_coco(pathlib.Path("coco.json"), auto_ids=True)

for first_id in (0, 1):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO("coco.json")
        for annotation in coco.dataset["annotations"]:
            annotation["id"] += first_id
        coco.createIndex()
        fields = ("image_id", "category_id", "bbox")
        detections = [{**{key: a[key] for key in fields}, "score": 0.9} for a in coco.dataset["annotations"]]
        evaluation = COCOeval(coco, coco.loadRes(detections), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision, recall = evaluation.stats[0], evaluation.stats[8]
    print(f"annotation ids {sorted(coco.anns)}: average precision {precision:.3f}, recall {recall:.3f}")
PROGRAM
