"""Why a row is suspicious, as a sentence about several detectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from boxlint._kinds import BADLOC, MISSING, SPURIOUS, SWAP
from boxlint.dataset import class_name
from boxlint.report.support import in_words, with_article

__all__ = ["reasons_of_several"]


def reasons_of_several(
    of_one: Sequence[str], column: Callable[[str], Any], kinds: Any, class_names: Sequence[str]
) -> list[str]:
    """The reason of each row, from the columns by name, and the numbers of their kinds.

    ``of_one`` are the reasons as of one detector. They stay where a reason is about the annotations alone.
    """
    numbers = [column(name).tolist() for name in ("given_class", "suggested_class")]
    classes = [["" if at is None else class_name(class_names, at) for at in of] for of in numbers]
    values = [column(name).tolist() for name in ("iou", "detectability")]
    seen = [in_words(confidence) for confidence in column("support").filled().tolist()]
    return [_reason(*row) for row in zip(of_one, seen, kinds.tolist(), *classes, *values, strict=True)]


def _reason(
    of_one: str, who: str, kind: int, given: str, suggested: str, iou: float | None, detectability: float | None
) -> str:
    """The reason, where ``who`` says how many detectors see what follows."""
    if kind == MISSING:
        overlap = "is there" if iou is None else f"overlaps it by more than IoU {iou:.2f}"
        return f"{who} {with_article(suggested)}, and no annotation {overlap}"
    if kind == SWAP:
        return f"annotated as {given}, but {who} {with_article(suggested)}, at IoU {iou:.2f}"
    if kind == BADLOC:
        return f"annotated as {given}, and {who} that in another box, of IoU {iou:.2f} only"
    if kind == SPURIOUS and detectability is not None:
        found = f"although {detectability:.0%} of such boxes are detected"
        return f"annotated as {given}, but {who} anything there, {found}"
    return of_one
