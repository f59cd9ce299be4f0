"""What figures show of issues: the crop, and the boxes with their names and scores."""

from __future__ import annotations

import numpy as np

from boxlint.dataset import class_name
from boxlint.plots.panels import Panel
from boxlint.report.columns import IssueColumns
from boxlint.report.pictures.crops import cut_out
from boxlint.report.pictures.drawn import STYLES, place
from boxlint.report.pictures.files import PictureFiles

__all__ = ["panels"]


def panels(issues: IssueColumns, images: PictureFiles | None, side: int) -> list[Panel]:
    """A panel for each issue, with a crop of so many pixels; ``images`` are those of the issues if None is given."""
    placed = place(issues, issues.images if images is None else images)
    crops = cut_out(placed.pictures, placed.position.tolist(), placed.regions, side, np.asarray)
    made = []
    for row, texts in enumerate(zip(*_texts(issues).values(), strict=True)):
        boxes = {
            style: (corners.tolist(), text)
            for style, corners, text in zip(STYLES, placed.boxes[row], texts, strict=True)
            if not np.isnan(corners).any()
        }
        title = f"{issues['kind'][row]}  {issues['suspicion'][row]:.2f}"
        name = issues["image_name"][row]
        under = f"image {issues['image_index'][row]}" if name is None else str(name)
        made.append(Panel(crops[row], placed.regions[row].tolist(), boxes, title, under))
    return made


def _texts(issues: IssueColumns) -> dict[str, list[str]]:
    """What stands at the boxes of each issue, by style."""
    given, suggested = ([class_name(issues.class_names, number) for number in issues.numbers(of).values.tolist()]
                        for of in ("given_class", "suggested_class"))  # fmt: skip
    scores = issues["score"].tolist()
    detected = [name if score is None else f"{name} {score:.2f}" for name, score in zip(suggested, scores, strict=True)]
    kept = [class_name(issues.class_names, number) for number in issues.numbers("kept_class").values.tolist()]
    return dict(zip(STYLES, (given, detected, kept), strict=True))
