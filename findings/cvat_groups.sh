#!/usr/bin/env bash
# datumaro 1.13.12 turns a person and a dog that CVAT has in one group into a single dog as large as both.
#
# In CVAT a group says that objects belong together: a person and the dog on the leash, the cars of a queue. Each keeps
# its class and its box. In COCO a group stands, for datumaro, for the parts of one object, and so its export writes one
# box around all of them with one class of theirs. Nothing is printed. The same data set exported to YOLO keeps both
# objects. A rotated box of CVAT is left out of both exports, in silence as well.
#
# Why it matters: a data set with groups that goes from CVAT to COCO by datumaro loses objects and gains boxes that hold
# mostly background. Their sizes and classes are valid, so that no check of the format sees it.
#
# Output seen:
#     CVAT: person [10, 10, 20, 40], dog [150, 60, 40, 30], person rotated by 30 degrees
#     COCO: dog [10, 10, 180, 80]
#     YOLO: person [10, 10, 20, 40], dog [150, 60, 40, 30]
source "$(dirname "$0")/_setup.sh"
install datumaro==1.13.12

expect <<'PROGRAM'
import json
import os
import pathlib

import datumaro
from PIL import Image

width, height = 200, 100
os.makedirs("cvat/images")
Image.new("RGB", (width, height)).save("cvat/images/a.jpg")
pathlib.Path("cvat/annotations.xml").write_text(
    f"""<annotations><version>1.1</version>
<meta><task><labels><label><name>person</name></label><label><name>dog</name></label></labels></task></meta>
<image id="0" name="a.jpg" width="{width}" height="{height}">
<box label="person" occluded="0" xtl="10" ytl="10" xbr="30" ybr="50" z_order="0" group_id="1"></box>
<box label="dog" occluded="0" xtl="150" ytl="60" xbr="190" ybr="90" z_order="0" group_id="1"></box>
<box label="person" occluded="0" xtl="80" ytl="60" xbr="90" ybr="90" rotation="30" z_order="0"></box>
</image></annotations>"""
)
data = datumaro.Dataset.import_from("cvat", "cvat")
names = [label.name for label in data.categories()[datumaro.AnnotationType.label]]
data.export("coco", "coco_instances")
data.export("yolo", "yolo")


def show(title, boxes):
    print(title, ", ".join(sorted(boxes, reverse=True)))


def box(name, numbers):
    return f"{name} {[round(number) for number in numbers]}"


read = []
for item in data:
    for annotation in item.annotations:
        name = names[annotation.label]
        rotated = annotation.type.name == "rotated_bbox"
        read.append(f"{name} rotated by {annotation.r:.0f} degrees" if rotated else box(name, annotation.get_bbox()))
print("CVAT:", ", ".join(read))

coco = json.loads(next(pathlib.Path("coco").rglob("instances_*.json")).read_text())
named = {category["id"]: category["name"] for category in coco["categories"]}
show("COCO:", [box(named[a["category_id"]], a["bbox"]) for a in coco["annotations"]])

lines = [line.split() for line in next(pathlib.Path("yolo").rglob("a.txt")).read_text().splitlines()]
yolo = []
for position, *shares in lines:
    x, y, w, h = (float(share) * size for share, size in zip(shares, (width, height) * 2))
    yolo.append(box(names[int(position)], (x - w / 2, y - h / 2, w, h)))
show("YOLO:", yolo)
PROGRAM
