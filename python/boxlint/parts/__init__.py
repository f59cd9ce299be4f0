"""Data sets larger than memory, part by part: whatever boxlint computes, in two passes, the same to the last bit.

The parts are of any size and in any order: data sets, or tables of Arrow such as the record batches of a Parquet file.
The first pass counts, and the counts of parts add up; the others look at one part at a time. Needs pyarrow.

statistics = collect(parts())                      # first pass; of a cluster, the sum of those of all tasks
for batch in check(parts(), statistics): ...       # second pass: a row for each suspicious box
for batch in check_images(parts(), statistics): ...        # or a row for each image
for batch in score(parts(), statistics): ...               # or ObjectLab's scores
"""

try:
    import pyarrow as _pyarrow  # noqa: F401 - that it is lacking is said before anything else needs it
except ImportError as error:
    raise ImportError("boxlint.parts needs pyarrow: pip install 'boxlint[arrow]'") from error

from boxlint.parts.checking import MIN_SUSPICION, Checked, PartSummary, check, check_images, checked, summarize
from boxlint.parts.matches import Matches, Places
from boxlint.parts.precision import class_thresholds, collect_matches, collect_places
from boxlint.parts.ranking import ranked
from boxlint.parts.schemas import IMAGES, ISSUES, LABEL_ISSUES, SCORES
from boxlint.parts.scoring import collect, find_label_issues, score
from boxlint.parts.summary import (
    calculate_per_class_metrics,
    class_label_distribution,
    get_average_per_class_confusion_matrix,
)

__all__ = [
    "IMAGES",
    "ISSUES",
    "LABEL_ISSUES",
    "MIN_SUSPICION",
    "SCORES",
    "Checked",
    "Matches",
    "PartSummary",
    "Places",
    "calculate_per_class_metrics",
    "check",
    "check_images",
    "checked",
    "class_label_distribution",
    "class_thresholds",
    "collect",
    "collect_matches",
    "collect_places",
    "find_label_issues",
    "get_average_per_class_confusion_matrix",
    "ranked",
    "score",
    "summarize",
]
