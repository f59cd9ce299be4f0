#!/usr/bin/env bash
# image-dataset-converter 0.1.0 makes each object as large as its picture, and its outline smaller than its box, when it
# writes COCO.
#
# to-coco-od multiplies the width and the height of the picture for "area", where those of the object belong. Around a box
# without an outline it draws one, whose right and lower edges are a pixel before those of the box. The boxes are right,
# and nothing is said of it. Here a COCO file goes in and a COCO file comes out, without a filter between them.
#
# Why it matters: COCO's evaluation goes by "area" where it tells small objects (below 32 x 32 pixels) from large ones
# (from 96 x 96 on). Any object in a picture of common size is a large one, so that there are no numbers for small
# objects, and what is called the precision of large objects is that of all. A detector of masks learns from an outline
# that holds 81 of the 100 pixels of a small box.
#
# Output seen:
#     picture 640 x 480, box 10 x 10: area 100 given, 307200 written; outline 9 x 9
#     picture 320 x 240, box 20 x 20: area 400 given, 76800 written; outline 19 x 19
#     picture 50 x 50, box 40 x 40: area 1600 given, 2500 written; outline 39 x 39
#     exact detections by the file given: small 1.00, medium 1.00, large -1.00
#     exact detections by the file written: small -1.00, medium 1.00, large 1.00
source "$(dirname "$0")/_setup.sh"
install --no-deps image-dataset-converter==0.1.0 kasperl==0.0.3 seppl==0.3.1 wai-common==0.0.46 wai-logging==0.0.8 \
  fast-opex==0.0.4 simple-palette-utils==0.0.4 python-image-complete==0.0.6 croniter==7.0.0 watchdog==7.1.0 \
  python-dateutil==4.0.0 six==1.17.0 ImageHash==4.3.2 PyWavelets==1.9.0 scipy==1.17.1 defusedxml==0.7.1 imagesize==2.0.1 \
  javaproperties==0.8.2 python-dotenv==1.2.4 typing-inspect==0.9.0 typing-extensions==4.16.0 mypy-extensions==1.2.0 numpy==2.4.6 \
  pillow==13.0.0 shapely==2.2.0 opencv-python-headless==5.0.0.93 scikit-image==0.26.0 ImageIO==2.38.1 tifffile==2026.3.3 \
  networkx==3.6.1 lazy-loader==0.6 packaging==26.4 matplotlib==3.11.2 contourpy==1.3.3 cycler==0.12.1 fonttools==4.68.0 \
  kiwisolver==1.5.1 pyparsing==3.3.3 platformdirs==4.14.8 tzdata==2026.6 pycocotools==2.0.11 setuptools==80.9.0

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib
import subprocess
import sys

from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

PICTURES = ((640, 480, 10), (320, 240, 20), (50, 50, 40))  # width, height, side of the object
given = {
    "info": {},
    "licenses": [{"id": 1, "name": "none", "url": ""}],
    "images": [
        {"id": k, "file_name": f"{k}.jpg", "width": width, "height": height, "license": 1}
        for k, (width, height, _) in enumerate(PICTURES, start=1)
    ],
    "annotations": [
        {"id": k, "image_id": k, "category_id": 1, "bbox": [5, 5, side, side], "area": side**2, "iscrowd": 0, "segmentation": []}
        for k, (_, _, side) in enumerate(PICTURES, start=1)
    ],
    "categories": [{"id": 1, "name": "car"}],
}
for k, (width, height, _) in enumerate(PICTURES, start=1):
    Image.new("RGB", (width, height)).save(f"{k}.jpg")
pathlib.Path("given.json").write_text(json.dumps(given))
tool = pathlib.Path(sys.executable).with_name("idc-convert")
command = [tool, "from-coco-od", "-i", "given.json", "to-coco-od", "-o", "out"]
subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
written = json.loads(pathlib.Path("out/annotations.json").read_text())

for (width, height, side), before, after in zip(PICTURES, given["annotations"], written["annotations"]):
    xs, ys = after["segmentation"][0][::2], after["segmentation"][0][1::2]
    areas = f"area {before['area']} given, {after['area']:.0f} written"
    outline = f"{max(xs) - min(xs)} x {max(ys) - min(ys)}"
    print(f"picture {width} x {height}, box {side} x {side}: {areas}; outline {outline}")
for title, data in (("given", given), ("written", written)):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = data
        truth.createIndex()
        keys = ("image_id", "category_id", "bbox")
        found = [{**{key: item[key] for key in keys}, "score": 0.9} for item in data["annotations"]]
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    small, medium, large = evaluation.stats[3:6]
    print(f"exact detections by the file {title}: small {small:.2f}, medium {medium:.2f}, large {large:.2f}")
PROGRAM
