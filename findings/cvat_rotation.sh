#!/usr/bin/env bash
# globox 2.9.0, labelformat 0.1.17 and hotcoco 1.3.0 read a turned box of CVAT as if it had not been turned.
#
# CVAT stores a rotated rectangle by its corners before it is turned, and "rotation" in degrees, clockwise about the centre.
# The readers take the corners and never look at the rotation. A pedestrian who was drawn as a box 60 wide and 20 high and
# turned by 90 degrees covers 20 by 60 pixels; what is read lies across. None prints anything, and the box that encloses
# the turned one, which COCO and YOLO could hold, is not computed.
#
# Why it matters: turned boxes in a data set are a minority, such as cars on slopes or text. Each one becomes a badly
# placed annotation, of IoU 0.2 here, that trains the detector and that nobody drew.
#
# Output seen:
#     drawn in CVAT (40, 20, 60, 80)
#     globox (20, 40, 80, 60), IoU 0.2
#     labelformat (20, 40, 80, 60), IoU 0.2
#     hotcoco (20, 40, 80, 60), IoU 0.2
source "$(dirname "$0")/_setup.sh"
install globox==2.9.0 labelformat==0.1.17 hotcoco==1.3.0

expect <<'PROGRAM'
import pathlib

from globox import AnnotationSet
from hotcoco import COCO
from labelformat.formats import CVATObjectDetectionInput

pathlib.Path("annotations.xml").write_text(
    '<annotations><version>1.1</version><meta><task><labels><label><name>person</name></label></labels></task></meta>'
    '<image id="0" name="1.jpg" width="100" height="100">'
    '<box label="person" source="manual" occluded="0" xtl="20" ytl="40" xbr="80" ybr="60" rotation="90" z_order="0"/>'
    "</image></annotations>"
)
drawn = (40, 20, 60, 80)
print("drawn in CVAT", drawn)


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return width * height / (area(a) + area(b) - width * height)


of_globox = next(iter(next(iter(AnnotationSet.from_cvat("annotations.xml"))).boxes))
of_labelformat = next(iter(CVATObjectDetectionInput(input_file=pathlib.Path("annotations.xml")).get_labels()))
left, top, width, height = COCO.from_cvat("annotations.xml").dataset["annotations"][0]["bbox"]
boxes = {"globox": of_globox, "labelformat": of_labelformat.objects[0].box}
corners = {name: (box.xmin, box.ymin, box.xmax, box.ymax) for name, box in boxes.items()}
for name, read in {**corners, "hotcoco": (left, top, left + width, top + height)}.items():
    read = tuple(round(side) for side in read)
    print(f"{name} {read}, IoU {iou(read, drawn):.1f}")
PROGRAM
