"""Finds label errors in object-detection data sets.

Given the annotated boxes and a detector's predicted boxes, boxlint says which images and boxes are probably wrong.
"""

import warnings as _warnings

from boxlint import _core, filter, rank, summary
from boxlint.check import Statistics, check, collect
from boxlint.dataset import Boxes, Dataset
from boxlint.formats.coco import read_coco, write_coco
from boxlint.report import Report

__all__ = [
    "Boxes",
    "Dataset",
    "Report",
    "Statistics",
    "__version__",
    "check",
    "collect",
    "filter",
    "rank",
    "read_coco",
    "summary",
    "write_coco",
]

__version__ = _core.VERSION

if _core.DEBUG_BUILD:
    _warnings.warn("boxlint is a debug build, many times slower than a release build", RuntimeWarning, stacklevel=2)
