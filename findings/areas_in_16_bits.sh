#!/usr/bin/env bash
# powerboxes 0.3.1 finds two neighbours identical, and removes large boxes as too small, if the boxes are int16.
#
# It takes boxes of nine types of numbers, and computes their areas in the type of the boxes. 200 x 200 pixels is
# 40,000, which an int16 has no room for, and becomes -25,536. iou_distance says how far two boxes are from being the
# same, between 0 and 1. Of two such boxes that share a quarter of their width it says 0, and of two that nearly cover
# each other it says less than 0. remove_small_boxes removes both. As int32 they are treated as they should be; nms is
# right for both types. Nothing is said.
#
# Why it matters: any coordinate of an image fits into an int16, and so boxes are stored where there are millions of
# them. Boxes up to 181 x 181 pixels come out right, so that a test with small ones passes. A tracker that looks for the
# nearest box takes the neighbour.
#
# Output seen:
#     int32: areas 40000, 40000; left by remove_small_boxes 2
#            distance of neighbours 0.86, moved by ten pixels 0.10
#     int16: areas -25536, -25536; left by remove_small_boxes 0
#            distance of neighbours 0.00, moved by ten pixels -0.17
source "$(dirname "$0")/_setup.sh"
install powerboxes==0.3.1 numpy==2.4.6

expect <<'PROGRAM'
import numpy as np
import powerboxes

box, neighbour, moved = [[0, 0, 200, 200]], [[150, 0, 350, 200]], [[10, 0, 210, 200]]
for kind in (np.int32, np.int16):
    first, second, third = (np.array(boxes, kind) for boxes in (box, neighbour, moved))
    both = np.concatenate([first, second])
    areas = ", ".join(f"{area:.0f}" for area in powerboxes.boxes_areas(both))
    left = len(powerboxes.remove_small_boxes(both, 100.0))
    print(f"{kind.__name__}: areas {areas}; left by remove_small_boxes {left}")
    distances = [powerboxes.iou_distance(first, other).item() for other in (second, third)]
    print(f"{'':<6} distance of neighbours {distances[0]:.2f}, moved by ten pixels {distances[1]:.2f}")
PROGRAM
