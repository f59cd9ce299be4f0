"""Five hand-drawn scenes, each with an error of one kind, at the end of a street of ordinary images.

The street teaches `boxlint.check` what the detector's scores mean: it finds nearly every person, dog and car, with a
high score, and sees things that are not there with a low one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import boxlint
from boxlint import Boxes, Dataset, Kind, Report

CLASSES = ["person", "dog", "car"]
PERSON, DOG, CAR = range(3)
WIDTH, HEIGHT = 640, 480
ORDINARY = 60

# Where things stand in a picture of 640 x 480 pixels.
LEFT = (40, 120, 140, 420)
MIDDLE = (220, 260, 380, 420)
RIGHT = (420, 180, 620, 400)


class Box(NamedTuple):
    """An annotation, or a prediction with its score."""

    class_id: int
    corners: tuple[float, float, float, float]
    score: float = 0.0


class Scene(NamedTuple):
    """One picture: what was annotated, and what the detector sees; ``ignored`` annotations are crowds."""

    annotated: list[Box]
    predicted: list[Box]
    ignored: Sequence[Box] = ()


def ordinary(number: int) -> Scene:
    """A picture with nothing wrong: a person, a dog and a car, all found, and one false detection."""
    annotated = [Box(PERSON, LEFT), Box(DOG, MIDDLE), Box(CAR, RIGHT)]
    found = [
        Box(class_id, shifted(corners, number % 5 - 2), 0.8 + 0.003 * number) for class_id, corners, _ in annotated
    ]
    return Scene(annotated, [*found, Box(number % 3, (150, 10, 210, 100), 0.1)])


def shifted(corners: tuple[float, ...], by: float) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = corners
    return x1 + by, y1, x2 + by, y2


def street(*scenes: Scene) -> Dataset:
    """The ordinary pictures, and the scenes after them; ids of images, annotations and categories as in a file."""
    every = [*(ordinary(number) for number in range(ORDINARY)), *scenes]
    annotated = [[*scene.annotated, *scene.ignored] for scene in every]
    ignore = [ignored for scene in every for ignored in [False] * len(scene.annotated) + [True] * len(scene.ignored)]
    annotations = boxes(annotated, ignore=ignore if any(ignore) else None)
    predictions = boxes([scene.predicted for scene in every], scored=True)
    return Dataset(
        annotations,
        predictions,
        image_names=[f"street_{image}.jpg" for image in range(len(every))],
        class_names=CLASSES,
        annotation_ids=np.arange(len(annotations.class_id)) + 1000,
        prediction_ids=np.arange(len(predictions.class_id)) + 5000,
        image_sizes=np.tile([float(WIDTH), HEIGHT], (len(every), 1)),
        image_ids=np.arange(len(every)) + 100,
        category_ids=np.array([1, 18, 3]),
    )


def boxes(images: list[list[Box]], scored: bool = False, ignore: Any = None) -> Boxes:
    flat = [box for image in images for box in image]
    return Boxes(
        np.array([box.corners for box in flat], float).reshape(-1, 4),
        [box.class_id for box in flat],
        [box.score for box in flat] if scored else None,
        np.cumsum([0, *map(len, images)]),
        ignore,
    )


# The dog in the middle has no annotation.
UNANNOTATED = Scene(
    annotated=[Box(PERSON, LEFT), Box(CAR, RIGHT)],
    predicted=[Box(PERSON, LEFT, 0.9), Box(DOG, MIDDLE, 0.95), Box(CAR, RIGHT, 0.9)],
)
# The dog in the middle is annotated as a person.
WRONG_CLASS = Scene(
    annotated=[Box(PERSON, LEFT), Box(PERSON, MIDDLE), Box(CAR, RIGHT)],
    predicted=[Box(PERSON, LEFT, 0.9), Box(DOG, MIDDLE, 0.95), Box(CAR, RIGHT, 0.9)],
)
# The box of the dog holds its left half and some of the pavement.
BAD_BOX = Scene(
    annotated=[Box(PERSON, LEFT), Box(DOG, (160, 260, 320, 420)), Box(CAR, RIGHT)],
    predicted=[Box(PERSON, LEFT, 0.9), Box(DOG, MIDDLE, 0.95), Box(CAR, RIGHT, 0.9)],
)
# A dog is annotated where the detector sees nothing at all.
NOTHING_THERE = Scene(
    annotated=[Box(PERSON, LEFT), Box(DOG, MIDDLE), Box(CAR, RIGHT)],
    predicted=[Box(PERSON, LEFT, 0.9), Box(CAR, RIGHT, 0.9)],
)
# The dog has a second box, four pixels to the right.
ANNOTATED_TWICE = Scene(
    annotated=[Box(PERSON, LEFT), Box(DOG, MIDDLE), Box(DOG, shifted(MIDDLE, 4)), Box(CAR, RIGHT)],
    predicted=[Box(PERSON, LEFT, 0.9), Box(DOG, MIDDLE, 0.95), Box(CAR, RIGHT, 0.9)],
)

SCENES: dict[Kind, Scene] = {
    "missing": UNANNOTATED,
    "swap": WRONG_CLASS,
    "badloc": BAD_BOX,
    "spurious": NOTHING_THERE,
    "duplicate": ANNOTATED_TWICE,
}
# The rows of the false detections of the street lie below.
FALSE_DETECTIONS = 0.03


def all_scenes() -> Dataset:
    """The street with the five scenes at its end, in the order of `SCENES`."""
    return street(*SCENES.values())


def report_on_all_scenes(**options: Any) -> Report:
    """A row of each kind, and those of false detections."""
    return boxlint.check(all_scenes(), **options)
