#!/usr/bin/env bash
# hotcoco 1.3.0 reads "cup & saucer" and "knife & saucer" of Pascal VOC as one class, "saucer".
#
# XML writes the character & as "&amp;", and < as "&lt;". Of a text that holds such an entity COCO.from_voc keeps only
# what follows the last one, in names of classes and of files. Nothing is printed. The files here are those that hotcoco
# itself wrote from COCO, and they are right: Python's parser reads the names as they were. Labels that hotcoco wrote
# beside them in labels.txt become classes of their own without a box.
#
# Why it matters: classes are merged, or renamed into another one that exists, and images no longer have the name of
# their file. Each box stays where it was, so that counts of images and boxes are right.
#
# Output seen:
#     written: cup & saucer, knife & saucer, saucer; image tea & milk.jpg
#     in XML:  cup & saucer, knife & saucer, saucer; image tea & milk.jpg
#     read:    saucer, saucer, saucer; image milk.jpg
source "$(dirname "$0")/_setup.sh"
install hotcoco==1.3.0

expect <<'PROGRAM'
import json
import pathlib
from xml.etree import ElementTree

from hotcoco import COCO

names = ["cup & saucer", "knife & saucer", "saucer"]
box = {"bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
content = {
    "images": [{"id": 1, "file_name": "tea & milk.jpg", "width": 100, "height": 100}],
    "categories": [{"id": id_, "name": name} for id_, name in enumerate(names, 1)],
    "annotations": [{"id": id_, "image_id": 1, "category_id": id_, **box} for id_ in (1, 2, 3)],
}
pathlib.Path("coco.json").write_text(json.dumps(content))
COCO("coco.json").to_voc("voc")


def classes(coco):
    """The class of each annotation, and the name of the image."""
    return ", ".join(coco.cats[a["category_id"]]["name"] for a in coco.dataset["annotations"])


(file,) = pathlib.Path("voc").rglob("*.xml")
root = ElementTree.parse(file).getroot()
read = COCO.from_voc("voc")
print(f"written: {', '.join(names)}; image {content['images'][0]['file_name']}")
print(f"in XML:  {', '.join(name.text for name in root.iterfind('object/name'))}; image {root.findtext('filename')}")
print(f"read:    {classes(read)}; image {read.dataset['images'][0]['file_name']}")
PROGRAM
