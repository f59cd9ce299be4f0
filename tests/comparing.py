"""Random data sets, scored by boxlint and by cleanlab."""

from __future__ import annotations

from typing import Any

import numpy as np
from cleanlab.object_detection import rank as cleanlab
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from boxlint import rank
from strategies import ListForm, data_sets

__all__ = ["unequal"]


def unequal(number: int, count: int) -> list[str]:
    """Draws so many data sets, and describes those whose image scores are not the same."""
    differences: list[str] = []

    @seed(number)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data_sets(min_images=1, empty=False), st.booleans())
    def compare(data: ListForm, check: bool) -> None:
        options: dict[str, Any] = {"overlapping_label_check": check, "verbose": False}
        # What cleanlab takes: see test_rank.py.
        theirs = cleanlab.get_label_quality_scores(data.plain_labels, data.plain_predictions, **options)
        ours = rank.get_label_quality_scores(data.labels, data.predictions, **options)
        if not np.allclose(ours, theirs, rtol=1e-9, atol=0, equal_nan=True):
            differences.append(f"{data!r}, overlapping_label_check={check}: {ours} and {theirs}")

    compare()
    return differences
