"""Opens each file in labelme's window, ticks flags in its dialog, and saves. Run by labelme's Python, without a screen.

What reviewers say comes as JSON on standard input. With a second argument, a picture of the window and the dialog is
put there when the first file is open.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import yaml
from labelme._label_file import LabelFile
from labelme.app import MainWindow
from PyQt5 import QtCore, QtGui, QtWidgets


def main(folder: str, picture: str = "") -> None:
    application = QtWidgets.QApplication([])
    application.setStyle("Fusion")
    said = {one["issue_id"]: one for one in json.load(sys.stdin)}
    # As with the options --labels, --validatelabel and --labelflags.
    settings = {
        "labels": (Path(folder) / "labels.txt").read_text().split(),
        "validate_label": "exact",
        "label_flags": yaml.safe_load((Path(folder) / "label_flags.yaml").read_text()),
    }
    window = MainWindow(config_overrides=settings, filename=folder)
    window.resize(1200, 720)
    window.show()
    for file in sorted(Path(folder).glob("*.json")):
        assert all(isinstance(shape["flags"], dict) for shape in LabelFile(str(file)).shapes)
        window._load_file(str(file))
        for item in list(window.labelList):
            record = item.shape().other_data.get("boxlint")
            one = said.get(json.loads(record)["issue"]["issue_id"]) if record else None
            if one is not None:
                answer(window, item, one, picture)
                picture = ""
        assert window.saveLabels(str(file))
    application.quit()


def answer(window: Any, item: Any, said: dict[str, Any], picture: str) -> None:
    """Selects a shape, and fills in the dialog that a double click opens."""
    window.labelList.clearSelection()
    window.labelList.selectItem(item)
    QtCore.QTimer.singleShot(300, lambda: fill_in(window, said, picture))
    window._edit_label()
    if said["box"]:
        x1, y1, x2, y2 = said["box"]
        item.shape().points = [QtCore.QPointF(x2, y2), QtCore.QPointF(x1, y1)]


def fill_in(window: Any, said: dict[str, Any], picture: str) -> None:
    dialog = window.labelDialog
    boxes = [dialog.flagsLayout.itemAt(at).widget() for at in range(dialog.flagsLayout.count())]
    (box,) = (box for box in boxes if box.text() == said["verdict"])
    box.setChecked(True)
    if said["label"]:
        dialog.edit.setText(said["label"])
    if said["note"]:
        dialog.editDescription.setPlainText(f"{dialog.editDescription.toPlainText()}\n{said['note']}")
    if picture:
        grab(window, picture)
    dialog.accept()


def grab(window: Any, picture: str) -> None:
    """The window with the dialog over it, which a screen would show as one."""
    whole = window.grab()
    painter = QtGui.QPainter(whole)
    painter.drawPixmap(380, 240, window.labelDialog.grab())
    painter.end()
    whole.save(picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
