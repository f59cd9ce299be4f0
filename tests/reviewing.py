"""A queue of suspected errors, and what reviewers say of them in each labelling tool, written as the tool does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from PIL import Image

import boxlint
from boxlint import Decisions, Report
from boxlint.review import Queue, Tool, export_queue
from boxlint.synthetic import Scenes, make_scenes

TOP = 12
NOTE = "hard to see"
MOVED = (40.0, 30.0, 200.0, 150.5)


class Said(NamedTuple):
    """What a reviewer says of a suspected error; None where nothing changes."""

    issue_id: str
    verdict: str
    label: str | None = None
    box: tuple[float, float, float, float] | None = None
    note: str | None = None


@dataclass(frozen=True)
class Exported:
    """A queue that was written for a tool."""

    report: Report
    folder: Path
    queue: Queue

    @property
    def said(self) -> list[Said]:
        """Each kind of answer once; the other errors are not decided."""
        ids = self.report["issue_id"].tolist()
        return [
            Said(ids[0], "accept"),
            Said(ids[1], "reject", note=NOTE),
            Said(ids[2], "unsure"),
            Said(ids[3], "accept", box=MOVED),
            Said(ids[4], "accept", label="cross" if self.report[4].suggested_label != "cross" else "ring"),
        ]


@cache
def scenes() -> Scenes:
    return make_scenes(60, seed=2)


@cache
def report() -> Report:
    return boxlint.check(scenes().dataset)


@cache
def picture(image: int) -> bytes:
    """A scene as PNG."""
    content = BytesIO()
    Image.fromarray(scenes().draw(image)).save(content, "PNG", compress_level=1)
    return content.getvalue()


def draw_images(folder: Path) -> Path:
    """The images of the queue."""
    folder.mkdir()
    for image in {issue.image_index for issue in report().top(TOP)}:
        (folder / f"scene_{image:04}.png").write_bytes(picture(image))
    return folder


def exported(folder: Path, tool: Tool) -> Exported:
    queue = export_queue(report(), folder / "queue", tool, images=draw_images(folder / "images"), top=TOP)
    return Exported(report(), folder / "queue", queue)


def told(decisions: Decisions) -> list[Said]:
    """The decisions in the form of `Exported.said`, to compare."""
    boxes = [None if one.box is None else rounded(*one.box) for one in decisions]
    rows = [
        Said(one.issue_id, one.decision, one.label, box, one.note) for one, box in zip(decisions, boxes, strict=True)
    ]
    order = report()["issue_id"].tolist()
    return sorted(rows, key=lambda row: order.index(row.issue_id))


def rounded(x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
    return round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1)


def answer_label_studio(folder: Path, said: Sequence[Said]) -> Path:
    """Its JSON export, after annotations were made of the predictions."""
    tasks = []
    for number, task in enumerate(read(folder / "tasks.json"), 1):
        results = [dict(result) for result in task["predictions"][0]["result"]]
        answers = [one for one in said if one.issue_id in task["data"]["boxlint"]]
        for one in answers:
            (region,) = (result for result in results if result["id"] == one.issue_id)
            region["value"] = {**region["value"], **_label_studio_value(one)}
            shared = {name: region[name] for name in ("id", "to_name", "original_width", "original_height")}
            place = {name: region["value"][name] for name in ("x", "y", "width", "height", "rotation")}
            verdict = {"from_name": "verdict", "type": "choices", "value": {**place, "choices": [one.verdict]}}
            results.append(shared | verdict)
            if one.note is not None:
                note = {"from_name": "note", "type": "textarea", "value": {**place, "text": [one.note]}}
                results.append(shared | note)
        annotation = {
            "id": number, "completed_by": 1, "was_cancelled": False, "updated_at": "2026-01-01T00:00:00Z",
            "result": results,
        }  # fmt: skip
        if answers:
            tasks.append({"id": number, "data": task["data"], "annotations": [annotation], "predictions": []})
    return wrote(folder / "export.json", tasks)


def _label_studio_value(said: Said) -> dict[str, Any]:
    value: dict[str, Any] = {} if said.label is None else {"rectanglelabels": [said.label]}
    if said.box is not None:
        x1, y1, x2, y2 = said.box
        value |= {"x": x1 / 6.4, "y": y1 / 4.8, "width": (x2 - x1) / 6.4, "height": (y2 - y1) / 4.8}
    return value


def answer_cvat(folder: Path, said: Sequence[Said]) -> Path:
    """Its XML, with attributes set."""
    tree = ElementTree.parse(folder / "annotations.xml")
    for one in said:
        (box,) = (box for box in tree.iter("box") if one.issue_id in (box.findtext("attribute[@name='boxlint']") or ""))
        _attribute(box, "verdict").text = one.verdict
        _attribute(box, "note").text = one.note
        if one.label is not None:
            box.set("label", one.label)
        if one.box is not None:
            for name, corner in zip(("xtl", "ytl", "xbr", "ybr"), one.box, strict=True):
                box.set(name, f"{corner:.2f}")
    tree.write(folder / "export.xml", encoding="utf-8", xml_declaration=True)
    return folder / "export.xml"


def _attribute(box: ElementTree.Element, name: str) -> ElementTree.Element:
    found = box.find(f"attribute[@name='{name}']")
    assert found is not None
    return found


def answer_fiftyone(folder: Path, said: Sequence[Said]) -> Path:
    """Its samples, with tags."""
    content = read(folder / "samples.json")
    detections = [one for sample in content["samples"] for one in sample["issues"]["detections"]]
    for one in said:
        (detection,) = (detection for detection in detections if one.issue_id in detection["boxlint"])
        detection["tags"] = ["seen", one.verdict]
        detection["note"] = one.note
        detection["label"] = one.label or detection["label"]
        if one.box is not None:
            x1, y1, x2, y2 = one.box
            detection["bounding_box"] = [x1 / 640, y1 / 480, (x2 - x1) / 640, (y2 - y1) / 480]
    wrote(folder / "samples.json", content)
    return folder


def answer_labelme(folder: Path, said: Sequence[Said]) -> Path:
    """Its files, with flags ticked."""
    for file in folder.glob("*.json"):
        content = read(file)
        for shape in content["shapes"]:
            for one in said:
                if one.issue_id in shape.get("boxlint", ""):
                    shape["flags"] = {"accept": False, "reject": False, "unsure": False, one.verdict: True}
                    shape["description"] += f"\n{one.note or ''}"
                    shape["label"] = one.label or shape["label"]
                    if one.box is not None:
                        # Drawn from the right bottom corner.
                        shape["points"] = [list(one.box[2:]), list(one.box[:2])]
        wrote(file, content)
    return folder


ANSWERS: dict[Tool, Callable[[Path, Sequence[Said]], Path]] = {
    "label-studio": answer_label_studio,
    "cvat": answer_cvat,
    "fiftyone": answer_fiftyone,
    "labelme": answer_labelme,
}


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def wrote(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path
