"""Finds label errors in object-detection data sets.

Given the annotated boxes and a detector's predicted boxes, boxlint says which images and boxes are probably wrong.
"""

import warnings as _warnings

from boxlint import rank
from boxlint._core import DEBUG_BUILD as _DEBUG_BUILD
from boxlint._core import VERSION as __version__  # noqa: N811
from boxlint.dataset import Boxes, Dataset

__all__ = ["Boxes", "Dataset", "__version__", "rank"]

if _DEBUG_BUILD:
    _warnings.warn("boxlint is a debug build, many times slower than a release build", RuntimeWarning, stacklevel=2)
