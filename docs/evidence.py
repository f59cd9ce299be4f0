"""What the engine measures in a data set, as the formulas of tests/method_reference.py read it.

So they can be asked what other constants would give, without another pass.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint import Dataset, check, collect
from boxlint._by_name import columns_by_name
from boxlint._core import FEATURES, annotation_features
from boxlint.benchmark.objectlab import ObjectLabRanking

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import method_reference as reference
import method_statistics as statistics

__all__ = ["RIVALS", "Examined", "counts_of", "examined", "ranking"]

Numbers = NDArray[Any]
# The kinds whose odds compete, in the order of the columns of `Examined.odds`.
RIVALS = ("swap", "badloc", "spurious")
ALL_ROWS = 2**31


@dataclass
class Examined:
    """A data set as one detector sees it.

    Attributes
    ----------
    evidence:
        (n,) attributes of `reference.Evidence` that the formulas of swap and spurious read, of all annotations.
    odds:
        (n, 3) of swap, badloc and spurious.
    image, row:
        (n,) images of the annotations, and rows within them.
    missing:
        The columns of the missing rows.
    rest:
        (N,) what adds to L of the images beside the annotations' odds.
    """

    evidence: Any
    odds: Numbers
    image: Numbers
    row: Numbers
    missing: dict[str, Numbers]
    rest: Numbers


def examined(dataset: Dataset) -> Examined:
    """Checks a data set of one detector without ignored annotations."""
    counts = collect(dataset)
    report = check(dataset, statistics=counts, max_rows=ALL_ROWS)
    issues, ends = report.issues, dataset.annotations.offsets
    at = ends[issues["image_index"]] + issues["annotation_index"]
    suspicion, other_iou = np.zeros((ends[-1], len(RIVALS))), np.zeros(ends[-1])
    for column, kind in enumerate(RIVALS):
        rows = issues["kind"] == kind
        suspicion[at[rows], column] = issues["suspicion"][rows]
        if kind == "swap":
            other_iou[at[rows]] = issues["iou"][rows]
    total = (1 + reference.BASE) / (1 - suspicion.sum(1))
    image = np.repeat(np.arange(len(dataset)), np.diff(ends))
    missing = issues["kind"] == "missing"
    measured = annotation_features(columns_by_name(dataset), counts._counts).astype(np.float64)
    by_name = dict(zip(FEATURES, measured.T, strict=True))
    evidence = SimpleNamespace(
        O=by_name["other_class"],
        S=by_name["support"],
        N=by_name["neighbour"],
        E=np.maximum(by_name["support"], by_name["any_object"]),
        found=by_name["found"],
        given_lift=by_name["lift"],
        group=reference.ramp(by_name["group"], 0.5, 0.9),
        visibility=visibility(image, by_name["support"], by_name["found"]),
        other_iou=other_iou,
        mistaken=statistics.detector_model(counts_of(dataset)).mistaken[dataset.annotations.class_id],
    )
    return Examined(
        evidence,
        suspicion * total[:, None],
        image,
        np.arange(ends[-1]) - ends[image],
        {name: np.asarray(issues[name])[missing] for name in ("suspicion", "image_index", "suggested_box")},
        -np.log(report.image_scores) - np.bincount(image, np.log(total), len(dataset)),
    )


def visibility(image: Numbers, support: Numbers, found: Numbers) -> Numbers:
    """How well the detector sees the other annotations of the image of each one."""

    def others(x: Numbers) -> Numbers:
        return np.asarray(np.bincount(image, x)[image] - x)

    return np.asarray(reference.visibility(others(support), others(found)))


def counts_of(dataset: Dataset) -> statistics.Statistics:
    """What pass 1 counts."""
    counted = statistics.Statistics(statistics.number_of_classes(dataset))
    scores, bests, pairs, gaps, seen = collect(dataset)._counts.entries()
    for at, name in enumerate(("n", "t", "free", "repeats"), start=2):
        getattr(counted, name)[tuple(scores.T[:2])] = scores[:, at]
    counted.best[tuple(bests.T[:3])] = bests[:, 3]
    counted.pairs[tuple(pairs.T[:2])] = counted.pairs[tuple(pairs.T[1::-1])] = pairs[:, 2]
    for at in (0, 1):
        counted.gaps[(*gaps.T[:2], at)] = gaps[:, 2 + at]
        counted.seen[(*seen.T[:2], at)] = seen[:, 2 + at]
    counted.count = counted.best.sum((1, 2))
    return counted


def ranking(of: Examined, odds: Numbers, kinds: Sequence[str]) -> ObjectLabRanking:
    """Lists of some kinds, and images, as `boxlint.benchmark.evaluate` reads them, with other odds of annotations."""
    total = 1 + reference.BASE + odds.sum(1)
    log = of.rest + np.bincount(of.image, np.log(total), len(of.rest))
    lists = [{name: column[:0] for name, column in _rows("", of.missing).items()}]
    if "missing" in kinds:
        lists.append(_rows("missing", of.missing))
    for column, kind in enumerate(RIVALS):
        listed = np.flatnonzero(odds[:, column]) if kind in kinds else np.empty(0, np.int64)
        suspicion = odds[listed, column] / total[listed]
        columns = {"suspicion": suspicion, "image_index": of.image[listed], "annotation_index": of.row[listed]}
        lists.append(_rows(kind, columns))
    issues = {name: np.concatenate([columns[name] for columns in lists]) for name in lists[0]}
    return ObjectLabRanking(issues, np.exp(-log), np.argsort(-log, kind="stable"))


def _rows(kind: str, columns: dict[str, Numbers]) -> dict[str, Numbers]:
    """Rows of a kind, with what they lack."""
    rows = len(columns["suspicion"])
    absent = {
        "kind": np.full(rows, kind, "U9"),
        "annotation_index": np.full(rows, -1),
        "suggested_class": np.full(rows, -1),
        "suggested_box": np.full((rows, 4), np.nan),
    }
    return absent | columns
