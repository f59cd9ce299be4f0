"""`boxlint completion`: what a shell reads to complete the command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from boxlint.cli.command import Argument, Command
from boxlint.cli.common import echo
from boxlint.cli.sentences import SENTENCES

__all__ = ["command"]

_SHELLS = ("bash", "zsh", "fish")
_EXAMPLES = """Examples:

  bash, in ~/.bashrc:
    eval "$(boxlint completion bash)"
  zsh, in ~/.zshrc:
    eval "$(boxlint completion zsh)"
  fish, once:
    boxlint completion fish > ~/.config/fish/completions/boxlint.fish
"""


@click.command(cls=Command, help=SENTENCES["completion"], epilog=_EXAMPLES)
@click.argument(
    "shell", cls=Argument, type=click.Choice(_SHELLS), metavar="SHELL", about=f"One of {', '.join(_SHELLS)}."
)
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    root = ctx.find_root()
    complete = get_completion_class(shell)
    assert complete is not None
    echo(complete(root.command, {}, "boxlint", "_BOXLINT_COMPLETE").source())
