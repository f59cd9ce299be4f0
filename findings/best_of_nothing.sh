#!/usr/bin/env bash
# Image-guided detection with OWL-ViT and OWLv2 in transformers 5.24.0 gives the best box of every image the score 1.
#
# Both models look for what is in a query image. post_process_image_guided_detection returns boxes with "scores".
# These are how opaque a box is to be drawn: the score less a tenth of the best score of the image, divided by nine
# tenths of it. The best box has 1, boxes below a tenth of it are gone, and how sure the detector was is not returned.
# The page calls them scores, in the format of COCO. threshold applies to the real scores, and is 0 if nothing is said.
# post_process_object_detection, for queries in words, returns the real scores.
#
# Here the query is seen in one image, and in another there is nothing like it.
#
# Why it matters: average precision sorts the boxes of all images by score. Each image without the object has a false
# alarm at the top, beside the best hits. A threshold that is chosen on what is returned does not fit what is asked for.
#
# It needs 6 GB of room and no GPU.
#
# Output seen:
#     OwlViT: sure 0.9526, 0.8808, 0.2689; returned 1.0000, 0.9163, 0.2026
#     OwlViT: sure 0.0025, 0.0009, 0.0000; returned 0.9996, 0.2981
#     Owlv2:  sure 0.9526, 0.8808, 0.2689; returned 1.0000, 0.9163, 0.2026
#     Owlv2:  sure 0.0025, 0.0009, 0.0000; returned 0.9996, 0.2981
#     in words, OwlViT: sure 0.0025, 0.0009, 0.0000; returned 0.0025, 0.0009, 0.0000
source "$(dirname "$0")/_setup.sh"
install transformers==5.24.0 torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==12.3.0

expect <<'PROGRAM'
import types

import torch
import transformers

transformers.logging.set_verbosity_error()
boxes = torch.tensor([[[0.2, 0.2, 0.2, 0.2], [0.5, 0.5, 0.2, 0.2], [0.8, 0.8, 0.2, 0.2]]])
size = torch.tensor([[100, 100]])
there, nothing = torch.tensor([[[3.0], [2.0], [-1.0]]]), torch.tensor([[[-6.0], [-7.0], [-10.0]]])


def shown(scores):
    return ", ".join(f"{score:.4f}" for score in scores)


for name in ("OwlViT", "Owlv2"):
    processor = getattr(transformers, f"{name}ImageProcessor")()
    for logits in (there, nothing):
        outputs = types.SimpleNamespace(logits=logits.clone(), target_pred_boxes=boxes)
        found = processor.post_process_image_guided_detection(outputs, target_sizes=size)[0]
        sure = shown(logits.sigmoid().flatten())
        print(f"{name + ':':<7} sure {sure}; returned {shown(found['scores'])}")
outputs = types.SimpleNamespace(logits=nothing, pred_boxes=boxes)
found = transformers.OwlViTImageProcessor().post_process_object_detection(outputs, threshold=0.0, target_sizes=size)[0]
print(f"in words, OwlViT: sure {shown(nothing.sigmoid().flatten())}; returned {shown(found['scores'])}")
PROGRAM
