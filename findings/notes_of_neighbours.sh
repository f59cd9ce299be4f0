#!/usr/bin/env bash
# deep-sort-realtime 1.3.2 gives objects the masks and notes of others, and compares them by the looks of others, when
# one of the detections has no width.
#
# update_tracks takes detections, and beside them what belongs to each: how it looks (embeds), its mask, and anything
# else (others). Detections of no width or height are left out of the first list, as a box is that was clipped at the
# edge of the picture. The other lists keep their place for it. From there on each detection has what belongs to the one
# before it. Nothing is printed. With polygons none are left out.
#
# Here a bird, a cat and a dog are detected in four frames. In the second case the bird is at the very edge.
#
# Why it matters: tracks are told apart by looks. Where one animal leaves the picture, all that were listed behind it
# look like another one, and carry its mask and its note into what is made of the tracks.
#
# Output seen:
#     the bird is 20 pixels wide:
#       bird: note of the bird, mask of the bird, looks like the bird
#       cat: note of the cat, mask of the cat, looks like the cat
#       dog: note of the dog, mask of the dog, looks like the dog
#     the bird has no width:
#       cat: note of the bird, mask of the bird, looks like the bird
#       dog: note of the cat, mask of the cat, looks like the cat
source "$(dirname "$0")/_setup.sh"
install deep-sort-realtime==1.3.2 opencv-python-headless==4.13.0.92 numpy==2.4.6 scipy==1.17.1 setuptools==80.10.2

expect <<'PROGRAM'
import numpy as np
from deep_sort_realtime.deepsort_tracker import DeepSort

NAMES = ["bird", "cat", "dog"]
LOOKS = np.eye(3)


def masks():
    """A mask for each animal, told apart by its first true pixel."""
    return [np.arange(3) == number for number in range(3)]


def show(width):
    tracker = DeepSort(embedder=None, n_init=1)
    boxes = [[0, 50, width, 30], [100, 50, 40, 40], [300, 50, 40, 40]]  # left, top, width, height
    detections = [(box, 0.9, name) for box, name in zip(boxes, NAMES, strict=True)]
    notes = [f"note of the {name}" for name in NAMES]
    for _ in range(4):
        tracks = tracker.update_tracks(detections, embeds=LOOKS, others=notes, instance_masks=masks())
    for track in tracks:
        mask = NAMES[int(track.get_instance_mask().argmax())]
        looks = NAMES[int(np.argmax(track.get_feature()))]
        print(f"  {track.get_det_class()}: {track.get_det_supplementary()}, mask of the {mask}, looks like the {looks}")


print("the bird is 20 pixels wide:")
show(20)
print("the bird has no width:")
show(0)
PROGRAM
