#!/usr/bin/env bash
# datasets 5.2.0 turns dogs into cats when a data set is cast to another order of the same classes.
#
# A ClassLabel is a number with a list of names. concatenate_datasets refuses to join two data sets whose lists differ
# in their order, with an error that says which type it expects. Casting one of them to that type makes them join. The
# cast changes the list and keeps the numbers, so that each object has the name that now stands at its place. Only
# numbers beyond the list are refused. A column of texts that is cast to a ClassLabel is looked up by name.
#
# Why it matters: detection data from several sources has each class, in several orders. Boxes and counts are right
# after the cast, and the classes of one source are exchanged.
#
# Output seen:
#     first source:  dog, cat
#     second source: dog, cat
#     joined as they are: ValueError
#     joined after cast:  dog, cat, cat, dog
#     texts after cast:   dog, cat
source "$(dirname "$0")/_setup.sh"
install datasets==5.2.0

expect <<'PROGRAM'
import datasets

datasets.disable_progress_bars()
BOXES = [[10.0, 10.0, 20.0, 20.0], [50.0, 10.0, 20.0, 20.0]]


def features(label):
    bbox = datasets.List(datasets.Value("float32"))
    return datasets.Features({"objects": datasets.List({"bbox": bbox, "label": label})})


def source(*names):
    """An image with a dog and a cat, as numbers of these names."""
    objects = [{"bbox": box, "label": names.index(name)} for box, name in zip(BOXES, ("dog", "cat"))]
    return datasets.Dataset.from_list([{"objects": objects}], features=features(datasets.ClassLabel(names=list(names))))


def named(data):
    """The class of each object, by the list of the data set."""
    names = data.features["objects"].feature["label"]
    return ", ".join(names.int2str(item["label"]) for row in data for item in row["objects"])


first, second = source("cat", "dog"), source("dog", "cat")
print("first source: ", named(first))
print("second source:", named(second))
try:
    print("joined as they are:", named(datasets.concatenate_datasets([first, second])))
except ValueError as error:
    print("joined as they are:", type(error).__name__)
print("joined after cast: ", named(datasets.concatenate_datasets([first, second.cast(first.features)])))
objects = [{"bbox": box, "label": name} for box, name in zip(BOXES, ("dog", "cat"))]
texts = datasets.Dataset.from_list([{"objects": objects}], features=features(datasets.Value("string")))
print("texts after cast:  ", named(texts.cast(first.features)))
PROGRAM
