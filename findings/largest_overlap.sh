#!/usr/bin/env bash
# The evaluation of deepforest 2.1.0 counts a tree as missed that was found with an IoU of 0.9, as soon as a larger box
# lies over it.
#
# Predictions and trees are paired so that the area that they share is as large as possible, and the IoU of each pair
# is compared with the threshold, 0.4, afterwards. A large box shares all of the tree, a tight one that is a little
# too small does not: the large one gets the tree, and has an IoU of 0.11 with it. Scores have no part in it.
# evaluate_boxes makes box_recall and box_precision of these pairs; both are 0 for the tree below. With pairs of the
# largest IoU it is found.
#
# Here are trees of 10 x 10 pixels, found with boxes of 9 x 10 and scores of 0.9, and a box of 30 x 30 around with a
# score of 0.2.
#
# Why it matters: detectors of crowns give a box of the whole clump beside those of its trees. Each one costs a tree
# that was found, so that a better threshold of scores seems to be needed, and two detectors cannot be compared.
#
# The module that pairs is loaded by itself, without torch.
#
# Output seen:
#     the tight box alone:          paired with the box of score 0.9, IoU 0.90: found
#     and a large one behind it:    paired with the box of score 0.2, IoU 0.11: missed
#     and a large one before it:    paired with the box of score 0.2, IoU 0.11: missed
#     four trees, four tight boxes: 4 found
#     and one around each:          0 found
source "$(dirname "$0")/_setup.sh"
install --no-deps deepforest==2.1.0 geopandas==1.1.2 shapely==2.2.0 scipy==1.17.1 pandas==2.3.3 numpy==2.4.6 \
  pyproj==3.7.2 pyogrio==0.12.1 packaging certifi python-dateutil pytz six tzdata

expect <<'PROGRAM'
import importlib.util
import pathlib
import sys

import geopandas
import shapely

folder = next(pathlib.Path(path) for path in sys.path if (pathlib.Path(path) / "deepforest").is_dir())
spec = importlib.util.spec_from_file_location("IoU", folder / "deepforest" / "IoU.py")
matching = importlib.util.module_from_spec(spec)
spec.loader.exec_module(matching)
TREE, TIGHT, LARGE = (10, 10, 20, 20), (10, 10, 19, 20), (0, 0, 30, 30)


def frame(*boxes, scores=None):
    made = geopandas.GeoDataFrame({"geometry": [shapely.box(*box) for box in boxes], "image_path": "wood.png"})
    return made if scores is None else made.assign(score=scores)


def told(boxes, scores):
    pair = matching.match_polygons(frame(TREE), frame(*boxes, scores=scores)).iloc[0]
    verdict = "found" if pair["IoU"] > 0.4 else "missed"
    return f"paired with the box of score {pair['score']}, IoU {pair['IoU']:.2f}: {verdict}"


print("the tight box alone:         ", told([TIGHT], [0.9]))
print("and a large one behind it:   ", told([TIGHT, LARGE], [0.9, 0.2]))
print("and a large one before it:   ", told([LARGE, TIGHT], [0.2, 0.9]))

moved = [
    [tuple(edge + (100 * k if n % 2 == 0 else 0) for n, edge in enumerate(box)) for k in range(4)]
    for box in (TREE, TIGHT, LARGE)
]
trees, tight, large = moved
for title, boxes in (("four trees, four tight boxes:", tight), ("and one around each:", tight + large)):
    scores = [0.9] * 4 + [0.2] * (len(boxes) - 4)
    pairs = matching.match_polygons(frame(*trees), frame(*boxes, scores=scores))
    print(f"{title:<29} {(pairs['IoU'] > 0.4).sum()} found")
PROGRAM
