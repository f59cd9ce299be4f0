#!/usr/bin/env bash
# Asked for cats and dogs, pycocotools 2.0.11 and faster-coco-eval 1.8.0 leave out every image that has only one of
# them; hotcoco 1.3.0 does not.
#
# getAnnIds(catIds=[cat, dog]) gives the boxes of either class in all three. getImgIds with the same argument gives
# images that have both at once in the first two, and images that have either in hotcoco, which offers the same
# functions. Each is a sensible reading of "that satisfy the filter"; the same word means "or" for boxes and "and" for
# images.
#
# Why it matters: a subset for some classes is cut out by getImgIds and then getAnnIds for its images. The more classes
# are asked for, the less is left of it: for all 80 classes of COCO no image at all, and nothing is printed. A script
# moved from one library to another gets a different data set.
#
# Output seen:
#     images: 1 has a cat, 2 has a dog, 3 has both
#     pycocotools      images 3; boxes in them 2 of 4
#     faster-coco-eval images 3; boxes in them 2 of 4
#     hotcoco          images 1, 2, 3; boxes in them 4 of 4
source "$(dirname "$0")/_setup.sh"
install pycocotools==2.0.11 faster-coco-eval==1.8.0 hotcoco==1.3.0 numpy==2.4.6

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import faster_coco_eval
import hotcoco
from pycocotools import coco

CAT, DOG = 1, 2
objects = [(1, CAT), (2, DOG), (3, CAT), (3, DOG)]
content = {
    "images": [{"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 100} for i in (1, 2, 3)],
    "categories": [{"id": CAT, "name": "cat"}, {"id": DOG, "name": "dog"}],
    "annotations": [
        {"id": k, "image_id": image, "category_id": category, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
        for k, (image, category) in enumerate(objects, 1)
    ],
}
pathlib.Path("truth.json").write_text(json.dumps(content))

print("images: 1 has a cat, 2 has a dog, 3 has both")
for name, COCO in {
    "pycocotools": coco.COCO,
    "faster-coco-eval": faster_coco_eval.COCO,
    "hotcoco": hotcoco.COCO,
}.items():
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO("truth.json")
    images = sorted(truth.getImgIds(catIds=[CAT, DOG]))
    boxes = truth.getAnnIds(imgIds=images, catIds=[CAT, DOG])
    every = truth.getAnnIds(catIds=[CAT, DOG])
    print(f"{name:<16} images {', '.join(map(str, images))}; boxes in them {len(boxes)} of {len(every)}")
PROGRAM
