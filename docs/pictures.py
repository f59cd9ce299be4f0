"""Draws the pictures of the documentation from synthetic scenes: `python docs/pictures.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from boxlint import Issue, check
from boxlint.benchmark import plant
from boxlint.synthetic import Scenes, make_scenes

FOLDER = Path(__file__).parent / "images"
SIDE = 280
GIVEN, SUGGESTED, STAYS = "#c62828", "#1565c0", "#2e7d32"


def main() -> None:
    """The most suspicious row of each kind, with its boxes: three of the demo in one picture, and one of each kind."""
    scenes = make_scenes()
    report = check(scenes.dataset)
    panels = [_panel(scenes, report.top(1, kind)[0], None) for kind in ("missing", "swap", "badloc")]
    _save(np.hstack([np.asarray(panel) for panel in panels]), "found")
    clean = make_scenes(error_rate=0)
    given, _ = plant(clean.dataset, rate=0.1, kinds=report.kinds, seed=2)
    report = check(given)
    for kind in report.kinds:
        issue = report.top(1, kind)[0]
        kept = issue.kept_annotation_index
        stays = None if kept is None else given.annotations[issue.image_index].xyxy[kept].tolist()
        _save(np.asarray(_panel(clean, issue, stays)), f"kinds/{kind}")


def _save(pixels: np.ndarray, name: str) -> None:
    path = FOLDER / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def _panel(scenes: Scenes, issue: Issue, stays: list[float] | None) -> Image.Image:
    """The part of an image around the boxes of a row; ``stays`` is the annotation that stays beside a duplicate."""
    boxes = [box for box in (issue.given_box, issue.suggested_box, stays) if box is not None]
    x1, y1 = np.min(boxes, axis=0)[:2]
    x2, y2 = np.max(boxes, axis=0)[2:]
    side = 1.7 * max(x2 - x1, y2 - y1)
    picture = Image.fromarray(scenes.draw(issue.image_index))
    # Around the boxes, and within the picture.
    left = min(max((x1 + x2 - side) / 2, 0), picture.width - side)
    top = min(max((y1 + y2 - side) / 2, 0), picture.height - side)
    scale = SIDE / side
    corners = (left, top, left + side, top + side)
    crop = picture.transform((SIDE, SIDE), Image.Transform.EXTENT, corners, Image.Resampling.BICUBIC)
    panel = Image.new("RGB", (SIDE + 16, SIDE + 52), "white")
    panel.paste(crop, (8, 8))
    draw = ImageDraw.Draw(panel)
    for box, colour, dash in ((issue.given_box, GIVEN, None), (issue.suggested_box, SUGGESTED, 8), (stays, STAYS, 8)):
        if box is not None:
            placed = [(value - edge) * scale + 8 for value, edge in zip(box, (left, top, left, top), strict=True)]
            outline(draw, placed, colour, dash)
    draw.text((8, SIDE + 14), f"{issue.kind}  {issue.suspicion:.2f}", "black", ImageFont.load_default(15))
    names = [name for name in (issue.given_label, issue.suggested_label) if name is not None]
    draw.text((8, SIDE + 32), " -> ".join(dict.fromkeys(names)), "#555555", ImageFont.load_default(13))
    return panel


def outline(draw: ImageDraw.ImageDraw, corners: list[float], colour: str, dash: int | None) -> None:
    x1, y1, x2, y2 = corners
    for start, end in (((x1, y1), (x2, y1)), ((x2, y1), (x2, y2)), ((x2, y2), (x1, y2)), ((x1, y2), (x1, y1))):
        length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
        steps = np.arange(0, length, 2 * dash) if dash else [0.0]
        for step in steps:
            stop = min(step + dash, length) if dash else length
            points = [tuple(np.add(start, np.subtract(end, start) * at / max(length, 1))) for at in (step, stop)]
            draw.line(points, colour, 3)


if __name__ == "__main__":
    main()
