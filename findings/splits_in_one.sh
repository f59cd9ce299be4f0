#!/usr/bin/env bash
# detection-datasets 0.3.8 writes the images of all splits into the COCO file of each split.
#
# A DetectionDataset knows for each image whether it is for training, validation or test. to_disk(dataset_format="coco")
# copies the images into a folder for each split, and writes instances_train.json, instances_val.json and
# instances_test.json. Each of the three lists all images and boxes of the data set. Their file_name is that of the
# source, while the copies are named by the number of the image. Nothing is printed. The writer of mmdet's format
# divides as it should.
#
# Here are four images, two for training, one for validation and one for test.
#
# Why it matters: whoever trains by the files, with images found by file_name, trains on the images of the test, and
# then evaluates on all images. Both numbers look fine. Whoever joins folder and file misses most images.
#
# Output seen:
#     instances_train.json: images 1, 2, 3, 4; boxes in 1, 2, 3, 4
#         copied 1.jpg, 2.jpg; found by file_name 0; mmdet lists 1.jpg, 2.jpg
#     instances_val.json: images 1, 2, 3, 4; boxes in 1, 2, 3, 4
#         copied 3.jpg; found by file_name 0; mmdet lists 3.jpg
#     instances_test.json: images 1, 2, 3, 4; boxes in 1, 2, 3, 4
#         copied 4.jpg; found by file_name 0; mmdet lists 4.jpg
source "$(dirname "$0")/_setup.sh"
install detection-datasets==0.3.8 datasets==2.21.0 pyarrow==17.0.0 pandas==1.5.3 numpy==1.26.4 \
  pillow==12.3.0 pyyaml==6.0.3

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

import pandas as pd
from detection_datasets import DetectionDataset
from detection_datasets.bbox import Bbox
from PIL import Image

rows = []
for number, split in enumerate(("train", "train", "val", "test"), start=1):
    path = pathlib.Path(f"photo_{number}.jpg").absolute()
    Image.new("RGB", (200, 100)).save(path)
    rows.append(
        {
            "image_id": number,
            "image_path": str(path),
            "width": 200,
            "height": 100,
            "split": split,
            "bbox_id": number,
            "category_id": 0,
            "category": "car",
            "bbox": Bbox.from_voc([20, 10, 60, 30], 200, 100, number),
            "area": 800,
        }
    )
data = DetectionDataset(pd.DataFrame(rows))
with contextlib.redirect_stdout(io.StringIO()):
    for written in ("coco", "mmdet"):
        data.to_disk(written, name=written, absolute_path=".")

for split in ("train", "val", "test"):
    coco = json.loads(pathlib.Path(f"coco/annotations/instances_{split}.json").read_text())
    listed = ", ".join(str(image["id"]) for image in coco["images"])
    boxes = ", ".join(str(annotation["image_id"]) for annotation in coco["annotations"])
    print(f"instances_{split}.json: images {listed}; boxes in {boxes}")
    folder = pathlib.Path("coco", split)
    copies = ", ".join(sorted(path.name for path in folder.iterdir()))
    found = sum((folder / image["file_name"]).exists() for image in coco["images"])
    mmdet = json.loads(pathlib.Path("mmdet", split, "annotation.json").read_text())
    told = ", ".join(image["filename"] for image in mmdet)
    print(f"    copied {copies}; found by file_name {found}; mmdet lists {told}")
with contextlib.redirect_stdout(io.StringIO()):
    del data  # which says that it is deleted
PROGRAM
