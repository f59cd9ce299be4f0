#!/usr/bin/env bash
# from_mot of scalabel 0.3.1 loses all boxes of the first frame of each video that has any.
#
# It turns the ground truth of MOTChallenge into Scalabel's format, frame by frame. MOTChallenge counts frames from 1,
# and Scalabel from 0. The boxes are taken by the one number, and whether there are any is asked by the other. Asking
# for boxes makes an entry for the frame, so that all goes well from the second frame with boxes on. Nothing is printed.
# What is lost is noted as None, like a frame that was not labelled.
#
# Why it matters: a detector that finds the objects of that frame is charged with false alarms, and a tracker has no
# object to begin with. It is one frame of a video, so that nobody sees it, but half of what a sparse video of a trap
# camera has.
#
# Output seen:
#     street, boxes in gt.txt  2 2 0 1 0 1
#     street, boxes converted  0 2 0 1 0 1
#     forest, boxes in gt.txt  0 0 0 1 1 0
#     forest, boxes converted  0 0 0 0 1 0
source "$(dirname "$0")/_setup.sh"
install scalabel==0.3.1 pydantic==1.10.24 matplotlib==3.9.4 numpy==1.26.4 pycocotools==2.0.11

expect <<'PROGRAM'
import pathlib

from PIL import Image
from scalabel.label.from_mot import from_mot

COUNTS = {"street": [2, 2, 0, 1, 0, 1], "forest": [0, 0, 0, 1, 1, 0]}  # pedestrians in each frame
for name, counts in COUNTS.items():
    images, truth = pathlib.Path("mot", name, "img1"), pathlib.Path("mot", name, "gt")
    images.mkdir(parents=True)
    truth.mkdir()
    lines = []
    for frame, count in enumerate(counts, start=1):
        Image.new("RGB", (200, 100)).save(images / f"{frame:06}.jpg")
        lines += [f"{frame},{track},{20 * track},10,15,40,1,1,1.0" for track in range(1, count + 1)]
    (truth / "gt.txt").write_text("\n".join(lines))

frames = from_mot("mot").frames
for name, counts in COUNTS.items():
    converted = [len(frame.labels or []) for frame in frames if frame.videoName == name]
    print(f"{name}, boxes in gt.txt ", *counts)
    print(f"{name}, boxes converted ", *converted)
PROGRAM
