"""The arguments that name a data set, the same for all commands, and reading it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np
from click.core import ParameterSource

from boxlint._text import WIDTH, counted, printable
from boxlint.cli.command import SETTINGS, Argument, Option
from boxlint.cli.common import (
    PATH,
    at_least,
    complain,
    exit_on_error,
    in_options,
    names,
    on_line,
    progress,
    refuse_idle,
    tell,
)
from boxlint.cli.settings import Settings
from boxlint.dataset import Dataset
from boxlint.formats.coco import IGNORED_FLAGS
from boxlint.formats.read_options import ReadOptions, refuse_unused
from boxlint.formats.recognise import recognise
from boxlint.formats.source import Source, number_of_classes, read_parquet_source, read_source
from boxlint.inspection.findings import FindingKind

__all__ = ["Reading", "examples", "is_parquet", "load", "load_several", "say", "tell_settings", "with_data"]

_SOURCE = "The annotations: a COCO file; the data.yaml or a folder of labels of YOLO; or a folder of Pascal VOC."
_OR_PARQUET = " Or files or a folder of Parquet, which has annotations and predictions: see docs/scale.md."
_PREDICTIONS = (
    "The detector's boxes with scores: COCO results or Ultralytics' predictions.json; its results folder, or a folder "
    "of labels with confidences; Pascal VOC files or a COCO file whose objects have scores."
)

# If so many of the images with annotations have no detection, the detector may not have been run on them. One that is
# cut at a score of 0.6 leaves 8 % of COCO's images without.
_MANY = 0.2

# Marks the options about predictions.
_OF_PREDICTIONS = "of_predictions"

_MORE_PREDICTIONS = " Several detectors are checked together: give the boxes of each."

_EXAMPLES = {
    "COCO": "annotations.json detections.json",
    "YOLO": "data.yaml runs/detect/val",
    "YOLO without data.yaml": "labels predicted/labels --images images --names cat,dog",
    "Pascal VOC": "Annotations predictions.json --names cat,dog",
    "Pascal VOC and a folder of YOLO labels": "Annotations predicted/labels --names data.yaml",
    "Parquet, with annotations and predictions": "data.parquet",
}

_ADVICE = """
Let the detector say all it sees, and let it be one that was not trained on
these images. With Ultralytics:

  yolo val model=best.pt data=data.yaml conf=0.001 save_json=True
  yolo predict model=best.pt source=images conf=0.001 \\
    save_txt=True save_conf=True
"""


def examples(command: str, required: str = "", more: Mapping[str, str] | None = None) -> str:
    """The end of the help of a command that reads a data set.

    ``required`` are options without which it does not run; ``more`` are examples of its own.
    """
    lines = ["Examples:", ""]
    for source, arguments in {**_EXAMPLES, **(more or {})}.items():
        line = f"    boxlint {command} {arguments}"
        fits = len(line) + len(required) < WIDTH
        lines += [f"  {source}:", *([f"{line} {required}".rstrip()] if fits else [f"{line} \\", f"      {required}"])]
    return "\n".join([*lines, _ADVICE])


@dataclass(frozen=True)
class Reading:
    """The options of a command that reads a data set."""

    # Each field is an option of the same name: a flag where the default is False; the metadata are click's settings,
    # and whether it is about predictions.
    images: Path | None = field(
        default=None,
        metadata={
            "help": "Folder of the images, for --report, and for YOLO labels where it is not found.",
            "type": PATH,
        },
    )
    sizes: Path | None = field(
        default=None, metadata={"help": "Instead of images: CSV of name,width,height.", "type": PATH}
    )
    names: str | None = field(
        default=None,
        metadata={
            "help": "The classes in the order of the detector's numbers: cat,dog; or a data.yaml or classes.txt."
        },
    )
    split: str | None = field(
        default=None,
        metadata={"help": "train, val or test of a data.yaml, or train,val together; else the one with predictions."},
    )
    confidence_second: bool = field(
        default=False,
        metadata={"help": "YOLO: the confidence is the second column, as darknet writes it.", _OF_PREDICTIONS: True},
    )
    outlines: bool = field(default=False, metadata={"help": "YOLO: all longer lines are outlines of segments."})
    keypoints: bool = field(default=False, metadata={"help": "YOLO: all longer lines are boxes with keypoints."})
    one_based: bool = field(
        default=False, metadata={"help": "Pascal VOC: pixels count from 1, as in the VOC challenge itself."}
    )
    images_by_stem: bool = field(
        default=False,
        metadata={
            "help": "COCO results name images by the stem of their file, as Ultralytics does.",
            _OF_PREDICTIONS: True,
        },
    )
    classes_from: int | None = field(
        default=None,
        metadata={
            "help": "COCO results name classes by position, counted from this, not by category id.",
            "type": at_least(0),
            _OF_PREDICTIONS: True,
        },
    )
    class_order: Literal["ids", "file"] | None = field(
        default=None,
        metadata={
            "help": "The order of these positions: that of the category ids, or that of the file.",
            "type": click.Choice(["ids", "file"]),
            _OF_PREDICTIONS: True,
        },
    )
    columns: str | None = field(
        default=None,
        metadata={
            "help": "Parquet: what columns are called, if otherwise: annotations=objects,predictions=detr; nothing for "
            "one that is passed over: width=."
        },
    )
    empty_not_run: bool = field(
        default=False,
        metadata={
            "help": "The detector was not run on images of which it has no box; else it says that nothing is there.",
            _OF_PREDICTIONS: True,
        },
    )
    skip_unknown: bool = field(default=False, metadata={"help": "Leave out boxes of unknown images or classes."})
    skip_unreadable: bool = field(
        default=False, metadata={"help": "Leave out records that cannot be read, and count them."}
    )
    include_ignored: bool = field(
        default=False, metadata={"help": "Treat crowd, ignored and difficult annotations like any other."}
    )

    def options(self, ignore: tuple[str, ...] = IGNORED_FLAGS, **changes: bool) -> ReadOptions:
        """The same for the readers; ``changes`` replace some. What does not fit together or is not there is refused."""
        if self.images is not None and not self.images.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "expected a folder", str(self.images))
        if self.outlines and self.keypoints:
            raise ValueError("--outlines and --keypoints: expected one of the two")
        without_pictures = not (changes.get("with_pictures") or changes.get("pass_over"))
        # Where settings have both, the images are for other calls.
        if self.sizes and without_pictures and self.images and on_line("images"):
            raise ValueError("--images and --sizes: expected one of the two")
        given = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        if self.class_order is not None and self.classes_from is None:
            if not changes.get("pass_over"):
                refuse_idle({"--class-order": "--classes-from"})
            given["class_order"] = None
        return ReadOptions(
            columns=_columns(given.pop("columns")),
            confidence="second" if given.pop("confidence_second") else "last",
            ignore=() if given.pop("include_ignored") else ignore,
            **given,
        )


def with_data(
    predictions: Literal["required", "several", "optional", "none"] = "required",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the arguments SOURCE and PREDICTIONS and an option for each field of `Reading`.

    The command has the parameters ``source``, ``predictions`` (a tuple if there are several) and ``reading``.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**arguments: Any) -> None:
            reading = Reading(**{field.name: arguments.pop(field.name) for field in fields(Reading)})
            if predictions in ("required", "several") and not arguments["predictions"]:
                _refuse_lack(arguments["source"])
            if predictions == "optional" and not arguments["predictions"]:
                reading = replace(reading, **_set_for_predictions())
            command(reading=reading, **arguments)

        # click lists what is decorated last first.
        decorated: Callable[..., None] = run
        for option in reversed(fields(Reading)):
            decorated = click.option(
                f"--{option.name.replace('_', '-')}",
                cls=Option,
                section="Reading",
                default=option.default,
                is_flag=option.default is False,
                **{name: value for name, value in option.metadata.items() if name != _OF_PREDICTIONS},
            )(decorated)
        if predictions != "none":
            several = predictions == "several"
            decorated = click.argument(
                "predictions",
                cls=Argument,
                type=PATH,
                required=False,
                nargs=-1 if several else 1,
                about=_PREDICTIONS + _MORE_PREDICTIONS * several,
            )(decorated)
        about = _SOURCE + _OR_PARQUET * (predictions != "none")
        return click.argument("source", cls=Argument, type=PATH, about=about)(decorated)

    return decorate


def _set_for_predictions() -> dict[str, Any]:
    """The defaults of options about predictions that a file of settings has, which is for calls with them as well."""
    source_of = click.get_current_context().get_parameter_source
    return {
        option.name: option.default
        for option in fields(Reading)
        if _OF_PREDICTIONS in option.metadata and source_of(option.name) is ParameterSource.DEFAULT_MAP
    }


def is_parquet(path: Path) -> bool:
    """Whether a data set in Parquet lies at a path."""
    try:
        return recognise(path).kind == "parquet"
    except (OSError, ValueError):
        return False


def _refuse_lack(source: Path) -> None:
    """Refuses to go on without predictions, unless they lie in the same files."""
    if not is_parquet(source):
        if source.suffix.lower() == ".parquet":
            # Predictions are not what lacks where it is not there, or something else.
            with exit_on_error():
                recognise(source)
                raise ValueError(f"{source} is no Parquet, whatever it is called")
        parameter = next(one for one in click.get_current_context().command.params if one.name == "predictions")
        hint = f"'PREDICTIONS{'...' * (parameter.nargs < 0)}'"
        raise click.MissingParameter(ctx=click.get_current_context(), param=parameter, param_hint=hint)


def _columns(text: str | None) -> dict[str, str | None] | None:
    """What columns are called, of name=column,name=column; None where nothing stands."""
    if text is None:
        return None
    pairs = [pair.partition("=") for pair in names(text)]
    if not all(name and equals for name, equals, _ in pairs):
        raise ValueError(f"--columns {text}: expected annotations=NAME,predictions=NAME")
    columns = {name: column or None for name, _, column in pairs}
    if len(columns) < len(pairs):
        raise ValueError(f"--columns {text}: something has two names, expected one")
    return columns


def load(annotations: Path, predictions: Path | None, options: ReadOptions) -> Source:
    """The data set at these paths; prints what was recognised, and which settings count."""
    tell_settings()
    with progress("reading"):
        source = read_source(annotations, predictions, options)
    tell(printable(source.recognised))
    return source


def tell_settings() -> None:
    """Prints which settings count."""
    settings: Settings | None = click.get_current_context().meta.get(SETTINGS)
    if settings is not None:
        tell(f"settings of {settings.path}: {', '.join(settings.keys)}")


def load_parquet(paths: tuple[Path, ...], options: ReadOptions) -> Source:
    """The data set in some files, in memory; prints the same."""
    tell_settings()
    with progress("reading"):
        source = read_parquet_source(paths, options)
    tell(source.recognised)
    return source


def load_several(
    annotations: Path, predictions: tuple[Path, ...], options: ReadOptions, others: Sequence[Path] = ()
) -> Source:
    """The same with the predictions of several detectors, each named by its file; options may be about others, too."""
    if is_parquet(annotations):
        other = next((path for path in predictions if path.suffix.lower() != ".parquet" and not is_parquet(path)), None)
        if other is not None:
            raise ValueError(f"{annotations} is Parquet, which holds predictions, too: leave out {other}")
        return load_parquet((annotations, *predictions), options)
    twice = next((path for at, path in enumerate(predictions) if path in predictions[:at]), None)
    if twice is not None:
        raise ValueError(f"{twice} is given twice")
    if len(predictions) + len(others) > 1:
        # What is about one of them says nothing about the rest.
        kinds = [recognise(path, detections=True).kind for path in (*predictions, *others)]
        refuse_unused(options, recognise(annotations).kind, kinds)
        options = replace(options, pass_over=True)
    sources = [load(annotations, path, options) for path in predictions]
    if len(sources) == 1:
        return sources[0]
    names = [path.stem for path in predictions]
    if len(set(names)) < len(names):
        names = [str(path) for path in predictions]
    dataset = Dataset.of_detectors(dict(zip(names, (source.dataset for source in sources), strict=True)))
    # What is found in the annotations is found each time.
    findings = dict.fromkeys(finding for source in sources for finding in source.findings)
    return replace(sources[0], dataset=dataset, findings=tuple(findings))


def say(source: Source, also: Collection[FindingKind] = (), asks: bool = False) -> None:
    """Prints how much a data set has, what is left out, what would make its scores wrong, and some warnings.

    If it ``asks``, also whether detectors were run on all images.
    """
    dataset = source.dataset
    ignored = 0 if dataset.annotations.ignore is None else int(dataset.annotations.ignore.sum())
    detections = sum(len(one.predictions.class_id) for one in dataset.detectors.values())
    left_out = f", {counted(ignored, 'crowd or ignored annotation')} left out" if ignored else ""
    tell(
        f"read {counted(len(dataset), 'image')}, "
        f"{counted(len(dataset.annotations.class_id) - ignored, 'annotation')} and "
        f"{counted(detections, 'detection')} of "
        f"{counted(number_of_classes(dataset), 'class')}{left_out}"
    )
    for finding in source.findings:
        if finding.kind in ("unknown_image", "unknown_class", "unreadable"):
            tell(printable(f"left out {in_options(str(finding))}"))
        elif finding.is_error:
            complain(f"{finding}: this makes scores wrong, see boxlint inspect")
        elif finding.kind in also:
            complain(str(finding))
    if asks:
        _ask_if_not_run(source)


def _ask_if_not_run(source: Source) -> None:
    """Asks whether each detector was run on all images, if it has no box in many that have annotations.

    Parquet tells by null, and is taken at its word.
    """
    detectors = source.dataset.detectors
    if source.found.kind == "parquet":
        return
    if _are_apart(list(detectors.values())):
        complain(
            f"no image has detections of two of the {len(detectors)} detectors, and each counts as run on all images: "
            "if one detector made them, put them into one folder or file"
        )
        return
    for name, dataset in detectors.items():
        _ask_of(dataset, f" of {printable(name)}" if len(detectors) > 1 else "")


def _are_apart(detectors: list[Dataset]) -> bool:
    """Whether several detectors have detections in different images, and none is said not to have been run."""
    if len(detectors) == 1 or any(one.not_run is not None for one in detectors):
        return False
    detected = np.sum([np.diff(one.predictions.offsets) > 0 for one in detectors], axis=0)
    return bool((detected <= 1).all() and detected.any())


def _ask_of(dataset: Dataset, of: str) -> None:
    annotated, empty = np.diff(dataset.annotations.offsets) > 0, np.diff(dataset.predictions.offsets) == 0
    without = annotated & empty if dataset.not_run is None else annotated & empty & ~dataset.not_run[:, 0]
    count = int(without.sum())
    if _MANY * annotated.sum() <= count < annotated.sum():
        complain(
            f"{count:,} of {counted(int(annotated.sum()), 'image')} with annotations have no detection{of}, so that "
            "their objects count as not found: if the detector was not run there, add --empty-not-run"
        )
