#!/usr/bin/env bash
# pycocotools 2.0.11 takes cars for carrots, and the whole data set for a class that does not exist.
#
# COCO.getCatIds accepts one name or a list of names. One name is searched as text: every category whose name is a part
# of it is returned, so that "carrot" brings "car", "hot dog" brings "dog" and "teddy bear" brings "bear" (all six are
# classes of COCO). A list with that one name is compared as it should be. A name that no category has gives an empty
# list, and an empty list means "no filter" to getImgIds and getAnnIds: the misspelt class "carot" selects every image
# and every annotation.
#
# Why it matters: scripts that cut a class out of a data set or count its boxes chain exactly these calls. They end
# without an error, with boxes of other classes.
#
# Output seen:
#     getCatIds(catNms="carrot"): ['car', 'carrot']
#     getCatIds(catNms="hot dog"): ['dog', 'hot dog']
#     getCatIds(catNms=["carrot"]): ['carrot']
#     images with a carrot: [2]
#     images with a carot: [1, 2, 3, 4]
#     annotations of carots: ['car', 'carrot', 'dog', 'hot dog']
source "$(dirname "$0")/_setup.sh"
install pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io

from pycocotools.coco import COCO

names = {1: "car", 2: "carrot", 3: "dog", 4: "hot dog"}
coco = COCO()
coco.dataset = {
    "images": [{"id": i, "width": 100, "height": 100} for i in names],
    "categories": [{"id": i, "name": name} for i, name in names.items()],
    "annotations": [
        {"id": i, "image_id": i, "category_id": i, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0} for i in names
    ],
}
with contextlib.redirect_stdout(io.StringIO()):
    coco.createIndex()

for wanted in ("carrot", "hot dog"):
    print(f'getCatIds(catNms="{wanted}"):', [names[i] for i in coco.getCatIds(catNms=wanted)])
print('getCatIds(catNms=["carrot"]):', [names[i] for i in coco.getCatIds(catNms=["carrot"])])
for wanted in ("carrot", "carot"):
    print(f"images with a {wanted}:", sorted(coco.getImgIds(catIds=coco.getCatIds(catNms=[wanted]))))
carots = coco.loadAnns(coco.getAnnIds(catIds=coco.getCatIds(catNms=["carot"])))
print("annotations of carots:", [names[annotation["category_id"]] for annotation in carots])
PROGRAM
