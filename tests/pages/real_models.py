"""Small models of the real frameworks, in the files that the first block of each guide loads.

No weights are downloaded. The detector of Ultralytics is trained on drawn scenes for some minutes. The others have
random weights, but always say `LABEL`, so that it can be seen which class that becomes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

import boxlint
from boxlint.synthetic import CLASSES, Scenes, make_scenes

# Class id of the data set that the models with random weights always predict.
LABEL = 3


def draw(scenes: Scenes, folder: Path) -> None:
    """The pictures of all scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    for image, name in enumerate(scenes.dataset.image_names or ()):
        Image.fromarray(scenes.draw(image)).save(folder / name, compress_level=1)


def train_ultralytics(folder: Path, epochs: int = 35) -> Path:
    """Weights of a detector that knows the shapes a little, trained on scenes that no guide has."""
    from ultralytics import YOLO

    scenes = make_scenes(120, error_rate=0.0, seed=9)
    draw(scenes, folder / "images")
    boxlint.write_yolo(scenes.dataset, folder / "labels")
    data = folder / "data.yaml"
    data.write_text(f"path: {folder}\ntrain: images\nval: images\nnames: {list(CLASSES)}\n")
    model = YOLO("yolo11n.yaml")
    settings: dict[str, Any] = {"imgsz": 192, "batch": 8, "optimizer": "AdamW", "lr0": 0.002, "warmup_epochs": 1}
    quick: dict[str, Any] = {"mosaic": 0.0, "val": False, "plots": False, "workers": 0, "device": "cpu"}
    model.train(data=str(data), epochs=epochs, project=str(folder / "runs"), **settings, **quick)
    return Path(model.trainer.last)


def write_torchvision() -> None:
    """weights.pt: label 0 is the background."""
    import torch
    from torchvision.models.detection import fasterrcnn_resnet50_fpn

    model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=len(CLASSES) + 1)
    predictor: Any = model.roi_heads.box_predictor
    _always(predictor.cls_score, LABEL + 1)
    torch.save(model.state_dict(), "weights.pt")


def write_hugging_face() -> None:
    """The folder my-detector, whose model has the classes in reverse, and sees one in the lower right."""
    import torch
    from transformers import YolosConfig, YolosForObjectDetection, YolosImageProcessor

    names = dict(enumerate(reversed(CLASSES)))
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": [96, 128],
    }
    ids = {name: label for label, name in names.items()}
    model = YolosForObjectDetection(YolosConfig(**sizes, intermediate_size=32, id2label=names, label2id=ids))
    _always(model.class_labels_classifier.layers[-1], len(CLASSES) - 1 - LABEL)
    _always(model.bbox_predictor.layers[-1], 0)
    with torch.no_grad():
        center_and_size = torch.tensor([0.75, 0.875, 0.5, 0.25])
        model.bbox_predictor.layers[-1].bias.copy_(torch.logit(center_and_size))
    model.save_pretrained("my-detector")
    YolosImageProcessor(size={"height": 96, "width": 128}).save_pretrained("my-detector")


def _always(layer: Any, label: int) -> None:
    """A last layer that answers `label`, whatever it sees."""
    import torch

    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
        layer.bias[label] = 9.0


_DETECTRON2 = """
MODEL:
  META_ARCHITECTURE: GeneralizedRCNN
  DEVICE: cpu
  BACKBONE: {NAME: build_resnet_fpn_backbone}
  RESNETS: {DEPTH: 18, RES2_OUT_CHANNELS: 64, OUT_FEATURES: [res2, res3, res4, res5]}
  FPN: {IN_FEATURES: [res2, res3, res4, res5], OUT_CHANNELS: 32}
  ANCHOR_GENERATOR: {SIZES: [[32], [64], [128], [256], [512]]}
  RPN: {IN_FEATURES: [p2, p3, p4, p5, p6]}
  ROI_HEADS: {NAME: StandardROIHeads, IN_FEATURES: [p2, p3, p4, p5], NUM_CLASSES: 6}
  ROI_BOX_HEAD: {NAME: FastRCNNConvFCHead, NUM_FC: 1, FC_DIM: 32, POOLER_RESOLUTION: 7}
"""


def write_detectron2() -> None:
    """config.yaml and model_final.pth; the background is the last class."""
    import torch
    from detectron2.config import get_cfg
    from detectron2.modeling import build_model

    Path("config.yaml").write_text(_DETECTRON2)
    config = get_cfg()
    config.merge_from_file("config.yaml")
    model = build_model(config)
    _always(model.roi_heads.box_predictor.cls_score, LABEL)
    torch.save({"model": model.state_dict()}, "model_final.pth")


_MMDETECTION = """
model = dict(
    type="FasterRCNN",
    data_preprocessor=dict(type="DetDataPreprocessor", mean=[120.0] * 3, std=[60.0] * 3, pad_size_divisor=32),
    backbone=dict(type="ResNet", depth=18, num_stages=4, out_indices=(0, 1, 2, 3)),
    neck=dict(type="FPN", in_channels=[64, 128, 256, 512], out_channels=32, num_outs=5),
    rpn_head=dict(
        type="RPNHead", in_channels=32, feat_channels=32,
        anchor_generator=dict(type="AnchorGenerator", scales=[8], ratios=[0.5, 1, 2], strides=[4, 8, 16, 32, 64]),
        bbox_coder=dict(type="DeltaXYWHBBoxCoder")),
    roi_head=dict(
        type="StandardRoIHead",
        bbox_roi_extractor=dict(
            type="SingleRoIExtractor", roi_layer=dict(type="RoIAlign", output_size=7, sampling_ratio=0),
            out_channels=32, featmap_strides=[4, 8, 16, 32]),
        bbox_head=dict(
            type="Shared2FCBBoxHead", in_channels=32, fc_out_channels=32, roi_feat_size=7, num_classes=6,
            bbox_coder=dict(type="DeltaXYWHBBoxCoder"))),
    train_cfg=None,
    test_cfg=dict(
        rpn=dict(nms_pre=1000, max_per_img=300, nms=dict(type="nms", iou_threshold=0.7), min_bbox_size=0),
        rcnn=dict(score_thr=0.05, nms=dict(type="nms", iou_threshold=0.5), max_per_img=100)))
test_pipeline = [
    dict(type="LoadImageFromFile"), dict(type="Resize", scale=(320, 240), keep_ratio=True),
    dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"))]
test_dataloader = dict(dataset=dict(type="CocoDataset", pipeline=test_pipeline))
"""


def write_mmdetection() -> None:
    """config.py and epoch_12.pth; the background is the last class."""
    import torch
    from mmdet.registry import MODELS
    from mmdet.utils import register_all_modules
    from mmengine.config import Config

    register_all_modules()
    Path("config.py").write_text(_MMDETECTION)
    model = MODELS.build(Config.fromfile("config.py").model)
    _always(model.roi_head.bbox_head.fc_cls, LABEL)
    torch.save({"state_dict": model.state_dict(), "meta": {"dataset_meta": {"classes": CLASSES}}}, "epoch_12.pth")
