#!/usr/bin/env bash
# label-studio-sdk 2.1.2 exports an image that two people have annotated to COCO as two images, and to YOLO and VOC as
# the work of the second one alone.
#
# Label Studio can ask several people for each task, and keeps the annotation of each. The COCO export writes each as an
# image of its own, with the same file and another id. The YOLO and VOC exports write each into the file that is named
# by the image, so that the last one is what is left. Nothing is printed. A region with two labels is another case: COCO
# and VOC keep the first label, YOLO writes a box for each.
#
# Here Ann draws a car and a person, and Bob, after her, the car only.
#
# Why it matters: overlaps between people are drawn for a part of the tasks, to measure how well they agree. The exports
# of one project have different objects then: twice those of some images in COCO, and in YOLO whatever the last person
# found.
#
# Output seen:
#     drawn: Ann car, person; Bob car
#     COCO:  image 0 street.jpg: car, person; image 1 street.jpg: car
#     YOLO:  street.txt: car
#     VOC:   street.xml: car
source "$(dirname "$0")/_setup.sh"
install label-studio-sdk==2.1.2

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib
import xml.etree.ElementTree as tree

from label_studio_sdk.converter import Converter

config = """<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">
<Label value="car"/><Label value="person"/></RectangleLabels></View>"""
DRAWN = {"Ann": ["car", "person"], "Bob": ["car"]}


def name(path):
    """The name of a file without what Label Studio puts before it."""
    return pathlib.Path(path).name.split("__")[-1]


def region(label):
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": [label]}
    common = {"type": "rectanglelabels", "from_name": "label", "to_name": "image", "image_rotation": 0}
    return {"id": label, **common, "original_width": 200, "original_height": 100, "value": value}


annotations = [
    {"id": k, "completed_by": k, "result": [region(label) for label in labels]}
    for k, labels in enumerate(DRAWN.values(), 1)
]
tasks = pathlib.Path("tasks.json")
tasks.write_text(json.dumps([{"id": 1, "data": {"image": "/data/street.jpg"}, "annotations": annotations}]))
with contextlib.redirect_stdout(io.StringIO()):
    converter = Converter(config, ".", download_resources=False)
    converter.convert_to_coco(str(tasks), "coco", is_dir=False)
    converter.convert_to_yolo(str(tasks), "yolo", is_dir=False)
    converter.convert_to_voc(str(tasks), "voc", is_dir=False)

print("drawn:", "; ".join(f"{person} {', '.join(labels)}" for person, labels in DRAWN.items()))
coco = json.loads(pathlib.Path("coco/result.json").read_text())
names = {category["id"]: category["name"] for category in coco["categories"]}
told = []
for image in coco["images"]:
    found = [names[box["category_id"]] for box in coco["annotations"] if box["image_id"] == image["id"]]
    told.append(f"image {image['id']} {name(image['file_name'])}: {', '.join(found)}")
print("COCO: ", "; ".join(told))
classes = pathlib.Path("yolo/classes.txt").read_text().split()
for file in pathlib.Path("yolo/labels").iterdir():
    found = [classes[int(line.split()[0])] for line in file.read_text().splitlines()]
    print(f"YOLO:  {name(file)}: {', '.join(found)}")
for file in pathlib.Path("voc/Annotations").iterdir():
    found = [item.text for item in tree.parse(file).iterfind("object/name")]
    print(f"VOC:   {name(file)}: {', '.join(found)}")
PROGRAM
