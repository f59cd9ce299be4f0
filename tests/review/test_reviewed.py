"""How many of the issues that were looked at were right."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from boxlint import Decision
from boxlint.report.reviewed import Band, Reviewed
from deciding import decision, decisions


def looked_at(kind: str, suspicion: float, sides: str, reviewer: str = "anna") -> list[Decision]:
    """A decision for each letter: a for accept, r for reject, u for unsure."""
    words: dict[str, Any] = {"a": "accept", "r": "reject", "u": "unsure"}
    prefix = f"{round(suspicion * 10_000):04x}{ord(kind[1]):04x}"
    return [
        decision(kind, words[side], reviewer, suspicion=suspicion, issue_id=f"{prefix}{number:08x}")
        for number, side in enumerate(sides)
    ]


def reviewed(*given: list[Decision]) -> Reviewed:
    return decisions(*(one for some in given for one in some)).summary()


def test_issues_are_counted_by_kind_and_suspicion() -> None:
    found = reviewed(looked_at("swap", 0.9, "aaru"), looked_at("swap", 0.3, "r"), looked_at("missing", 1.0, "a"))
    assert found.bands == (
        Band("missing", 0.5, 1.0, 1, 0, 0, 1.0),
        Band("swap", 0.5, 1.0, 2, 1, 1, 0.9),
        Band("swap", 0.2, 0.5, 0, 1, 0, 0.3),
        Band(None, 0.5, 1.0, 3, 1, 1, (1.0 + 3 * 0.9) / 4),
        Band(None, 0.2, 0.5, 0, 1, 0, 0.3),
    )


def test_a_suspicion_belongs_to_the_band_that_it_begins() -> None:
    bands = reviewed(*(looked_at("swap", suspicion, "a") for suspicion in (0.5, 0.4999, 0.2, 0.01, 0.0))).bands
    assert [(band.low, band.right) for band in bands if band.kind] == [(0.5, 1), (0.2, 2), (0.01, 1), (0.0, 1)]


def test_the_majority_counts_and_ties_are_undecided() -> None:
    found = reviewed(
        looked_at("swap", 0.9, "aar"), looked_at("swap", 0.9, "ara", "ben"), looked_at("swap", 0.9, "arr", "c")
    )
    assert found.bands[0] == Band("swap", 0.5, 1.0, 1, 2, 0, 0.9)
    tie = reviewed(looked_at("swap", 0.9, "a"), looked_at("swap", 0.9, "r", "ben"))
    assert tie.bands[0][:6] == ("swap", 0.5, 1.0, 0, 0, 1)
    assert math.isnan(tie.bands[0].suspicion)


@pytest.mark.parametrize(("right", "wrong"), [(0, 1), (1, 0), (3, 5), (50, 50), (999, 1), (0, 12)])
def test_the_interval_is_that_of_wilson(right: int, wrong: int) -> None:
    band = Band("swap", 0.5, 1.0, right, wrong, 7, 0.7)
    assert band.fraction == right / (right + wrong)
    # At its ends the fraction that was seen is as many standard deviations away as hold 95 %.
    away = NormalDist().inv_cdf(0.975)
    for side, fraction in zip((-1, 1), band.interval, strict=True):
        deviation = math.sqrt(fraction * (1 - fraction) / (right + wrong))
        assert fraction == pytest.approx(band.fraction + side * away * deviation, abs=1e-6)


def test_nothing_decided_says_nothing() -> None:
    band = Band("swap", 0.5, 1.0, 0, 0, 7, math.nan)
    assert math.isnan(band.fraction)
    assert band.interval == (0.0, 1.0)
    assert str(reviewed(looked_at("swap", 0.9, "uu"))).splitlines()[2] == (
        "swap  0.5-1              2      0      0          2"
    )


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({0.9: "aar", 0.3: "aa"}, "swap: more right than wrong down to 0.2, as far as was looked: go on."),
        ({0.9: "aar", 0.3: "arru"}, "swap: more right than wrong down to 0.5; from 0.2 to 0.5, 1 of 3 were right: that "
         "may be chance, look at more there."),
        ({0.9: "aar", 0.3: "arrurrrrrr"}, "swap: more right than wrong down to 0.5; from 0.2 to 0.5, 1 of 9 were "
         "right: stop there."),
        ({0.9: "ar", 0.3: "aaa"}, "swap: from 0.5 to 1, 1 of 2 were right: that may be chance, look at more there."),
        ({0.9: "a", 0.3: "u", 0.15: "a", 0.07: "r"}, "swap: more right than wrong down to 0.1; from 0.05 to 0.1, "
         "0 of 1 were right: that may be chance, look at more there."),
    ],
    ids=["go on", "a few", "stop", "none above", "undecided bands do not count"],
)  # fmt: skip
def test_a_note_says_where_to_stop(given: dict[float, str], note: str) -> None:
    assert reviewed(*(looked_at("swap", suspicion, sides) for suspicion, sides in given.items())).notes == (note,)


def test_each_kind_has_a_note_of_its_own() -> None:
    notes = reviewed(looked_at("swap", 0.9, "a"), looked_at("spurious", 0.3, "r"), looked_at("badloc", 0.3, "u")).notes
    assert [note.split(":")[0] for note in notes] == ["swap", "spurious"]


def test_reviewers_are_compared_where_both_are_sure() -> None:
    found = reviewed(
        looked_at("swap", 0.9, "aaru"), looked_at("swap", 0.9, "arra", "ben"), looked_at("missing", 0.9, "a", "carl")
    )
    assert found.pairs == (("anna", "ben", 3, 2),)
    assert str(found).split("\n\n")[1].splitlines() == [
        "how well the reviewers agree",
        "reviewers     both sure  agree  fraction",
        "anna and ben          3      2      0.67",
    ]


def test_no_decisions_are_told() -> None:
    assert str(reviewed()) == "0 issues looked at"


def test_lines_fit_a_terminal_and_html_is_escaped() -> None:
    found = reviewed(looked_at("swap", 0.9, "aar", "<b>"), looked_at("swap", 0.9, "aaa", "x" * 90))
    assert max(map(len, str(found).splitlines())) <= 80
    page = found._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt; and xxx" in page


def test_a_band_of_which_half_is_right_is_drawn(tmp_path: Path) -> None:
    reviewed(looked_at("swap", 0.9, "ar")).plot(tmp_path / "reliability.svg")
    assert "swap" in (tmp_path / "reliability.svg").read_text()
