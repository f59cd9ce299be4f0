#!/usr/bin/env bash
# merge of sahi 0.12.8 loses all objects whose class is not in the first of the two COCO files.
#
# merge(first, second) joins two COCO files. Where their categories differ, those of the first one become the list of
# what is wanted, and annotations of any other class are left out, but their images stay. Nothing is printed.
# merge_from_file, which writes the joined file, does the same. merge_from_list and Coco.merge combine the classes of
# both.
#
# Here the first file has a cat, and the second one an image with a dog and one with a dog and a cat.
#
# Why it matters: files are joined to add classes. The dogs are gone, and an image full of dogs has become an example of
# an image without an object. In the other order the same two files are joined in full.
#
# Output seen:
#     first, second:             3 images, cat 2
#     second, first:             3 images, dog 2, cat 2
#     merge_from_list:           3 images, cat 2, dog 2
source "$(dirname "$0")/_setup.sh"
install sahi==0.12.8 numpy==2.4.6

expect <<'PROGRAM'
from sahi.utils.coco import merge, merge_from_list


def file(categories, objects):
    """A COCO file with one image for each list of classes in objects."""
    images = [{"id": k + 1, "file_name": f"{k}.jpg", "width": 100, "height": 100} for k in range(len(objects))]
    pairs = [(k + 1, name) for k, names in enumerate(objects) for name in names]
    annotations = [
        {"id": k + 1, "image_id": image, "category_id": categories[name], "bbox": [10, 10, 20, 20], "area": 400}
        for k, (image, name) in enumerate(pairs)
    ]
    records = [{"id": number, "name": name} for name, number in categories.items()]
    return {"images": images, "annotations": annotations, "categories": records}


def show(title, data):
    found = [annotation["category_id"] for annotation in data["annotations"]]
    counts = [f"{record['name']} {found.count(record['id'])}" for record in data["categories"]]
    print(f"{title + ':':<26} {len(data['images'])} images, {', '.join(counts)}")


first, second = file({"cat": 1}, [["cat"]]), file({"dog": 1, "cat": 2}, [["dog"], ["dog", "cat"]])
show("first, second", merge(first, second))
show("second, first", merge(second, first))
show("merge_from_list", merge_from_list([first, second], verbose=0))
PROGRAM
