#!/usr/bin/env bash
# overlay_onto_background_image of augly 1.0.0 pastes a picture by the height of the background, and its boxes by the
# width.
#
# The function makes the picture overlay_size times as high as the background, keeps its shape, and pastes it at x_pos
# and y_pos. Boxes are multiplied by overlay_size in both directions, which is right if picture and background have the
# same shape. overlay_image, which pastes something over the picture, has the same fault: what is covered is decided as
# if the overlay were as wide as high in fractions of the picture. A box beside it, with a gap between them, even grows
# up to it. Nothing is printed.
#
# Here a white rectangle in a picture of 200 x 100 is the object.
#
# Why it matters: pasting onto other backgrounds is done with pictures of any shape. Boxes are then beside their
# objects, too narrow or too wide. A thin bar cuts the box of an object that it does not touch, and a banner that
# hides an object leaves it a box.
#
# It needs libmagic, which most Linux systems have.
#
# Output seen:
#     background 400 x 200: object [140, 60, 180, 90], box [140, 60, 180, 90]
#     background 300 x 300: object [150, 90, 210, 135], box [105, 90, 135, 135]
#     background 200 x 400: object [160, 120, 200, 180], box [70, 120, 90, 180]
#     a bar at the left:    object [120, 20, 160, 95], box [120, 90, 160, 95]
#     a shorter one:        object [120, 20, 160, 40], box [100, 20, 160, 40]
#     a banner on top:      object hidden, box [100, 20, 160, 40]
source "$(dirname "$0")/_setup.sh"
install augly==1.0.0 iopath==0.1.10 numpy==1.26.4 pillow==12.3.0

expect <<'PROGRAM'
import augly.image
import numpy as np
from PIL import Image


def picture(box):
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    return Image.fromarray(pixels)


def after(function, box, **options):
    told = []
    image = function(picture(box), metadata=told, bboxes=[box], bbox_format="pascal_voc", **options)
    rows, columns = np.nonzero(np.asarray(image)[..., 0] > 127)
    seen = "hidden"
    if len(rows):
        seen = [int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    return f"object {seen}, box {[round(edge) for edge in told[-1]['dst_bboxes'][0]]}"


for size in ((400, 200), (300, 300), (200, 400)):
    background, place = Image.new("RGB", size), {"overlay_size": 0.5, "x_pos": 0.2, "y_pos": 0.2}
    paste = augly.image.overlay_onto_background_image
    pasted = after(paste, (60, 20, 100, 50), background_image=background, **place)
    print(f"background {size[0]} x {size[1]}: {pasted}")
bar, banner = Image.new("RGB", (10, 90)), Image.new("RGB", (40, 10))
corner = {"x_pos": 0.0, "y_pos": 0.0}
seen = after(augly.image.overlay_image, (120, 20, 160, 95), overlay=bar, overlay_size=0.9, **corner)
print("a bar at the left:   ", seen)
seen = after(augly.image.overlay_image, (120, 20, 160, 40), overlay=bar, overlay_size=0.5, **corner)
print("a shorter one:       ", seen)
seen = after(augly.image.overlay_image, (120, 20, 160, 40), overlay=banner, overlay_size=0.5, **corner)
print("a banner on top:     ", seen)
PROGRAM
