"""`boxlint apply`: carries out what reviewers decided."""

from __future__ import annotations

from pathlib import Path

import click

from boxlint._text import counted, printable
from boxlint.cli.check import check_place, refuse_place
from boxlint.cli.command import Argument, Command
from boxlint.cli.common import PATH, check_outputs, exit_on_error, tell
from boxlint.cli.reading import Reading, load, with_data
from boxlint.cli.sentences import SENTENCES
from boxlint.report.decisions import Decisions

__all__ = ["command"]

_MORE = """

What more reviewers accept than reject is carried out, as suggested or as they corrected it; what they disagree on is
listed. SOURCE is the one that was checked, read with the same options; the predictions are not needed.
"""


@click.command(cls=Command, help=SENTENCES["apply"] + _MORE)
@with_data("none")
@click.argument("more", cls=Argument, type=PATH, nargs=-1, about="More files of decisions, those of other reviewers.")
@click.option("--decisions", type=PATH, multiple=True, required=True, help="A file of decisions.")
@click.option(
    "--corrected",
    type=PATH,
    required=True,
    help="Write corrected annotations as they came: a file for COCO, a folder for the others.",
)
def command(
    source: Path, more: tuple[Path, ...], decisions: tuple[Path, ...], corrected: Path, reading: Reading
) -> None:
    with exit_on_error():
        paths = (*decisions, *more)
        check_outputs((source, *paths), {"--corrected": corrected})
        # Options of the check may be about its predictions.
        options = reading.options(pass_over=True)
        refuse_place(source, corrected)
        decided = Decisions.read(*paths)
        given = load(source, None, options)
        check_place(given.found.kind, given.folder, corrected)
        try:
            result = decided.apply(given.dataset)
        except ValueError as error:
            raise ValueError(f"{', '.join(map(str, paths))}: {error}") from error
        for disagreement in decided.disagreements:
            tell(printable(str(disagreement)))
        given.write(result, corrected)
        tell(
            f"wrote {corrected} with {counted(decided.corrections, 'correction')}, from "
            f"{counted(len(decided), 'decision')} on {counted(len(decided.verdicts), 'issue')}; "
            f"{counted(len(decided.disagreements), 'disagreement')}"
        )
