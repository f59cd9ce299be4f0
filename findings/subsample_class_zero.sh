#!/usr/bin/env bash
# get_subsampled_coco of sahi 0.12.8 thins out all images when it is asked to thin out those of class 0.
#
# With category_id it keeps every n-th of the images that contain that class, and all others. 0 is taken for no class at
# all, so that every n-th of all images is kept. -1, which stands for images without an object, works, and so does
# get_upsampled_coco for class 0. Nothing is printed.
#
# Here cats are common and birds are rare. One image in ten of the common class is to be kept.
#
# Why it matters: sahi itself counts classes from 0 where it joins data sets, and the common class is often the first one.
# What is thrown away is what there was least of.
#
# Output seen:
#     given:                        40 of cats, 10 of birds
#     every tenth of cats, class 1: 4 of cats, 10 of birds
#     every tenth of cats, class 0: 4 of cats, 1 of birds
source "$(dirname "$0")/_setup.sh"
install sahi==0.12.8 numpy==2.4.6

expect <<'PROGRAM'
from sahi.utils.coco import Coco


def data(cat, bird):
    """40 images with a cat, and 10 with a bird."""
    classes = [cat] * 40 + [bird] * 10
    return Coco.from_coco_dict_or_path(
        {
            "images": [{"id": k, "file_name": f"{k:02}.jpg", "width": 100, "height": 100} for k in range(50)],
            "categories": [{"id": cat, "name": "cat"}, {"id": bird, "name": "bird"}],
            "annotations": [
                {"id": k + 1, "image_id": k, "category_id": number, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
                for k, number in enumerate(classes)
            ],
        }
    )


def show(title, coco):
    names = [annotation.category_name for image in coco.images for annotation in image.annotations]
    print(f"{title + ':':<29} {names.count('cat')} of cats, {names.count('bird')} of birds")


show("given", data(cat=0, bird=1))
show("every tenth of cats, class 1", data(cat=1, bird=2).get_subsampled_coco(subsample_ratio=10, category_id=1))
show("every tenth of cats, class 0", data(cat=0, bird=1).get_subsampled_coco(subsample_ratio=10, category_id=0))
PROGRAM
