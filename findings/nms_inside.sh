#!/usr/bin/env bash
# NMSBoxesRotated of OpenCV 5.0.0.93 takes a boat on the deck of a ship for a duplicate of the ship.
#
# The function deletes boxes whose IoU with a better one is above a threshold. A rotated box that lies wholly within
# another has an IoU of 1 for it, however small it is. So it is deleted at any threshold below 1, and so is the ship if
# the boat has the better score. NMSBoxes, its sibling for upright boxes, computes the IoU of the same two and keeps
# both, as does NMSBoxesRotated as soon as the boat reaches over the edge by a pixel.
#
# Why it matters: rotated boxes are for aerial pictures, where objects lie on larger ones: boats and helicopters on
# ships, a ball court in a sports field, vehicles on a bridge. Those are lost, and look as if the detector had
# overlooked them.
#
# Output seen:
#     IoU of the boat within the ship: 0.015
#     NMSBoxes, upright:                     ship, boat
#     NMSBoxesRotated, 0 degrees:            ship
#     NMSBoxesRotated, 20 degrees:           ship
#     the same, the boat has a better score: boat
#     the same, the boat over the edge:      ship, boat
source "$(dirname "$0")/_setup.sh"
install opencv-python-headless==5.0.0.93 numpy==2.4.6

expect <<'PROGRAM'
import cv2

NAMES = ["ship", "boat"]
SHIP, BOAT, OVER = (100.0, 50.0, 180.0, 60.0), (120.0, 52.0, 20.0, 8.0), (181.0, 52.0, 20.0, 8.0)  # centre, size


def named(kept):
    return ", ".join(NAMES[k] for k in sorted(kept))


def rotated(boat, degrees=0.0, scores=(0.9, 0.8)):
    """What is left of the ship and the boat, turned about the centre of the ship."""
    turn = cv2.getRotationMatrix2D(SHIP[:2], -degrees, 1)
    boxes = [(tuple(turn @ (*box[:2], 1)), box[2:], degrees) for box in (SHIP, boat)]
    return named(cv2.dnn.NMSBoxesRotated(boxes, scores, 0.1, 0.5))


print(f"IoU of the boat within the ship: {BOAT[2] * BOAT[3] / (SHIP[2] * SHIP[3]):.3f}")
upright = [(x - w / 2, y - h / 2, w, h) for x, y, w, h in (SHIP, BOAT)]
print("NMSBoxes, upright:                    ", named(cv2.dnn.NMSBoxes(upright, (0.9, 0.8), 0.1, 0.5)))
print("NMSBoxesRotated, 0 degrees:           ", rotated(BOAT))
print("NMSBoxesRotated, 20 degrees:          ", rotated(BOAT, 20.0))
print("the same, the boat has a better score:", rotated(BOAT, 20.0, (0.8, 0.9)))
print("the same, the boat over the edge:     ", rotated(OVER, 20.0))
PROGRAM
