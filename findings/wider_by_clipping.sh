#!/usr/bin/env bash
# luxonis-ml 0.10.2 clips a box at the left or the top by moving it into the image.
#
# Annotations of a Luxonis data set are fractions of the image: left, top, width and height. A box that begins beyond
# the image gets 0 for its left edge, and keeps its width, so that its right edge moves by what should have been cut
# off. At the right and at the bottom the width and the height are cut as they should be. A warning says that values are
# clipped.
#
# Here are boxes of a width and height of 0.3 that reach over one edge of the image by 0.1 each, and one by 0.2.
#
# Why it matters: boxes reach over the edge wherever objects do, and the warning names what one would want. Of objects
# that leave the image to the left, each has a box with background behind it: the IoU is 0.67 and 0.33 here. A detector
# is trained to see objects at two edges larger than at the other two.
#
# Output seen:
#     over the right:  left 0.8, right 1.0; IoU with what is in the image 1.00
#     over the bottom: top 0.8, bottom 1.0; IoU with what is in the image 1.00
#     over the left:   left 0.0, right 0.3; IoU with what is in the image 0.67
#     over the top:    top 0.0, bottom 0.3; IoU with what is in the image 0.67
#     farther left:    left 0.0, right 0.3; IoU with what is in the image 0.33
source "$(dirname "$0")/_setup.sh"
install 'luxonis-ml[ldf]==0.10.2' numpy==2.4.6 pillow==12.3.0 pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io

import numpy as np
from luxonis_ml.ldf import BBoxAnnotation
from pycocotools import mask as masks


def clipped(left, top):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        made = BBoxAnnotation(x=left, y=top, w=0.3, h=0.3)
    right, bottom = min(left + 0.3, 1), min(top + 0.3, 1)
    inside = [max(left, 0), max(top, 0), right - max(left, 0), bottom - max(top, 0)]
    return made, masks.iou(np.array([[made.x, made.y, made.w, made.h]]), np.array([inside]), [0]).item()


for name, left, top in (
    ("over the right", 0.8, 0.2),
    ("over the bottom", 0.2, 0.8),
    ("over the left", -0.1, 0.2),
    ("over the top", 0.2, -0.1),
    ("farther left", -0.2, 0.2),
):
    made, overlap = clipped(left, top)
    across = f"left {made.x:.1f}, right {made.x + made.w:.1f}"
    down = f"top {made.y:.1f}, bottom {made.y + made.h:.1f}"
    seen = down if name in ("over the bottom", "over the top") else across
    print(f"{name + ':':<16} {seen}; IoU with what is in the image {overlap:.2f}")
PROGRAM
