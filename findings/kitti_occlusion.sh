#!/usr/bin/env bash
# datumaro 1.13.12 turns a car of KITTI that is cut off by 12 % into one that is wholly outside of the image, and a
# largely occluded one into a partly occluded one.
#
# A line of KITTI says how much of an object is beyond the image, from 0 to 1, and how far it is hidden: 0 not, 1
# partly, 2 largely, 3 unknown. datumaro reads both as yes or no, and writes yes as 1.0 and as 1. Boxes and classes
# come back as they were but for the last digits. The size and the place in space are -1 from then on. Nothing is
# printed.
#
# KITTI evaluates three lists: easy (not hidden, cut off by 0.15 at most), moderate (partly, 0.3) and hard (largely,
# 0.5). What is in none of them is neither asked for nor a false alarm.
#
# Why it matters: after renaming a class, or dividing the data, every car at the edge of the image is out of all three
# lists, and hard ones are asked for among the moderate ones. The numbers are not those of KITTI any more.
#
# Output seen:
#     given:   0.12 0; 0.4 0; 0 1; 0 2; 0 3
#     written: 1.0 0; 1.0 0; 0.0 1; 0.0 1; 0.0 1
#     easy:     1 of 5 given, 0 written
#     moderate: 2 of 5 given, 3 written
#     hard:     4 of 5 given, 3 written
source "$(dirname "$0")/_setup.sh"
install datumaro==1.13.12

expect <<'PROGRAM'
import contextlib
import io
import pathlib

from PIL import Image

with contextlib.redirect_stderr(io.StringIO()):
    from datumaro import Dataset

LIMITS = {"easy": (0, 0.15), "moderate": (1, 0.3), "hard": (2, 0.5)}  # hidden, cut off; all are 50 pixels high
GIVEN = ["0.12 0", "0.4 0", "0 1", "0 2", "0 3"]
source = pathlib.Path("kitti", "training")
for folder in ("image_2", "label_2"):
    (source / folder).mkdir(parents=True)
Image.new("RGB", (1242, 375)).save(source / "image_2" / "000001.png")
lines = [
    f"Car {given} 1.85 {100 * k}.00 180.00 {100 * k + 60}.00 230.00 1.67 1.87 3.69 -16.53 2.39 58.49 1.57"
    for k, given in enumerate(GIVEN)
]
(source / "label_2" / "000001.txt").write_text("\n".join(lines))
Dataset.import_from("kitti", "kitti_detection").export("written", "kitti_detection", save_media=False)

written = next(pathlib.Path("written").rglob("*.txt")).read_text().splitlines()
told = {"given": GIVEN, "written": [" ".join(line.split()[1:3]) for line in written]}
for title, objects in told.items():
    print(f"{title + ':':<8} {'; '.join(objects)}")


def asked(objects, hidden, cut):
    pairs = (text.split() for text in objects)
    return sum(float(share) <= cut and int(level) <= hidden for share, level in pairs)


for level, limits in LIMITS.items():
    before, after = (asked(objects, *limits) for objects in told.values())
    print(f"{level + ':':<9} {before} of {len(GIVEN)} given, {after} written")
PROGRAM
