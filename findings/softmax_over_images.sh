#!/usr/bin/env bash
# RTDetrImageProcessor of transformers 5.24.0 gives every box the score 1 if the detector was not trained with the focal
# loss and sees one image at a time.
#
# post_process_object_detection has use_focal_loss, as has the configuration of the model. With True a class has a score
# by itself. With False the scores of the classes, and of "no object", of one box add up to 1 by softmax. For softmax no
# direction is named, and PyTorch then takes the first one of three: the scores of the images of a batch add up to 1. A
# warning of PyTorch speaks of an implicit dimension and is shown once. DetrImageProcessor names the direction.
#
# Here are three boxes of an image: a cat, perhaps a dog, and nothing.
#
# Why it matters: alone, each of the 300 boxes of an image is a cat with the score 1. In batches, as data sets are
# evaluated, scores lie between 0 and 1, and what an image gets depends on its neighbours.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     right:           cat 0.92, dog 0.25, cat 0.01
#     Detr:            cat 0.92, dog 0.25, cat 0.01
#     RTDetr, alone:   cat 1.00, cat 1.00, cat 1.00
#     in a batch of 2: cat 0.98, cat 0.50, dog 0.50
source "$(dirname "$0")/_setup.sh"
install transformers==5.24.0 torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import types

import torch
import transformers

transformers.logging.set_verbosity_error()
CLASSES = ["cat", "dog", "bird"]
# of each box: the three classes and "no object"
first = torch.tensor([[4.0, 0, 0, 1], [0, 2, 0, 3], [0, 0, 0, 5]])
second = torch.tensor([[0.0, 0, 0, 5], [0, 5, 0, 0], [3, 0, 0, 1]])
boxes = torch.tensor([[0.2, 0.2, 0.2, 0.2], [0.5, 0.5, 0.2, 0.2], [0.8, 0.8, 0.2, 0.2]])


def shown(scores, labels):
    return ", ".join(f"{CLASSES[k]} {score:.2f}" for score, k in zip(scores, labels, strict=True))


def processed(processor, *logits, **options):
    outputs = types.SimpleNamespace(logits=torch.stack(logits), pred_boxes=torch.stack([boxes] * len(logits)))
    sizes = [(100, 100)] * len(logits)
    found = processor.post_process_object_detection(outputs, threshold=0.0, target_sizes=sizes, **options)[0]
    return shown(found["scores"], found["labels"])


right = first.softmax(dim=-1)[:, :-1].max(dim=-1)
detr, rt_detr = transformers.DetrImageProcessor(), transformers.RTDetrImageProcessor()
print("right:          ", shown(right.values, right.indices))
print("Detr:           ", processed(detr, first))
print("RTDetr, alone:  ", processed(rt_detr, first, use_focal_loss=False))
print("in a batch of 2:", processed(rt_detr, first, second, use_focal_loss=False))
PROGRAM
