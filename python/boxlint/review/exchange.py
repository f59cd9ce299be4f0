"""Queues out to labelling tools, and verdicts back in."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple, get_args

from boxlint._arguments import expect
from boxlint._text import in_address
from boxlint.formats.folders import staged_folder
from boxlint.report.decisions import Decisions
from boxlint.report.report import Report
from boxlint.review import cvat, fiftyone, label_studio, labelme
from boxlint.review.queue import Queue, make_queue
from boxlint.review.verdicts import Answer, decisions_of

__all__ = ["TOOLS", "Tool", "export_queue", "import_verdicts", "refuse_to_export", "refuse_without_images"]

#: A labelling tool; LabelMe's files are those of X-AnyLabeling, too.
Tool = Literal["label-studio", "cvat", "fiftyone", "labelme"]
TOOLS: tuple[Tool, ...] = get_args(Tool)


class _Exchange(NamedTuple):
    """How a queue goes out to a tool and comes back.

    Attributes
    ----------
    files_of:
        The files of a queue: their paths in the folder, and their content.
    read_answers:
        Reads what the tool exported.
    copies:
        Where in the folder copies of the images go; None if the tool reads them from where they are.
    needs_images:
        Why it cannot do without the folder of the images; empty if it can.
    """

    files_of: Callable[[Queue], dict[str, str]]
    read_answers: Callable[[Path], Iterator[Answer]]
    copies: str | None = None
    needs_images: str = ""


_EXCHANGES: dict[Tool, _Exchange] = {
    "cvat": _Exchange(cvat.files_of, cvat.read_answers, copies="images"),
    "fiftyone": _Exchange(fiftyone.files_of, fiftyone.read_answers, needs_images="opens images by their paths"),
    "labelme": _Exchange(labelme.files_of, labelme.read_answers, copies="", needs_images="opens images in the folder"),
}

# What is imported from tools that export no folder.
_FILES: dict[Tool, str] = {"label-studio": "the JSON that Label Studio exports", "cvat": "annotations.xml of CVAT"}


def export_queue(
    report: Report,
    folder: str | os.PathLike[str],
    to: Tool,
    *,
    images: str | os.PathLike[str] | None = None,
    top: int | None = None,
    image_url: str | None = None,
) -> Queue:
    """Writes the images with suspected errors for a labelling tool, most suspicious first, the errors marked.

    Each error is a box of its own, with the class and the corners that the annotation should have; what the reviewer
    says of it is read back by `import_verdicts`. docs/review.md says how each tool takes the files and gives them back.

    Parameters
    ----------
    report:
        What was checked and found.
    folder:
        The folder to make.
    to:
        ``label-studio``, ``cvat``, ``fiftyone`` or ``labelme``, whose files X-AnyLabeling takes, too.
    images:
        Folder of the images. FiftyOne and LabelMe need it; the others do where the sizes of images are not known. For
        CVAT and LabelMe, the images are copied.
    top:
        How many of the most suspicious rows to take; None for all.
    image_url:
        Label Studio: what stands before the names of the images to make their addresses. None for its local files, of
        which the document root is the folder that ``images`` lies in.

    Returns
    -------
    Queue
        What was written.

    Raises
    ------
    ImportError
        If Pillow is needed for the sizes of images, and not installed.
    OSError
        If a file cannot be written, or the folder holds something.
    ValueError
        If there is nothing to review, an image is not found, or its size is not known.

    Examples
    --------
    >>> import tempfile
    >>> from boxlint import check
    >>> from boxlint.synthetic import make_scenes
    >>> report = check(make_scenes(50).dataset)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(export_queue(report, f"{folder}/queue", "cvat", top=5).images)
    5
    """
    expect("export_queue", report, Report)
    refuse_to_export(folder, to, image_url)
    refuse_without_images(to, images, image_url)
    exchange = _label_studio(images, image_url) if to == "label-studio" else _EXCHANGES[to]
    queue = make_queue(report, None if images is None else Path(images), top)
    _write(Path(folder), exchange, queue)
    return queue


def refuse_to_export(folder: str | os.PathLike[str], to: Tool, image_url: str | None) -> None:
    """Raises what `export_queue` does of an unknown tool, an address that it does not take, and a folder in use."""
    if to not in TOOLS:
        raise ValueError(f"to is {to!r}, expected one of {', '.join(TOOLS)}")
    if to != "label-studio" and image_url is not None:
        raise ValueError(f"image_url is for label-studio, not for {to}")
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(errno.EEXIST, "expected a new or empty folder", str(target))


def refuse_without_images(to: Tool, images: str | os.PathLike[str] | None, image_url: str | None) -> None:
    """Raises what `export_queue` does of a tool that cannot do without the images."""
    if images is not None or image_url is not None:
        return
    if to == "label-studio":
        raise ValueError("label-studio shows images by their addresses: give the folder of the images or image_url")
    if _EXCHANGES[to].needs_images:
        raise ValueError(f"{to} {_EXCHANGES[to].needs_images}: give the folder of the images")


def _label_studio(images: str | os.PathLike[str] | None, image_url: str | None) -> _Exchange:
    if image_url is None:
        assert images is not None
        image_url = f"/data/local-files/?d={in_address(Path(images).resolve().name)}/"
    return _Exchange(partial(label_studio.files_of, image_url=image_url), label_studio.read_answers)


def _write(folder: Path, exchange: _Exchange, queue: Queue) -> None:
    """Writes the files, and copies the images where the tool wants them."""
    texts = {PurePosixPath(name): text for name, text in exchange.files_of(queue).items()}
    copies: dict[PurePosixPath, Path] = {}
    if exchange.copies is not None:
        copies = {
            PurePosixPath(exchange.copies, image.file_name): image.file
            for image in queue.images
            if image.file is not None
        }
    with staged_folder(folder, [*texts, *copies]) as staged:
        for within, text in texts.items():
            (staged / within).write_bytes(text.encode("utf-8", "surrogatepass"))
        for within, file in copies.items():
            shutil.copyfile(file, staged / within)


def import_verdicts(path: str | os.PathLike[str], tool: Tool, *, reviewer: str | None = None) -> Decisions:
    """Reads what reviewers said in a labelling tool, as decisions.

    Boxes without a verdict are not decided, and left out. An accepted box that was moved, or whose class was changed,
    corrects the issue.

    Parameters
    ----------
    path:
        What the tool exported: the JSON of Label Studio, the XML of CVAT "for images 1.1", or a folder of FiftyOne or
        LabelMe.
    tool:
        ``label-studio``, ``cvat``, ``fiftyone`` or ``labelme``.
    reviewer:
        Who decided, where the tool does not say so.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If it is another export, or something in it cannot be understood: says where.
    """
    if tool not in TOOLS:
        raise ValueError(f"tool is {tool!r}, expected one of {', '.join(TOOLS)}")
    read = label_studio.read_answers if tool == "label-studio" else _EXCHANGES[tool].read_answers
    if tool in _FILES and Path(path).is_dir():
        raise IsADirectoryError(errno.EISDIR, f"expected a file, {_FILES[tool]}", os.fspath(path))
    return decisions_of(read(Path(path)), reviewer)
