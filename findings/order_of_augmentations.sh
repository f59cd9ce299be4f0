#!/usr/bin/env bash
# RandAugment of keras 3.15.1 transforms a picture in the order that it has drawn, and its boxes in another one.
#
# The layer draws num_ops of eleven transforms, of which three move things: shear, translation and rotation. A picture
# goes through them as they were drawn, and twice through one that was drawn twice. The boxes go through them in the
# order of the layer's own list, and through each one once. Where at most one of them moves things, or two in the order
# of the list, boxes and pictures agree. Nothing is printed.
#
# Here a picture of 300 x 200 pixels shows one white object of 60 x 30. "shows" is where the white pixels are afterwards.
#
# Why it matters: the draw holds for a whole batch. By default one batch in twenty has boxes beside its objects, and with
# three transforms instead of two one in eight. It shows as noise in the loss, or not at all.
#
# It needs 600 MB of room.
#
# Output seen:
#     translation, then rotation: shows 114 79 180 125, box 114 78 180 125
#     rotation, then translation: shows 132 83 198 134, box 133 71 200 123
#     translation twice:          shows 154 88 214 118, box 132 84 192 114
#     rotation twice:             shows 112 73 169 139, box 105 73 173 128
source "$(dirname "$0")/_setup.sh"
install keras==3.15.1 jax==0.10.2 numpy==2.4.6

expect <<'PROGRAM'
import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np

DRAWN = {  # what the layer draws by these seeds
    252: "translation, then rotation",
    525: "rotation, then translation",
    100: "translation twice",
    289: "rotation twice",
}
LEFT, TOP, RIGHT, BOTTOM = 110, 80, 170, 110

picture = np.zeros((1, 200, 300, 3), "float32")
picture[:, TOP:BOTTOM, LEFT:RIGHT] = 255
for seed, title in DRAWN.items():
    objects = {"boxes": np.array([[[LEFT, TOP, RIGHT, BOTTOM]]], "float32"), "labels": np.ones((1, 1))}
    layer = keras.layers.RandAugment(factor=0.1, interpolation="nearest", bounding_box_format="xyxy", seed=seed)
    seen = layer({"images": picture, "bounding_boxes": objects}, training=True)
    rows, columns = np.nonzero(np.asarray(seen["images"])[0, ..., 0] > 127)
    shows = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    box = np.asarray(seen["bounding_boxes"]["boxes"])[0, 0].round().astype(int)
    print(f"{title + ':':<27} shows {' '.join(map(str, shows))}, box {' '.join(map(str, box))}")
PROGRAM
