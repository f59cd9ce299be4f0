#!/usr/bin/env bash
# lapjv of lap 0.5.13 pairs objects wrongly as soon as a cost is above one million, such as a squared distance in
# pixels.
#
# It is the assignment that trackers use: a matrix of costs in, the pairs with the least sum out. Costs above one
# million are not told apart. What comes out is a complete assignment, though not the best, with its true sum, and
# nothing is said. A distance of 1,001 pixels squared is more than a million, and so is the 1e9 that stands for "never".
# scipy has no such limit, nor has lapx, a fork that is imported by the same name.
#
# Why it matters: in a small picture all is well; in a large one identities of objects are exchanged. Where two tracks
# compete for one detection and all else is forbidden, the worse one may get it.
#
# Output seen:
#     two objects of 3840 x 2160:       distances of pairs by scipy 922 and 1703, lap 1931 and 2163
#     the same at a tenth of the size:  distances of pairs by scipy 92 and 170, lap 92 and 170
#     tracks 0.1 and 0.9 from a detection, never = 1e+06: taken by scipy 0.1, lap 0.1
#     tracks 0.1 and 0.9 from a detection, never = 1e+09: taken by scipy 0.1, lap 0.9
source "$(dirname "$0")/_setup.sh"
install lap==0.5.13 scipy==1.17.1 numpy==2.4.6

expect <<'PROGRAM'
import lap
import numpy as np
from scipy.optimize import linear_sum_assignment

before = np.array([[1200, 0], [3600, 1900]])
after = np.array([[1800, 700], [1900, 1800]])


def costs_of_pairs(costs):
    """The costs of the pairs that each of the two makes."""
    rows = np.arange(2)
    return {"scipy": costs[rows, linear_sum_assignment(costs)[1]], "lap": costs[rows, lap.lapjv(costs)[1]]}


for title, scale in {"two objects of 3840 x 2160:": 1.0, "the same at a tenth of the size:": 0.1}.items():
    squares = (((before[:, None] - after) * scale) ** 2).sum(axis=-1)
    told = (f"{name} {' and '.join(f'{r:.0f}' for r in costs**0.5)}" for name, costs in costs_of_pairs(squares).items())
    print(f"{title:<33} distances of pairs by", ", ".join(told))
for never in (1e6, 1e9):
    pairs = costs_of_pairs(np.array([[0.1, never], [0.9, never]]))
    told = (f"{name} {costs.min():.1f}" for name, costs in pairs.items())
    print(f"tracks 0.1 and 0.9 from a detection, never = {never:.0e}: taken by", ", ".join(told))
PROGRAM
