"""Small pictures of issues for the tables of notebooks."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from boxlint.report.columns import IssueColumns
from boxlint.report.pictures.drawn import Drawn, draw

__all__ = ["thumbnails"]

# Pixels of the sides of the square that holds one.
_SIDE = 140
# Style of a box -> attributes of its outline.
_OUTLINES = {
    "given": 'stroke="#e5271a"',
    "suggested": 'stroke="#1769e0" stroke-dasharray="9 5"',
    "kept": 'stroke="#12883c" stroke-dasharray="3 4"',
}


def thumbnails(issues: IssueColumns) -> list[str]:
    """An element ``img`` for each issue: its crop, a blank ground if its file cannot be read, and its boxes.

    Each is an SVG with the crop in it, as a picture: of a notebook that is not trusted, SVG elements are removed.
    """
    drawn = draw(issues, issues.images)
    what = zip(issues["kind"].tolist(), issues["image_index"].tolist(), strict=True)
    return [_element(drawn, row, f"{kind} in image {image}") for row, (kind, image) in enumerate(what)]


def _element(drawn: Drawn, row: int, text: str) -> str:
    address = f"data:image/svg+xml,{quote(_svg(drawn, row), safe=' =:;,/+')}"
    style = f"width: {_SIDE}px; height: {_SIDE}px; max-width: none; object-fit: contain"
    return f'<img src="{address}" alt="{escape(text)}" style="{style}">'


def _svg(drawn: Drawn, row: int) -> str:
    width, height = drawn.size(row)
    picture = f'<image href="data:image/webp;base64,{drawn.crops[row]}" width="{width}" height="{height}"/>'
    frames = drawn.frames(row)
    places = [f'x="{box.x}" y="{box.y}" width="{box.width:.1f}" height="{box.height:.1f}"' for box in frames]
    halos = [f'<rect {place} stroke="#fff" stroke-opacity="0.75" stroke-width="6"/>' for place in places]
    outlines = [
        f'<rect {place} stroke-width="3" {_OUTLINES[box.style]}/>' for box, place in zip(frames, places, strict=True)
    ]
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            f'<rect fill="#9a9a9a" width="{width}" height="{height}"/>',
            picture if drawn.crops[row] else "",
            f'<g fill="none">{"".join(halos)}{"".join(outlines)}</g></svg>',
        ]
    )
