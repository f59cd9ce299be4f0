"""`boxlint.check_parquet`: a data set larger than memory, checked on one machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxlint._arguments import integer
from boxlint._kinds import KINDS, Kind, kinds_of
from boxlint._progress import ProgressBar
from boxlint.formats.folders import PathLike
from boxlint.formats.parquet_files import parquet_files, with_ids
from boxlint.report.summary import Summary

if TYPE_CHECKING:
    from boxlint.formats.arrow_batch import ColumnNames
    from boxlint.streaming.inputs import Columns, InputFile
    from boxlint.streaming.passes import Run

__all__ = ["check_parquet", "streamed"]

# Given how much work there is, and how much of it was done before: a call for what is done since the last call.
Progress = Callable[[int, int], AbstractContextManager[Callable[[int], object]]]


def check_parquet(
    paths: PathLike | Iterable[PathLike],
    out: PathLike,
    *,
    kinds: Kind | Iterable[Kind] = KINDS,
    min_suspicion: float | None = None,
    priors: Mapping[Kind, float] | None = None,
    columns: ColumnNames | None = None,
    class_names: Sequence[str] | Mapping[int, str] | None = None,
    resume: bool = True,
    workers: int | None = None,
    verbose: bool = True,
) -> Summary:
    """Checks a data set in Parquet files, of any size, and writes what `check` says of it to a folder.

    The files are read twice, some thousand images at a time: to count, and to check. The rows are those of
    `boxlint.parts.check`, and so of `check`, to the last bit. Needs pyarrow.

    Interrupted or killed, the same call goes on where it was, and the results are the same bytes.

    Parameters
    ----------
    paths:
        Parquet files, or folders of them: one row an image, with columns as in `boxlint.from_arrow`. Their order means
        nothing. Of a file, some row groups are read at a time, so these should be of some thousand images.
    out:
        A folder for the results, which must be new, empty, or of an earlier run:

        - ``issues/``: Parquet files of suspected errors, with the columns `boxlint.parts.ISSUES`;
        - ``images/``: Parquet files of one row an image, with the columns `boxlint.parts.IMAGES`;
        - ``summary.json``; and ``statistics.json``, for `Statistics.load`;
        - ``_SUCCESS`` when all is done, and ``_manifest.json``, which says of what.
    kinds, priors:
        As in `check`.
    min_suspicion:
        List rows from this suspicion on; None for 0.01. There is no limit to their number.
    columns, class_names:
        As in `boxlint.from_arrow`.
    resume:
        Go on with an earlier run in ``out``, which must be one of the same files, unchanged, the same options and
        versions. False begins anew, and removes the results of the earlier run.
    workers:
        How many threads work; None for one a core.
    verbose:
        Show on standard error how much is done.

    Returns
    -------
    What `Report.summary` tells of a report.

    Raises
    ------
    ValueError, TypeError
        If a file or an option is not as described: before any work, where that can be known; names the file. Or if
        ``out`` holds something else, an earlier run of something else, or a run that goes on.
    OSError
        If a file cannot be read or written.
    ImportError
        If there is no pyarrow.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from boxlint import write_parquet
    >>> from boxlint.synthetic import make_scenes
    >>> with TemporaryDirectory() as folder:
    ...     write_parquet(make_scenes(60).dataset, f"{folder}/scenes.parquet")
    ...     summary = check_parquet(f"{folder}/scenes.parquet", f"{folder}/issues", verbose=False)
    >>> summary.images, summary.by_suspicion["swap"][0.5]
    (60, 6)
    """
    options = {"kinds": kinds, "min_suspicion": min_suspicion, "priors": priors}
    progress = _bar if verbose else _no_bar
    return streamed(paths, out, options, columns, class_names, resume, workers, progress)


def streamed(
    paths: PathLike | Iterable[PathLike],
    out: PathLike,
    options: Mapping[str, Any],
    columns: ColumnNames | None,
    class_names: Sequence[str] | Mapping[int, str] | None,
    resume: bool,
    workers: int | None,
    progress: Progress,
) -> Summary:
    """What `check_parquet` does; ``progress`` shows it."""
    try:
        from boxlint.streaming.folder import Folder
        from boxlint.streaming.inputs import Columns
        from boxlint.streaming.manifest import manifest_of
    except ImportError as error:
        raise ImportError("check_parquet needs pyarrow: pip install 'boxlint[arrow]'") from error
    count = _workers(workers)
    given = _options(**options)
    how = Columns(columns, class_names)
    files = _files(paths, Path(out), how)
    run = _run(files, how, given)
    about = {**given, "columns": columns, "class_names": run.class_names}
    if run.detectors > 1:
        # They are counted in this order, which a dict of columns does not tell.
        about["detectors"] = list(files[0].empty.detectors)
    with Folder.opened(Path(out), manifest_of(files, about), resume) as folder:
        with progress(run.work, run.done(folder)) as told:
            summary = run.finish(folder, count, told)
        folder.finish()
    return summary


def _options(kinds: Any, min_suspicion: float | None, priors: Mapping[Kind, float] | None) -> dict[str, Any]:
    """Those of `boxlint.parts.checked`, as JSON has them."""
    from boxlint._check import search_of
    from boxlint.parts.checking import MIN_SUSPICION

    least = MIN_SUSPICION if min_suspicion is None else min_suspicion
    search = search_of(kinds, least, 0, priors)
    return {
        "kinds": list(kinds_of(kinds)),
        "min_suspicion": search["min_suspicion"],
        "priors": dict(zip(KINDS, search["priors"], strict=True)),
    }


def _files(paths: PathLike | Iterable[PathLike], out: Path, columns: Columns) -> list[InputFile]:
    """The files, which must be parts of one data set and lie elsewhere than the results."""
    from boxlint.streaming.inputs import described, unlike

    files: list[InputFile] = []
    target = out.resolve()
    for path in parquet_files(paths):
        if target in path.resolve().parents:
            raise ValueError(f"{out} holds {path}, which is read: give another folder for the results")
        file = described(path, columns)
        files.append(file)
        other = files[with_ids([one.empty.category_ids for one in files])]
        if (why := unlike(file, other)) is not None:
            raise ValueError(f"{path} has {why} {other.path}")
    return files


def _run(files: Sequence[InputFile], columns: Columns, options: Mapping[str, Any]) -> Run:
    from boxlint.streaming.inputs import units_of
    from boxlint.streaming.passes import Run

    units = units_of(files)
    if not units:
        raise ValueError(f"there are no images in {files[0].path}{' and other files' * (len(files) > 1)}")
    first = files[0].empty
    names = None if first.class_names is None else list(first.class_names)
    return Run(units, columns, options, names, len(first.detectors))


def _workers(given: int | None) -> int:
    if given is None:
        cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        return len(cores)
    return integer("workers", given, 1)


def _bar(work: int, done: int) -> AbstractContextManager[Callable[[int], object]]:
    return closing(ProgressBar(work, "checking", done))


def _no_bar(work: int, done: int) -> AbstractContextManager[Callable[[int], object]]:
    return nullcontext(lambda images: None)
