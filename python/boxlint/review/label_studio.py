"""Label Studio: tasks with predictions and a labelling config out, its JSON export back in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from boxlint._text import in_address
from boxlint.formats.plain_xml import xml_text
from boxlint.report.decision import VERDICTS
from boxlint.review.queue import Mark, Queue, QueuedImage
from boxlint.review.reading import field_of, read_json, text_or_none, turned
from boxlint.review.record import Box, Record, read_record
from boxlint.review.verdicts import Answer

__all__ = ["files_of", "read_answers"]

# The names of the controls in the labelling config, which results refer to.
_IMAGE, _ISSUE, _ANNOTATION, _VERDICT, _NOTE = "image", "issue", "annotation", "verdict", "note"
_ISSUE_COLOUR, _ANNOTATION_COLOUR = "#d32f2f", "#757575"


def files_of(queue: Queue, image_url: str) -> dict[str, str]:
    """The files to import: tasks.json, and labelling_config.xml for the settings of the project.

    Parameters
    ----------
    queue:
        What to show.
    image_url:
        What stands before the names of the images to make their addresses.
    """
    tasks = [_task(image, image_url) for image in queue.images]
    return {
        "tasks.json": json.dumps(tasks, indent=1),
        "labelling_config.xml": _config(queue.class_names),
    }


def _task(image: QueuedImage, image_url: str) -> dict[str, Any]:
    marks = [_region(image, mark.issue_id, _ISSUE, mark.label, mark.box) | _about(mark) for mark in image.marks]
    # These can be seen, but not moved.
    others = [
        _region(image, f"annotation-{number}", _ANNOTATION, label, box) | {"readonly": True}
        for number, (label, box) in enumerate(image.annotations)
    ]
    data = {
        "image": image_url + in_address(image.within.as_posix()),
        "name": image.name,
        "suspicion": round(image.suspicion, 3),
        "issues": "; ".join(f"{mark.kind} {mark.suspicion:.2f}" for mark in image.marks),
        "boxlint": {mark.issue_id: mark.record for mark in image.marks},
    }
    prediction = {"model_version": "boxlint", "score": image.suspicion, "result": [*marks, *others]}
    return {"data": data, "predictions": [prediction]}


def _region(image: QueuedImage, name: str, control: str, label: str, box: Box) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    value = {
        "x": _percent(x1, image.width),
        "y": _percent(y1, image.height),
        "width": _percent(x2 - x1, image.width),
        "height": _percent(y2 - y1, image.height),
        "rotation": 0,
        "rectanglelabels": [label],
    }
    return {
        "id": name, "from_name": control, "to_name": _IMAGE, "type": "rectanglelabels", "value": value,
        "original_width": round(image.width), "original_height": round(image.height), "image_rotation": 0,
    }  # fmt: skip


def _about(mark: Mark) -> dict[str, Any]:
    return {"score": mark.suspicion, "meta": {"text": [f"{mark.kind}: {mark.reason}"]}}


def _percent(pixels: float, length: float) -> float:
    return 100 * pixels / length


def _config(class_names: list[str]) -> str:
    """The labelling config: the image, and beside it the class, verdict and note of the region that is selected."""
    view = ElementTree.Element("View")
    _add(view, "Header", value="$issues", size="5")
    columns = _add(view, "View", style="display: flex; gap: 12px")
    _add(_add(columns, "View", style="flex: 1"), "Image", name=_IMAGE, value="$image", zoom="true", zoomControl="true")
    controls = _add(columns, "View", style="flex: 0 0 200px")
    labels = _add(controls, "RectangleLabels", name=_ISSUE, toName=_IMAGE, strokeWidth="3", opacity="0.2")
    # Annotations that are not suspected have no buttons: they are there to be seen.
    hidden = _add(view, "View", style="display: none")
    others = _add(hidden, "RectangleLabels", name=_ANNOTATION, toName=_IMAGE, strokeWidth="1", opacity="0.1")
    for name in class_names:
        _add(labels, "Label", value=name, background=_ISSUE_COLOUR)
        _add(others, "Label", value=name, background=_ANNOTATION_COLOUR)
    of_issues = {"toName": _IMAGE, "perRegion": "true", "whenTagName": _ISSUE}
    choices = _add(controls, "Choices", name=_VERDICT, choice="single", **of_issues)
    for verdict in VERDICTS:
        _add(choices, "Choice", value=verdict, hotkey=verdict[0])
    _add(controls, "TextArea", name=_NOTE, placeholder="note", maxSubmissions="1", editable="true", **of_issues)
    # Label Studio refuses configs with an XML declaration.
    return xml_text(view)


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def read_answers(path: Path) -> Iterator[Answer]:
    """The marked boxes in a JSON export: those of each reviewer's newest annotation that was not cancelled.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is another export, or a region cannot be understood.
    """
    tasks = read_json(path)
    if not isinstance(tasks, list) or not all(map(_is_task, tasks)):
        raise ValueError(
            f"{path}: expected a list of tasks: export as JSON, as the others of its formats lose verdicts"
        )
    if tasks and not any("boxlint" in task["data"] for task in tasks):
        raise ValueError(f"{path}: no task has boxlint in its data: these are not tasks that boxlint export wrote")
    if tasks and not any("annotations" in task for task in tasks):
        raise ValueError(f"{path}: no task has annotations: this is the queue itself, no export")
    for position, task in enumerate(tasks):
        place = f"{path}: task {task.get('id', position)}"
        if "boxlint" in task["data"]:
            records = field_of(place, task["data"], "boxlint", dict)
            for annotation in _newest(place, field_of(place, task, "annotations", list)):
                yield from _answers(place, annotation, records)


def _is_task(task: Any) -> bool:
    return isinstance(task, dict) and isinstance(task.get("data"), dict)


def _newest(place: str, annotations: list[Any]) -> list[dict[str, Any]]:
    """The newest annotation of each reviewer."""
    for annotation in annotations:
        field_of(place, annotation, "result", list)
    newest: dict[str | None, dict[str, Any]] = {}
    for annotation in sorted(annotations, key=lambda one: str(one.get("updated_at") or "")):
        if not annotation.get("was_cancelled"):
            newest[_reviewer(annotation)] = annotation
    return list(newest.values())


def _reviewer(annotation: dict[str, Any]) -> str | None:
    """Who made an annotation: an object with the address, or the number of the user."""
    user = annotation.get("completed_by")
    if isinstance(user, dict):
        user = user.get("email", user.get("id"))
    return f"user {user}" if isinstance(user, int) else text_or_none(user)


def _answers(place: str, annotation: dict[str, Any], records: dict[str, Any]) -> Iterator[Answer]:
    regions: dict[str, dict[str, Any]] = {}
    verdicts: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for result in annotation["result"]:
        name = result.get("id") if isinstance(result, dict) else None
        if not isinstance(name, str) or name not in records:
            continue
        at = f"{place}: region {name}"
        value = field_of(at, result, "value", dict)
        if result.get("from_name") == _ISSUE:
            regions[name] = result
        elif result.get("from_name") == _VERDICT:
            verdicts[name] = next(iter(field_of(at, value, "choices", list)), None)
        elif result.get("from_name") == _NOTE:
            text = value.get("text")
            notes[name] = "\n".join(map(str, text)) if isinstance(text, list) else str(text)
    for name, region in regions.items():
        at = f"{place}: region {name}"
        record = read_record(at, records[name])
        yield Answer(
            place=at,
            record=record,
            verdict=verdicts.get(name),
            label=str(next(iter(field_of(at, region["value"], "rectanglelabels", list)), "")),
            box=_box(at, region["value"], record),
            note=text_or_none(notes.get(name)),
            reviewer=_reviewer(annotation),
        )


def _box(place: str, value: dict[str, Any], record: Record) -> Box:
    """The corners in pixels, of the box around the rectangle where it is turned."""
    names = ("x", "y", "width", "height", "rotation")
    x, y, across, down, degrees = (field_of(place, {"rotation": 0, **value}, name, float) for name in names)
    left, top = x * record.width / 100, y * record.height / 100
    corners = (left, top, left + across * record.width / 100, top + down * record.height / 100)
    # Label Studio turns rectangles about their top left corner.
    return turned(corners, (left, top), degrees)
