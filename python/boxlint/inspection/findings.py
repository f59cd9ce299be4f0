"""What reading or inspecting a data set found: counts and first examples."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from boxlint import _core

__all__ = ["KINDS", "Finding", "FindingCallback", "check_kinds", "merged", "report"]

# Kind -> what it is in words; the engine uses the same words. Those in _ERRORS make scores wrong.
KINDS: Final = {
    "crowd": "crowd boxes",
    "ignore": "boxes marked ignore",
    "difficult": "boxes marked difficult",
    "outside": "boxes reaching outside their image",
    "no_area": "boxes without area",
    "inverted": "boxes of negative width or height",
    "duplicate_id": "ids used before",
    "unknown_image": "boxes of an unknown image",
    "unknown_class": "boxes of an unknown category",
    "without_annotations": "images without annotations",
    "without_detections": "images without detections",
    "relative": "boxes, all within 0 to 1, where pixels are expected",
    "corners_as_size": "boxes that look like [x1, y1, x2, y2], where [x, y, width, height] is expected",
    "size_as_corners": "boxes that look like [x, y, width, height], where [x1, y1, x2, y2] is expected",
    "repeated": "boxes that repeat another of their image and class",
    "copied": "boxes that equal an annotation, as if they were no detector's, or one's on its own training data",
    "none_likely": f"boxes, none with a score of {_core.LOW_PROBABILITY_THRESHOLD:g} or more",
    "none_certain": f"boxes, none with a score of {_core.HIGH_PROBABILITY_THRESHOLD:g} or more, "
    "so none tells of an overlooked or swapped box",
    "classes_apart": "boxes, all of classes that no annotation has",
    "undetected_class": "classes that are annotated but never detected",
}

_ERRORS = frozenset({
    "inverted", "duplicate_id", "unknown_image", "unknown_class", "relative", "corners_as_size", "size_as_corners",
    "copied", "none_likely", "classes_apart",
})  # fmt: skip
_FLAGS = ("crowd", "ignore", "difficult")
_KIND_OF = {what: kind for kind, what in KINDS.items()}


@dataclass(frozen=True)
class Finding:
    """Something worth telling about a data set.

    Attributes
    ----------
    what:
        What was found, in words.
    where:
        Where: ``images``, ``annotations``, ``detections`` or ``classes``.
    count:
        How many there are.
    example:
        The first of them.

    Examples
    --------
    >>> print(Finding("boxes without area", "annotations", 3, "annotations[12] spans [4.0, 4.0, 4.0, 9.0]"))
    annotations: boxes without area (3), the first: annotations[12] spans [4.0, 4.0, 4.0, 9.0]
    """

    what: str
    where: str
    count: int
    example: str

    @property
    def kind(self) -> str:
        """Key of `KINDS`."""
        return _KIND_OF[self.what]

    @property
    def is_error(self) -> bool:
        """Whether scores of such data are wrong, and not only worth a second look."""
        return self.kind in _ERRORS

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.count:,}), the first: {self.example}"


FindingCallback = Callable[[Finding], object]


def check_kinds(refuse: Collection[str]) -> None:
    """Raises ValueError if one of them is no kind of finding."""
    if isinstance(refuse, str):
        raise ValueError(f"refuse is {refuse!r}, expected a list of kinds such as [{refuse!r}]")
    unknown = [kind for kind in refuse if kind not in KINDS]
    if unknown:
        raise ValueError(f"refuse: unknown kind {unknown[0]!r}, expected some of {', '.join(KINDS)}")


def merged(read: Sequence[Finding], inspected: Iterable[Finding]) -> list[Finding]:
    """What a reader found, which knows more, and what inspecting found beside it."""
    known = {(finding.kind, finding.where) for finding in read}
    if any(kind in _FLAGS for kind, _ in known):
        known |= {(kind, "annotations") for kind in _FLAGS}
    return [*read, *(finding for finding in inspected if (finding.kind, finding.where) not in known)]


def report(
    source: object, findings: Iterable[Finding], refuse: Collection[str], on_finding: FindingCallback | None
) -> None:
    """Hands findings on, and raises ValueError at the first of a kind to refuse."""
    for finding in findings:
        if finding.kind in refuse:
            raise ValueError(f"{source}: {finding}")
        if on_finding is not None:
            on_finding(finding)
