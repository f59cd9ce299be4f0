#!/usr/bin/env bash
# DetrImageProcessor of transformers 5.24.0 makes a box half as wide when the image beside it in the batch is wider.
#
# The processor returns boxes as fractions. A batch needs images of one size, so smaller ones get a margin, and the
# fractions are then those of the image with its margin. The same picture with the same box has other targets in each batch.
# "orig_size", which comes with them, is the size without a margin: multiplied by it, the box is not the one that was given.
# "size" includes the margin, and is that of the picture as resized. RTDetrImageProcessor, which makes every image the same
# size, returns the same fractions in every batch.
#
# Why it matters: targets are turned back into pixels to look at a batch, or to evaluate against it, and that works as long
# as it is tried with one image. The target of an object depends on how the data set was shuffled.
#
# Output seen:
#     given: [10, 20, 50, 40] in an image of 100 x 100
#     alone:                     fractions 0.35 0.40 0.50 0.40, by orig_size [10, 20, 50, 40]
#     beside one of 200 x 100:   fractions 0.17 0.40 0.25 0.40, by orig_size [5, 20, 25, 40]
#     RTDetr, the same batch:    fractions 0.35 0.40 0.50 0.40, by orig_size [10, 20, 50, 40]
source "$(dirname "$0")/_setup.sh"
install transformers==5.24.0 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import numpy as np
import transformers

transformers.logging.set_verbosity_error()
width = height = 100
given = [10, 20, 50, 40]
square, wide = np.zeros((height, width, 3), np.uint8), np.zeros((height, 2 * width, 3), np.uint8)
# The processors work with Pillow where torchvision is not installed.
detr = transformers.DetrImageProcessor(size={"shortest_edge": height, "longest_edge": 4 * width})
rt_detr = transformers.RTDetrImageProcessor()


def show(title, processor, images):
    box = {"category_id": 1, "bbox": given, "area": given[2] * given[3], "iscrowd": 0}
    annotations = [{"image_id": id_, "annotations": [{**box, "image_id": id_}]} for id_ in range(len(images))]
    first = processor(images=images, annotations=annotations, return_tensors="np")["labels"][0]
    x, y, w, h = (float(fraction) for fraction in first["boxes"][0])
    rows, columns = (int(side) for side in first["orig_size"])
    pixels = [round(number) for number in ((x - w / 2) * columns, (y - h / 2) * rows, w * columns, h * rows)]
    print(f"{title:<26} fractions {x:.2f} {y:.2f} {w:.2f} {h:.2f}, by orig_size {pixels}")


print(f"given: {given} in an image of {width} x {height}")
show("alone:", detr, [square])
show("beside one of 200 x 100:", detr, [square, wide])
show("RTDetr, the same batch:", rt_detr, [square, wide])
PROGRAM
