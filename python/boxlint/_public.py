"""What users see as `boxlint`: imported when the first of these names is used."""

from warnings import warn as _warn

import boxlint.filter as filter
import boxlint.rank as rank
import boxlint.summary as summary
from boxlint._check import check
from boxlint._core import DEBUG_BUILD as _DEBUG_BUILD
from boxlint._core import VERSION as __version__  # noqa: N811
from boxlint._kinds import Kind
from boxlint._statistics import Statistics, collect
from boxlint.boxes import Boxes
from boxlint.dataset import Dataset
from boxlint.formats.arrow import from_arrow
from boxlint.formats.coco import read_coco, write_coco
from boxlint.formats.parquet import write_parquet
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
from boxlint.report.decision import Decision
from boxlint.report.decisions import Decisions
from boxlint.report.issue import Issue
from boxlint.report.issues import Issues
from boxlint.report.report import Report
from boxlint.streaming.check_parquet import check_parquet

__all__ = [
    "Boxes",
    "Dataset",
    "Decision",
    "Decisions",
    "Issue",
    "Issues",
    "Kind",
    "Report",
    "Statistics",
    "__version__",
    "check",
    "check_parquet",
    "collect",
    "filter",
    "from_arrow",
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
    "write_parquet",
    "write_voc",
    "write_yolo",
]

if _DEBUG_BUILD:
    _warn("boxlint is a debug build, many times slower than a release build", RuntimeWarning, stacklevel=2)
