#!/usr/bin/env bash
# hotcoco 1.3.0 writes a crowd as an ordinary object to Open Images and CVAT; to VOC and YOLO it does not.
#
# "iscrowd": 1 marks a region that is not to be counted. to_voc keeps it as "difficult". to_yolo leaves it out, and
# returns how many it left out. to_oid writes IsGroupOf 0, though that column is for exactly this, and from_oid and
# hotcoco's evaluation of Open Images know it. to_cvat writes a box like any other. Neither counts or prints anything.
#
# Why it matters: what is converted through CVAT to be corrected, or to Open Images to be evaluated, comes back with one
# large object where there were many. An evaluation counts it as missed, and the people found in it as false alarms.
#
# Output seen:
#     COCO:        crowd no, yes
#     VOC:         difficult 0, 1
#     YOLO:        1 box, skipped_crowd 1
#     Open Images: IsGroupOf 0, 0; group_of 0
#     read again:  is_group_of False, False
#     CVAT:        box, box; attributes label, occluded, xbr, xtl, ybr, ytl
source "$(dirname "$0")/_setup.sh"
install hotcoco==1.3.0 pillow==12.3.0

expect <<'PROGRAM'
import csv
import pathlib
from xml.etree import ElementTree

from hotcoco import COCO
from PIL import Image

annotations = [
    {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 40], "area": 800, "iscrowd": 0},
    {"id": 2, "image_id": 1, "category_id": 1, "bbox": [50, 10, 140, 80], "area": 11200, "iscrowd": 1},
]
images = [{"id": 1, "file_name": "1.jpg", "width": 200, "height": 100}]
data = COCO({"images": images, "categories": [{"id": 1, "name": "person"}], "annotations": annotations})
print("COCO:        crowd", ", ".join(("no", "yes")[record["iscrowd"]] for record in data.dataset["annotations"]))

data.to_voc("voc")
difficult = [found.text for found in ElementTree.parse(next(pathlib.Path("voc").rglob("*.xml"))).iter("difficult")]
print("VOC:         difficult", ", ".join(difficult))
counts = data.to_yolo("yolo")
lines = pathlib.Path("yolo/1.txt").read_text().splitlines()
print(f"YOLO:        {len(lines)} box, skipped_crowd {counts['skipped_crowd']}")
counts = data.to_oid("open_images.csv")
with open("open_images.csv", newline="") as file:
    groups = [row["IsGroupOf"] for row in csv.DictReader(file)]
print(f"Open Images: IsGroupOf {', '.join(groups)}; group_of {counts['group_of']}")
Image.new("RGB", (200, 100)).save("1.jpg")
read = COCO.from_oid("open_images.csv", images_dir=".").dataset["annotations"]
print("read again:  is_group_of", ", ".join(str(record["is_group_of"]) for record in read))
data.to_cvat("cvat.xml")
boxes = list(ElementTree.parse("cvat.xml").iter("box"))
attributes = sorted({name for box in boxes for name in box.attrib})
print(f"CVAT:        {', '.join(box.tag for box in boxes)}; attributes {', '.join(attributes)}")
PROGRAM
