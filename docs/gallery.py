"""Draws what docs/gallery.md shows, and writes its rows between its marks: `python docs/gallery.py DATA`.

DATA holds bccd/ and coco_val2017/, each with annotations.json and the detections below. Only boxes are drawn: no image
comes into the repository, and photographs of COCO belong to many people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

import numpy as np
from pictures import GIVEN, SUGGESTED, outline
from PIL import Image, ImageDraw, ImageFont

from boxlint import Dataset, Issue, check, read_coco

PAGE = Path(__file__).parent / "gallery.md"
FOLDER = Path(__file__).parent / "images" / "gallery"
END = "<!-- end -->"
SIDE = 360
OTHERS, STAYS, BLANK = "#8a8a8a", "#2e7d32", "#f3f3f1"
# Data set -> its detections.
SOURCES = {"bccd": "detections.json.gz", "coco_val2017": "detections_yolov2.json"}
# Issue id -> what a person says of it.
ERROR, UNCLEAR, NONE = "**An error**:", "**Nobody can say**:", "**Probably none**:"
SAID = {
    "f37424198caa3240": f"{ERROR} a whole red cell that nobody put a box around.",
    "24051ea0aec6d2e3": f"{ERROR} the nucleus fills the cell. It is a white one.",
    "eada7ed2b887fe4a": f"{UNCLEAR} it is wider than the cell, but the suggestion cuts the cell on the left.",
    "5b4411bae5dfd203": f"{UNCLEAR} many cells lie on each other here, and where one ends is not to be seen.",
    "684f593edb19ba2c": f"{ERROR} one cell, two boxes.",
    "bd617b380b6b7352": f"{ERROR} somebody wears this tie, and only the tie is annotated.",
    "2006db0ca81ac7ba": f"{NONE} a cake has nearly the same box as this car, so it may be a cake in the form of one.",
    "f9ef15609ca8df11": f"{UNCLEAR} somebody on a motorcycle, and the annotation ends where it may hide the legs.",
    "4451596bb70c0451": f"{NONE} somebody close to the camera, left of a table, and a detector that was cut at 0.6.",
    "7d24830a9fde91f4": f"{ERROR} what the cats lie on is a couch and a bed, in boxes that agree to a few pixels.",
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = PAGE.read_text()
    for name in SOURCES:
        rows = "\n\n".join(_rows(name, Path(sys.argv[1]) / name))
        mark = f"<!-- {name}: written by docs/gallery.py -->"
        before, _, old = text.partition(mark)
        text = f"{before}{mark}\n\n{rows}\n\n{END}{old.partition(END)[2]}"
    PAGE.write_text(text)


def _rows(name: str, folder: Path) -> Iterator[str]:
    dataset = read_coco(folder / "annotations.json", folder / SOURCES[name])
    report = check(dataset)
    for kind in report.kinds:
        issue = report.top(1, kind)[0]
        picture = FOLDER / f"{name}-{kind}.webp"
        _draw(dataset, issue).save(picture, quality=70, method=6)
        classes = " → ".join(dict.fromkeys(label for label in (issue.given_label, issue.suggested_label) if label))
        yield f"### {kind}: {classes}"
        yield f"![The boxes of {kind} in {issue.image_name}]({picture.relative_to(PAGE.parent)})"
        yield fill(f"`{issue.image_name}`, suspicion {issue.suspicion:.2f}: {issue.reason}.", 128)
        yield fill(SAID[issue.issue_id], 128)


def _draw(dataset: Dataset, issue: Issue) -> Image.Image:
    """The boxes of an image, those of the row in colour."""
    width, height = (float(side) for side in np.asarray(dataset.image_sizes)[issue.image_index])
    of_image = dataset.annotations[issue.image_index]
    scale = SIDE / height
    picture = Image.new("RGB", (round(width * scale), SIDE), BLANK)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    names = dataset.class_names or ()
    for index, (box, class_id) in enumerate(zip(of_image.xyxy * scale, of_image.class_id.tolist(), strict=True)):
        draw.rectangle(box.tolist(), outline=OTHERS)
        if index not in (issue.annotation_index, issue.kept_annotation_index):
            draw.text((box[0] + 3, box[1] + 1), names[class_id], OTHERS, font)
    for box, colour, dash in _boxes(issue, of_image.xyxy):
        outline(draw, (box * scale).tolist(), colour, dash)
    return picture


def _boxes(issue: Issue, annotated: np.ndarray) -> Iterator[tuple[np.ndarray, str, int | None]]:
    """The boxes of a row, with colours and lengths of dashes."""
    if issue.given_box is not None:
        yield np.asarray(issue.given_box), GIVEN, None
    if issue.kept_annotation_index is not None:
        yield annotated[issue.kept_annotation_index], STAYS, 5
    if issue.suggested_box is not None:
        yield np.asarray(issue.suggested_box), SUGGESTED, 8


if __name__ == "__main__":
    main()
