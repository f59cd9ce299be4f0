"""The arguments that name a data set, the same for all commands, and reading it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from boxlint._text import counted
from boxlint.cli.common import progress
from boxlint.formats.coco import IGNORED_FLAGS
from boxlint.formats.source import ReadOptions, Source, read_source

__all__ = [
    "EPILOG",
    "OptionalPredictionsPath",
    "PredictionsPath",
    "Reading",
    "SourcePath",
    "load",
    "say",
    "with_reading",
]

SourcePath = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="The annotations: a COCO file; the data.yaml or a folder of labels of YOLO; or a folder of Pascal VOC.",
    ),
]
_PREDICTIONS = typer.Argument(
    metavar="PREDICTIONS",
    help="The detector's boxes with scores: COCO results or Ultralytics' predictions.json; its results folder, or a "
    "folder of labels with confidences; Pascal VOC files or a COCO file whose objects have scores.",
)
PredictionsPath = Annotated[Path, _PREDICTIONS]
OptionalPredictionsPath = Annotated[Path | None, _PREDICTIONS]

_PANEL = "Reading"

# Each example stands alone: a blank line keeps it from being joined to the next one.
EPILOG = """Examples:

COCO: boxlint {command} annotations.json detections.json

YOLO: boxlint {command} data.yaml runs/detect/val

YOLO without data.yaml: boxlint {command} labels predicted/labels --images images --names cat,dog

Pascal VOC: boxlint {command} Annotations predictions.json --names cat,dog

Pascal VOC and a folder of YOLO labels: boxlint {command} Annotations predicted/labels --names data.yaml

Let the detector say all it sees, and let it be one that was not trained on these images. With Ultralytics:

yolo val model=best.pt data=data.yaml conf=0.001 save_json=True

yolo predict model=best.pt source=images conf=0.001 save_txt=True save_conf=True
"""


def _option(*names: str, help: str, **settings: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=_PANEL, **settings)


class ClassOrder(str, Enum):
    """The orders in which positions of classes may count; early versions of typer know no Literal."""

    IDS = "ids"
    FILE = "file"


@dataclass(frozen=True)
class Reading:
    """The options of a command that reads a data set."""

    images: Annotated[Path | None, _option(help="Folder of the images of YOLO labels, where it is not found.")] = None
    sizes: Annotated[Path | None, _option(help="Instead of images: CSV of name,width,height.")] = None
    names: Annotated[
        str | None,
        _option(help="The classes in the order of the detector's numbers: cat,dog; or a data.yaml or classes.txt."),
    ] = None
    split: Annotated[str | None, _option(help="train, val or test of a data.yaml; else the one with predictions.")] = (
        None
    )
    confidence_second: Annotated[
        bool, _option("--confidence-second", help="YOLO: the confidence is the second column, as darknet writes it.")
    ] = False
    one_based: Annotated[
        bool, _option("--one-based", help="Pascal VOC: pixels count from 1, as in the VOC challenge itself.")
    ] = False
    images_by_stem: Annotated[
        bool,
        _option("--images-by-stem", help="COCO results name images by the stem of their file, as Ultralytics does."),
    ] = False
    classes_from: Annotated[
        int | None, _option(min=0, help="COCO results name classes by position, counted from this, not by category id.")
    ] = None
    class_order: Annotated[
        ClassOrder | None,
        _option(help="The order of these positions: that of the category ids, or that of the file."),
    ] = None
    skip_unknown: Annotated[bool, _option("--skip-unknown", help="Leave out boxes of unknown images or classes.")] = (
        False
    )
    skip_unreadable: Annotated[
        bool, _option("--skip-unreadable", help="Leave out records that cannot be read, and count them.")
    ] = False
    include_ignored: Annotated[
        bool, _option("--include-ignored", help="Treat crowd, ignored and difficult annotations like any other.")
    ] = False

    def options(self, ignore: tuple[str, ...] = IGNORED_FLAGS, **changes: bool) -> ReadOptions:
        """The same for the readers; ``changes`` replace some."""
        given = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        order = given.pop("class_order")
        return ReadOptions(
            confidence="second" if given.pop("confidence_second") else "last",
            class_order=None if order is None else order.value,
            ignore=() if given.pop("include_ignored") else ignore,
            **given,
        )


def with_reading(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter ``reading`` is replaced by one option for each field of `Reading`."""
    hints = get_type_hints(Reading, include_extras=True)
    options = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(Reading)
    ]
    given = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=given[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "reading"
    ]

    def run(**arguments: Any) -> None:
        command(reading=Reading(**{field.name: arguments.pop(field.name) for field in fields(Reading)}), **arguments)

    run.__doc__ = command.__doc__
    # typer reads the parameters from here.
    run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *options]}
    return run


def load(annotations: Path, predictions: Path | None, options: ReadOptions) -> Source:
    """The data set at these paths; prints what was recognised, and how much is in it."""
    with progress() as bar:
        bar.add_task("reading", total=None)
        source = read_source(annotations, predictions, options)
    typer.echo(source.recognised)
    return source


def say(source: Source) -> None:
    """Prints how much a data set has, what is left out, and what would make its scores wrong."""
    dataset = source.dataset
    ignored = 0 if dataset.annotations.ignore is None else int(dataset.annotations.ignore.sum())
    left_out = f", {counted(ignored, 'crowd or ignored annotation')} left out" if ignored else ""
    typer.echo(
        f"read {counted(len(dataset), 'image')}, "
        f"{counted(len(dataset.annotations.class_id) - ignored, 'annotation')} and "
        f"{counted(len(dataset.predictions.class_id), 'detection')} of "
        f"{counted(len(dataset.class_names or ()), 'class')}{left_out}"
    )
    for finding in source.findings:
        if finding.kind in ("unknown_image", "unknown_class", "unreadable"):
            typer.echo(f"left out {finding}")
        elif finding.is_error:
            typer.echo(f"boxlint: {finding}: this makes scores wrong, see boxlint inspect", err=True)
