#!/usr/bin/env bash
# labelImg 1.8.6 changes the classes of a whole YOLO data set when one image of it is opened and saved.
#
# A YOLO label file holds numbers of classes, and classes.txt, which all label files share, their names. labelImg reads the
# numbers of the image by that file. On saving it writes classes.txt anew, from the classes it was started with and those
# of the image at hand; the file that it has just read is not among them. Started as "labelImg IMAGES" it knows no class,
# so that a bird that was class 2 becomes class 0 of a list of one, while the other images keep their numbers.
#
# Why it matters: labels are corrected image by image. After the first one, every other image has classes that the list of
# names lacks or that stand for something else, and nothing is said. labelImg keeps the list where it is started with
# classes.txt as its second argument.
#
# Needs the libraries that Qt needs for drawing off screen (Debian: libgl1, libglib2.0-0).
#
# Output seen:
#     before: classes.txt cat dog bird, sparrow.txt 2, beagle.txt 1
#     labelImg shows on sparrow.png: bird
#     after:  classes.txt bird, sparrow.txt 0, beagle.txt 1
source "$(dirname "$0")/_setup.sh"
install labelImg==1.8.6 PyQt5==5.15.11 PyQt5-Qt5==5.15.19 lxml==6.1.3

expect <<'PROGRAM'
import contextlib
import io
import os
import pathlib
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from labelImg.labelImg import get_main_app
from PyQt5.QtGui import QImage

images = pathlib.Path("images").resolve()
images.mkdir()
for name, label in {"sparrow": 2, "beagle": 1}.items():
    image = QImage(100, 80, QImage.Format_RGB32)
    image.fill(0xFFFFFF)
    image.save(f"{images}/{name}.png")
    (images / f"{name}.txt").write_text(f"{label} 0.500000 0.500000 0.200000 0.250000\n")
(images / "classes.txt").write_text("cat\ndog\nbird\n")


def state():
    numbers = [f"{name}.txt {(images / f'{name}.txt').read_text()[0]}" for name in ("sparrow", "beagle")]
    return ", ".join([f"classes.txt {' '.join((images / 'classes.txt').read_text().split())}", *numbers])


print("before:", state())
with contextlib.redirect_stdout(io.StringIO()):
    app, window = get_main_app(["labelImg", str(images)])
    app.processEvents()
    window.default_save_dir = str(images)
    window.load_file(f"{images}/sparrow.png")
    shown = [shape.label for shape in window.canvas.shapes]
    window.save_file()
print("labelImg shows on sparrow.png:", *shown)
print("after: ", state())
sys.stdout.flush()
os._exit(0)  # without the teardown of Qt
PROGRAM
