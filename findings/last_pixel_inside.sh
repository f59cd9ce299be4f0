#!/usr/bin/env bash
# supervisely 6.74.51 makes a box of 20 pixels one of 19 in COCO, moves it in YOLO, and lets it grow by a pixel each
# time it reads its own YOLO files.
#
# Supervisely counts whole pixels: right and bottom are the last ones inside. to_coco takes the last pixel for the
# edge, so that the box lacks a column and a row, beside an "area" that has them. to_yolo has the size right and cuts
# the centre to a whole pixel, which moves the box by half a pixel or one to the left and the top. The reader of YOLO
# files takes the edge for the last pixel and cuts fractions off. Nothing is printed.
#
# Why it matters: the same project has other boxes in each format. A small object of 8 pixels loses nearly a quarter of
# its area in COCO, and a data set that is edited in Supervisely and trained as YOLO, back and forth, has larger boxes
# after each round.
#
# It needs 850 MB of room.
#
# Output seen:
#     drawn:          columns 10 to 29, rows 20 to 39: edges (10, 20, 30, 40)
#     COCO:           edges (10, 20, 29, 39), area 400.0, IoU 0.90
#     YOLO:           edges (9.0, 19.0, 29.0, 39.0), IoU 0.82
#     read, 1 times:  edges (9, 18, 30, 40), IoU 0.87
#     read, 2 times:  edges (8, 17, 30, 40), IoU 0.79
#     read, 3 times:  edges (7, 16, 30, 40), IoU 0.72
#     read, 4 times:  edges (6, 15, 30, 40), IoU 0.67
#     read, 5 times:  edges (5, 14, 30, 40), IoU 0.62
source "$(dirname "$0")/_setup.sh"
install supervisely==6.74.51

expect <<'PROGRAM'
import json
import pathlib

import numpy as np
import supervisely as sly
from supervisely.convert.image.yolo.yolo_converter import YOLOConverter

sly.logger.setLevel("CRITICAL")
car = sly.ObjClass("car", sly.Rectangle)
drawn = sly.Rectangle(top=20, left=10, bottom=39, right=29)
height, width = 100, 200


def iou(a, b):
    sides = [min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])]
    shared = sides[0] * sides[1]
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def edges_of(rectangle):
    """Where the pixels lie that Supervisely itself fills."""
    canvas = np.zeros((height, width), np.uint8)
    rectangle.draw(canvas, 1)
    rows, columns = np.nonzero(canvas)
    return tuple(int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))


def project_of(rectangle, folder):
    project = sly.Project(folder, sly.OpenMode.CREATE)
    project.set_meta(sly.ProjectMeta(obj_classes=[car]))
    annotation = sly.Annotation((height, width), [sly.Label(rectangle, car)])
    project.create_dataset("ds").add_item_np("1.png", np.zeros((height, width, 3), np.uint8), ann=annotation)
    return folder


def through_yolo(rectangle, folder):
    """The rectangle written as YOLO and read again, and the numbers in the file."""
    sly.convert.to_yolo(project_of(rectangle, folder), dest_dir=folder + "_yolo", log_progress=False)
    numbers = next(pathlib.Path(folder + "_yolo").glob("labels/*/*.txt")).read_text().split()[1:]
    reader = YOLOConverter(folder + "_yolo", None, False)
    reader.validate_format()
    labels = reader.to_supervisely(reader.get_items()[0], reader.get_meta()).labels
    return labels[0].geometry, [float(number) for number in numbers]


true = edges_of(drawn)
print(f"{'drawn:':<15} columns {drawn.left} to {drawn.right}, rows {drawn.top} to {drawn.bottom}: edges {true}")
sly.convert.to_coco(project_of(drawn, "project"), dest_dir="coco", log_progress=False)
record = json.loads(next(pathlib.Path("coco").glob("**/*.json")).read_text())["annotations"][0]
left, top, wide, high = record["bbox"]
edges = (left, top, left + wide, top + high)
print(f"{'COCO:':<15} edges {edges}, area {record['area']}, IoU {iou(edges, true):.2f}")
rectangle, (x, y, wide, high) = through_yolo(drawn, "trip_1")
edges = ((x - wide / 2) * width, (y - high / 2) * height, (x + wide / 2) * width, (y + high / 2) * height)
edges = tuple(round(edge, 1) for edge in edges)
print(f"{'YOLO:':<15} edges {edges}, IoU {iou(edges, true):.2f}")
for trip in range(2, 7):
    print(f"{f'read, {trip - 1} times:':<15} edges {edges_of(rectangle)}, IoU {iou(edges_of(rectangle), true):.2f}")
    rectangle, _ = through_yolo(rectangle, f"trip_{trip}")
PROGRAM
