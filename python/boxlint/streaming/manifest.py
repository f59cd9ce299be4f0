"""What a run is of: its input, its options and the version that makes it. Only an equal run may go on with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from boxlint._core import VERSION
from boxlint._text import counted
from boxlint.streaming.inputs import InputFile

__all__ = ["checked_manifest", "difference", "manifest_of"]

_FORMAT = 1
_OF_FILE = ("bytes", "changed", "footer", "images")


def manifest_of(files: Sequence[InputFile], options: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a run.

    A file is known by its size, the time of its last change and a digest of its footer: together they change with its
    content, unless someone sets the time back and leaves all sizes and ranges as they are. A digest of all bytes would
    take reading them a third time.
    """
    described = {
        str(file.path): dict(zip(_OF_FILE, (file.size, file.changed, file.footer, file.images), strict=True))
        for file in files
    }
    versions = {"boxlint": VERSION, "pyarrow": pa.__version__}
    return {"boxlint_check_parquet": _FORMAT, "versions": versions, "options": options, "input": described}


def checked_manifest(path: Path, content: Any) -> Mapping[str, Any]:
    """The content of a manifest; a ValueError if it is something else."""
    if not isinstance(content, dict) or not {"boxlint_check_parquet", "versions", "options", "input"} <= content.keys():
        raise ValueError(f"{path} is no manifest of boxlint: give another folder")
    return content


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What a run was begun with that is not as it is now; None if all is.

    >>> old = manifest_of([], {"min_suspicion": 0.01})
    >>> difference(old, manifest_of([], {"min_suspicion": 0.5}))
    'min_suspicion 0.01, not 0.5'
    """
    if before["boxlint_check_parquet"] != now["boxlint_check_parquet"]:
        return f"a boxlint of another format of folders, {before['versions']}"
    for key in ("versions", "options"):
        for name in dict.fromkeys([*before[key], *now[key]]):
            was, given = (one[key].get(name) for one in (before, now))
            if was != given:
                return f"{name} {was}, not {given}"
    was, given = before["input"], now["input"]
    gone, new = [path for path in was if path not in given], [path for path in given if path not in was]
    if gone or new:
        which = f"{gone[0]} is not given now" if gone else f"{new[0]} was not among them"
        return f"{counted(len(was), 'other file')}: {which}"
    changed = next((path for path in was if was[path] != given[path]), None)
    return None if changed is None else f"another content of {changed}"
