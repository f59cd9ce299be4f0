# ruff: noqa: N999  (the module is called as the command)
"""`boxlint import`: what reviewers said in a labelling tool, as decisions."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from boxlint._text import counted
from boxlint.cli.command import Argument, Command
from boxlint.cli.common import PATH, STDOUT, check_outputs, exit_on_error, pour, tell, tell_aside
from boxlint.cli.sentences import SENTENCES
from boxlint.report.decision import VERDICTS
from boxlint.review.exchange import Tool, import_verdicts

__all__ = ["command"]

_MORE = """

Boxes without a verdict are left out. An accepted box that was moved, or whose class was changed, corrects the issue.
boxlint apply carries out the decisions, and boxlint review counts them.
"""


@click.command(cls=Command, help=SENTENCES["import"] + _MORE)
@click.argument(
    "verdicts",
    cls=Argument,
    type=PATH,
    about="What the tool exported: the JSON of Label Studio, the XML of CVAT for images 1.1, or a folder of FiftyOne "
    "or LabelMe.",
)
@click.option("--from", "tool", type=click.Choice(get_args(Tool)), required=True, help="The tool.")
@click.option("-o", "--output", type=PATH, required=True, help="The file of decisions to write; - is standard output.")
@click.option("--reviewer", help="Who decided, where the tool does not say so.")
def command(verdicts: Path, tool: Tool, output: Path, reviewer: str | None) -> None:
    with exit_on_error():
        check_outputs([verdicts], {"--output": None if output == STDOUT else output})
        decisions = import_verdicts(verdicts, tool, reviewer=reviewer)
        found = [one.decision for one in decisions]
        counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in VERDICTS)
        if output == STDOUT:
            tell_aside()
            pour(decisions.write)
        else:
            decisions.write(output)
        wrote = "" if output == STDOUT else f"wrote {output}: "
        nothing = "" if found else "; no box of a suspected error has a verdict"
        tell(f"{wrote}{counted(len(found), 'decision')}, {counts}{nothing}")
