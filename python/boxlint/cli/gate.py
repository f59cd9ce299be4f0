"""Whether a data set passes, and whether it can be judged at all: without predictions, nothing would be listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
import numpy as np

from boxlint._text import counted, printable
from boxlint.cli.common import complain, in_options, tell
from boxlint.dataset import Dataset
from boxlint.formats.source import Source
from boxlint.report.issues import LIKELY
from boxlint.report.report import Report

__all__ = ["exit_if_over", "refuse_unfit"]

# Reasons in the sentence; boxlint inspect has the others.
_SHOWN = 2
# Errors of boxlint inspect that are no reason: records that are left out as asked, and what is said in other words.
_NO_REASON = ("unreadable", "no_detections")


def refuse_unfit(source: Source, options: Sequence[str], despite_errors: bool) -> None:
    """Refuses options that decide or correct where the data set is unfit for it; with ``despite_errors`` it is told.

    Raises
    ------
    ValueError
        If `boxlint inspect` reports an error, or there are no predictions or no annotations to judge. Records that
        cannot be read are no reason: they are left out only if that is asked for.
    """
    reasons = _reasons(source)
    if not reasons or not options:
        return
    more = len(reasons) - _SHOWN
    why = "; ".join(reasons[:_SHOWN]) + (f"; and {counted(more, 'more reason')}" if more > 0 else "")
    if despite_errors:
        tell(f"going on despite errors, as asked, though this data cannot be judged: {printable(in_options(why))}")
        return
    raise ValueError(
        f"{' and '.join(options)}: this data cannot be judged: {why}; boxlint inspect tells all, "
        "--despite-errors goes on"
    )


def exit_if_over(bounds: Mapping[str | None, float], dataset: Dataset, report: Report) -> None:
    """Exits with 1, and a sentence for each bound that likely errors exceed; ignored annotations do not count.

    The bound of None is for the annotations that are listed; that of a kind for its rows, beside all annotations.
    """
    ignore = dataset.annotations.ignore
    annotations = len(dataset.annotations.class_id) - (0 if ignore is None else int(ignore.sum()))
    likely = report.issues.where(min_suspicion=LIKELY)
    places = zip(likely["image_index"].tolist(), likely["annotation_index"].tolist(), strict=True)
    listed = {(image, annotation) for image, annotation in places if annotation is not None}
    exceeded = False
    for kind, limit in bounds.items():
        rows = int(np.count_nonzero(likely["kind"] == kind))
        fraction = (len(listed) if kind is None else rows) / max(annotations, 1)
        if fraction <= limit:
            continue
        exceeded = True
        if kind is None:
            complain(f"{fraction:.2%} of the annotations are listed at suspicion {LIKELY} or more")
        else:
            what = f"{counted(rows, 'row')} of kind {kind}"
            complain(f"{what} at suspicion {LIKELY} or more, {fraction:.2%} of the number of annotations")
    if exceeded:
        raise click.exceptions.Exit(1)


def _reasons(source: Source) -> list[str]:
    dataset = source.dataset
    annotations, ignore = len(dataset.annotations.class_id), dataset.annotations.ignore
    empty = {
        "no prediction was read": any(len(one.predictions.class_id) == 0 for one in dataset.detectors.values()),
        "no annotation was read": annotations == 0,
        "all annotations are marked to be ignored": annotations > 0 and ignore is not None and bool(ignore.all()),
    }
    errors = [str(found) for found in source.findings if found.is_error and found.kind not in _NO_REASON]
    return [reason for reason, holds in empty.items() if holds] + errors
