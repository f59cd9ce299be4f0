"""What figures show of issues: the crop, and the boxes with their names and scores."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from boxlint.dataset import class_name
from boxlint.plots.panels import Panel
from boxlint.report.columns import IssueColumns
from boxlint.report.pictures.drawn import STYLES, draw
from boxlint.report.pictures.files import PictureFiles

__all__ = ["panels"]


def panels(issues: IssueColumns, images: PictureFiles | None) -> list[Panel]:
    """A panel for each issue; ``images`` are those of the issues if None is given."""
    drawn = draw(issues, issues.images if images is None else images)
    made = []
    for row, texts in enumerate(zip(*_texts(issues).values(), strict=True)):
        boxes = {
            style: (corners.tolist(), text)
            for style, corners, text in zip(STYLES, drawn.boxes[row], texts, strict=True)
            if not np.isnan(corners).any()
        }
        title = f"{issues['kind'][row]}  {issues['suspicion'][row]:.2f}"
        name = issues["image_name"][row]
        under = f"image {issues['image_index'][row]}" if name is None else str(name)
        made.append(Panel(_pixels(drawn.crops[row]), drawn.regions[row].tolist(), boxes, title, under))
    return made


def _texts(issues: IssueColumns) -> dict[str, list[str]]:
    """What stands at the boxes of each issue, by style."""
    given, suggested = ([class_name(issues.class_names, number) for number in issues.numbers(of).values.tolist()]
                        for of in ("given_class", "suggested_class"))  # fmt: skip
    scores = issues["score"].tolist()
    detected = [name if score is None else f"{name} {score:.2f}" for name, score in zip(suggested, scores, strict=True)]
    kept = [class_name(issues.class_names, number) for number in issues.numbers("kept_class").values.tolist()]
    return dict(zip(STYLES, (given, detected, kept), strict=True))


def _pixels(crop: str) -> NDArray[Any] | None:
    return np.asarray(Image.open(BytesIO(b64decode(crop)))) if crop else None
