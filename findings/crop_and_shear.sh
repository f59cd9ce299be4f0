#!/usr/bin/env bash
# RandomCrop of keras 3.15.1 moves boxes sideways by what it cut off above, and RandomShear fits boxes to square images only.
#
# Both layers take a picture with its boxes and return both. RandomCrop begins at a row and a column; for the boxes it takes
# the row from x and the column from y. RandomShear moves the picture by pixels, but the boxes by fractions of its width and
# height: in a picture twice as wide as high a box is moved twice as far sideways as the object. Nothing is printed. Boxes
# of RandomRotation and RandomZoom fit. The layers share this code with all backends.
#
# Here a white rectangle is the object, so that the picture tells where it is after the layer.
#
# Why it matters: a detector is trained on boxes beside their objects. All are inside the picture and of plausible size, and
# in a test with square pictures RandomShear looks right.
#
# Output seen:
#     RandomCrop, 200 x 100     object [90, 20, 110, 40], box [70, 40, 90, 60]
#     RandomShear, 200 x 100    object [98, 40, 122, 60], box [106, 40, 134, 60]
#     RandomShear, 100 x 100    object [48, 40, 72, 60], box [48, 40, 72, 60]
#     RandomRotation, 200 x 100 object [86, 36, 114, 64], box [86, 36, 114, 64]
source "$(dirname "$0")/_setup.sh"
install keras==3.15.1 jax==0.10.2 numpy==2.4.6

expect <<'PROGRAM'
import os

os.environ["KERAS_BACKEND"] = "numpy"  # which needs jax, but no GPU and no other framework

import keras
import numpy as np

options = {"seed": 1, "bounding_box_format": "xyxy"}
moved = {"fill_mode": "constant", **options}
layers = keras.layers


def show(layer, width, height):
    """Where the object is after the layer, and where the box says it is."""
    left, top, right, bottom = width // 2 - 10, 40, width // 2 + 10, 60
    image = np.zeros((height, width, 3), "float32")
    image[top:bottom, left:right] = 255
    boxes = {"boxes": np.array([[left, top, right, bottom]], "float32"), "labels": np.array([1])}
    result = layer({"images": image, "bounding_boxes": boxes}, training=True)
    rows, columns = np.nonzero(np.asarray(result["images"])[..., 0] > 127)
    seen = [int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    stated = [round(float(edge)) for edge in result["bounding_boxes"]["boxes"][0]]
    print(f"{f'{type(layer).__name__}, {width} x {height}':<25} object {seen}, box {stated}")


show(layers.RandomCrop(60, 200, **options), 200, 100)
show(layers.RandomShear((0.2, 0.2), 0.0, **moved), 200, 100)
show(layers.RandomShear((0.2, 0.2), 0.0, **moved), 100, 100)
show(layers.RandomRotation((0.1, 0.1), **moved), 200, 100)
PROGRAM
