#!/usr/bin/env bash
# FROC of coco-froc-analysis 0.2.15 gives a detector that finds nothing the sensitivity 1, without a false alarm.
#
# FROC tells the share of objects that are found by the false alarms in an image, and is what lesions are evaluated by.
# froc_point pairs the objects of each image with its detections so that they fit best, and counts every pair as a find,
# also those that do not overlap. As many detections as an image has objects are right, wherever they are. This holds
# for both ways to compare boxes, by IoU and by the centre. The curve is made of these points. Nothing is said.
#
# Here are three images with a lesion each, and one without.
#
# Why it matters: the number says how many objects there are, and how many detections, and not where. A detector that
# marks one place in each image is perfect, and training a better one changes nothing.
#
# Output seen:
#     by IoU:    every lesion found:     3 of 3 found, 0 false alarms
#     by IoU:    always somewhere else:  3 of 3 found, 0 false alarms
#     by IoU:    both in each image:     3 of 3 found, 3 false alarms
#     by centre: every lesion found:     3 of 3 found, 0 false alarms
#     by centre: always somewhere else:  3 of 3 found, 0 false alarms
#     by centre: both in each image:     3 of 3 found, 3 false alarms
#     curve of the detections that are always somewhere else: sensitivity 1.00, 0.00 false alarms an image
source "$(dirname "$0")/_setup.sh"
install coco-froc-analysis==0.2.15 numpy==1.26.4 scipy==1.15.3 matplotlib==3.10.9

expect <<'PROGRAM'
import contextlib
import io

from coco_froc_analysis.froc import froc_point, generate_froc_curve

LESION, ELSEWHERE = [10, 10, 20, 20], [70, 70, 20, 20]
TRUTH = {
    "images": [{"id": k, "file_name": f"{k}.png", "width": 100, "height": 100} for k in (1, 2, 3, 4)],
    "categories": [{"id": 1, "name": "lesion"}],
    "annotations": [
        {"id": k, "image_id": k, "category_id": 1, "bbox": LESION, "area": 400, "iscrowd": 0} for k in (1, 2, 3)
    ],
}


def detections(*boxes):
    return [{"image_id": k, "category_id": 1, "bbox": box, "score": 0.9} for k in (1, 2, 3) for box in boxes]


for way, use_iou in (("by IoU:", True), ("by centre:", False)):
    for name, boxes in (
        ("every lesion found:", [LESION]),
        ("always somewhere else:", [ELSEWHERE]),
        ("both in each image:", [LESION, ELSEWHERE]),
    ):
        seen = froc_point(TRUTH, detections(*boxes), score_thres=0.5, use_iou=use_iou, iou_thres=0.5)[1]
        print(f"{way:<10} {name:<23} {seen['LL']} of {seen['n_lesions']} found, {seen['NL']} false alarms")
with contextlib.redirect_stderr(io.StringIO()):
    found, alarms = generate_froc_curve(
        TRUTH, detections(ELSEWHERE), use_iou=True, n_sample_points=2, plot_title=None, plot_output_path=None
    )
print(
    f"curve of the detections that are always somewhere else: sensitivity {found[1][0]:.2f}, "
    f"{alarms[1][0]:.2f} false alarms an image"
)
PROGRAM
