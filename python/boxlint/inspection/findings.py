"""Findings: what may be wrong with a data set, how often, and the first example."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

from boxlint._core import HIGH_PROBABILITY_THRESHOLD, LOW_PROBABILITY_THRESHOLD

__all__ = ["KINDS", "Finding", "FindingCallback", "FindingKind", "check_kinds"]

FindingKind = Literal[
    "crowd",
    "ignore",
    "difficult",
    "outside",
    "sizes_exchanged",
    "no_area",
    "inverted",
    "duplicate_id",
    "unknown_image",
    "unknown_class",
    "unreadable",
    "without_id",
    "without_name",
    "equal_file_names",
    "equal_names",
    "box_from_outline",
    "images_joined",
    "classes_joined",
    "no_detections",
    "without_annotations",
    "without_detections",
    "relative",
    "corners_as_size",
    "size_as_corners",
    "repeated",
    "copied",
    "none_likely",
    "none_certain",
    "classes_apart",
    "boxes_apart",
    "undetected_class",
    "classes_permuted",
    "lacking_class",
    "nearly_repeated",
    "one_based",
    "id_zero",
    "box_from_keypoints",
    "repeated_name",
    "matched_by_stem",
]

# Each kind in words.
KINDS: Final[dict[FindingKind, str]] = {
    "crowd": "crowd boxes",
    "ignore": "boxes marked ignore",
    "difficult": "boxes marked difficult",
    "outside": "boxes reaching outside their image",
    "sizes_exchanged": "boxes outside their image, nearly all within with its width and height exchanged",
    "no_area": "boxes without area",
    "inverted": "boxes of negative width or height",
    "duplicate_id": "ids used before",
    "unknown_image": "boxes of an unknown image",
    "unknown_class": "boxes of an unknown class",
    "unreadable": "records that cannot be read",
    "without_id": "annotations without an id, so that all are numbered by position from 1",
    "without_name": "classes without a name, named by their id",
    "equal_file_names": "images of the file name of another",
    "equal_names": "classes of the name of another, taken as one with it",
    "box_from_outline": "outlines, each read as the box around it",
    "images_joined": "boxes that name their image by another key than its id",
    "classes_joined": "boxes that name their class by another key than its id",
    "no_detections": "file or folder without a detection that can be used",
    "without_annotations": "images without annotations",
    "without_detections": "images without detections",
    "relative": "boxes, nearly all within 0 to 1, where pixels are expected",
    "corners_as_size": "boxes that look like [x1, y1, x2, y2], where [x, y, width, height] is expected",
    "size_as_corners": "boxes that look like [x, y, width, height], where [x1, y1, x2, y2] is expected",
    "repeated": "boxes that repeat another of their image and class",
    "copied": "boxes that equal an annotation, as if copied from it or predicted on the training data",
    "none_likely": f"boxes, none with a score of {LOW_PROBABILITY_THRESHOLD:g} or more, "
    "by which ObjectLab finds no error",
    "none_certain": f"boxes, none with a score of {HIGH_PROBABILITY_THRESHOLD:g} or more, "
    "by which ObjectLab finds no overlooked or swapped box",
    "classes_apart": "boxes, all of classes that no annotation has",
    "boxes_apart": "best boxes, of which hardly any lies on an annotation",
    "undetected_class": "classes that are annotated but never detected",
    "classes_permuted": "classes whose boxes are nearly all detected as another class",
    "lacking_class": "images without a class that nearly all others have",
    "nearly_repeated": "boxes that nearly repeat another of their image and class (IoU above 0.9)",
    "one_based": "boxes that begin at exactly 1, as if pixels counted from 1: none begins before, many end at the edge",
    "id_zero": "boxes with id 0, which pycocotools and faster-coco-eval never match",
    "box_from_keypoints": "boxes with keypoints, which are not read",
    "repeated_name": "names that repeat another",
    "matched_by_stem": "files that belong to images by their stem alone",
}

# The kinds that make scores wrong.
_ERRORS: Final[frozenset[FindingKind]] = frozenset({
    "inverted", "duplicate_id", "unknown_image", "unknown_class", "relative", "corners_as_size", "size_as_corners",
    "copied", "classes_apart", "boxes_apart", "classes_permuted", "unreadable",
    "no_detections",
})  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Something that may be wrong with a data set.

    Attributes
    ----------
    kind:
        What was found: a key of `KINDS`.
    where:
        Where it was found: ``images``, ``annotations``, ``detections`` or ``classes``.
    count:
        How many images, boxes or classes it concerns.
    example:
        The first of them.

    Examples
    --------
    >>> print(Finding("no_area", "annotations", 3, "box 0 of 'a.jpg' spans [4.0, 4.0, 4.0, 9.0]"))
    annotations: boxes without area (3), the first: box 0 of 'a.jpg' spans [4.0, 4.0, 4.0, 9.0]
    """

    kind: FindingKind
    where: str
    count: int
    example: str

    @property
    def what(self) -> str:
        """What was found, in words."""
        return KINDS[self.kind]

    @property
    def is_error(self) -> bool:
        """Whether the finding makes scores wrong; if not, it is a warning."""
        return self.kind in _ERRORS

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.count:,}), the first: {self.example}"


FindingCallback = Callable[[Finding], object]


def check_kinds(refuse: Collection[str]) -> None:
    """Raises ValueError or TypeError unless it is a list of kinds of findings."""
    if isinstance(refuse, str):
        raise ValueError(f"refuse is {refuse!r}, expected a list of kinds such as [{refuse!r}]")
    if not isinstance(refuse, Collection):
        raise TypeError(f"refuse: expected a list of kinds, found {type(refuse).__name__}")
    unknown = [kind for kind in refuse if kind not in KINDS]
    if unknown:
        raise ValueError(f"refuse: unknown kind {unknown[0]!r}, expected some of {', '.join(KINDS)}")
