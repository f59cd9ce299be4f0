"""Speed of reading folders with a file for each image, beside supervision and, where it is installed, Ultralytics."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
from PIL import Image

import boxlint
from boxlint import Boxes, Dataset
from speed import best_of, say

IMAGES = 20_000
CLASSES = 20
SIDES = (64, 48)
TIMES = 5


def main() -> None:
    """Prints all figures."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = made(Path(folder))
        yolo(dataset, Path(folder))
        voc(Path(folder))


def made(folder: Path) -> Dataset:
    """A data set of seven boxes an image or so, written into the folders labels, annotations and images."""
    generator = np.random.default_rng(0)
    counts = generator.poisson(7, IMAGES)
    size = generator.uniform(0.05, 0.5, (counts.sum(), 2))
    corner = generator.uniform(0, 1, size.shape) * (1 - size)
    xyxy = np.hstack([corner, corner + size]) * [*SIDES, *SIDES]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    names = [f"{image:012d}.png" for image in range(IMAGES)]
    dataset = Dataset(
        Boxes(xyxy.round(2), generator.integers(0, CLASSES, len(xyxy)), offsets=offsets),
        Boxes(np.empty((0, 4)), [], [], np.zeros(IMAGES + 1, np.int64)),
        image_names=names,
        class_names=[f"class {class_id}" for class_id in range(CLASSES)],
        image_sizes=np.tile(np.array(SIDES, float), (IMAGES, 1)),
    )
    boxlint.write_yolo(dataset, folder / "labels")
    boxlint.write_voc(dataset, folder / "annotations")
    images = folder / "images"
    images.mkdir()
    Image.new("RGB", SIDES).save(images / names[0])
    for name in names[1:]:
        os.link(images / names[0], images / name)
    listed = "".join(f"  {class_id}: class {class_id}\n" for class_id in range(CLASSES))
    (folder / "data.yaml").write_text(f"names:\n{listed}")
    return dataset


def yolo(dataset: Dataset, folder: Path) -> None:
    """YOLO files; the others read the sizes of the images, too."""
    assert dataset.image_names is not None
    assert dataset.class_names is not None
    names, sizes = dataset.class_names, dict.fromkeys(dataset.image_names, SIDES)
    labels, images = folder / "labels", folder / "images"
    readers: dict[str, Callable[[], object]] = {
        "boxlint": lambda: boxlint.read_yolo(labels, names=names, image_sizes=sizes),
        "boxlint, sizes from the images": lambda: boxlint.read_yolo(labels, names=names, images_dir=images),
    }
    if find_spec("supervision"):
        from supervision import DetectionDataset

        data = str(folder / "data.yaml")
        readers["supervision"] = lambda: DetectionDataset.from_yolo(str(images), str(labels), data)
    if find_spec("ultralytics"):
        from ultralytics.data.utils import verify_image_label

        given = [
            (str(images / name), str(labels / name.replace(".png", ".txt")), "", False, CLASSES, 0, 0, False)
            for name in dataset.image_names
        ]

        def scan() -> object:
            with ThreadPool(os.cpu_count()) as pool:
                return [*pool.imap(verify_image_label, given)]

        readers["Ultralytics"] = scan
    compare("YOLO", readers)


def voc(folder: Path) -> None:
    """Files of Pascal VOC; supervision decodes the images, too."""
    annotations = folder / "annotations"
    readers: dict[str, Callable[[], object]] = {"boxlint": lambda: boxlint.read_voc(annotations)}
    if find_spec("supervision"):
        from supervision import DetectionDataset

        images = str(folder / "images")
        readers["supervision"] = lambda: DetectionDataset.from_pascal_voc(images, str(annotations))
    compare("Pascal VOC", readers)


def compare(what: str, readers: dict[str, Callable[[], object]]) -> None:
    """Prints how long each reader takes for all files, and how many times the first one."""
    seconds = best_of(TIMES, *readers.values())
    for name, taken in zip(readers, seconds, strict=True):
        say(f"{what}, {IMAGES:,} files, {name}", f"{taken:.2f} s, {taken / seconds[0]:.1f} times the first")


if __name__ == "__main__":
    main()
