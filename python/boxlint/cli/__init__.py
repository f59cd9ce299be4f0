"""The command `boxlint`: one module for each of its commands, imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from boxlint._core import VERSION
from boxlint.cli.sentences import SENTENCES

__all__ = ["app"]

# What shells and other programs expect of a program that was interrupted.
_INTERRUPTED = 130


class _Commands(click.Group):
    """The commands in `SENTENCES`; each is `command` in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SENTENCES:
            return None
        command: click.Command = import_module(f"boxlint.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SENTENCES.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)

    def main(self, *arguments: Any, **settings: Any) -> NoReturn:
        """Runs the command and exits; bad options are one sentence on standard error and exit code 2."""
        try:
            code = super().main(*arguments, **{**settings, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.UsageError as error:
            message = " ".join(error.format_message().split()).rstrip(".")
            where = f", see {error.ctx.command_path} --help" if error.ctx is not None else ""
            click.echo(f"boxlint: {message[:1].lower()}{message[1:]}{where}", err=True)
            code = error.exit_code
        sys.exit(code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(
    VERSION, "--version", message="%(prog)s %(version)s", prog_name="boxlint", help="Print the version."
)
def app() -> None:
    """Finds label errors in object-detection data sets."""
