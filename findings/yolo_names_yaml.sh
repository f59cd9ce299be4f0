#!/usr/bin/env bash
# hotcoco 1.3.0 reads the comment behind a class in data.yaml as a part of its name, and refuses what PyYAML writes.
#
# COCO.from_yolo understands some forms of YAML alone. Behind a class in a list by number, as the data files of
# Ultralytics have it, "# a comment" becomes a part of the name, without a word. A list of names whose dashes are not
# indented, as PyYAML's safe_dump writes it, "has no entries"; a list in brackets with a comment behind it, a list in
# brackets over two lines, and classes by number in braces are errors.
#
# Why it matters: classes get other names than in every other tool, so that joining by name fails or makes new classes;
# and the data files that scripts write with PyYAML cannot be read.
#
# Output seen:
#     comment behind a class:  PyYAML reads cat, dog; hotcoco cat  # small, dog
#     written by PyYAML:       PyYAML reads cat, dog; hotcoco ValueError
#     comment behind a list:   PyYAML reads cat, dog; hotcoco ValueError
#     brackets over two lines: PyYAML reads cat, dog; hotcoco ValueError
#     numbers in braces:       PyYAML reads cat, dog; hotcoco ValueError
#     numbers in a block:      PyYAML reads cat, dog; hotcoco cat, dog
source "$(dirname "$0")/_setup.sh"
install hotcoco==1.3.0 pillow==12.3.0 pyyaml==6.0.3

expect <<'PROGRAM'
import pathlib

import yaml
from hotcoco import COCO
from PIL import Image

for folder in ("images", "labels"):
    pathlib.Path(folder).mkdir()
Image.new("RGB", (100, 100)).save("images/a.png")
pathlib.Path("labels/a.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n")


def classes():
    try:
        coco = COCO.from_yolo("labels", "images")
    except ValueError as error:
        return type(error).__name__
    return ", ".join(coco.cats[a["category_id"]]["name"] for a in coco.dataset["annotations"])


for form, text in {
    "comment behind a class": "names:\n  0: cat  # small\n  1: dog\n",
    "written by PyYAML": yaml.safe_dump({"names": ["cat", "dog"]}),
    "comment behind a list": "names: [cat, dog]  # two\n",
    "brackets over two lines": "names: [cat,\n  dog]\n",
    "numbers in braces": "names: {0: cat, 1: dog}\n",
    "numbers in a block": yaml.safe_dump({"names": {0: "cat", 1: "dog"}}),
}.items():
    pathlib.Path("labels/data.yaml").write_text(text)
    names = yaml.safe_load(text)["names"]
    read = ", ".join(names.values() if isinstance(names, dict) else names)
    print(f"{form + ':':24} PyYAML reads {read}; hotcoco {classes()}")
PROGRAM
