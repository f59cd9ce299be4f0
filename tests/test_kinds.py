"""Every kind of error has a page that explains it, and its rows carry what that kind has."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
from boxlint import _core
from test_check import made

HEADINGS = ["## What it is", "## Example", "## For and against", "## Formula", "## Limits"]


def test_pages_are_in_the_order_of_the_kinds() -> None:
    assert list(_core.EXPLANATIONS) == _core.KINDS


@pytest.mark.parametrize("kind", _core.KINDS)
def test_page_has_the_same_headings_and_fits_a_terminal(kind: str) -> None:
    lines = _core.EXPLANATIONS[kind].splitlines()
    assert [line for line in lines if line.startswith("#")] == [f"# {kind}", *HEADINGS]
    assert max(map(len, lines)) <= 80
    assert not any("[`" in line or "::" in line for line in lines)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_rows_carry_what_their_kind_has(seed: int, ignore: bool) -> None:
    found = boxlint.check(made(seed, ignore=ignore), min_suspicion=0).issues._rows
    kind = np.array(_core.KINDS)[found.kind]
    np.testing.assert_array_equal(found.annotation >= 0, kind != "missing")
    np.testing.assert_array_equal(found.prediction >= 0, np.isin(kind, ["missing", "swap", "badloc"]))
    np.testing.assert_array_equal(found.kept_annotation >= 0, kind == "duplicate")
    np.testing.assert_array_equal(np.isnan(found.iou), kind == "spurious")
    np.testing.assert_array_equal(np.isnan(found.detectability), kind != "spurious")


def test_columns_are_made_once() -> None:
    found = boxlint.check(made(7, images=40)).issues._rows
    assert found.suspicion is found.suspicion


def test_report_survives_pickling() -> None:
    report = boxlint.check(made(7, images=40))
    again = pickle.loads(pickle.dumps(report))
    np.testing.assert_array_equal(again.image_scores, report.image_scores)
    for name in ("kind", "suspicion", "annotation_index", "prediction_index", "iou", "reason"):
        np.testing.assert_array_equal(again.issues[name], report.issues[name], name)
