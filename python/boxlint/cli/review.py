"""`boxlint review`: how many of the issues that people looked at were right."""

from __future__ import annotations

from pathlib import Path

import click

from boxlint._text import wrapped
from boxlint.cli.command import Argument, Command
from boxlint.cli.common import PATH, check_outputs, exit_on_error, show, tell
from boxlint.cli.sentences import SENTENCES
from boxlint.plots.drawing import plot_format
from boxlint.report.decisions import Decisions

__all__ = ["command"]


@click.command(cls=Command, help=SENTENCES["review"])
@click.argument(
    "decisions",
    cls=Argument,
    type=PATH,
    nargs=-1,
    required=True,
    about="Files of decisions, by one reviewer or several.",
)
@click.option("--plot", type=PATH, help="Draw how often issues of a suspicion were right: .png, .svg or .pdf.")
def command(decisions: tuple[Path, ...], plot: Path | None) -> None:
    with exit_on_error():
        check_outputs(decisions, {"--plot": plot})
        if plot is not None:
            plot_format(plot)
        found = Decisions.read(*decisions).summary()
        if plot is not None:
            found.plot(plot)
        for table in found.tables():
            show(table)
            tell("")
        for note in found.notes:
            tell(wrapped(note, "  "))
        if plot is not None:
            tell(f"drew {plot}")
