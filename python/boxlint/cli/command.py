"""A command with the options that all have, and its parameters as the help of `boxlint` shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boxlint.cli.common import PATH, QUIET
from boxlint.cli.settings import settings_for

__all__ = ["SETTINGS", "Argument", "Command", "Option"]

_GENERAL = "General"
# Key of the settings that a context was made with.
SETTINGS = "boxlint.settings"


class Argument(click.Argument):
    """An argument with a line in the help."""

    def __init__(self, *arguments: Any, about: str, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.about = about


class Option(click.Option):
    """An option that the help lists under a title of its own."""

    def __init__(self, *arguments: Any, section: str, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.section = section


class Command(click.Command):
    """A command with settings from files, whose help lists options by section and ends with the epilog line by line."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += _general_options()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given, _, _ = self.make_parser(ctx).parse_args(list(args))
        help_option = self.get_help_option(ctx)
        if not ctx.resilient_parsing and not (help_option and given.get(str(help_option.name))):
            config = given.get("config")
            if config and given.get("no_config"):
                raise click.UsageError("--config and --no-config: expected one of the two", ctx)
            settings = None if given.get("no_config") else settings_for(self, ctx, Path(config) if config else None)
            if settings is not None:
                ctx.default_map = settings.values
                ctx.meta[SETTINGS] = settings
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, Argument):
                line: tuple[str, str] | None = (parameter.make_metavar(ctx), parameter.about)
                section = "Arguments"
            else:
                line = parameter.get_help_record(ctx)
                section = getattr(parameter, "section", "Options")
            if line is not None:
                sections.setdefault(section, []).append(line)
        for section, lines in sections.items():
            if not lines:
                continue
            with formatter.section(section):
                formatter.write_dl(lines)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(self.epilog)


def _general_options() -> list[click.Parameter]:
    """The options of all commands, in a list that is not shared."""
    return [
        Option(
            ["-q", "--quiet"],
            section=_GENERAL,
            is_flag=True,
            expose_value=False,
            callback=_be_quiet,
            help="Print only the rows that are asked for; nothing where they are written to a file.",
        ),
        Option(
            ["--color"],
            section=_GENERAL,
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            expose_value=False,
            callback=_choose_color,
            help="auto: in a terminal, unless NO_COLOR is set.",
        ),
        Option(
            ["--config"],
            section=_GENERAL,
            type=PATH,
            expose_value=False,
            help="Read settings from this file, not from the nearest boxlint.toml or pyproject.toml.",
        ),
        Option(["--no-config"], section=_GENERAL, is_flag=True, expose_value=False, help="Read no settings."),
    ]


def _be_quiet(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    ctx.meta[QUIET] = wanted


def _choose_color(ctx: click.Context, parameter: click.Parameter, choice: str) -> None:
    if choice != "auto":
        ctx.color = choice == "always"
