#!/usr/bin/env bash
# dagshub-annotation-converter 0.3.0 makes two objects of each object of a COCO file that has a box and a mask.
#
# An annotation of COCO holds "bbox" and "segmentation" of one object. load_coco_from_file makes two annotations of it,
# a box and a polygon, and export_to_coco_file writes both: one has the old id and no mask, the other a new id and no
# box. A crowd, whose mask is in run lengths, is left with its box, as an ordinary object. Images without an object are
# gone. Nothing is printed but a warning about run lengths.
#
# Why it matters: nearly all COCO files have both. Counts of objects double, each seems to be a duplicate of another,
# and tools that need a box for each object, or a mask, stop at half of them. Label Studio shows a rectangle and a
# polygon.
#
# Output seen:
#     before: images 3, objects 3, with box and mask 3, crowds 1
#     after:  images 2, objects 5, with box and mask 0, crowds 0
source "$(dirname "$0")/_setup.sh"
install dagshub-annotation-converter==0.3.0 lxml==6.1.3 numpy==2.4.6 pandas==3.1.1

expect <<'PROGRAM'
import json
import logging
import pathlib

from dagshub_annotation_converter.converters.coco import export_to_coco_file, load_coco_from_file

logging.disable(logging.CRITICAL)


def annotation(number, image, left, **mask):
    common = {"id": number, "image_id": image, "category_id": 1, "area": 400, "iscrowd": 0}
    return {**common, "bbox": [left, 10, 20, 20], **mask}


def square(left):
    return [[left, 10, left + 20, 10, left + 20, 30, left, 30]]


# Columns from top to bottom: 20 of 100 pixels from row 10 on, in each of 20 columns from column 60 on.
runs = [60 * 100 + 10, *[20, 80] * 19, 20, 100 * 100 - 79 * 100 - 30]
truth = {
    "images": [{"id": k, "file_name": f"{k}.jpg", "width": 100, "height": 100} for k in (1, 2, 3)],
    "categories": [{"id": 1, "name": "person"}],
    "annotations": [
        annotation(1, 1, 10, segmentation=square(10)),
        annotation(2, 2, 30, segmentation=square(30)),
        annotation(3, 2, 60, segmentation={"size": [100, 100], "counts": runs}, iscrowd=1),
    ],
}
pathlib.Path("before.json").write_text(json.dumps(truth))
by_image, context = load_coco_from_file("before.json")
export_to_coco_file([each for annotations in by_image.values() for each in annotations], "after.json", context)
for name in ("before", "after"):
    data = json.loads(pathlib.Path(f"{name}.json").read_text())
    objects = data["annotations"]
    both = sum("bbox" in item and "segmentation" in item for item in objects)
    crowds = sum(item["iscrowd"] for item in objects)
    seen = f"images {len(data['images'])}, objects {len(objects)}, with box and mask {both}, crowds {crowds}"
    print(f"{name + ':':<7} {seen}")
PROGRAM
