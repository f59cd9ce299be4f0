#!/usr/bin/env bash
# scalabel 0.3.1 gives each video the frames of all videos when it writes tracks of masks to COCO.
#
# scalabel2coco_seg_track goes through the videos, and for each of them through the frames of the whole data set, where
# it means those of the video. With ten videos each frame is there ten times, as an image of its own with a new id, and
# so is each object. scalabel2coco_box_track, for tracks of boxes, divides them as it should. Nothing is printed.
#
# Here are two videos of two frames, with one car each.
#
# Why it matters: a tracker is evaluated on videos that begin anew in the middle, with frame numbers that repeat. Of a
# detector it is not even seen, since all images are alike often; the file is as many times too large, and one image is
# in the training and the validation part as soon as the file is divided by videos.
#
# Output seen:
#     tracks of boxes: 4 images, 4 annotations
#         video 1: a-0.jpg 0, a-1.jpg 1
#         video 2: b-0.jpg 0, b-1.jpg 1
#     tracks of masks: 8 images, 8 annotations
#         video 1: a-0.jpg 0, a-1.jpg 1, b-0.jpg 0, b-1.jpg 1
#         video 2: a-0.jpg 0, a-1.jpg 1, b-0.jpg 0, b-1.jpg 1
source "$(dirname "$0")/_setup.sh"
install scalabel==0.3.1 pydantic==1.10.24 matplotlib==3.9.4 numpy==1.26.4 pycocotools==2.0.11

expect <<'PROGRAM'
import os

os.environ["MPLBACKEND"] = "agg"

from scalabel.label.to_coco import scalabel2coco_box_track, scalabel2coco_seg_track
from scalabel.label.typing import Box2D, Category, Config, Frame, ImageSize, Label, Poly2D

outline = Poly2D(vertices=[(10, 10), (30, 10), (30, 30), (10, 30)], types="LLLL", closed=True)
box = Box2D(x1=10, y1=10, x2=29, y2=29)
frames = [
    Frame(
        name=f"{video}-{number}.jpg",
        videoName=video,
        frameIndex=number,
        size=ImageSize(width=200, height=100),
        labels=[Label(id=f"car {video}", category="car", box2d=box, poly2d=[outline])],
    )
    for video in "ab"
    for number in range(2)
]
classes = Config(categories=[Category(name="car")])
for title, convert in (("boxes", scalabel2coco_box_track), ("masks", scalabel2coco_seg_track)):
    written = convert(frames, classes)
    print(f"tracks of {title}: {len(written['images'])} images, {len(written['annotations'])} annotations")
    for video in written["videos"]:
        images = [image for image in written["images"] if image["video_id"] == video["id"]]
        told = (f"{os.path.basename(image['file_name'])} {image['frame_id']}" for image in images)
        print(f"    video {video['id']}:", ", ".join(told))
PROGRAM
