#!/usr/bin/env bash
# torchgeo 0.8.1 loses objects at two corners of an image, and gives boxes of NaN at the two others, if the labels are in
# degrees and the image in metres.
#
# VectorDataset gives the objects within a part of the map, in pixels of the coordinate system that it is given. The
# system of the file may be another one: GeoJSON is always in degrees, and aerial images mostly are in metres (UTM). Two
# opposite corners of the part are turned into degrees, and the objects between these two are taken. A square in metres
# is a tilted square in degrees: what lies at its other corners is not between the two, and what lies beside them is.
# The latter have no pixel in the image, and get four NaN and a label. Nothing is said.
#
# Here are houses of 10 x 10 metres, all 25 metres, and an image of 1 x 1 kilometre: in the middle of a UTM zone, where
# nothing is tilted, and near its edges, where it is tilted by two degrees. The same houses come from a file in UTM and
# from a GeoJSON file.
#
# Why it matters: a loss that is computed with such a box is NaN, and who filters these boxes out still trains a detector
# with houses that are not labelled. It depends on where on earth the images are from: 200 kilometres farther east, in the
# middle of the zone, all is right.
#
# Output seen:
#     middle of the zone, UTM:     1600 houses, 1600 found, 0 of NaN, 0 lost
#     middle of the zone, GeoJSON: 1600 houses, 1600 found, 0 of NaN, 0 lost
#     west of it, UTM:             1600 houses, 1600 found, 0 of NaN, 0 lost
#     west of it, GeoJSON:         1600 houses, 1557 found, 72 of NaN, 43 lost
#     east of it, UTM:             1600 houses, 1600 found, 0 of NaN, 0 lost
#     east of it, GeoJSON:         1600 houses, 1559 found, 69 of NaN, 41 lost
source "$(dirname "$0")/_setup.sh"
install torchgeo==0.8.1 torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pandas==3.1.1 geopandas==1.2.0 rasterio==1.4.4 \
  shapely==2.2.0 pyproj==3.7.2 requests==2.34.2

expect <<'PROGRAM'
import geopandas
import numpy as np
import pyproj
from shapely.geometry import box
from torchgeo.datasets import VectorDataset

UTM, SIZE, BOTTOM = "EPSG:32632", 1000, 5_600_000


def written(houses, name):
    """The houses as a file in UTM and as one in degrees."""
    frame = geopandas.GeoDataFrame({"kind": [1] * len(houses)}, geometry=houses, crs=UTM)
    frame.to_file(f"{name}.gpkg")
    frame.to_crs("EPSG:4326").to_file(f"{name}.geojson", driver="GeoJSON", COORDINATE_PRECISION=9)
    return {"UTM": f"{name}.gpkg", "GeoJSON": f"{name}.geojson"}


for name, left in (("middle of the zone", 500_000), ("west of it", 300_000), ("east of it", 690_000)):
    steps, top = range(-193, SIZE + 200, 25), BOTTOM + SIZE
    houses = [box(left + x, BOTTOM + y, left + x + 10, BOTTOM + y + 10) for x in steps for y in steps]
    image = box(left, BOTTOM, left + SIZE, top)
    inside = [house.intersection(image).bounds for house in houses if house.intersects(image)]
    right = {(round(x1 - left), round(top - y2), round(x2 - left), round(top - y1)) for x1, y1, x2, y2 in inside}
    for kind, path in written(houses, name).items():
        data = VectorDataset(path, crs=pyproj.CRS(UTM), res=(1, 1), task="object_detection", label_name="kind")
        boxes = data[left : left + SIZE, BOTTOM:top]["bbox_xyxy"].numpy()
        empty = np.isnan(boxes).any(axis=1)
        found = right & {tuple(map(int, row)) for row in boxes[~empty].round()}
        title = f"{name}, {kind}:"
        print(f"{title:<28} {len(right)} houses, {len(found)} found, {empty.sum()} of NaN, {len(right) - len(found)} lost")
PROGRAM
