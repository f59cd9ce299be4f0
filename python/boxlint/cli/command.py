"""A command and its parameters as the help of `boxlint` shows them."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["Argument", "Command", "Option"]


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
    """A command whose help lists arguments, options by section, and ends with the epilog line by line."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, Argument):
                line: tuple[str, str] | None = (parameter.make_metavar(ctx), parameter.about)
                section = "Arguments"
            else:
                line = parameter.get_help_record(ctx)
                section = parameter.section if isinstance(parameter, Option) else "Options"
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
