"""Synthetic scenes with known errors: drawn shapes, their annotations, and the predictions of a simulated detector.

Equal seeds give equal scenes. They are for demonstrations and tests: how well errors are found in them says nothing
about real images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boxlint._arguments import fraction, integer
from boxlint.benchmark.truth import Truth
from boxlint.boxes import Boxes, image_of_boxes
from boxlint.dataset import Dataset

__all__ = ["CLASSES", "Scenes", "make_scenes"]

CLASSES = ("disc", "square", "triangle", "ring", "cross", "diamond")
WIDTH, HEIGHT = 640, 480

_KINDS = ("missing", "swap", "badloc")


@dataclass(frozen=True)
class Scenes:
    """What `make_scenes` returns.

    Attributes
    ----------
    dataset:
        Annotations, some of them wrong, and simulated predictions.
    objects:
        The true boxes, without scores.
    truth:
        The planted errors: ``missing``, ``swap`` or ``badloc``, at most one an image.
    """

    dataset: Dataset
    objects: Boxes
    truth: Truth

    @property
    def errors(self) -> dict[int, str]:
        """Image index of each planted error -> its kind."""
        return dict(zip(self.truth.image_index.tolist(), self.truth.kind.tolist(), strict=True))

    def draw(self, image: int) -> NDArray[np.uint8]:
        """The picture of one image: (480, 640, 3), RGB."""
        generator = np.random.default_rng(image)
        # A grain that repeats costs a tenth of noise, also in the files.
        grain = generator.integers(0, 13, (HEIGHT // 8, WIDTH // 8, 1), np.uint8)
        canvas = np.tile(grain + np.array((230, 226, 216), np.uint8), (8, 8, 1))
        start, end = self.objects.offsets[image : image + 2]
        for (x1, y1, x2, y2), shape in zip(self.objects.xyxy[start:end], self.objects.class_id[start:end], strict=True):
            part = (
                slice(max(math.floor(y1), 0), min(math.ceil(y2), HEIGHT)),
                slice(max(math.floor(x1), 0), min(math.ceil(x2), WIDTH)),
            )
            rows, columns = np.ogrid[part]
            # Coordinates from -1 to 1 over the box.
            across = (2 * columns + 1 - x1 - x2) / (x2 - x1)
            down = (2 * rows + 1 - y1 - y2) / (y2 - y1)
            canvas[part][_inside(CLASSES[shape], across, down)] = generator.integers(40, 200, 3)
        return canvas


def make_scenes(images: int = 200, *, error_rate: float = 0.15, seed: int = 0) -> Scenes:
    """Scenes of three to eight objects each; a fraction of the images has one planted error.

    The simulated detector finds every object, with boxes a few pixels off and mostly high scores. It is unsure of one
    in twenty-five, gives one in fifty another class, and finds some that are not there, with low scores.

    Parameters
    ----------
    images:
        Number of images.
    error_rate:
        Fraction of the images with an error, from 0 to 1; the kinds take turns.
    seed:
        Equal seeds give equal scenes.

    Raises
    ------
    ValueError
        If the number of images is negative or the rate outside [0, 1].

    Examples
    --------
    >>> scenes = make_scenes(100, seed=1)
    >>> len(scenes.errors), sorted(set(scenes.errors.values()))
    (15, ['badloc', 'missing', 'swap'])
    >>> scenes.draw(0).shape
    (480, 640, 3)
    """
    images, error_rate = integer("images", images, 0), fraction("error_rate", error_rate)
    generator = np.random.default_rng(integer("seed", seed, 0))
    counts = generator.integers(3, 9, images)
    image = np.repeat(np.arange(images), counts)
    xyxy = _scattered(generator, image)
    class_id = generator.integers(0, len(CLASSES), len(image))
    objects = Boxes(xyxy, class_id, offsets=_offsets(image, images))
    predictions = _detected(generator, objects, image)
    annotations, truth = _with_errors(generator, objects, round(images * error_rate))
    names = [f"scene_{index:04}.png" for index in range(images)]
    sizes = np.tile([WIDTH, HEIGHT], (images, 1))
    return Scenes(Dataset(annotations, predictions, names, CLASSES, image_sizes=sizes), objects, truth)


def _scattered(generator: np.random.Generator, image: NDArray[np.int64]) -> NDArray[np.float64]:
    """A box for each object: in its own cell of a 4 by 3 grid over the image, or slightly across its edge."""
    cells = np.argsort(generator.random((len(image), 12)), axis=1)
    rank = np.arange(len(image)) - np.searchsorted(image, image)
    first = np.searchsorted(image, image)
    cell = cells[first, rank]
    corner = np.stack([cell % 4 * 160.0, cell // 4 * 160.0], axis=1)
    size = generator.uniform(60, 150, (len(image), 1)) * generator.uniform(0.8, 1.2, (len(image), 2))
    low = corner + generator.uniform(0, 1, (len(image), 2)) * (160 - size) + generator.normal(0, 6, (len(image), 2))
    boxes = np.hstack([low, low + size]).clip(0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
    return boxes.round(1)


def _detected(generator: np.random.Generator, objects: Boxes, image: NDArray[np.int64]) -> Boxes:
    unsure = generator.random(len(image)) < 0.04
    xyxy = objects.xyxy + generator.normal(0, 2.5, objects.xyxy.shape)
    confused = generator.random(len(image)) < 0.02
    class_id = np.where(confused, (objects.class_id + 1) % len(CLASSES), objects.class_id)
    score = np.where(confused, generator.beta(4, 4, len(image)), generator.beta(25, 1, len(image)))
    score = np.where(unsure, generator.beta(4, 8, len(image)), score)
    false_positives = generator.integers(0, len(objects), 2 * len(objects)) if len(objects) else np.empty(0, np.int64)
    low = generator.uniform(0, 1, (len(false_positives), 2)) * [WIDTH - 120, HEIGHT - 120]
    image = np.concatenate([image, false_positives])
    xyxy = np.vstack([xyxy, np.hstack([low, low + generator.uniform(30, 120, low.shape)])])
    class_id = np.concatenate([class_id, generator.integers(0, len(CLASSES), len(false_positives))])
    score = np.concatenate([score, generator.beta(1, 12, len(false_positives))])
    order = np.argsort(image, kind="stable")
    return Boxes(xyxy[order].round(1), class_id[order], score[order].round(4), _offsets(image[order], len(objects)))


def _with_errors(generator: np.random.Generator, objects: Boxes, count: int) -> tuple[Boxes, Truth]:
    xyxy, class_id = objects.xyxy.copy(), objects.class_id.copy()
    keep = np.ones(len(class_id), bool)
    images = np.sort(generator.permutation(len(objects))[:count])
    kinds = [_KINDS[turn % len(_KINDS)] for turn in range(len(images))]
    rows = np.empty(len(images), np.int64)
    for turn, (image, kind) in enumerate(zip(images.tolist(), kinds, strict=True)):
        start, end = objects.offsets[image : image + 2]
        row = rows[turn] = generator.integers(start, end)
        if kind == "missing":
            keep[row] = False
        elif kind == "swap":
            class_id[row] = (class_id[row] + generator.integers(1, len(CLASSES))) % len(CLASSES)
        else:
            size = xyxy[row, 2:] - xyxy[row, :2]
            xyxy[row] += np.tile(size * generator.choice([-1, 1], 2) * generator.uniform(0.2, 0.35, 2), 2)
    offsets = _offsets(image_of_boxes(objects)[keep], len(objects))
    annotations = Boxes(xyxy[keep].round(1), class_id[keep], offsets=offsets)
    truth = Truth(
        kind=np.array(kinds, np.str_),
        image_index=images,
        annotation_index=np.where(np.array(kinds, np.str_) == "missing", -1, rows - objects.offsets[images]),
        partner_index=np.full(len(images), -1),
        class_id=objects.class_id[rows].astype(np.int64),
        box=objects.xyxy[rows].astype(np.float64),
        annotations=annotations,
        kinds=_KINDS,
    )
    return annotations, truth


def _offsets(image: NDArray[np.int64], images: int) -> NDArray[np.int64]:
    """Offsets of the boxes of each image, given the image of each box in order."""
    return np.searchsorted(image, np.arange(images + 1))


def _inside(shape: str, across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pixels a shape covers, in coordinates that run from -1 to 1 over its box."""
    within = (abs(across) <= 1) & (abs(down) <= 1)
    radius = np.hypot(across, down)
    covered = {
        "disc": radius <= 1,
        "square": within,
        "triangle": abs(across) <= (1 + down) / 2,
        "ring": (radius <= 1) & (radius >= 0.6),
        "cross": (abs(across) <= 0.3) | (abs(down) <= 0.3),
        "diamond": abs(across) + abs(down) <= 1,
    }[shape]
    return np.asarray(within & covered)
