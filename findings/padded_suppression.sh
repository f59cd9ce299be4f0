#!/usr/bin/env bash
# non_max_suppression_padded of tensorflow 2.21.0 keeps duplicates if its first box has a low score and y points up.
#
# Its page says that it does what non_max_suppression does and fills up the output. That takes any two opposite corners
# for a box, and any direction of y. This one looks at the first box alone to learn whether corners are swapped, and
# treats all boxes alike; and it has set boxes below score_threshold to 0 before, which look as if they were not
# swapped. Boxes that are swapped then have no overlap, and all duplicates are kept. Nothing is said. An overlap of
# exactly iou_threshold is kept by one and removed by the other.
#
# Here are two towers on a map, the first of which is uncertain and the second found twice. Boxes are north, west,
# south, east.
#
# Why it matters: where y points up, as on maps, it goes right until the first box of some image has a low score. The
# padded one is what fits batches and devices, and is put in place of the other after tests.
# It needs 2 GB of room.
#
# Output seen:
#     kept by non_max_suppression, and by the padded one
#     a map, no score_threshold:         [1, 0] [1, 0]
#     a map, score_threshold 0.5:        [1] [1, 2]
#     the same with south before north:  [1] [1]
#     the uncertain tower last:          [0] [0]
#     corners of one box the other way:  [0] [0, 1]
#     an overlap of exactly 0.5:         [0, 1] [0]
source "$(dirname "$0")/_setup.sh"
install tensorflow-cpu==2.21.0 numpy==2.4.6

expect <<'PROGRAM'
import tensorflow as tf

MAP, SCORES = [[40, 0, 30, 10], [60, 0, 50, 10], [60, 0, 51, 10]], [0.3, 0.9, 0.8]


def show(name, boxes, scores, score_threshold=float("-inf")):
    boxes, scores = tf.constant(boxes, tf.float32), tf.constant(scores)
    plain = tf.image.non_max_suppression(boxes, scores, 5, 0.5, score_threshold)
    padded, count = tf.image.non_max_suppression_padded(
        boxes, scores, 5, 0.5, score_threshold, pad_to_max_output_size=True
    )
    print(f"{name + ':':<34}", plain.numpy().tolist(), padded[:count].numpy().tolist())


print("kept by non_max_suppression, and by the padded one")
show("a map, no score_threshold", MAP, SCORES)
show("a map, score_threshold 0.5", MAP, SCORES, 0.5)
show("the same with south before north", [[south, w, north, e] for north, w, south, e in MAP], SCORES, 0.5)
show("the uncertain tower last", MAP[1:] + MAP[:1], SCORES[1:] + SCORES[:1], 0.5)
show("corners of one box the other way", [[0, 0, 10, 10], [10, 10, 0, 1]], [0.9, 0.8])
show("an overlap of exactly 0.5", [[0, 0, 10, 10], [0, 0, 10, 5]], [0.9, 0.8])
PROGRAM
