#!/usr/bin/env bash
# RandomRotation of keras 3.15.1 takes boxes of any format for corners, and RandomPerspective gives corners back for any
# format.
#
# Layers that change pictures are told by bounding_box_format how boxes are written, and give them back the same way.
# These two read the setting at one end only: RandomRotation turns [left, top, width, height] as if they were two
# corners and converts the result from corners; RandomPerspective converts the boxes to corners and leaves them so. The
# format is accepted, and nothing is printed. RandomFlip is right in every format, and all three are with corners
# ("xyxy").
#
# Here a white rectangle is the object, so that the picture tells where it is after the layer. Boxes are shown as
# corners, converted by keras from the format that the layer was given.
#
# Why it matters: COCO's boxes are "xywh", and YOLO's are fractions. A detector is trained on boxes elsewhere in the
# picture, cut off at its edge, of plausible size.
#
# Output seen:
#     RandomFlip        xyxy     object [90, 40, 130, 60], box [90, 40, 130, 60]
#     RandomFlip        xywh     object [90, 40, 130, 60], box [90, 40, 130, 60]
#     RandomFlip        rel_xyxy object [90, 40, 130, 60], box [90, 40, 130, 60]
#     RandomRotation    xyxy     object [70, 36, 114, 75], box [70, 36, 114, 75]
#     RandomRotation    xywh     object [70, 36, 114, 75], box [34, 43, 70, 77]
#     RandomRotation    rel_xyxy object [70, 36, 114, 75], box [0, 68, 0, 68]
#     RandomPerspective xyxy     object [54, 40, 90, 61], box [54, 40, 90, 61]
#     RandomPerspective xywh     object [54, 40, 90, 61], box [54, 40, 144, 101]
#     RandomPerspective rel_xyxy object [54, 40, 90, 61], box [10725, 3953, 18082, 6133]
source "$(dirname "$0")/_setup.sh"
install keras==3.15.1 jax==0.10.2 numpy==2.4.6

expect <<'PROGRAM'
import os

os.environ["KERAS_BACKEND"] = "numpy"  # which needs jax, but no GPU and no other framework

import keras
import numpy as np

convert = keras.utils.bounding_boxes.convert_format
HEIGHT, WIDTH = 100, 200
CORNERS = [70, 40, 110, 60]
image = np.zeros((1, HEIGHT, WIDTH, 3), "float32")
image[0, CORNERS[1] : CORNERS[3], CORNERS[0] : CORNERS[2]] = 255
size = {"height": HEIGHT, "width": WIDTH}
layers = {
    "RandomFlip": lambda written: keras.layers.RandomFlip("horizontal", seed=2, bounding_box_format=written),
    "RandomRotation": lambda written: keras.layers.RandomRotation(
        (0.1, 0.1), fill_mode="constant", seed=1, bounding_box_format=written
    ),
    "RandomPerspective": lambda written: keras.layers.RandomPerspective(
        1.0, scale=0.3, seed=1, bounding_box_format=written
    ),
}
for name, make in layers.items():
    for written in ("xyxy", "xywh", "rel_xyxy"):
        boxes = convert(np.array([[CORNERS]], "float32"), source="xyxy", target=written, **size)
        given = {"images": image, "bounding_boxes": {"boxes": np.array(boxes), "labels": np.array([[1]])}}
        result = make(written)(given, training=True)
        rows, columns = np.nonzero(np.asarray(result["images"])[0, ..., 0] > 127)
        seen = [int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
        back = convert(result["bounding_boxes"]["boxes"], source=written, target="xyxy", **size)
        stated = [round(float(edge)) for edge in np.asarray(back)[0, 0]]
        print(f"{name:<17} {written:<8} object {seen}, box {stated}")
PROGRAM
