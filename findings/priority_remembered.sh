#!/usr/bin/env bash
# kwcoco 0.9.1 pairs detections with objects by the rule that was asked for first, and by the classes that were seen
# first.
#
# Classes of kwcoco may form a tree, and confusion_vectors(prioritize=...) says which of several objects a detection is
# paired with: "class" takes the nearest class in the tree, "correct" prefers an object that is of a finer class than
# what was said. How near two classes are is computed once and kept, under the names of the classes alone. The other
# rule, or another tree of the same names, is then answered from what was kept, until Python ends. Nothing is printed.
#
# Here a dog is detected where an animal is annotated, and beside it a puppy. A puppy is a dog, and a dog an animal. Each
# line is a new process.
#
# Why it matters: who compares two rules, or two trees, in a notebook finds that they make no difference. The numbers of
# the second depend on what was run before it.
#
# Output seen:
#     correct alone:       correct takes the puppy
#     class alone:         class takes the animal
#     correct, then class: correct takes the puppy, class takes the puppy
#     class, then correct: class takes the animal, correct takes the animal
#     a tree in which a cat is a puppy's parent, alone:     class takes the animal
#     that tree, after the first one was asked for correct: class takes the puppy
source "$(dirname "$0")/_setup.sh"
install kwcoco==0.9.1 kwimage==0.12.0 kwarray==0.7.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 scikit-learn==1.8.0 \
  networkx==3.6.1

expect <<'PROGRAM'
import multiprocessing

import kwcoco
import kwimage
import networkx
import numpy as np
from kwcoco.metrics import DetectionMetrics

DOGS = [("animal", "dog"), ("dog", "puppy"), ("animal", "cat")]
CATS = [("animal", "dog"), ("animal", "cat"), ("cat", "puppy")]


def objects(classes, rows, **more):
    boxes = kwimage.Boxes(np.array([[left, 0.0, left + 10, 10] for left, _ in rows]), "ltrb")
    numbers = np.array([classes.index(name) for _, name in rows])
    return kwimage.Detections(boxes=boxes, class_idxs=numbers, classes=classes, **more)


def taken(tree, rule):
    """The class of the object that the dog is paired with."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(["animal", "dog", "puppy", "cat"])
    graph.add_edges_from(tree)
    classes = kwcoco.CategoryTree(graph)
    metrics = DetectionMetrics(classes=classes)
    metrics.add_truth(objects(classes, [(0, "animal"), (1, "puppy")]), imgname="picture")
    metrics.add_predictions(objects(classes, [(0, "dog")], scores=np.array([0.9])), imgname="picture")
    pairs = metrics.confusion_vectors(compat="all", prioritize=rule).data
    return f"{rule} takes the {list(classes)[pairs['true'][0]]}"


def ask(questions):
    return [taken(*question) for question in questions]


def show(title, *questions, last=False):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        answers = pool.apply(ask, (questions,))
    print(title, ", ".join(answers[-1:] if last else answers))


show("correct alone:      ", (DOGS, "correct"))
show("class alone:        ", (DOGS, "class"))
show("correct, then class:", (DOGS, "correct"), (DOGS, "class"))
show("class, then correct:", (DOGS, "class"), (DOGS, "correct"))
show("a tree in which a cat is a puppy's parent, alone:    ", (CATS, "class"))
show("that tree, after the first one was asked for correct:", (DOGS, "correct"), (CATS, "class"), last=True)
PROGRAM
