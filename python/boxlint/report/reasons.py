"""Why a row is suspicious, as a sentence."""

from __future__ import annotations

from boxlint._kinds import BADLOC, MISSING, SPURIOUS, SWAP
from boxlint.report.support import with_article

__all__ = ["reason", "reason_of_several"]


def reason(
    kind: int,
    given: str,
    suggested: str,
    kept_class: str,
    score: float,
    iou: float | None,
    detectability: float,
    kept: int | str,
) -> str:
    if kind == MISSING:
        overlap = "is there" if iou is None else f"overlaps it by more than IoU {iou:.2f}"
        return f"detected as {suggested} with score {score:.2f}, and no annotation {overlap}"
    if kind == SWAP:
        return f"annotated as {given}, but detected as {suggested} with score {score:.2f} at IoU {iou:.2f}"
    if kind == BADLOC:
        return f"annotated as {given}, and detected so with score {score:.2f}, in a box of IoU {iou:.2f} only"
    if kind == SPURIOUS:
        return f"annotated as {given}, but hardly detected, although {detectability:.0%} of such boxes are"
    return f"annotated as {given}, and overlaps annotation {kept}, {kept_class}, by IoU {iou:.2f}"


def reason_of_several(
    who: str,
    kind: int,
    given: str,
    suggested: str,
    kept_class: str,
    score: float,
    iou: float | None,
    detectability: float,
    kept: int | str,
) -> str:
    """The same, by how many detectors see what."""
    if kind == MISSING:
        overlap = "is there" if iou is None else f"overlaps it by more than IoU {iou:.2f}"
        return f"{who} {with_article(suggested)}, and no annotation {overlap}"
    if kind == SWAP:
        return f"annotated as {given}, but {who} {with_article(suggested)}, at IoU {iou:.2f}"
    if kind == BADLOC:
        return f"annotated as {given}, and {who} that in another box, of IoU {iou:.2f} only"
    if kind == SPURIOUS:
        return (
            f"annotated as {given}, but {who} anything there, although {detectability:.0%} of such boxes are detected"
        )
    return reason(kind, given, suggested, kept_class, score, iou, detectability, kept)
