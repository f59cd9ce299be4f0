"""The folder that a run writes to: what lies where in it, and whose it is.

A file has its name when it is whole, so that a run that ended at any moment can be gone on with: what is there is not
made again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boxlint._files import atomic_write
from boxlint._json import parsed_json
from boxlint._replacement import remove_leftovers
from boxlint._statistics import Statistics
from boxlint.streaming.inputs import Unit
from boxlint.streaming.manifest import checked_manifest, difference

__all__ = ["ALONE", "TOGETHER", "Folder", "read_json", "write_json"]

# Rounds of counting: the detectors of several each for itself; what they say together, or what the only one says.
ALONE, TOGETHER = "_counts_alone", "_counts"
_TALLIES = "_tallies"
# What only the run needs. Engines pass over names that begin so.
_WORK = (ALONE, TOGETHER, _TALLIES)
_RESULTS = ("issues", "images")
_MANIFEST, _STATISTICS, _SUMMARY, _SUCCESS = "_manifest.json", "statistics.json", "summary.json", "_SUCCESS"


class Folder:
    """A folder of results, of one run at a time; `opened` makes sure of that."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    @contextmanager
    def opened(cls, path: Path, manifest: Mapping[str, Any], resume: bool) -> Iterator[Folder]:
        """The folder, new, or begun by a run with the same manifest.

        Raises
        ------
        OSError
            If it cannot be written to.
        ValueError
            If it holds anything else, or another run is writing to it.
        """
        if path.exists() and not path.is_dir():
            raise ValueError(f"{path} is a file, expected a folder for the results")
        path.mkdir(exist_ok=True)
        with _alone(path):
            folder = cls(path)
            folder._begin(manifest, resume)
            try:
                yield folder
            finally:
                # Of several interrupts, the second one no longer waits for the threads that write.
                for name in (*_RESULTS, *_WORK):
                    remove_leftovers(path / name, held=True)

    def counts(self, counting: str, unit: Unit) -> Path:
        """The statistics of a unit, of one round of counting."""
        return self.path / counting / unit.name

    def issues(self, unit: Unit) -> Path:
        """The rows of a unit."""
        return self.path / "issues" / f"{unit.name}.parquet"

    def images(self, unit: Unit) -> Path:
        """A row for each image of a unit."""
        return self.path / "images" / f"{unit.name}.parquet"

    def tally(self, unit: Unit) -> Path:
        """How many rows a unit has, written when they are."""
        return self.path / _TALLIES / f"{unit.name}.json"

    def is_checked(self, unit: Unit) -> bool:
        """Whether all is there that is said of a unit."""
        return all(path.exists() for path in (self.issues(unit), self.images(unit), self.tally(unit)))

    def has_statistics(self, counting: str) -> bool:
        """Whether those of the whole are known, of one round of counting."""
        return self._statistics(counting).exists()

    def statistics(self, counting: str) -> Statistics:
        """Those of the whole, of one round of counting."""
        return Statistics.load(self._statistics(counting))

    def keep_statistics(self, counting: str, statistics: Statistics) -> None:
        """Writes those of the whole."""
        statistics.save(self._statistics(counting))

    def _statistics(self, counting: str) -> Path:
        return (self.path if counting == TOGETHER else self.path / counting) / _STATISTICS

    def summary(self) -> Any:
        """What `keep_summary` wrote; None before it did."""
        path = self.path / _SUMMARY
        return read_json(path) if path.exists() else None

    def keep_summary(self, summary: Mapping[str, Any]) -> None:
        """Writes what was found in the whole: all else is done."""
        write_json(self.path / _SUMMARY, summary)

    def finish(self) -> None:
        """Removes what only the run needed, and says that all is done."""
        for name in _WORK:
            if (self.path / name).is_dir():
                _remove(self.path / name, "part-*", _STATISTICS)
                (self.path / name).rmdir()
        (self.path / _SUCCESS).touch()

    def _begin(self, manifest: Mapping[str, Any], resume: bool) -> None:
        """Makes sure that what lies here is of this run, whole, and that there is a place for what is to come."""
        path = self.path / _MANIFEST
        remove_leftovers(self.path)
        if path.exists():
            before = checked_manifest(path, read_json(path))
            if not resume:
                self._remove_results()
                write_json(path, manifest)
            elif (why := difference(before, manifest)) is not None:
                raise ValueError(
                    f"{self.path} was begun with {why}: give another folder, or resume=False to begin anew"
                )
        elif (other := next(self.path.iterdir(), None)) is not None:
            raise ValueError(f"{self.path} holds {other.name}, and no run of boxlint: give another folder")
        else:
            write_json(path, manifest)
        for name in _RESULTS if (self.path / _SUMMARY).exists() else (*_RESULTS, *_WORK):
            (self.path / name).mkdir(exist_ok=True)
            remove_leftovers(self.path / name)

    def _remove_results(self) -> None:
        """Removes what an earlier run wrote, and first what says that other files are whole."""
        _remove(self.path, _SUCCESS, _SUMMARY, _STATISTICS)
        for name in reversed(_WORK):
            _remove(self.path / name, "part-*", _STATISTICS)
        for name in _RESULTS:
            _remove(self.path / name, "part-*.parquet")


def read_json(path: Path) -> Any:
    """The content of a file that `write_json` wrote."""
    try:
        return parsed_json(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def write_json(path: Path, content: Mapping[str, Any], indent: int | None = 1) -> None:
    """Writes a file, whole or not at all; without lines for people, many times as fast."""
    with atomic_write(path) as beside:
        beside.write_text(json.dumps(content, indent=indent) + "\n", encoding="utf-8")


def _remove(folder: Path, *patterns: str) -> None:
    """Removes files by their names."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other runs out of a folder, where the system can."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        # Is let go when the process ends, however it does.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ValueError(f"{folder}: another run is writing to it") from error
    finally:
        os.close(handle)
