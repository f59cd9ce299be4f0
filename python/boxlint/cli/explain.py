"""`boxlint explain`: what a kind of error is, how it is found, and where that fails."""

from __future__ import annotations

import click

from boxlint._core import EXPLANATIONS
from boxlint._kinds import KINDS, kinds_of
from boxlint.cli.command import Argument, Command
from boxlint.cli.common import echo, exit_on_error
from boxlint.cli.sentences import SENTENCES

__all__ = ["command"]


@click.command(cls=Command, help=SENTENCES["explain"])
@click.argument("kind", cls=Argument, about=f"One of {', '.join(KINDS)}.")
def command(kind: str) -> None:
    with exit_on_error():
        for known in kinds_of(kind, "kind"):
            echo(EXPLANATIONS[known])
