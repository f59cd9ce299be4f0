#!/usr/bin/env bash
# label-studio-sdk 2.1.2 exports one rotated rectangle to three places: right as an oriented box, wrong in COCO unless
# the image is as wide as high, and wrong in YOLO.
#
# Label Studio keeps boxes in percent of the image's width and height and turns them about their top left corner in
# pixels; its export to oriented boxes (YOLO_OBB) does the same. The COCO export turns the box first and computes pixels
# afterwards. In an image twice as wide as high a percent of the width is two pixels where a percent of the height is
# one: the box is turned in a squeezed image and gets other sides. The YOLO export leaves the rotation out. Nothing is
# printed.
#
# In the example a box of 200 x 50 pixels is turned by 90 degrees and has to come out as 50 x 200. In the image of
# 1000 x 500 COCO gives it 100 x 100.
#
# Why it matters: photographs are seldom square, and a rectangle is rotated by one drag at its handle. A detector then
# learns from boxes that lie beside their objects.
#
# Output seen:
#     500 x 500:  oriented [150, 200, 50, 200], COCO [150, 200, 50, 200], YOLO [200, 200, 200, 50]
#     1000 x 500: oriented [350, 200, 50, 200], COCO [300, 200, 100, 100], YOLO [400, 200, 200, 50]
source "$(dirname "$0")/_setup.sh"
install label-studio-sdk==2.1.2

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

from label_studio_sdk.converter import Converter

config = """<View><Image name="image" value="$image"/>
<RectangleLabels name="label" toName="image"><Label value="car"/></RectangleLabels></View>"""


def pixels(folder, width, height):
    """The numbers of the only label line of a YOLO folder, without its class."""
    _, *fractions = next((folder / "labels").iterdir()).read_text().split()
    return [float(fraction) * size for fraction, size in zip(fractions, (width, height) * 4)]


def export(width, height, x, y, w, h):
    """Prints how each export gives the box, turned by 90 degrees, as left, top, width and height in pixels."""
    percent = {"x": x / width * 100, "y": y / height * 100, "width": w / width * 100, "height": h / height * 100}
    region = {
        "id": "r1",
        "type": "rectanglelabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {**percent, "rotation": 90, "rectanglelabels": ["car"]},
    }
    annotation = {"id": 1, "completed_by": 1, "result": [region]}
    task = {"id": 1, "data": {"image": "/data/a.jpg"}, "annotations": [annotation]}
    tasks = pathlib.Path("tasks.json")
    tasks.write_text(json.dumps([task]))
    coco, yolo, oriented = (pathlib.Path(f"{name}{width}") for name in ("coco", "yolo", "oriented"))
    with contextlib.redirect_stdout(io.StringIO()):
        converter = Converter(config, ".", download_resources=False)
        converter.convert_to_coco(str(tasks), str(coco), is_dir=False)
        converter.convert_to_yolo(str(tasks), str(yolo), is_dir=False)
        converter.convert_to_yolo(str(tasks), str(oriented), is_dir=False, is_obb=True)
    cx, cy, yolo_width, yolo_height = pixels(yolo, width, height)
    corners = pixels(oriented, width, height)
    xs, ys = corners[::2], corners[1::2]
    boxes = {
        "oriented": (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)),
        "COCO": json.loads((coco / "result.json").read_text())["annotations"][0]["bbox"],
        "YOLO": (cx - yolo_width / 2, cy - yolo_height / 2, yolo_width, yolo_height),
    }
    shown = (f"{name} {[round(number) for number in box]}" for name, box in boxes.items())
    print(f"{width} x {height}:".ljust(11), ", ".join(shown))


export(500, 500, x=200, y=200, w=200, h=50)
export(1000, 500, x=400, y=200, w=200, h=50)
PROGRAM
