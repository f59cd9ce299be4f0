"""Every kind of error has a page that explains it, and its rows carry what that kind has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxlint import check
from boxlint._core import EXPLANATIONS
from boxlint._core import KINDS as KINDS_OF_ENGINE
from boxlint._kinds import KINDS
from test_check_method import made

HEADINGS = ["## What it is", "## Example", "## For and against", "## Formula", "## Limits"]


def test_pages_are_in_the_order_of_the_kinds() -> None:
    assert list(EXPLANATIONS) == KINDS_OF_ENGINE == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_page_has_the_same_headings_and_fits_a_terminal(kind: str) -> None:
    lines = EXPLANATIONS[kind].splitlines()
    assert [line for line in lines if line.startswith("#")] == [f"# {kind}", *HEADINGS]
    assert max(map(len, lines)) <= 80
    assert not any("[`" in line or "::" in line for line in lines)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_rows_carry_what_their_kind_has(seed: int, ignore: bool) -> None:
    issues = check(made(seed, ignore=ignore), min_suspicion=0).issues
    kind = issues["kind"]

    def there(column: str) -> np.ndarray:
        return ~np.ma.getmaskarray(issues[column])

    np.testing.assert_array_equal(there("annotation_index"), kind != "missing")
    np.testing.assert_array_equal(there("prediction_index"), np.isin(kind, ["missing", "swap", "badloc"]))
    np.testing.assert_array_equal(there("kept_annotation_index"), kind == "duplicate")
    x1, y1, x2, y2 = np.ma.filled(issues["given_box"], 0).T
    np.testing.assert_array_equal(there("detectability"), (kind == "spurious") & (x1 < x2) & (y1 < y2))
    np.testing.assert_array_equal(there("iou")[kind != "missing"], (kind != "spurious")[kind != "missing"])
