#!/usr/bin/env bash
# datumaro 1.13.12 turns a crowd that has a box and no mask into an ordinary object, from COCO to COCO.
#
# It reads "iscrowd": 1, holds it as the attribute is_crowd of the box, and heeds it elsewhere: its YOLO export leaves
# the box out, and its VOC export keeps the attribute, both with a warning. Its COCO export takes the flag from masks
# alone and writes "iscrowd": 0 for every box, without a word. A crowd with a run-length mask stays a crowd.
#
# Why it matters: files of boxes have no masks. After a mere renaming of classes, a split or a merge, each crowd is one
# large object: a detector is trained to draw it, and in an evaluation it is an object that is never found, while the
# people in it are false positives.
#
# Output seen:
#     given:   iscrowd 0, 1 with a mask, 1 without
#     read:    is_crowd False, True, True
#     written: iscrowd 0, 1, 0
source "$(dirname "$0")/_setup.sh"
install datumaro==1.13.12

expect <<'PROGRAM'
import json
import pathlib

import datumaro

mask = {"size": [100, 100], "counts": [0, 10_000]}
fields = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 100, 100], "area": 10_000}
content = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 100}],
    "categories": [{"id": 1, "name": "person"}],
    "annotations": [
        {**fields, "id": 1, "iscrowd": 0, "segmentation": []},
        {**fields, "id": 2, "iscrowd": 1, "segmentation": mask},
        {**fields, "id": 3, "iscrowd": 1, "segmentation": []},
    ],
}
file = pathlib.Path("given/annotations/instances_train.json")
file.parent.mkdir(parents=True)
pathlib.Path("given/images/train").mkdir(parents=True)
file.write_text(json.dumps(content))
data = datumaro.Dataset.import_from(str(file), "coco_instances")
boxes = [one for item in data for one in item.annotations if one.type == datumaro.AnnotationType.bbox]
data.export("written", "coco", save_media=False)
written = json.loads(pathlib.Path("written/annotations/instances_train.json").read_text())["annotations"]

print("given:   iscrowd 0, 1 with a mask, 1 without")
by_id = {one.id: one.attributes["is_crowd"] for one in boxes}
print("read:    is_crowd " + ", ".join(str(by_id[id_]) for id_ in sorted(by_id)))
flags = {record["id"]: record["iscrowd"] for record in written}
print("written: iscrowd " + ", ".join(str(flags[id_]) for id_ in sorted(flags)))
PROGRAM
