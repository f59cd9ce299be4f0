#!/usr/bin/env bash
# labelme2coco 0.2.6 turns the bicycles of a labelme folder into cars when it is given the list of classes to use.
#
# The list keeps the numbers of classes the same from one conversion to the next. A class that the list lacks is added at the
# end, but its id is counted from 0 on, without a look at the ids that the list took. It becomes a second category with the
# id of the first. The file has two names for one id, and nothing is printed about it.
#
# Why it matters: the list is given once a detector exists, when new images come in. A reader keeps one of the two names, so
# that all objects of the first class and of the new one are of one class.
#
# Output seen:
#     categories: car 0, person 1, bicycle 0
#     annotations: car 0, bicycle 0
#     pycocotools reads them as: bicycle, bicycle
source "$(dirname "$0")/_setup.sh"
install labelme2coco==0.2.6 sahi==0.12.8 pycocotools==2.0.11 numpy==2.3.5

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

with contextlib.redirect_stdout(io.StringIO()):
    import labelme2coco
    from pycocotools.coco import COCO

shapes = [
    {"label": label, "points": [[10, 10], [50, 40]], "shape_type": "rectangle", "flags": {}, "group_id": None}
    for label in ("car", "bicycle")
]
image = {"imagePath": "1.jpg", "imageData": None, "imageWidth": 100, "imageHeight": 80}
pathlib.Path("labels").mkdir()
pathlib.Path("labels/1.json").write_text(json.dumps({"version": "5.11.4", "flags": {}, "shapes": shapes, **image}))

with contextlib.redirect_stdout(io.StringIO()):
    data = labelme2coco.get_coco_from_labelme_folder(
        "labels", coco_category_list=[{"id": 0, "name": "car"}, {"id": 1, "name": "person"}]
    ).json
    pathlib.Path("coco.json").write_text(json.dumps(data))
    coco = COCO("coco.json")
print("categories:", ", ".join(f"{category['name']} {category['id']}" for category in data["categories"]))
numbers = [annotation["category_id"] for annotation in data["annotations"]]
print("annotations:", ", ".join(f"{shape['label']} {number}" for shape, number in zip(shapes, numbers)))
print("pycocotools reads them as:", ", ".join(coco.cats[number]["name"] for number in numbers))
PROGRAM
