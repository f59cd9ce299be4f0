"""What a report says in a few lines."""

from __future__ import annotations

from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from boxlint import _core
from boxlint._text import counted
from boxlint.dataset import Dataset
from boxlint.report.issues import KINDS, SWAP, Issues, class_name

__all__ = ["Summary"]

# Suspicions from which on rows are counted.
STEPS = (0.9, 0.5, 0.1, 0.0)
# Scores below this make up most of what a detector gives, unless it was cut.
WEAK = 0.3
# Fewer predictions below that are a sign of a cut; fewer confident ones, beside the annotations, explain an empty list.
FEW = 0.1
# Lines of a table that are printed.
SHOWN = 10


@final
class Summary:
    """What was found, by kind and class, and what the detector can show at all; prints as text."""

    def __init__(self, dataset: Dataset, issues: Issues, confident: int) -> None:
        self._dataset = dataset
        self._issues = issues
        self.images = len(dataset)
        self.annotations = len(dataset.annotations.class_id)
        self.predictions = len(dataset.predictions.class_id)
        #: Predictions that are likelier right than wrong.
        self.confident = confident

    @cached_property
    def by_suspicion(self) -> dict[str, dict[float, int]]:
        """Kind -> suspicion -> how many rows there are from it on."""
        suspicion, kind = self._issues["suspicion"], self._issues["kind"]
        return {
            name: {step: int(np.count_nonzero((kind == name) & (suspicion >= step))) for step in STEPS}
            for name in KINDS
        }

    @cached_property
    def by_class(self) -> dict[str, dict[str, int]]:
        """Kind -> class -> rows: by the given class, that of a missing object by the predicted one."""
        given, suggested = self._issues["given_class"], self._issues["suggested_class"]
        class_id, kind = np.where(given >= 0, given, suggested), self._issues["kind"]
        return {name: self._counted(class_id[kind == name]) for name in KINDS}

    @cached_property
    def confusions(self) -> dict[tuple[str, str], int]:
        """(given class, likely class) -> rows of the kind ``swap``, most frequent first."""
        swaps = self._issues["kind"] == KINDS[SWAP]
        pairs = np.stack([self._issues["given_class"][swaps], self._issues["suggested_class"][swaps]], axis=1)
        found, counts = np.unique(pairs, axis=0, return_counts=True)
        names = [(self._name(given), self._name(likely)) for given, likely in found.tolist()]
        return {names[row]: int(counts[row]) for row in np.argsort(-counts, kind="stable")}

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What keeps the detector from showing errors, one sentence each."""
        scores = self._dataset.predictions.score
        assert scores is not None
        if self.predictions == 0:
            return ("There are no predictions, so only duplicates can be found.",)
        notes = []
        if self.confident < FEW * self.annotations:
            notes.append(
                f"{_few(self.confident)} of {self.predictions:,} predictions reach a confidence of {_core.CONFIDENT}: "
                "the detector hardly agrees with the annotations, and the list can be short for that alone."
            )
        weak = int(np.count_nonzero(scores < WEAK))
        if weak < FEW * self.predictions:
            notes.append(
                f"{_few(weak)} of {self.predictions:,} predictions score below {WEAK} (the least is "
                f"{scores.min():.2f}): the detector was cut at a high score. Weak predictions matter: keep those "
                "from 0.01 on."
            )
        return tuple(notes)

    def __str__(self) -> str:
        head = (
            f"{counted(self._issues.rows, 'suspected error')} in {counted(self.images, 'image')}, "
            f"{counted(self.annotations, 'annotation')}\n"
            f"{self.confident:,} of {self.predictions:,} predictions reach a confidence of {_core.CONFIDENT}"
        )
        steps = [f">= {step}" if step else "all" for step in STEPS]
        lines = [head, "", _line("suspicion", steps)]
        lines += [_line(kind, [f"{count:,}" for count in self.by_suspicion[kind].values()]) for kind in KINDS]
        for kind, counts in self.by_class.items():
            if counts:
                lines += [f"{'' if lines[-1].startswith(' ') else chr(10)}{kind} by class: {_listed(counts)}"]
        if self.confusions:
            told = {f"{given} -> {likely}": count for (given, likely), count in self.confusions.items()}
            lines += [f"given class -> likely class: {_listed(told)}"]
        return "\n".join([*lines, *self.notes])

    def __repr__(self) -> str:
        return f"Summary({counted(self._issues.rows, 'row')}, {counted(self.images, 'image')})"

    def _counted(self, class_ids: NDArray[np.int64]) -> dict[str, int]:
        found, counts = np.unique(class_ids, return_counts=True)
        return {self._name(int(found[row])): int(counts[row]) for row in np.argsort(-counts, kind="stable")}

    def _name(self, class_id: int) -> str:
        return class_name(self._dataset, class_id)


def _few(count: int) -> str:
    return f"Only {count:,}" if count else "None"


def _line(name: str, cells: list[str]) -> str:
    return f"{name:10}" + "".join(f"{cell:>10}" for cell in cells)


def _listed(counts: dict[str, int]) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:SHOWN]]
    return ", ".join([*shown, *(["..."] if len(counts) > SHOWN else [])])
