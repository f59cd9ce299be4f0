"""Loads each file by X-AnyLabeling's own class, sets flags, and saves. Run by its Python, without a screen.

What reviewers say comes as JSON on standard input.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from anylabeling.views.labeling.label_file import LabelFile
from PyQt6 import QtCore, QtWidgets


def main(folder: str) -> None:
    QtWidgets.QApplication([])
    said = {one["issue_id"]: one for one in json.load(sys.stdin)}
    for file in sorted(Path(folder).glob("*.json")):
        label_file = LabelFile(str(file))
        for shape in label_file.shapes:
            record = shape.other_data.get("boxlint")
            one = said.get(json.loads(record)["issue"]["issue_id"]) if record else None
            if one is not None:
                shape.flags[one["verdict"]] = True
                shape.label = one["label"] or shape.label
                shape.description += f"\n{one['note'] or ''}"
                if one["box"]:
                    x1, y1, x2, y2 = one["box"]
                    corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
                    shape.points = [QtCore.QPointF(x, y) for x, y in corners]
        shapes = [shape.to_dict() for shape in label_file.shapes]
        content = json.loads(file.read_text())
        sides = content["imageHeight"], content["imageWidth"]
        label_file.save(str(file), shapes, label_file.image_path, *sides, other_data=label_file.other_data)


if __name__ == "__main__":
    main(sys.argv[1])
