"""`boxlint explain`: what a kind of error is, how it is found, and where that fails."""

from __future__ import annotations

from typing import Annotated

import typer

from boxlint._core import EXPLANATIONS
from boxlint._kinds import KINDS, kinds_of
from boxlint.cli.common import exit_on_error

__all__ = ["command"]


def command(kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")]) -> None:
    """Explains a kind of error: what it is, an example, what speaks for and against it, its formula and limits."""
    with exit_on_error():
        for known in kinds_of(kind, "kind"):
            typer.echo(EXPLANATIONS[known])
