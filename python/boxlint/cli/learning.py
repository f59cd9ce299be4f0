"""What `boxlint check` does with a reviewer: choosing rows to review, and learning from the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from boxlint._text import counted, wrapped
from boxlint.cli.common import PATH, at_least, check_outputs, tell
from boxlint.plots.drawing import plot_format
from boxlint.report.decisions import Decisions
from boxlint.report.report import Report

__all__ = ["LearningOptions", "learning_options"]


class LearningOptions(NamedTuple):
    """How many rows of each kind to review, chosen by which seed; decisions to learn from; where to draw how far the
    suspicions that were learned can be trusted."""

    sample: int | None
    seed: int
    decisions: tuple[Path, ...]
    reliability: Path | None

    def refuse_unfit(self, outputs: Mapping[str, Path | None], acting: list[str]) -> None:
        """Refuses options that do not go together, before any file is read.

        Parameters
        ----------
        outputs:
            Option -> the file that it writes.
        acting:
            Options that act on the whole list, which a sample is not.

        Raises
        ------
        ValueError
            If they do not.
        """
        if self.sample is not None and acting:
            raise ValueError(f"--sample lists only rows to review, and {' and '.join(acting)} would act on these alone")
        if self.reliability is not None:
            if not self.decisions:
                raise ValueError("--reliability draws what was learned: give --decisions as well")
            plot_format(self.reliability)
            check_outputs(self.decisions, {**outputs, "--reliability": self.reliability})

    def read(self) -> Decisions | None:
        """The decisions to learn from, if there are any; a ValueError if a file holds something else."""
        return Decisions.read(*self.decisions) if self.decisions else None

    def learned(self, report: Report, decisions: Decisions | None) -> Report:
        """The report with what the decisions teach; draws how far it can be trusted."""
        if decisions is None:
            return report
        report = report.learn(decisions)
        assert report.learned is not None
        files = ", ".join(map(str, self.decisions))
        tell(f"learned from {counted(report.learned.answers, 'answer')} in {files}")
        if self.reliability is not None:
            report.learned.reviewed.plot(self.reliability)
            tell(f"drew {self.reliability}")
        return report

    def chosen(self, report: Report) -> Report:
        """The rows to review, where these are asked for."""
        if self.sample is None:
            return report
        sample = report.sample(self.sample, seed=self.seed)
        kinds = ", ".join(f"{kind} {len(sample.top(len(sample), kind)):,}" for kind in report.kinds)
        tell(
            wrapped(
                f"{counted(len(sample), 'row')} to review of {len(report):,}, chosen with seed {self.seed}: {kinds}. "
                "Decide on them, and give the file of decisions with --decisions."
            )
        )
        return sample

    def summary(self, report: Report) -> object:
        """What there is to say of the list; nothing of a sample, whose counts are not those of the data."""
        return report.summary() if self.sample is None else ""


def learning_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of reviewing, as its parameter ``learning``."""

    @click.option(
        "--sample", type=at_least(1), help="List only so many rows of each kind, chosen for review; see --decisions."
    )
    @click.option("--seed", type=at_least(0), default=0, help="Which rows --sample chooses.")
    @click.option(
        "--decisions",
        type=PATH,
        multiple=True,
        help="Learn from this file of decisions: suspicion becomes a probability, and the summary says how many errors "
        "there are. May be given several times.",
    )
    @click.option("--reliability", type=PATH, help="Draw how far what was learned can be trusted: .png, .svg or .pdf.")
    @wraps(command)
    def run(
        sample: int | None, seed: int, decisions: tuple[Path, ...], reliability: Path | None, **arguments: Any
    ) -> None:
        command(learning=LearningOptions(sample, seed, decisions, reliability), **arguments)

    return run
