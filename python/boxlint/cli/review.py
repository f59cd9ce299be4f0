"""`boxlint review`: how many of the issues that people looked at were right."""

from __future__ import annotations

from pathlib import Path

import click

from boxlint._text import wrapped
from boxlint.cli.command import Argument, Command
from boxlint.cli.common import PATH, exit_on_error, show, tell
from boxlint.cli.sentences import SENTENCES
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
def command(decisions: tuple[Path, ...]) -> None:
    with exit_on_error():
        found = Decisions.read(*decisions).summary()
        for table in found.tables():
            show(table)
            tell("")
        for note in found.notes:
            tell(wrapped(note, "  "))
