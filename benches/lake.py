"""Any number of images in Parquet files, for measuring what works in parts: real ones under new ids, again and again.

`lake.py FOLDER IMAGES [workload]` writes files of 50,000 images each, from 0.parquet on, to a new folder: PASCAL VOC
2007 test with the predictions of YOLOv2, 20 an image; or the data of workload.py, 97 predictions an image.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from boxlint import Boxes, Dataset, read_coco, write_parquet
from workload import columns

FILE_IMAGES = 50_000
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "voc2007_test"


def main() -> None:
    """Writes what is asked for."""
    folder, images = Path(sys.argv[1]), int(sys.argv[2])
    paths = write_lake(folder, images, of_workload() if "workload" in sys.argv[3:] else voc())
    print(f"{folder}: {images:,} images, {sum(path.stat().st_size for path in paths) / 2**20:,.0f} MiB")


def write_lake(folder: Path, images: int, dataset: Dataset) -> list[Path]:
    """Writes the images of a data set again and again, with ids from 0 on, and returns the files."""
    folder.mkdir(parents=True)
    paths = []
    for number, first in enumerate(range(0, images, FILE_IMAGES)):
        ids = np.arange(first, min(first + FILE_IMAGES, images))
        paths.append(folder / f"{number}.parquet")
        write_parquet(replace(dataset[ids % len(dataset)], image_ids=ids), paths[-1])
    return paths


def voc() -> Dataset:
    """Real images: 4,952, with 14,976 annotations and 101,139 predictions of 20 classes."""
    dataset = read_coco(DATA / "annotations.json", DATA / "detections_yolov2.json")
    return Dataset(_narrow(dataset.annotations), _narrow(dataset.predictions), class_names=dataset.class_names)


def of_workload() -> Dataset:
    """Drawn images of 80 classes, 7 annotations and 97 predictions each."""
    return Dataset(*columns(FILE_IMAGES))


def _narrow(boxes: Boxes) -> Boxes:
    """The boxes as detectors give them, in single precision."""
    score = None if boxes.score is None else boxes.score.astype(np.float32)
    return Boxes(boxes.xyxy.astype(np.float32), boxes.class_id, score, boxes.offsets, boxes.ignore)


if __name__ == "__main__":
    main()
