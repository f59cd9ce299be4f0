#!/usr/bin/env bash
# GroupShuffleSplit of pylabel 0.1.55 deals the boxes of one image out to training and test.
#
# A split by groups keeps what belongs together on one side; here the group is the image, as the default of group_col
# says. pylabel hands scikit-learn the images where the classes go, and the numbers of the rows, which differ in every
# row, as groups. Each box is therefore drawn by itself. Of 40 images with two boxes each 16 end on both sides, and the
# export writes each of them twice: into train with one of its boxes, into test with the other.
#
# Why it matters: the test images were trained on, and in both halves they lack a box. The detector learns that the other
# object is background, and is charged with a false positive where it sees it all the same.
#
# Output seen:
#     images with all boxes in train: 12, in test: 12, with one box in each: 16
source "$(dirname "$0")/_setup.sh"
install pylabel==0.1.55 pandas==2.3.3 scikit-learn==1.8.0 numpy==2.3.5

expect <<'PROGRAM'
import json
import pathlib

from pylabel import importer

images = [{"id": i, "file_name": f"{i:02}.jpg", "width": 100, "height": 100} for i in range(40)]
boxes = [
    {"id": 2 * i + k + 1, "image_id": i, "category_id": 1, "bbox": [10 + 40 * k, 10, 20, 20], "area": 400, "iscrowd": 0}
    for i in range(40)
    for k in (0, 1)
]
coco = {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": boxes}
pathlib.Path("coco.json").write_text(json.dumps(coco))

data = importer.ImportCoco("coco.json")
data.splitter.GroupShuffleSplit(train_pct=0.5, test_pct=0.5, val_pct=0, random_state=0)
sides = data.df.groupby("img_filename")["split"].agg(lambda split: " and ".join(sorted(set(split)))).value_counts()
print(
    f"images with all boxes in train: {sides['train']}, in test: {sides['test']}, "
    f"with one box in each: {sides['test and train']}"
)
PROGRAM
