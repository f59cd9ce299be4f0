#!/usr/bin/env bash
# pylabel 0.1.55 writes an object once more to COCO for each image without objects that follows it.
#
# Its table has a row for each object, and one without a class for an image that has none. ExportToCoco goes through the
# rows, leaves the annotation of such a row out, and then appends the annotation that it has at hand: that of the row
# before. It has the number, the image and the box of that object, so that the file names an object several times. If
# the first image has no object, an error is raised instead. Nothing is said otherwise.
#
# Here a COCO file is read and written, and a detector that finds everything is evaluated with the one that came out. Its
# annotations are numbered anew for that: pycocotools takes a number of 0 for none, and of equal numbers the last.
#
# Why it matters: the more images without objects, the more objects the file counts. A detector cannot find an object
# twice, so that the best one misses the copies; who trains with the file has them several times. The table has no copies,
# nor do YOLO and VOC files that are written from it.
#
# Output seen:
#     cats in two images of 2: 2 annotations, numbers 0 1, average precision 1.00
#     cats in two images of 3: 3 annotations, numbers 0 0 2, average precision 0.66
#     cats in two images of 9: 9 annotations, numbers 0 0 0 0 0 0 0 0 8, average precision 0.23
source "$(dirname "$0")/_setup.sh"
install pylabel==0.1.55 pandas==2.3.3 scikit-learn==1.8.0 numpy==2.3.5 pycocotools==2.0.11

expect <<'PROGRAM'
import contextlib
import io
import json
import pathlib

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pylabel import importer

WRITTEN = pathlib.Path("written.json")


def precision(path, objects):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = json.loads(path.read_text())
        for number, annotation in enumerate(truth.dataset["annotations"], start=1):
            annotation["id"] = number
        truth.createIndex()
        found = [{"image_id": image, "category_id": 1, "bbox": box, "score": 0.9} for image, box in objects]
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


for images in (2, 3, 9):
    objects = [(1, [10, 10, 20, 20]), (images, [50, 10, 20, 20])]
    data = {
        "images": [{"id": k, "file_name": f"{k}.jpg", "width": 100, "height": 100} for k in range(1, images + 1)],
        "annotations": [
            {"id": k, "image_id": image, "category_id": 1, "bbox": box, "area": 400, "iscrowd": 0, "segmentation": []}
            for k, (image, box) in enumerate(objects, start=1)
        ],
        "categories": [{"id": 1, "name": "cat"}],
    }
    pathlib.Path("cats.json").write_text(json.dumps(data))
    importer.ImportCoco("cats.json").export.ExportToCoco(WRITTEN)
    ids = [item["id"] for item in json.loads(WRITTEN.read_text())["annotations"]]
    numbers = " ".join(map(str, ids))
    average = precision(WRITTEN, objects)
    print(f"cats in two images of {images}: {len(ids)} annotations, numbers {numbers}, average precision {average:.2f}")
PROGRAM
