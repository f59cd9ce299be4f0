#!/usr/bin/env bash
# albumentations 2.0.8 gives two annotations the same id, without transforming anything.
#
# Numbers that travel beside the boxes as a label field are put into one table of float32 with them. A float32 holds
# whole numbers exactly up to 16,777,216 (2 to the power of 24): from there on neighbouring ids become one number, and
# the ids of COCO's own crowds (twelve digits) become other ids. There is no warning, and an array of int64 comes back
# as int64, so that nothing shows what happened. Ids given as texts come back as they were.
#
# Why it matters: cropping drops boxes, and a label field of annotation ids is how one learns which. In a data set of
# more than 17 million boxes, or with ids that another system made, the results belong to other annotations.
#
# Output seen:
#     given:          int64 [16777216, 16777217, 900100448263]
#     back from NoOp: int64 [16777216, 16777216, 900100456448]
#     as texts:       ['16777216', '16777217', '900100448263']
source "$(dirname "$0")/_setup.sh"
install albumentations==2.0.8

expect <<'PROGRAM'
import os

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
import albumentations
import numpy as np


def carry(ids):
    """The ids after a pipeline that changes nothing."""
    unchanged = albumentations.Compose(
        [albumentations.NoOp()], bbox_params=albumentations.BboxParams("coco", label_fields=["ids"])
    )
    boxes = [[10, 20, 30, 40], [50, 50, 5, 5], [60, 10, 20, 20]]
    return unchanged(image=np.zeros((100, 100, 3), np.uint8), bboxes=boxes, ids=ids)["ids"]


ids = np.array([16777216, 16777217, 900100448263])
back = carry(ids)
print(f"given:          {ids.dtype} {ids.tolist()}")
print(f"back from NoOp: {back.dtype} {back.tolist()}")
print(f"as texts:       {[str(i) for i in carry([str(i) for i in ids])]}")
PROGRAM
