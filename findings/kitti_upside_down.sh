#!/usr/bin/env bash
# tensorflow-datasets 4.9.10 turns all boxes of KITTI upside down, and leaves the pictures as they are.
#
# A box of a TensorFlow data set is [ymin, xmin, ymax, xmax] as fractions of the image; so says the page of its feature.
# For COCO, VOC and Open Images y counts from the top, as in their files. For KITTI, whose files count from the top as
# well, the builder counts from the bottom. The page of the data set says "2D bounding box of object in the image".
#
# Here are two data sets in the form of KITTI, of one white car on a black picture each: near the bottom, and in the
# middle. They take the place of the download, and all else is done as for the real data set.
#
# Why it matters: a detector learns what is as far from the top as a car is from the bottom. Near the middle of the
# picture a box holds a part of its car, so that training is not plainly at fault. Transforms, metrics and drawings of
# Keras count from the top. Boxes of KITTI and of another data set contradict each other.
#
# Output seen:
#     rows 70 to 90 of 100: box from 0.10 to 0.30, 0 % of it is car
#     rows 45 to 65 of 100: box from 0.35 to 0.55, 50 % of it is car
source "$(dirname "$0")/_setup.sh"
install tensorflow-datasets==4.9.10 tensorflow==2.21.0 importlib-resources==7.1.0 opencv-python-headless==4.11.0.86 \
  numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import contextlib
import io
import pathlib
import zipfile

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

SITE = "https://s3.eu-central-1.amazonaws.com/avg-kitti/"
KITTI = tfds.builder_cls("kitti")


def archives(folder, top, bottom):
    """What one would download: three videos of one frame, since the data is split by videos."""
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[top:bottom, 20:60] = 255
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    line = f"Car 0.00 0 0.00 20.00 {top}.00 60.00 {bottom}.00 1.50 1.60 3.90 0.00 1.60 20.00 0.00\n"
    videos = "".join(f"2011_09_26 drive_{number} 0\n" for number in range(3))
    yield "data_object_image_2", {f"training/image_2/{number:06}.png": png.getvalue() for number in range(3)}
    yield "data_object_label_2", {f"training/label_2/{number:06}.txt": line for number in range(3)}
    yield "devkit_object", {"mapping/train_rand.txt": "1,2,3", "mapping/train_mapping.txt": videos}


for top, bottom in ((70, 90), (45, 65)):
    folder = pathlib.Path(str(top))
    folder.mkdir()
    KITTI.url_infos = {}
    for name, members in archives(folder, top, bottom):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        KITTI.url_infos[f"{SITE}{name}.zip"] = tfds.core.download.checksums.compute_url_info(folder / f"{name}.zip")
    builder = KITTI(data_dir=folder / "made", file_format="array_record")
    with contextlib.redirect_stdout(io.StringIO()):
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=folder))
    example = builder.as_data_source("train")[0]
    ymin, xmin, ymax, xmax = example["objects"]["bbox"][0]
    inside = example["image"][round(ymin * 100) : round(ymax * 100), round(xmin * 200) : round(xmax * 200)]
    print(f"rows {top} to {bottom} of 100: box from {ymin:.2f} to {ymax:.2f}, {inside.mean() / 2.55:.0f} % of it is car")
PROGRAM
