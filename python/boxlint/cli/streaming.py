"""`boxlint check` of Parquet with a folder as its output: in two passes, without the data set in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from boxlint._text import counted
from boxlint.cli.common import STDOUT, at_least, check_outputs, exit_on_error, names, progress, tell
from boxlint.cli.reading import Reading, is_parquet, tell_settings
from boxlint.formats.source import names_of_parquet
from boxlint.streaming.check_parquet import streamed

__all__ = ["or_to_folder"]

# The options that have a meaning here, beside those of all commands.
_OPTIONS = {
    "source", "predictions", "output", "kinds", "min_suspicion", "workers", "restart", "names", "columns", "config",
    "no_config", "quiet", "color",
}  # fmt: skip
# And those that have one only here.
_ONLY = {"workers": "--workers", "restart": "--restart"}


def or_to_folder(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command that checks in memory check Parquet in two passes instead, where the output is a folder."""

    @click.option(
        "--workers", type=at_least(1), help="With a folder as output: how many threads work, if not one a core."
    )
    @click.option(
        "--restart", is_flag=True, help="With a folder as output: begin anew, instead of going on with an earlier run."
    )
    @wraps(command)
    def run(workers: int | None, restart: bool, **arguments: Any) -> None:
        with exit_on_error():
            if _writes_folder(arguments["source"], arguments["output"]):
                _check(workers=workers, resume=not restart, **arguments)
                return
            given = next((option for name, option in _ONLY.items() if _is_given(name)), None)
            if given is not None:
                raise ValueError(f"{given} is for Parquet with a folder as --output")
        command(**arguments)

    return run


def _writes_folder(source: Path, output: Path | None) -> bool:
    """Whether the output is a folder, which is for Parquet: one that is there, or a path without an ending."""
    if output is None or output == STDOUT or not is_parquet(source):
        return False
    return output.is_dir() or not output.suffix


def _check(
    source: Path,
    predictions: tuple[Path, ...],
    output: Path,
    reading: Reading,
    kinds: str,
    min_suspicion: float,
    **settings: Any,
) -> None:
    """Checks Parquet files as `boxlint.check_parquet`; a ValueError if an option needs the data set in memory."""
    for parameter in click.get_current_context().command.params:
        if parameter.name not in _OPTIONS and _is_given(str(parameter.name)):
            raise ValueError(
                f"{parameter.opts[0]} needs all rows in memory: leave it out, or give -o a file such as issues.parquet"
            )
    check_outputs((), {"--output": output}, folders=("--output",))
    given = reading.options()
    tell_settings()
    least = min_suspicion if _is_given("min_suspicion") else None
    summary = streamed(
        (source, *predictions),
        output,
        options={"kinds": names(kinds), "min_suspicion": least, "priors": None},
        columns=given.columns,
        class_names=names_of_parquet(given),
        workers=settings["workers"],
        resume=settings["resume"],
        progress=lambda work, done: progress("checking", work, done),
    )
    rows = sum(list(steps.values())[-1] for steps in summary.by_suspicion.values())
    tell(f"{summary}\n\nwrote {output}: {counted(rows, 'row')} in issues, {counted(summary.images, 'row')} in images")


def _is_given(name: str) -> bool:
    """Whether a parameter was given on the command line or in settings."""
    source = click.get_current_context().get_parameter_source(name)
    return source not in (None, click.core.ParameterSource.DEFAULT)
