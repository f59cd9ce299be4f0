#!/usr/bin/env bash
# detection-datasets 0.3.8 puts the objects of a validation image into a training image of the same number, and loses the
# validation image.
#
# from_disk takes a COCO file for each split, and may be called again, "potentially from different sources", to make one
# large data set. Its table goes by the number of the image alone. Numbers are unique within a COCO file, and many tools
# that write one for each split number the images of each from 0 or from 1. Objects of two images of one number become
# those of the first one, with its picture, its size and its split. Nothing is printed.
#
# Here are training and validation files of three and two images, with one object each, and two files as two sources.
#
# Why it matters: training images get boxes around nothing, and what is left for validation is what one file has more
# images than the other. The counts of boxes are right.
#
# Output seen:
#     two splits, numbers 1 to 3 and 1 to 2: 3 images, 5 boxes
#         train_1.jpg, train: cat, dog
#         train_2.jpg, train: cat, dog
#         train_3.jpg, train: cat
#     two splits, numbers 1 to 3 and 4 to 5: 5 images, 5 boxes
#         train_1.jpg, train: cat
#         train_2.jpg, train: cat
#         train_3.jpg, train: cat
#         val_4.jpg, val: dog
#         val_5.jpg, val: dog
#     two sources, numbers 1 to 1 and 1 to 1: 1 images, 2 boxes
#         train_1.jpg, train: cat, dog
source "$(dirname "$0")/_setup.sh"
install detection-datasets==0.3.8 datasets==2.21.0 pyarrow==17.0.0 pandas==1.5.3 numpy==1.26.4 \
  pillow==12.3.0 pyyaml==6.0.3

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

from detection_datasets import DetectionDataset


def coco(split, animal, numbers):
    """A file of images with one cat or one dog each, and what from_disk is told of it."""
    names = ["cat", "dog"]
    data = {
        "images": [{"id": k, "file_name": f"{split}_{k}.jpg", "width": 200, "height": 100} for k in numbers],
        "annotations": [
            {"id": k, "image_id": k, "category_id": names.index(animal), "bbox": [10, 10, 20, 20], "area": 400} for k in numbers
        ],
        "categories": [{"id": k, "name": name} for k, name in enumerate(names)],
    }
    pathlib.Path(f"{split}.json").write_text(json.dumps(data))
    return {split: (f"{split}.json", split)}


for title, cats, dogs in (
    ("two splits", range(1, 4), range(1, 3)),
    ("two splits", range(1, 4), range(4, 6)),
    ("two sources", range(1, 2), range(1, 2)),
):
    parts = [coco("train", "cat", cats), coco("val", "dog", dogs)]
    data = DetectionDataset()
    for splits in [{**parts[0], **parts[1]}] if title == "two splits" else parts:
        data.from_disk("coco", ".", splits=splits)
    numbers = f"numbers {cats[0]} to {cats[-1]} and {dogs[0]} to {dogs[-1]}"
    print(f"{title}, {numbers}: {data.n_images} images, {data.n_bbox} boxes")
    for _, row in data.get_data(index="image").iterrows():
        print(f"    {pathlib.Path(row.image_path).name}, {row.split}: {', '.join(row.category)}")
    with contextlib.redirect_stdout(io.StringIO()):
        del data  # which says that it is deleted
PROGRAM
