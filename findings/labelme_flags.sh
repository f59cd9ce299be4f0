#!/usr/bin/env bash
# labelme 5.11.4 deletes the flags of a shape when "Edit label" is closed with OK, even if nothing was changed there,
# unless it was started with --labelflags that name them.
#
# A shape in a labelme file has flags, such as "occluded". A file that was made elsewhere, or by a colleague who starts
# labelme with --labelflags, is opened and saved without loss by a labelme that was started without. But its dialog offers
# only the flags that --labelflags name, and OK replaces those of the shape by what is offered. Nothing is said.
#
# In the example a shape is flagged as occluded; its label is left as it is, or changed from car to truck.
#
# Why it matters: who corrects the class of an object, or only looks at it, deletes what is known of it otherwise.
#
# Output seen:
#     opened and saved:                {'occluded': True}
#     OK without a change:             {}
#     car changed to truck:            {}
#     the same, with --labelflags:     {'occluded': True}
source "$(dirname "$0")/_setup.sh"
install labelme==5.11.4

export QT_QPA_PLATFORM=offscreen
expect <<'PROGRAM'
import json
import pathlib

import PIL.Image
from labelme.app import MainWindow
from PyQt5 import QtCore, QtWidgets

PIL.Image.new("RGB", (80, 60)).save("a.png")
shape = {
    "label": "car",
    "points": [[10, 10], [50, 40]],
    "shape_type": "rectangle",
    "group_id": None,
    "description": "",
    "flags": {"occluded": True},
    "mask": None,
}
content = {
    "version": "5.11.4",
    "flags": {},
    "shapes": [shape],
    "imagePath": "a.png",
    "imageData": None,
    "imageHeight": 60,
    "imageWidth": 80,
}
application = QtWidgets.QApplication([])


def flags_after(edit, label, **settings):
    """The flags in the file after it was opened, edited in the dialog to have this label, and saved."""
    path = pathlib.Path("a.json")
    path.write_text(json.dumps(content))
    window = MainWindow(config_overrides=settings, filename=str(path))
    if edit:
        window.labelList.selectItem(next(iter(window.labelList)))

        def fill_in():
            window.labelDialog.edit.setText(label)
            window.labelDialog.accept()

        QtCore.QTimer.singleShot(300, fill_in)
        window._edit_label()
    assert window.saveLabels(str(path))
    (saved,) = json.loads(path.read_text())["shapes"]
    assert saved["label"] == label
    return saved["flags"]


cases = {
    "opened and saved": flags_after(False, "car"),
    "OK without a change": flags_after(True, "car"),
    "car changed to truck": flags_after(True, "truck"),
    "the same, with --labelflags": flags_after(True, "truck", label_flags={".*": ["occluded"]}),
}
for case, flags in cases.items():
    print(f"{case}:".ljust(32), flags)
PROGRAM
