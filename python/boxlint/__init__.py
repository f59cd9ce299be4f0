"""Finds label errors in object-detection data sets.

Given the annotated boxes and a detector's predicted boxes, boxlint says which images and boxes are probably wrong.
"""

import warnings as _warnings

from boxlint import _core, filter, rank, summary
from boxlint._check import Statistics, check, collect
from boxlint.dataset import Boxes, Dataset
from boxlint.formats.coco import read_coco, write_coco
from boxlint.formats.voc import read_voc, write_voc
from boxlint.formats.yolo import read_yolo, write_yolo
from boxlint.frameworks.detectron2 import from_detectron2
from boxlint.frameworks.fiftyone import from_fiftyone
from boxlint.frameworks.huggingface import from_datasets, from_transformers
from boxlint.frameworks.mmdetection import from_mmdetection
from boxlint.frameworks.supervision import from_supervision
from boxlint.frameworks.torchmetrics import from_torchmetrics
from boxlint.frameworks.torchvision import from_torchvision
from boxlint.frameworks.ultralytics import from_ultralytics
from boxlint.inspection.inspect import inspect
from boxlint.report.report import Report

__all__ = [
    "Boxes",
    "Dataset",
    "Report",
    "Statistics",
    "__version__",
    "check",
    "collect",
    "filter",
    "from_datasets",
    "from_detectron2",
    "from_fiftyone",
    "from_mmdetection",
    "from_supervision",
    "from_torchmetrics",
    "from_torchvision",
    "from_transformers",
    "from_ultralytics",
    "inspect",
    "rank",
    "read_coco",
    "read_voc",
    "read_yolo",
    "summary",
    "write_coco",
    "write_voc",
    "write_yolo",
]

__version__ = _core.VERSION

if _core.DEBUG_BUILD:
    _warnings.warn("boxlint is a debug build, many times slower than a release build", RuntimeWarning, stacklevel=2)
