"""LabelMe and X-AnyLabeling: a JSON file beside each image, with description and flags, out and back in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boxlint._core import without_ending
from boxlint.formats.folders import files_below
from boxlint.report.decision import VERDICTS
from boxlint.review.queue import Mark, Queue, QueuedImage
from boxlint.review.reading import box_around, field_of, read_json, text_or_none
from boxlint.review.record import Box, read_record
from boxlint.review.verdicts import Answer, only_verdict

__all__ = ["files_of", "read_answers"]

# The version of labelme whose files these are.
_VERSION = "5.11.4"


def files_of(queue: Queue) -> dict[str, str]:
    """A file for each image, to lie beside it; labels.txt with the classes, and label_flags.yaml with the verdicts.

    labelme offers no flags but those it was started with, and drops the others of a shape that is edited.
    """
    return {
        **{f"{without_ending(image.file_name)}.json": _content(image) for image in queue.images},
        "labels.txt": "".join(f"{name}\n" for name in queue.class_names),
        "label_flags.yaml": json.dumps({".*": VERDICTS}) + "\n",
    }


def _content(image: QueuedImage) -> str:
    others = [_shape(label, box) for label, box in image.annotations]
    content: dict[str, Any] = {
        "version": _VERSION,
        "flags": {},
        "shapes": [*others, *map(_marked, image.marks)],
        "imagePath": image.file_name,
        "imageData": None,
        "imageHeight": round(image.height),
        "imageWidth": round(image.width),
    }
    return json.dumps(content, indent=2)


def _shape(label: str, box: Box) -> dict[str, Any]:
    return {
        "label": label, "points": [list(box[:2]), list(box[2:])], "group_id": None, "description": "",
        "shape_type": "rectangle", "flags": {}, "mask": None,
    }  # fmt: skip


def _marked(mark: Mark) -> dict[str, Any]:
    # One line, since what stands below it is the note: a name of a class can have several.
    reason = mark.reason.replace("\n", " ")
    return _shape(mark.label, mark.box) | {
        "description": f"{mark.kind} {mark.suspicion:.2f}: {reason}",
        "flags": dict.fromkeys(VERDICTS, False),
        # X-AnyLabeling shows the score; both keep what they do not know.
        "score": mark.suspicion,
        "boxlint": mark.record,
    }


def read_answers(path: Path) -> Iterator[Answer]:
    """The marked boxes in the files of a folder.

    Raises
    ------
    OSError
        If the folder does not exist, or a file cannot be read.
    ValueError
        If no file has such a box, or one cannot be understood.
    """
    found = False
    for file in files_below(path, ".json").paths():
        content = read_json(Path(file))
        if not isinstance(content, dict) or "shapes" not in content:
            continue
        for number, shape in enumerate(field_of(str(file), content, "shapes", list)):
            if isinstance(shape, dict) and "boxlint" in shape:
                found = True
                yield _answer(f"{file}: shape[{number}]", shape)
    if not found:
        raise ValueError(f"{path}: no shape that boxlint export wrote is in its files")


def _answer(place: str, shape: dict[str, Any]) -> Answer:
    flags = field_of(place, shape, "flags", dict)
    return Answer(
        place=place,
        record=read_record(place, shape["boxlint"]),
        verdict=only_verdict(place, [name for name in VERDICTS if flags.get(name) is True]),
        label=field_of(place, shape, "label", str),
        box=_box(place, shape),
        # The first line is ours.
        note=text_or_none(str(shape.get("description") or "").partition("\n")[2]),
    )


def _box(place: str, shape: dict[str, Any]) -> Box:
    """The box around the points, which stay in the order in which they were drawn."""
    try:
        return box_around([(float(x), float(y)) for x, y in shape["points"]])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{place}: expected points, two numbers each") from error
