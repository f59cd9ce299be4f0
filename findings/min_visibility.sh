#!/usr/bin/env bash
# albumentations 2.0.8 keeps a box of which a quarter is left, although min_visibility asks for two fifths.
#
# min_visibility leaves out boxes of which less than that share can still be seen. The share is taken anew after each step
# of the pipeline, of the box that the step before has left: a first crop keeps 50 % of the object, a second 50 % of that.
# Either is enough by itself, and the box of 25 % stays. The same crop in one step drops it, and so does
# check_each_transform=False, which looks at the end of the pipeline alone.
#
# Why it matters: pipelines of a crop, a shift and a mosaic are common. The more steps there are, the smaller are the scraps
# that are kept as objects, whatever the threshold; and two pipelines that make the same picture give it other boxes.
#
# Output seen:
#     object: 40 pixels wide, in the picture: 10, min_visibility: 0.4
#     crop in two steps: boxes [10, 10, 20, 50]
#     crop in one step: no box
#     crop in two steps, check_each_transform=False: no box
#     the pictures are the same: True
source "$(dirname "$0")/_setup.sh"
install albumentations==2.0.8 albucore==0.0.24 numpy==2.4.6

expect <<'PROGRAM'
import albumentations
import numpy as np

image = np.arange(100 * 100 * 3).reshape(100, 100, 3).astype(np.uint8)
box = [10, 10, 50, 50]
crops = {width: albumentations.Crop(0, 0, width, 100) for width in (30, 20)}
in_one_step, in_two_steps = [crops[20]], [crops[30], crops[20]]


def show(title, steps, **options):
    params = albumentations.BboxParams(format="pascal_voc", label_fields=["ids"], min_visibility=0.4, **options)
    result = albumentations.Compose(steps, bbox_params=params)(image=image, bboxes=[box], ids=["a"])
    boxes = ", ".join(str([round(float(edge)) for edge in box]) for box in result["bboxes"])
    print(f"{title}: {'boxes ' + boxes if boxes else 'no box'}")
    return result["image"]


print(f"object: {box[2] - box[0]} pixels wide, in the picture: {20 - box[0]}, min_visibility: 0.4")
first = show("crop in two steps", in_two_steps)
second = show("crop in one step", in_one_step)
show("crop in two steps, check_each_transform=False", in_two_steps, check_each_transform=False)
print("the pictures are the same:", np.array_equal(first, second))
PROGRAM
