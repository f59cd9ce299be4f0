"""The command `boxlint`: one module for each of its commands, imported when it is called."""

from __future__ import annotations

import os
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from boxlint._core import VERSION
from boxlint.cli.command import SETTINGS
from boxlint.cli.common import complain, echo, print_to_nobody
from boxlint.cli.sentences import SENTENCES
from boxlint.cli.settings import key_of

__all__ = ["app"]

# As shells and other programs expect it.
_INTERRUPTED = 128 + signal.SIGINT
_REFUSED = 2


class _Commands(click.Group):
    """The commands in `SENTENCES`; each is `command` in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SENTENCES:
            return None
        command: click.Command = import_module(f"boxlint.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchOption:  # behind --
            raise
        except click.UsageError as error:
            near = get_close_matches(args[0], SENTENCES, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise click.UsageError(f"no such command {args[0]!r}{hint}", ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        named = [
            CompletionItem(name, help=sentence) for name, sentence in SENTENCES.items() if name.startswith(incomplete)
        ]
        # That of a group would import every command.
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SENTENCES.items()))

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        # The convention of no-color.org; --color says otherwise.
        try:
            return super().make_context(*arguments, color=False if os.environ.get("NO_COLOR") else None, **settings)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(_INTERRUPTED) from None
        except BrokenPipeError:
            _end_help()

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            _end_help()

    def main(self, *arguments: Any, **settings: Any) -> NoReturn:
        """Runs the command and exits; bad options are one sentence on standard error and exit code 2."""
        try:
            code = super().main(*arguments, **{**settings, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            echo(error.format_message(), err=True, color=None if error.ctx is None else error.ctx.color)
            code = error.exit_code
        except click.UsageError as error:
            complain(_sentence(error), color=None if error.ctx is None else error.ctx.color)
            code = error.exit_code
        except click.ClickException as error:
            complain(error.format_message())
            code = _REFUSED
        except OSError as error:  # of help on a full disk, say
            complain(error.strerror or str(error))
            code = _REFUSED
        sys.exit(code)


def _end_help() -> NoReturn:
    """Ends well where a reader has closed the pipe: help and version, which click prints, are all that gets here."""
    print_to_nobody(sys.stdout)
    raise click.exceptions.Exit(0) from None


def _sentence(error: click.UsageError) -> str:
    """What is wrong with an option, where it was given, and where its help is."""
    message = " ".join(error.format_message().split()).rstrip(".")
    if error.ctx is None:
        return message
    settings = error.ctx.meta.get(SETTINGS)
    if settings is not None and isinstance(error, click.BadParameter) and error.param is not None:
        source = error.ctx.get_parameter_source(error.param.name or "")
        if source is click.core.ParameterSource.DEFAULT_MAP:
            return f"{settings.path}: {key_of(error.param)}: {error.message.rstrip('.')}"
    return f"{message[:1].lower()}{message[1:]}, see {error.ctx.command_path} --help"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(
    VERSION, "--version", message="%(prog)s %(version)s", prog_name="boxlint", help="Print the version."
)
def app() -> None:
    """Finds label errors in object-detection data sets."""
