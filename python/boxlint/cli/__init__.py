"""The command `boxlint`: one module for each of its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from boxlint._core import VERSION
from boxlint.cli import benchmark, check, demo, explain, inspect, score
from boxlint.cli.reading import EPILOG

__all__ = ["app"]

app = typer.Typer(
    help="Finds label errors in object-detection data sets.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"boxlint {VERSION}")
        raise typer.Exit


@app.callback()
def boxlint_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Finds label errors in object-detection data sets."""


_MODULES = {
    "check": check, "explain": explain, "score": score, "inspect": inspect, "benchmark": benchmark, "demo": demo,
}  # fmt: skip

for name, module in _MODULES.items():
    epilog = EPILOG.format(command=name) if name in ("check", "score", "inspect", "benchmark") else None
    app.command(name, epilog=epilog)(module.command)
