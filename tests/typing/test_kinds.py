"""A misspelt kind is found by a type checker, and refused when it runs.

Each comment below says that mypy finds an error in its line: `make lint` fails where it finds none.
"""

from __future__ import annotations

import pytest

import boxlint
from boxlint import Issue, Kind, Report
from check_scenes import UNANNOTATED, street


@pytest.fixture(scope="module")
def report() -> Report:
    return boxlint.check(street(UNANNOTATED))


def test_kinds_to_look_for() -> None:
    boxlint.check(street(), kinds="missing")
    boxlint.check(street(), kinds=["missing", "swap"])
    with pytest.raises(ValueError, match="misssing"):
        boxlint.check(street(), kinds="misssing")  # type: ignore[arg-type]  # misspelt
    with pytest.raises(ValueError, match="misssing"):
        boxlint.check(street(), kinds=["misssing"])  # type: ignore[list-item]  # misspelt


def test_kinds_with_priors() -> None:
    boxlint.check(street(), priors={"missing": 0.1})
    with pytest.raises(ValueError, match="misssing"):
        boxlint.check(street(), priors={"misssing": 0.1})  # type: ignore[dict-item]  # misspelt


def test_kinds_of_rows(report: Report) -> None:
    report.issues.where(kind=["missing", "swap"])
    report.top(1, "missing")
    with pytest.raises(ValueError, match="misssing"):
        report.issues.where(kind="misssing")  # type: ignore[arg-type]  # misspelt
    with pytest.raises(ValueError, match="misssing"):
        report.top(1, "misssing")  # type: ignore[arg-type]  # misspelt


def test_the_kind_of_a_row_is_a_kind(report: Report) -> None:
    issue: Issue = report[0]
    kind: Kind = issue.kind
    assert kind == "missing"
    assert issue.kind != "misssing"  # type: ignore[comparison-overlap]  # misspelt
