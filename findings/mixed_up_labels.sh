#!/usr/bin/env bash
# MixUp of keras 3.15.1 puts the objects of two pictures into one, and lets them exchange their classes.
#
# The layer blends each picture of a batch with another one of it, and gives the boxes of both. Three pictures with two
# boxes each should have four boxes and four labels a picture afterwards. The boxes are right. The labels are joined
# along the other axis: six rows of two, of which the last three belong to no picture. Nothing is printed. A layer
# behind it that clips boxes stops over the shapes; where MixUp is the last one, nobody looks. The layer shares this
# code with all backends.
#
# Here the pictures have a cat and a dog, a car and a bus, a cup and a bowl.
#
# Why it matters: a model or a loss takes boxes and labels either picture by picture, and then half of the objects that
# are to be seen have no label, or all in a row, and then boxes have the labels of objects in other pictures.
#
# It needs 600 MB of room.
#
# Output seen:
#     given: boxes (3, 2, 4), labels (3, 2)
#     mixed: boxes (3, 4, 4), labels (6, 2)
#     picture 1 shows   cat, dog, car, bus
#     its labels        cat, dog
#     all in a row      cat, dog, car, bus, car, bus, cup, bowl, cup, bowl, cat, dog
#     their labels      cat, dog, car, bus, cup, bowl, car, bus, cup, bowl, cat, dog
source "$(dirname "$0")/_setup.sh"
install keras==3.15.1 jax==0.10.2 numpy==2.4.6

expect <<'PROGRAM'
import os

os.environ["KERAS_BACKEND"] = "numpy"  # which needs jax, but no GPU and no other framework

import keras
import numpy as np

names = ("cat", "dog", "car", "bus", "cup", "bowl")
labels = np.arange(6).reshape(3, 2)
boxes = np.stack([labels * 10, labels * 10, labels * 10 + 9, labels * 10 + 9], axis=-1)  # told by the left edge
objects = {"boxes": boxes.astype("float32"), "labels": labels}
batch = {"images": np.zeros((3, 100, 100, 3), "float32"), "bounding_boxes": objects}
mixed = keras.layers.MixUp(seed=5, bounding_box_format="xyxy")(batch, training=True)["bounding_boxes"]


def named(numbers):
    return ", ".join(names[int(number)] for number in np.ravel(numbers))


for title, shown in {"given:": objects, "mixed:": mixed}.items():
    print(title, f"boxes {shown['boxes'].shape}, labels {shown['labels'].shape}")
objects_shown = mixed["boxes"][..., 0] / 10
print("picture 1 shows  ", named(objects_shown[0]))
print("its labels       ", named(mixed["labels"][0]))
print("all in a row     ", named(objects_shown))
print("their labels     ", named(mixed["labels"]))
PROGRAM
