"""`boxlint export`: suspected errors for a labelling tool."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from boxlint._kinds import KINDS, kinds_of
from boxlint._text import counted
from boxlint.cli.check import checked, without_known
from boxlint.cli.command import Command
from boxlint.cli.common import FRACTION, PATH, at_least, check_outputs, exit_on_error, names, tell
from boxlint.cli.reading import Reading, examples, load, say, with_data
from boxlint.cli.sentences import SENTENCES
from boxlint.formats.recognise import recognise
from boxlint.report.decisions import Decisions
from boxlint.report.summary import WORTH_A_LOOK
from boxlint.review.exchange import Tool, export_queue, refuse_to_export, refuse_without_images

__all__ = ["command"]

_MORE = """

The images are those with suspected errors, most suspicious first, each error a box with the class and the corners that
the annotation should have. boxlint import reads back what reviewers said. docs/review.md says how each tool takes the
files and gives them back.
"""


@click.command(cls=Command, help=SENTENCES["export"] + _MORE, epilog=examples("export", "--to cvat -o queue"))
@with_data()
@click.option("--to", type=click.Choice(get_args(Tool)), required=True, help="The tool; labelme is X-AnyLabeling, too.")
@click.option("-o", "--output", type=PATH, required=True, help="The folder to make.")
@click.option("--top", type=at_least(1), help="How many of the most suspicious rows to take; else all.")
@click.option("--kinds", default=",".join(KINDS), help=f"What to look for, of {', '.join(KINDS)}.")
@click.option("--min-suspicion", type=FRACTION, default=WORTH_A_LOOK, help="Take rows from this suspicion on.")
@click.option("--known", type=PATH, multiple=True, help="Leave out the issues that this file of decisions decides on.")
@click.option(
    "--image-url",
    help="label-studio: what stands before the names of the images to make their addresses; else they are local files "
    "of its server.",
)
def command(
    source: Path,
    predictions: Path | None,
    reading: Reading,
    to: Tool,
    output: Path,
    top: int | None,
    kinds: str,
    min_suspicion: float,
    known: tuple[Path, ...],
    image_url: str | None,
) -> None:
    with exit_on_error():
        check_outputs((source, predictions, *known), {"--output": output}, folders=("--output",))
        refuse_to_export(output, to, image_url)
        wanted_kinds = kinds_of(names(kinds))
        options = reading.options(with_pictures=True)
        if recognise(source).kind in ("coco", "parquet"):  # beside which no images are looked for
            refuse_without_images(to, reading.images, image_url)
        baselines = {path: Decisions.read(path) for path in known}
        given = load(source, predictions, options)
        refuse_without_images(to, given.images, image_url)
        say(given)
        report = checked(given.dataset, wanted_kinds, min_suspicion)
        for path, decisions in baselines.items():
            report = without_known(report, path, decisions)
        queue = export_queue(report, output, to, images=given.images, top=top, image_url=image_url)
        marks = sum(len(image.marks) for image in queue.images)
        tell(f"wrote {output}: {counted(marks, 'suspected error')} in {counted(len(queue.images), 'image')} for {to}")
