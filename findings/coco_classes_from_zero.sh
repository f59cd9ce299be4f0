#!/usr/bin/env bash
# convert_coco of ultralytics 8.4.190 turns dogs into cats if the categories of the COCO file are numbered from 0.
#
# COCO asks for an integer as the id of a category, and labelme2coco, for one, counts from 0. A line of a YOLO file
# begins with the position of its class. cls91to80=False, which is for data other than COCO's, writes the id less 1,
# whatever the categories of the file are: the second class becomes the first, the third the second, and the first
# becomes -1. Nothing is printed. By default ids are looked up in a table of COCO's own classes.
#
# Why it matters: training warns of the images with class -1 and leaves them out as broken. It takes all others: those
# without the first class, with each object named after its neighbour in the list.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     shown:            1.jpg cat, dog; 2.jpg dog; 3.jpg dog, bird
#     ids [1, 2, 3]:    written [[0, 1], [1], [1, 2]], trained on: 1.jpg cat, dog; 2.jpg dog; 3.jpg dog, bird
#     ids [0, 1, 2]:    written [[-1, 0], [0], [0, 1]], trained on: 2.jpg cat; 3.jpg cat, dog
source "$(dirname "$0")/_setup.sh"
install ultralytics==8.4.190 torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import contextlib
import io
import json
import logging
import pathlib

from PIL import Image

with contextlib.redirect_stdout(io.StringIO()):  # it tells where its settings are
    from ultralytics.data.converter import convert_coco
    from ultralytics.data.dataset import YOLODataset

logging.disable(logging.INFO)  # of progress
NAMES = ["cat", "dog", "bird"]
SHOWN = {1: [0, 1], 2: [1], 3: [1, 2]}  # the classes of the objects in each image, by position


def converted(ids):
    """The folder of the data set whose categories have these ids."""
    source, target = pathlib.Path("annotations"), pathlib.Path(f"from_{ids[0]}")
    source.mkdir(exist_ok=True)
    shown = [(image, k) for image, classes in SHOWN.items() for k in classes]
    objects = [
        {"id": 1 + n, "image_id": image, "category_id": ids[k], "bbox": [9 + n, 9, 20, 20], "area": 400, "iscrowd": 0}
        for n, (image, k) in enumerate(shown)
    ]
    annotated = {
        "images": [{"id": image, "file_name": f"{image}.jpg", "width": 64, "height": 64} for image in SHOWN],
        "categories": [{"id": number, "name": name} for number, name in zip(ids, NAMES, strict=True)],
        "annotations": objects,
    }
    (source / "instances_all.json").write_text(json.dumps(annotated))
    with contextlib.redirect_stdout(io.StringIO()):
        convert_coco(str(source), save_dir=str(target), cls91to80=False)
    (target / "images" / "all").mkdir(parents=True, exist_ok=True)
    for image in SHOWN:
        Image.new("RGB", (64, 64)).save(target / "images" / "all" / f"{image}.jpg")
    return target


def trained_on(folder):
    data = {"names": dict(enumerate(NAMES)), "nc": len(NAMES), "channels": 3}
    with contextlib.redirect_stdout(io.StringIO()):
        labels = YOLODataset(img_path=str(folder / "images" / "all"), data=data, task="detect", augment=False).labels
    seen = {pathlib.Path(label["im_file"]).name: label["cls"].ravel().astype(int) for label in labels}
    return "; ".join(f"{name} {', '.join(NAMES[k] for k in seen[name])}" for name in sorted(seen))


print("shown:           ", "; ".join(f"{n}.jpg {', '.join(NAMES[k] for k in shown)}" for n, shown in SHOWN.items()))
for ids in ([1, 2, 3], [0, 1, 2]):
    folder = converted(ids)
    files = sorted((folder / "labels" / "all").glob("*.txt"))
    written = [[int(line.split()[0]) for line in file.read_text().splitlines()] for file in files]
    print(f"ids {ids}:    written {written}, trained on: {trained_on(folder)}")
PROGRAM
