#!/usr/bin/env bash
# soft_nms of ensemble-boxes 1.0.9 gives back the scores it was given.
#
# Soft-NMS is a gentle suppression of duplicates: it keeps boxes that overlap a better one, but lowers their scores by
# the overlap. The function lowers the scores of a copy, uses them to leave boxes out and to order the rest, and returns
# the scores as they came. In the example the second box is nearly the first one. Its score 0.8 should become 0.8 times
# exp(-overlap squared / 0.5), which is 0.117; it is 0.8, although the box is put behind the one of 0.7.
#
# Why it matters: evaluators sort by score and never look at the order, so that for them nothing was suppressed: each
# duplicate above a very low threshold is back as a false positive with its full score.
#
# Output seen:
#     given:    0.9, 0.8, 0.7
#     returned: 0.9, 0.7, 0.8
#     expected: 0.9, 0.7, 0.117
source "$(dirname "$0")/_setup.sh"
install ensemble-boxes==1.0.9

expect <<'PROGRAM'
import math

from ensemble_boxes import soft_nms

boxes = [[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.492], [0.6, 0.6, 0.9, 0.9]]
scores = [0.9, 0.8, 0.7]
sigma = 0.5
_, returned, _ = soft_nms([boxes], [scores], [[0, 0, 0]], method=2, sigma=sigma, thresh=0.001)
overlap = (0.492 - 0.1) / (0.5 - 0.1)


def show(title, numbers):
    print(f"{title:<9}", ", ".join(f"{number:.3g}" for number in numbers))


show("given:", scores)
show("returned:", returned)
show("expected:", [0.9, 0.7, 0.8 * math.exp(-(overlap**2) / sigma)])
PROGRAM
