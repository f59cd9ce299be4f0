"""The columns of what is said about parts: the same whatever the part, and whatever the ids of its source.

Plain strings, signed integers, floats and lists, which every engine takes. Ids are texts, those that are integers in
decimal. Where there is nothing, it is null.
"""

from __future__ import annotations

import pyarrow as pa

from boxlint.report.columns import FLAT_COLUMNS

__all__ = ["DICTIONARIES", "IMAGES", "ISSUES", "ISSUES_TO_WRITE", "LABEL_ISSUES", "SCORES"]

_TEXTS = {"kind", "reason", "given_label", "suggested_label", "image_name"}
_NAMES = tuple(name for name in FLAT_COLUMNS if name != "image_index")


def _type(name: str) -> pa.DataType:
    if name in _TEXTS or name.endswith("_id"):
        return pa.string()
    return pa.int64() if name.endswith(("_index", "_class")) else pa.float64()


#: Suspected errors, one row each: the columns of `boxlint.report.issues.Issues` but for the position of the image.
#: ``detector`` and ``support``, a number for each detector, are null for a single detector.
ISSUES = pa.schema(
    [
        *((name, _type(name)) for name in _NAMES),
        ("detector", pa.string()),
        ("support", pa.list_(pa.float64())),
    ]
)

#: Columns of texts of which each mostly stands in many rows.
DICTIONARIES = ("image_id", "image_name", "kind", "given_label", "suggested_label")

#: The same as `ISSUES` with dictionaries, which Parquet has, too: to look each text up takes longer.
ISSUES_TO_WRITE = pa.schema(
    field.with_type(pa.dictionary(pa.int64(), pa.string())) if field.name in DICTIONARIES else field for field in ISSUES
)

#: One row an image: ``score`` is 1 less its suspicion, ``neg_log_clean`` the negative logarithm of the same, which
#: tells images apart whose scores are both 0; how many annotations it has, ignored ones left out, and predictions.
IMAGES = pa.schema(
    [
        ("image_id", pa.string()),
        ("score", pa.float64()),
        ("neg_log_clean", pa.float64()),
        ("annotations", pa.int64()),
        ("predictions", pa.int64()),
    ]
)

#: ObjectLab's score of each image, and the pooled scores of each type of error that it is made of.
SCORES = pa.schema(
    [
        ("image_id", pa.string()),
        ("score", pa.float64()),
        ("overlooked", pa.float64()),
        ("badloc", pa.float64()),
        ("swap", pa.float64()),
    ]
)

#: Whether each image has an issue by ObjectLab's thresholds.
LABEL_ISSUES = pa.schema([("image_id", pa.string()), ("is_issue", pa.bool_())])
